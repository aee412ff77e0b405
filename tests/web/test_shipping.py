"""배송 템플릿 of our own: joined of what the setup brought, refused while something is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core import clock, registry, store
from core.contracts.product import Listing as Told
from core.models import Channel, Listing, ShippingTemplate, Template, new_id
from core.practice import PracticeHost
from core.services import channels, listings, setup, templates
from core.services.setup import StepState
from tests.faults.stage import generous
from tests.web.conftest import Browser
from tests.web.shop import Shop, connect, practising

MARKETS = ("smartstore", "eleven_st", "interpark", "wemakeprice")
FEES = {"fee_type": "PAID", "fee": "3,000", "payment": "PREPAID"}
FEES |= {"return_fee": "3,000", "exchange_fee": "6000"}


class Desk:
    """The owner, with a practice channel."""

    def __init__(self, owner: Browser, market: str = "smartstore") -> None:
        self.owner, self.shop = owner, Shop()
        self.channel = connect(self.shop, market)

    def set_up(self) -> None:
        """Import every type of the setup, and say of each where it ended."""
        with self.shop.enter():
            with store.read() as session:
                channel = channels.get(session, self.channel)
                kinds = [view.target for view in setup.steps(session, channel)[1:]]
            for kind in kinds:
                templates.submit_import(self.channel, kind, self.shop.actor)
                self.shop.drain("urgent")
            with store.read() as session:
                states = {view.state for view in setup.steps(session, channel)}
            assert states == {StepState.DONE}

    def stored(self) -> list[ShippingTemplate]:
        """Those that were not deleted, by name."""
        with self.shop.enter(), store.read() as session:
            found = session.query(ShippingTemplate).filter_by(archived_at=None)
            return sorted(found, key=lambda row: row.name)

    def said(self) -> str:
        """What the page says, on one line."""
        return re.sub(r"\s+", " ", self.owner.text)

    def choices(self, name: str) -> list[str]:
        """What may be chosen for a part of the form that is shown."""
        assert self.owner.shown is not None
        drawn = re.search(rf'<select[^>]* name="{name}".*?</select>', self.owner.shown.text, re.S)
        assert drawn is not None, name
        return re.findall(r'value="([0-9a-f]{32})"', drawn[0])

    def hidden(self, name: str) -> str:
        """A hidden value of the form that is shown."""
        assert self.owner.shown is not None
        found = re.search(rf'name="{name}" value="([^"]*)"', self.owner.shown.text)
        assert found is not None, name
        return found[1]

    def form(self, **changed: Any) -> dict[str, Any]:
        """A form of 스마트스토어 with the first of what may be chosen."""
        parts = ("release", "returns", "today", "bundle")
        chosen = {name: self.choices(name)[0] for name in parts}
        return {"shipping_name": "기본 배송", **FEES, **chosen, **changed}

    def make(self, **changed: Any) -> None:
        """Fill in the form of a new one and send it."""
        self.owner.open(f"/shipping/new/{self.channel}")
        values = self.form(**changed) | {"submission": self.hidden("submission")}
        self.owner.post(f"/shipping/new/{self.channel}", values)


@pytest.fixture
def practice(owner: Browser) -> Iterator[PracticeHost]:
    registry.use(generous(registry.current()))
    with practising() as host:
        for market in MARKETS[1:]:
            host.place(market).seed("small", {"limits": {"per_second": 500, "burst": 500}})
        yield host


@pytest.fixture
def desk(owner: Browser, practice: PracticeHost) -> Desk:
    found = Desk(owner)
    found.set_up()
    return found


def test_it_is_locked_until_the_setup_is_done_and_the_missing_step_is_linked(
    owner: Browser, practice: PracticeHost
) -> None:
    desk = Desk(owner)
    page = owner.open("/shipping").text
    assert "채널 설정의 주소지 단계를 마치면 배송 템플릿을 만들 수 있습니다." in desk.said()
    assert f'href="/channels/{desk.channel}#step-2"' in page
    assert f"/shipping/new/{desk.channel}" not in page
    assert "지금 만들 수 없는 채널" in page
    assert owner.open(f"/shipping/new/{desk.channel}").status_code == 403
    owner.post(f"/shipping/new/{desk.channel}", {"submission": new_id()})
    assert owner.shown is not None and owner.shown.status_code == 403
    assert desk.stored() == []
    desk.set_up()
    page = owner.open("/shipping").text
    assert f"/shipping/new/{desk.channel}" in page and "지금 만들 수 없는 채널" not in page


def test_it_is_made_changed_chosen_and_deleted(desk: Desk) -> None:
    owner = desk.owner
    desk.make()
    (made,) = desk.stored()
    assert made.chosen, "the first one is the default"
    assert made.values["fee"] == 3000
    assert "기본 배송 기본" in desk.said() and "배송비 3,000원" in desk.said()
    desk.make(shipping_name="착불 배송", payment="COLLECT", bundle="", chosen="1")
    second, first = desk.stored()[::-1]
    assert (first.chosen, second.chosen) == (False, True)
    owner.post(f"/shipping/{first.id}/choose")
    assert [row.chosen for row in desk.stored()] == [True, False]
    owner.open(f"/shipping/{first.id}")
    seen = desk.hidden("seen")
    changed = desk.form(shipping_name="무료 배송", fee_type="FREE", seen=seen, chosen="1")
    owner.post(f"/shipping/{first.id}", changed)
    told = {row.id: row for row in desk.stored()}
    assert (told[first.id].name, told[first.id].values["fee"]) == ("무료 배송", None)
    owner.post(f"/shipping/{first.id}", changed | {"shipping_name": "또 다른"})
    assert owner.shown is not None and owner.shown.status_code == 422
    assert "다른 곳에서 바뀌었습니다" in desk.said(), "a form of before the change"
    _use(desk, second.id)
    owner.open(f"/shipping/{second.id}/delete")
    assert "상품 1개가 이 배송 템플릿을 쓰고 있습니다" in desk.said()
    assert len(desk.stored()) == 2, "looking deletes nothing"
    owner.post(f"/shipping/{second.id}/delete")
    assert [row.id for row in desk.stored()] == [first.id]
    assert owner.open(f"/shipping/{second.id}").status_code == 404
    with desk.shop.enter(), store.read() as session:
        assert session.query(Listing).one().shipping_template_id is None


def _use(desk: Desk, template: str) -> None:
    """A listing that uses it."""
    with desk.shop.enter(), store.write() as session:
        channel = channels.get(session, desk.channel)
        listings.keep(session, channel, [Told(product_no="1", name="도마")], clock.now())
        session.query(Listing).one().shipping_template_id = template


def test_pressing_twice_makes_one(desk: Desk) -> None:
    desk.owner.open(f"/shipping/new/{desk.channel}")
    values = desk.form() | {"submission": new_id()}
    for _ in range(2):
        desk.owner.post(f"/shipping/new/{desk.channel}", values)
        assert desk.owner.shown is not None and desk.owner.shown.status_code == 200
    assert len(desk.stored()) == 1


def test_wrong_input_is_told_beside_the_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    desk.make()
    desk.make(fee="많이", release=new_id(), returns="")
    page = desk.said()
    assert desk.owner.shown is not None and desk.owner.shown.status_code == 422
    assert "숫자만 넣어 주세요." in page
    assert "판매채널에서 사라진 템플릿입니다. 다른 것을 선택해 주세요." in page
    assert "꼭 넣어 주세요." in page
    assert "같은 이름의 배송 템플릿이 이 채널에 있습니다" in page
    assert 'value="많이"' in desk.owner.shown.text
    assert len(desk.stored()) == 1


def test_only_what_fits_may_be_chosen(desk: Desk) -> None:
    desk.owner.open(f"/shipping/new/{desk.channel}")
    release, returns = desk.choices("release"), desk.choices("returns")
    assert release and returns and not set(release) & set(returns)
    desk.make(release=returns[0])
    assert desk.owner.shown is not None and desk.owner.shown.status_code == 422
    assert desk.stored() == []


def test_a_template_that_vanished_at_the_marketplace_is_said(desk: Desk) -> None:
    desk.make()
    (made,) = desk.stored()
    gone = _vanish(desk, made.values["bundle"])
    desk.owner.open("/shipping")
    assert "확인 필요" in desk.said() and f"{gone.title} 판매채널에서 사라진" in desk.said()
    desk.owner.open(f"/shipping/{made.id}")
    assert "판매채널에서 사라진 템플릿입니다. 다른 것을 선택해 주세요." in desk.said()
    assert desk.owner.shown is not None and gone.id not in desk.owner.shown.text


def _vanish(desk: Desk, template: str) -> Template:
    """The marketplace does not tell it any more."""
    with desk.shop.enter(), store.write() as session:
        gone = session.get_one(Template, template)
        gone.gone_at = clock.now()
    return gone


def test_the_listings_that_use_one_are_listed_and_each_names_it(desk: Desk) -> None:
    desk.make()
    [row] = desk.stored()
    with desk.shop.enter(), store.write() as session:
        channel = session.get_one(Channel, desk.channel)
        told = [Told(product_no=number, name=f"상품 {number}") for number in ("1", "2")]
        listings.keep(session, channel, told, clock.now())
        [one] = session.scalars(select(Listing).where(Listing.product_no == "1"))
        one.shipping_template_id = row.id
        named = one.id
    link = f"/listings?ch={desk.channel}&amp;ship={row.id}"
    assert f'href="{link}"' in desk.owner.open("/shipping").text
    page = desk.owner.open(link.replace("&amp;", "&")).text
    assert "상품 1" in page and "상품 2" not in page
    assert f'href="/shipping/{row.id}"' in desk.owner.open(f"/listings/{named}").text


def test_an_import_takes_none_of_which_a_part_has_vanished_and_says_which(desk: Desk) -> None:
    owner, base = desk.owner, f"/listings/import/to/{desk.channel}"
    desk.make()
    desk.make(shipping_name="따로 배송", bundle="")
    sound, broken = sorted(desk.stored(), key=lambda row: bool(row.values["bundle"]))
    _vanish(desk, broken.values["bundle"])
    owner.post(f"{base}/numbers", {"numbers": "1", "submission": new_id()})
    assert owner.shown is not None
    address = owner.shown.request.path
    desk.shop.drain("urgent")
    page = owner.open(address).text
    assert f'<option value="{broken.id}" disabled>' in page
    assert f'<option value="{sound.id}">' in page
    assert "기본 배송 : 묶음배송그룹 판매채널에서 사라진 템플릿입니다." in desk.said()
    for chosen, told in ((broken, "지금 쓸 수 없는 것이 들어"), (sound, "가져올 상품을 선택해")):
        owner.post(f"{address}/import", {"all": "1", "link": "auto", "shipping": chosen.id})
        assert owner.shown.status_code == 422 and told in desk.said()


def test_a_type_without_a_row_that_fits_says_where_to_make_one(desk: Desk) -> None:
    with desk.shop.enter(), store.write() as session:
        for row in templates.rows(session, desk.channel, "address"):
            if templates.values_of(row)["type"] != "RELEASE":
                row.gone_at = clock.now()
    page = desk.owner.open(f"/shipping/new/{desk.channel}").text
    assert "먼저 있어야 하는 템플릿" in page
    assert f"/channels/{desk.channel}/templates/address" in page


@pytest.mark.parametrize("market", MARKETS)
def test_every_marketplace_has_a_form_that_can_be_filled_in(
    market: str, owner: Browser, practice: PracticeHost
) -> None:
    desk = Desk(owner, market)
    desk.set_up()
    owner.open(f"/shipping/new/{desk.channel}")
    form = registry.current().marketplaces[market].shipping
    assert form is not None
    values = {field.name: str(field.default or "") for field in form.fields}
    values |= {name: "1000" for name in values if name.endswith("fee")}
    values |= {part.name: desk.choices(part.name)[0] for part in form.parts if part.required}
    values |= {"shipping_name": "기본", "submission": new_id()}
    owner.post(f"/shipping/new/{desk.channel}", values)
    assert owner.shown is not None and owner.shown.status_code == 200, desk.said()
    (made,) = desk.stored()
    assert made.values.keys() == {part.name for part in form.parts} | {
        field.name for field in form.fields
    }


def test_a_plugin_that_declares_none_joins_one_of_each_type(desk: Desk) -> None:
    known = registry.current()
    plain = replace(known.marketplaces["smartstore"], shipping=None)
    registry.use(replace(known, marketplaces={**known.marketplaces, "smartstore": plain}))
    desk.owner.open(f"/shipping/new/{desk.channel}")
    parts = ("address", "dispatch_today", "bundle_group")
    chosen = {name: desk.choices(name)[0] for name in parts}
    values = {"shipping_name": "그냥", "submission": new_id(), **chosen}
    desk.owner.post(f"/shipping/new/{desk.channel}", values)
    (made,) = desk.stored()
    assert made.values == chosen
