"""What a seller types to connect a channel: our own fields, then those of the marketplace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core import registry, vault
from core.contracts.form import CredentialsForm
from core.contracts.text import Text
from core.fields import Field, Kind, Values, clean
from core.ledger.connection import credentials_of
from core.models import Channel
from core.services.categories import CATEGORIES
from core.services.outcome import Missing, Wrong

_SELLER_ID = Text(
    "로그인할 때 쓰는 아이디나 이메일 주소를 빈칸 없이 넣어 주세요.",
    "Give the ID or e-mail address that you log in with, without spaces.",
)


def _check_seller_id(value: str) -> Text | None:
    """A reason when nobody can log in by it."""
    return None if re.fullmatch(r"(?=.*[0-9A-Za-z])[!-~]+", value) else _SELLER_ID


COMMON: tuple[Field, ...] = (
    Field(
        name="seller_id",
        label=Text("판매자 ID", "Seller ID"),
        max_length=80,
        check=_check_seller_id,
        help=Text(
            "판매자센터에 로그인할 때 쓰는 아이디나 이메일 주소입니다. 비밀번호는 받지 않습니다.",
            "The ID or e-mail address you log in to the seller centre with. The password is never "
            "asked for.",
        ),
    ),
    Field(name="store", label=Text("스토어명", "Store name"), max_length=80),
    Field(
        name="category",
        label=Text("대표 카테고리", "Main category"),
        kind=Kind.CHOICE,
        required=False,
        choices=CATEGORIES,
        help=Text(
            "구분을 위한 참고 값이며 실제 판매 카테고리와는 상관이 없습니다.",
            "Only a hint; it does not decide where products are sold.",
        ),
    ),
    Field(
        name="memo",
        label=Text("메모", "Memo"),
        kind=Kind.TEXTAREA,
        required=False,
        max_length=1000,
    ),
)


def form_of(marketplace: str) -> CredentialsForm:
    """The credentials form of a marketplace; Missing when no plugin declares it."""
    form = registry.current().forms.get(marketplace)
    if form is None:
        raise Missing
    return form


def fields_of(marketplace: str) -> tuple[Field, ...]:
    """Every field of the connection form: the common ones, then the marketplace's own."""
    return (*COMMON, *form_of(marketplace).fields)


def fields_for(channel: Channel) -> tuple[Field, ...]:
    """Those of a stored channel; the keys of a practice channel are the practice server's."""
    return COMMON if channel.practice else fields_of(channel.marketplace)


def read(
    marketplace: str, raw: Mapping[str, Any], kept: Values | None, also: tuple[Field, ...] = ()
) -> Values:
    """The values of a submitted form; `kept` are stored ones. Raises Wrong, by field name."""
    form = form_of(marketplace)
    common, own = clean((*COMMON, *also), raw, kept=kept), clean(form.fields, raw, kept=kept)
    problems = {**common.problems, **own.problems}
    if form.check is not None and own.ok:
        nothing: dict[str, Text] = {}
        problems |= registry.guarded(form.check, own.values, default=nothing)
    if problems:
        raise Wrong(problems)
    return {**common.values, **own.values}


def read_change(channel: Channel, raw: Mapping[str, Any]) -> Values:
    """The values of the form of a stored channel; a secret left empty keeps what is stored."""
    if not channel.practice:
        return read(channel.marketplace, raw, stored_values(channel))
    done = clean(COMMON, raw)  # the keys of a practice channel are the practice server's
    if not done.ok:
        raise Wrong(done.problems)
    return done.values


def stored_values(channel: Channel) -> dict[str, Any]:
    """What the connection form shows of a stored channel (secrets included: never draw them)."""
    common = {
        "seller_id": channel.seller_id,
        "store": channel.store,
        "category": channel.category,
        "memo": channel.memo,
    }
    return {**common, **(credentials_of(channel) if channel.credentials else {})}


def own_values(marketplace: str, values: Values) -> dict[str, Any]:
    """Of all values those of the marketplace's own fields: what is sealed."""
    return {field.name: values.get(field.name) for field in form_of(marketplace).fields}


def seal(channel: Channel, values: Values) -> bytes:
    """The values of the marketplace's own fields, as the channel keeps them."""
    return vault.seal_json("channel", "credentials", channel.id, dict(values))
