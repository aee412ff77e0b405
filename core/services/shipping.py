"""배송 템플릿 of our own: templates of one channel joined under a name, for its listings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import registry
from core.contracts.shipping import ShippingForm, ShippingPart
from core.contracts.text import Text
from core.fields import Field, Kind
from core.models import Channel, Listing, ShippingTemplate, Template
from core.services import setup, templates
from core.services.outcome import Missing
from core.services.setup import StepView

NAME = Field(name="shipping_name", label=Text("이름", "Name"), max_length=100)
CHOSEN = Field(
    name="chosen",
    label=Text("기본 설정", "Default"),
    kind=Kind.FLAG,
    required=False,
    default=False,
    help=Text(
        "이 채널의 상품을 가져올 때 먼저 선택되어 있습니다.",
        "Chosen beforehand when listings of this channel are imported.",
    ),
)

CLOSED = Text(
    "문을 닫은 판매채널이라 배송 템플릿을 바꿀 수 없습니다.",
    "The marketplace has closed: its shipping templates are not changed any more.",
)
NO_PLUGIN = Text(
    "이 판매채널의 플러그인이 없어 배송 템플릿을 바꿀 수 없습니다.",
    "The plugin of this marketplace is missing: shipping templates cannot be changed.",
)
STEP_FIRST = Text(
    "채널 설정의 {step} 단계를 마치면 배송 템플릿을 만들 수 있습니다.",
    "Shipping templates can be made once the step {step} of the setup is done.",
)
GONE = Text(
    "판매채널에서 사라진 템플릿입니다. 다른 것을 선택해 주세요.",
    "The marketplace does not have it any more. Choose another.",
)
UNFIT = Text(
    "지금은 쓸 수 없는 템플릿입니다. 다른 것을 선택해 주세요.",
    "It cannot be used any more. Choose another.",
)
NONE_CHOSEN = Text("아직 선택하지 않았습니다.", "Nothing is chosen yet.")


@dataclass(frozen=True)
class Part:
    """A part as it stands: the title of its template ("" for none), and what is wrong with it."""

    declared: ShippingPart
    title: str
    problem: Text | None


@dataclass(frozen=True)
class View:
    """A 배송 템플릿 with its parts and how many listings use it."""

    row: ShippingTemplate
    parts: Sequence[Part]
    listings: int

    @property
    def problems(self) -> dict[str, Text]:
        """What has to be mended before it can be used, by the part's name."""
        return {one.declared.name: one.problem for one in self.parts if one.problem is not None}


# -- what a channel's form asks --------------------------------------------------------------------


def form_of(marketplace: str) -> ShippingForm:
    """What the plugin declares, else a template of each type of its setup. Raises Missing."""
    known = registry.current()
    market = known.marketplaces.get(marketplace)
    if market is None:
        raise Missing
    if market.shipping is not None:
        return market.shipping
    return ShippingForm(
        parts=[
            ShippingPart(
                name=kind.key,
                template=kind.key,
                label=kind.label,
                required=not (kind.single or kind.may_be_empty),
            )
            for kind in known.templates_of(marketplace)
        ]
    )


def fields(session: Session, channel: Channel) -> list[Field]:
    """The form: a name, the parts with what may be chosen, the plugin's own fields, 기본 설정."""
    form = form_of(channel.marketplace)
    found = {part.template: usable(session, channel, part.template) for part in form.parts}
    return [
        NAME,
        *(_field(part, found[part.template]) for part in form.parts),
        *form.fields,
        CHOSEN,
    ]


def _field(part: ShippingPart, rows: Sequence[Template]) -> Field:
    return Field(
        name=part.name,
        label=part.label,
        kind=Kind.CHOICE,
        choices=tuple((row.id, Text(row.title, row.title)) for row in rows if _fits(part, row)),
        required=part.required,
        help=part.help,
    )


def usable(session: Session, channel: Channel, kind: str) -> list[Template]:
    """The channel's templates of a type, but those that the marketplace does not have any more."""
    return [row for row in templates.rows(session, channel.id, kind) if row.gone_at is None]


def _fits(part: ShippingPart, row: Template) -> bool:
    if part.fits is None:
        return True
    return bool(registry.guarded(part.fits, templates.values_of(row), default=False))


def lacking(session: Session, channel: Channel) -> list[ShippingPart]:
    """The parts that are needed and of which the channel has no template that may be chosen."""
    given = {one.name: one for one in fields(session, channel)}
    parts = form_of(channel.marketplace).parts
    return [part for part in parts if part.required and not given[part.name].choices]


def blocked(session: Session, channel: Channel) -> tuple[Text, StepView | None] | None:
    """Why none may be made or changed now, and the step of the setup where it is one."""
    if channel.marketplace not in registry.current().marketplaces:
        return NO_PLUGIN, None
    if registry.has_closed(channel):
        return CLOSED, None
    missing = setup.missing_step(session, channel)
    if missing is not None:
        return STEP_FIRST.format(step=missing.title), missing
    return None


# -- what is stored --------------------------------------------------------------------------------


def get(session: Session, template_id: str) -> ShippingTemplate:
    """The 배송 템플릿 with this id; Missing when there is none, or it was deleted."""
    found = session.scalar(
        select(ShippingTemplate).where(
            ShippingTemplate.id == template_id, ShippingTemplate.archived_at.is_(None)
        )
    )
    if found is None:
        raise Missing
    return found


def named(session: Session, template_id: str | None) -> ShippingTemplate | None:
    """The 배송 템플릿 with this id, deleted or not; None for none."""
    query = select(ShippingTemplate).where(ShippingTemplate.id == template_id)
    return session.scalar(query) if template_id else None


def of_channel(session: Session, channel: Channel) -> list[View]:
    """The channel's, the default first."""
    query = select(ShippingTemplate).where(
        ShippingTemplate.channel_id == channel.id, ShippingTemplate.archived_at.is_(None)
    )
    order = (ShippingTemplate.chosen.desc(), ShippingTemplate.name, ShippingTemplate.id)
    return [view(session, channel, row) for row in session.scalars(query.order_by(*order)).all()]


def view(session: Session, channel: Channel, row: ShippingTemplate) -> View:
    """One with what its parts are called now, and which of them cannot be used any more."""
    known = channel.marketplace in registry.current().marketplaces
    declared = form_of(channel.marketplace).parts if known else ()
    ids = [str(row.values.get(part.name) or "") for part in declared]
    query = select(Template).where(Template.channel_id == channel.id, Template.id.in_(ids))
    found = {one.id: one for one in session.scalars(query)}
    parts = [_part(part, key, found.get(key)) for part, key in zip(declared, ids, strict=True)]
    return View(row, parts, _listings(session, row))


def _part(part: ShippingPart, key: str, row: Template | None) -> Part:
    if not key:
        return Part(part, "", NONE_CHOSEN if part.required else None)
    if row is None or row.gone_at is not None or row.type != part.template:
        return Part(part, row.title if row is not None else "", GONE)
    return Part(part, row.title, None if _fits(part, row) else UNFIT)


def _listings(session: Session, row: ShippingTemplate) -> int:
    query = select(func.count()).where(
        Listing.shipping_template_id == row.id, Listing.gone_at.is_(None)
    )
    return int(session.scalar(query) or 0)


def values_of(row: ShippingTemplate) -> dict[str, Any]:
    """What the form holds for it."""
    return {**row.values, NAME.name: row.name, CHOSEN.name: row.chosen}


def seen(row: ShippingTemplate) -> str:
    """What a page shows of it, as a mark: another one when somebody has changed it since."""
    return row.changed_at.isoformat()
