"""The credentials form: what it refuses without any call, and what verifying tells."""

from __future__ import annotations

from typing import Any

import pytest

from core.fields import clean
from hanpan.api import ContractError, NotApproved
from plugins.smartstore.forms import FIELDS, FORM
from plugins.smartstore.tests.conftest import SECRET, Naver, refused

ACCOUNT = "/v1/seller/account"
CHANNELS = "/v1/seller/channels"
TYPED = {
    "app_base": "external",
    "client_id": "7exampleIdExampleId00X",
    "client_secret": SECRET,
    "token_type": "SELF",
    "store_url": "hanpan",
    "fee_class": "medium2",
    "window_seller": "none",
}


def test_what_a_seller_with_an_own_store_types_is_enough() -> None:
    done = clean(FIELDS, TYPED)
    assert done.ok
    assert done.values["account_id"] is None
    assert done.values["agency_confirmed"] is None and done.values["quick_settlement"] is False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_id", "my id"),
        ("client_id", "<script>alert(1)</script>"),
        ("client_id", "a" * 57),
        ("client_secret", "$2a$04$abcdefghijklmnopqrstuv"),
        ("client_secret", ""),
        ("token_type", "BOTH"),
        ("store_url", "https://example.com/hanpan"),
        ("store_url", "https://smartstore.naver.com/"),
        ("store_url", "고요상회"),
        ("store_url", "=HYPERLINK(1)"),
        ("fee_class", ""),
        ("window_seller", "kids"),
        ("app_base", "https://example.com"),
    ],
)
def test_a_wrong_value_is_refused_beside_its_field(name: str, value: str) -> None:
    assert set(clean(FIELDS, {**TYPED, name: value}).problems) == {name}


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"token_type": "SELLER"}, {"account_id"}),
        ({"token_type": "SELLER", "account_id": "ncp_1"}, set()),
        ({"token_type": "SELLER", "account_id": "goyo@shop.example"}, set()),
        ({"token_type": "SELLER", "account_id": "판매자"}, {"account_id"}),
        ({"token_type": "SELLER", "account_id": "ncp 1"}, {"account_id"}),
        ({"token_type": "SELLER", "account_id": "@"}, {"account_id"}),
        ({"token_type": "SELLER", "account_id": "<b>"}, {"account_id"}),
        ({"app_base": "partner"}, {"agency_confirmed"}),
        ({"app_base": "partner", "agency_confirmed": "on"}, set()),
        ({"agency_confirmed": "on"}, set()),
    ],
)
def test_what_another_choice_asks_for_is_told_with_everything_else(
    typed: dict[str, str], wrong: set[str]
) -> None:
    assert set(clean(FIELDS, {**TYPED, **typed}).problems) == wrong
    assert set(clean(FIELDS, {**TYPED, **typed, "store_url": ""}).problems) == wrong | {"store_url"}


def test_a_secret_that_was_copied_wrong_is_told_from_what_is_none() -> None:
    said = {
        secret: clean(FIELDS, {**TYPED, "client_secret": secret}).problems["client_secret"].ko
        for secret in (f"{SECRET[:-1]}v", SECRET[:-1], "my password")
    }
    miscopied, short, other = said.values()
    assert "마지막 글자" in miscopied
    assert "29자" in short and short == other


@pytest.mark.parametrize(
    "pasted",
    [
        "hanpan",
        "https://smartstore.naver.com/hanpan",
        "http://m.smartstore.naver.com/hanpan/",
        "smartstore.naver.com/hanpan?NaPm=ct%3Dx",
        "HTTPS://SmartStore.naver.com/hanpan/products/100#REVIEW",
    ],
)
def test_of_the_pasted_address_of_a_store_its_name_is_kept(pasted: str) -> None:
    done = clean(FIELDS, {**TYPED, "store_url": pasted})
    assert (done.values["store_url"], done.problems) == ("hanpan", {})


def test_a_stored_secret_is_kept_when_left_empty() -> None:
    done = clean(FIELDS, {**TYPED, "client_secret": ""}, kept={"client_secret": SECRET})
    assert done.values["client_secret"] == SECRET


def test_channels_of_one_application_share_a_budget() -> None:
    one, other = {**TYPED, "account_id": "a"}, {**TYPED, "account_id": "b"}
    assert FORM.bucket(one) == FORM.bucket(other)
    assert FORM.bucket(one) != FORM.bucket({**TYPED, "client_id": "another"})
    assert TYPED["client_id"] not in FORM.bucket(one)


STORE = {
    "channelType": "STOREFARM",
    "name": "한판상점",
    "url": "https://smartstore.naver.com/hanpan",
}
WINDOW = {"channelType": "WINDOW", "name": "한판윈도", "url": "https://x/y"}


@pytest.mark.parametrize("channels", [STORE, [STORE], [WINDOW, STORE]])
def test_verifying_tells_identity_and_store(naver: Naver, channels: Any) -> None:
    naver.on("GET", ACCOUNT, {"accountId": "login", "accountUid": "ncp_1", "grade": "파워"})
    naver.on("GET", CHANNELS, channels)
    found = FORM.verify(naver.client())
    assert (found.identity, found.store, found.note) == ("ncp_1", "한판상점", None)


def test_the_whole_address_of_the_store_is_taken_too(naver: Naver) -> None:
    typed = {**TYPED, "store_url": "https://smartstore.naver.com/hanpan"}
    assert clean(FIELDS, typed).ok
    naver.on("GET", ACCOUNT, {"accountUid": "ncp_1"})
    naver.on("GET", CHANNELS, [STORE])
    assert FORM.verify(naver.client(**typed)).note is None


def test_another_store_url_is_noted(naver: Naver) -> None:
    naver.on("GET", ACCOUNT, {"accountUid": "ncp_1"})
    naver.on("GET", CHANNELS, [{**STORE, "url": "https://smartstore.naver.com/other"}])
    note = FORM.verify(naver.client()).note
    assert note is not None and "'other'" in note.ko


@pytest.mark.parametrize("channels", [[], {}, ["?"]])
def test_a_store_that_is_not_told_is_no_mistake(naver: Naver, channels: Any) -> None:
    naver.on("GET", ACCOUNT, {"accountUid": "ncp_1"})
    naver.on("GET", CHANNELS, channels)
    assert FORM.verify(naver.client()).store == ""


def test_an_account_without_identity_is_an_error(naver: Naver) -> None:
    naver.on("GET", ACCOUNT, {"accountId": "login"})
    with pytest.raises(ContractError):
        FORM.verify(naver.client())


def test_verifying_without_the_group_names_it(naver: Naver) -> None:
    naver.on("GET", ACCOUNT, refused(401, "GW.AUTHN"))
    with pytest.raises(NotApproved) as caught:
        FORM.verify(naver.client())
    assert "'판매자정보'" in caught.value.text.ko


def test_connecting_sends_nothing(naver: Naver) -> None:
    client = naver.client()
    FORM.connect(TYPED, client.host)
    assert naver.sent == []
