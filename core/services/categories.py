"""The root categories that a channel may name as its main one: a hint, the same everywhere."""

from __future__ import annotations

from core.contracts.text import Text

CATEGORIES: tuple[tuple[str, Text], ...] = (
    ("women", Text("여성의류", "Women's clothing")),
    ("men", Text("남성의류", "Men's clothing")),
    ("underwear", Text("언더웨어·잠옷", "Underwear and nightwear")),
    ("shoes", Text("신발", "Shoes")),
    ("bags", Text("가방·잡화", "Bags and accessories")),
    ("jewellery", Text("주얼리·시계", "Jewellery and watches")),
    ("beauty", Text("화장품·미용", "Beauty")),
    ("baby", Text("출산·육아", "Baby")),
    ("kids", Text("유아동의류", "Children's clothing")),
    ("toys", Text("완구·취미", "Toys and hobbies")),
    ("food", Text("식품", "Food")),
    ("fresh", Text("농수축산물", "Fresh food")),
    ("health", Text("건강식품·의료", "Health")),
    ("living", Text("생활용품", "Household goods")),
    ("kitchen", Text("주방용품", "Kitchen")),
    ("furniture", Text("가구·인테리어", "Furniture and interior")),
    ("bedding", Text("침구·커튼", "Bedding and curtains")),
    ("appliances", Text("가전", "Appliances")),
    ("digital", Text("디지털·PC", "Digital and computers")),
    ("mobile", Text("휴대폰·액세서리", "Phones and accessories")),
    ("sports", Text("스포츠·레저", "Sports and leisure")),
    ("cars", Text("자동차용품", "Car accessories")),
    ("pets", Text("반려동물", "Pets")),
    ("stationery", Text("문구·사무", "Stationery and office")),
    ("books", Text("도서·음반", "Books and music")),
    ("travel", Text("여행·e쿠폰", "Travel and coupons")),
)
