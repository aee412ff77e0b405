"""Pictures of products in pages: small ones of ours, and what is wrong where there is none."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from PIL import Image

from core import clock, pictures, store
from core.contracts.product import Listing
from core.models import Sku, Workspace, new_id
from core.services import channels, listings
from tests.web.conftest import Browser
from tests.web.shop import Shop

ADDRESS = "https://images.example/board.png"
FORM = {"name": "대나무 도마", "price": "1000", "on_hand": "1", "buffer": "0", "on_sale": "1"}


@pytest.fixture
def shop(owner: Browser) -> Shop:
    return Shop()


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes | pictures.Refused]:
    """What stands at which address."""
    found: dict[str, bytes | pictures.Refused] = {}

    def fetch(address: str) -> bytes:
        answer = found.get(address, pictures.Refused(pictures.NOT_THERE.format(status=404)))
        if isinstance(answer, pictures.Refused):
            raise answer
        return answer

    monkeypatch.setattr(pictures, "fetch", fetch)
    return found


def png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (400, 400), "#225588").save(made, "PNG")
    return made.getvalue()


def new_sku(owner: Browser, shop: Shop) -> str:
    """A SKU with a picture, made in its form; its id."""
    owner.open("/skus/new")
    owner.post("/skus/new", {**FORM, "image": ADDRESS, "submission": new_id()})
    with shop.enter(), store.read() as session:
        return session.query(Sku).one().id


def pictured(page: str) -> list[str]:
    """The pictures that a page shows."""
    return re.findall(r'<img class="(?:thumb|picture)" src="(/thumbnails/[0-9a-f]{64})"', page)


def test_a_picture_is_shown_small_in_the_list_and_whole_beside_the_sku(
    owner: Browser, shop: Shop, there: dict[str, bytes | pictures.Refused]
) -> None:
    there[ADDRESS] = png()
    sku = new_sku(owner, shop)
    assert "이미지를 가져오고 있습니다" in owner.open(f"/skus/{sku}").text
    assert pictured(owner.open("/skus").text) == []
    shop.drain("bulk")
    (source,) = pictured(owner.open("/skus").text)
    assert pictured(owner.open(f"/skus/{sku}").text) == [source]
    assert "images.example" not in owner.open("/skus").text, "pages load nothing foreign"
    answer = owner.client.get(source)
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(answer.data)) as small:
        assert small.size == (200, 200)


def test_what_is_wrong_with_a_picture_stands_at_the_sku_with_what_to_do(
    owner: Browser, shop: Shop, there: dict[str, bytes | pictures.Refused]
) -> None:
    sku = new_sku(owner, shop)
    shop.drain("bulk")
    page = owner.open(f"/skus/{sku}").text
    assert "이 주소에 이미지가 없습니다(응답 404). 주소를 고쳐 주세요." in page
    there[ADDRESS] = png()
    owner.post(f"/skus/{sku}/image")
    shop.drain("bulk")
    assert len(pictured(owner.open(f"/skus/{sku}").text)) == 1


def test_nobody_else_is_given_a_picture(
    app: Flask, owner: Browser, shop: Shop, there: dict[str, bytes | pictures.Refused]
) -> None:
    there[ADDRESS] = png()
    new_sku(owner, shop)
    shop.drain("bulk")
    (source,) = pictured(owner.open("/skus").text)
    assert Browser(app.test_client()).client.get(source).status_code == 303
    absent = owner.client.get("/thumbnails/" + "0" * 64)
    assert (absent.status_code, absent.headers["Cache-Control"]) == (404, "no-store")
    assert owner.client.get("/thumbnails/..%2f..%2fkeys.json").status_code == 404
    other = new_id()
    with store.workspace(other), store.write() as session:
        session.add(Workspace(id=other, name="이웃", created_at=clock.now()))
    with store.all_workspaces(), store.engine().begin() as connection:
        connection.exec_driver_sql("UPDATE thumbnail SET workspace_id = ?", (other,))
    assert owner.client.get(source).status_code == 404, "it is a neighbour's now"


def test_a_listing_shows_the_picture_of_its_marketplace(
    owner: Browser, shop: Shop, there: dict[str, bytes | pictures.Refused]
) -> None:
    there[ADDRESS] = png()
    channel = shop.channel()
    with shop.enter(), store.write() as session:
        told = Listing(product_no="95000", name="대나무 도마", image=ADDRESS)
        listings.keep(session, channels.get(session, channel.id), [told], clock.now())
    shop.drain("bulk")
    page = owner.open("/listings").text
    (source,) = pictured(page)
    found = re.search(r'href="(/listings/[0-9a-f]{32})"', page)
    assert found is not None
    assert pictured(owner.open(found[1]).text) == [source]
