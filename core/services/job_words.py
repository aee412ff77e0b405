"""What a command is called, why it does not get on, and what came of it, in the seller's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import errors, registry
from core.contracts.template import TemplateType
from core.contracts.text import Text
from core.ledger import commands, kinds
from core.models import Channel, Command, Template
from core.services.kind_names import (
    CONFIRM,
    CREATE,
    DELETE,
    EXTEND,
    LISTINGS_EDIT,
    LISTINGS_MATCH,
    LISTINGS_SKUS,
    LISTINGS_SYNC,
    PUSH,
    TAKE,
    UPDATE,
    VERIFY,
)
from core.services.listing_changes import LABELS

HELD: dict[str, Text] = {
    "switch": Text(
        "연동설정에서 이 연동이 꺼져 있어 기다립니다. 켜면 자동으로 이어 합니다.",
        "Waits because this connection is switched off; it goes on when switched on.",
    ),
    "paused": Text(
        "채널이 일시정지되어 기다립니다. 채널을 다시 시작하면 자동으로 이어 합니다.",
        "Waits because the channel is paused; it goes on when the channel is resumed.",
    ),
    "needs_you": Text(
        "채널에 확인할 것이 있어 기다립니다. 채널이 연결되면 자동으로 이어 합니다.",
        "Waits because the channel needs you; it goes on when the channel is connected.",
    ),
    "approval": Text(
        "판매채널의 승인을 기다립니다. 하루에 한 번 자동으로 확인하고, 승인되면 이어 합니다.",
        "Waits for the marketplace's approval; it is asked about daily and goes on when granted.",
    ),
    "sunset": Text(
        "문을 닫은 판매채널이라 호출하지 않습니다. 지난 내역은 그대로 볼 수 있습니다.",
        "The marketplace has closed, so nothing is called. What was collected stays.",
    ),
    "parked": Text(
        "판매채널이 같은 요청을 거듭 거절해 멈췄습니다. 원인을 고친 뒤 다시 시도해 주세요.",
        "The marketplace refused it twice. Mend the cause, then try again.",
    ),
    "plugin": Text(
        "이 판매채널의 플러그인을 쓸 수 없어 기다립니다. 플러그인 화면에서 이유를 확인해 주세요.",
        "Waits because the marketplace's plugin cannot be used; Plugins says why.",
    ),
    "restored": Text(
        "백업을 되돌린 뒤라 먼저 지금까지의 주문을 수집합니다. 채널을 다시 시작해 주세요.",
        "After a restore the channel collects first. Resume the channel.",
    ),
    "asks": Text(
        "한 시간 넘게 멈춰 있었습니다. 지금 보내도 되는지 확인한 뒤 [다시 시도]를 눌러 주세요.",
        "It waited for over an hour. Look whether it should still be sent, then try again.",
    ),
}
CHECKING = Text(
    "응답이 끊겨 판매채널에 결과를 다시 확인하고 있습니다. 확인될 때까지 다시 보내지 않습니다.",
    "The answer was lost; the outcome is being read back. Nothing is sent again before that.",
)
STOPPED = Text("사람이 보내지 않기로 했습니다.", "A person decided not to send it.")


def title(session: Session, command: Command) -> Text:
    """What the command does: 발주확인 12건, 주소지 가져오기, 주소지 수정: 기본 출고지."""
    kind = kinds.get(command.kind)
    if kind is None:
        return Text(command.kind, command.kind)
    template = _template_type(session, command)
    words = kind.title
    if template is not None:
        label, name = template.label, _template_name(session, command, template)
        verb = Text(words.ko.removeprefix("템플릿 "), words.en.partition(" ")[0])
        words = Text(f"{label.ko} {verb.ko}", f"{verb.en}: {label.en}")
        if name:
            words = Text(f"{words.ko}: {name}", f"{words.en}, {name}")
    elif command.kind == CONFIRM and command.progress_total:
        total = f"{command.progress_total:,}"
        words = Text(f"{words.ko} {total}건", f"{words.en} ({total})")
    elif command.kind in (LISTINGS_EDIT, LISTINGS_SYNC) and command.progress_total:
        words = _of_listings(words, command)
    elif command.kind == LISTINGS_SKUS and command.progress_total:
        total = f"{command.progress_total:,}"
        words = Text(f"{words.ko}: 상품 {total}개", f"{words.en} ({total})")
    elif command.kind == LISTINGS_MATCH:
        words = _of_channel(session, words, command.natural_key)
    return words


def _of_listings(words: Text, command: Command) -> Text:
    """채널상품 판매가 수정 12개, 채널상품 동기화 1,000개."""
    total = f"{command.progress_total:,}"
    label = LABELS.get(command.natural_key.partition(":")[0])
    if label is not None:
        verb = words.ko.removeprefix("채널상품 ")
        words = Text(f"채널상품 {label.ko} {verb}", f"{words.en}: {label.en.lower()}")
    return Text(f"{words.ko} {total}개", f"{words.en} ({total})")


def _of_channel(session: Session, words: Text, channel_id: str) -> Text:
    """The words, and of which channel."""
    channel = session.get(Channel, channel_id)
    market = registry.current().marketplaces.get(channel.marketplace) if channel else None
    if channel is None or market is None:
        return words
    label = market.label
    return Text(
        f"{words.ko}: {label.ko} {channel.store}", f"{words.en}: {label.en} {channel.store}"
    )


def _template_type(session: Session, command: Command) -> TemplateType | None:
    if not command.kind.startswith("template.") or command.channel_id is None:
        return None
    channel = session.get(Channel, command.channel_id)
    if channel is None:
        return None
    key = command.natural_key.partition(":")[0]
    return registry.current().templates.get((channel.marketplace, key))


def _template_name(session: Session, command: Command, template: TemplateType) -> str:
    """What the template of a write is called; "" where there is one of the type anyway."""
    if template.single or command.kind not in (CREATE, UPDATE, DELETE):
        return ""
    if command.kind == CREATE:
        values = commands.payload_of(command).get("values")
        return registry.guarded(template.title, values, default="") if values else ""
    remote = command.natural_key.partition(":")[2]
    query = select(Template.title).where(
        Template.channel_id == command.channel_id,
        Template.type == template.key,
        Template.remote_id == remote,
    )
    return session.scalar(query) or ""


def trouble(command: Command) -> Text | None:
    """Why the command does not get on, in words for the seller; None when nothing is wrong."""
    told = text_of(command.error_text)
    if command.state == "held":
        why = HELD.get(command.held_for, HELD["paused"])
        if told is not None and command.held_for in ("needs_you", "parked"):
            return Text(f"{told.ko} {why.ko}", f"{told.en} {why.en}")
        return why
    if command.state in ("done", "cancelled"):
        return None
    return told


def market_code(command: Command) -> str:
    """The marketplace's own code for why the command does not get on; "" where it gave none."""
    code = command.error_code
    ours = code in ("REVIEW", "DIED") or isinstance(getattr(errors, code, None), type)
    return "" if ours else code


def text_of(value: Mapping[str, Any] | None) -> Text | None:
    return Text.of(value) if value else None


def outcome(command: Command) -> Text:
    """What came of a command that ended, in one line."""
    if command.state == "cancelled":
        who = command.cancel_asked
        return Text(f"{who}님이 멈췄습니다.", f"Stopped by {who}.") if who else STOPPED
    told = text_of(command.error_text)
    if command.state == "refused":
        return told or Text("판매채널이 받지 않았습니다.", "The marketplace refused it.")
    table = _TABLES.get(command.kind, _COUNTED)
    return _counted(command.result or {}, table) or _DONE.get(command.kind, _DONE[""])


_DONE = {
    "": Text("마쳤습니다.", "Done."),
    VERIFY: Text("연결을 확인했습니다.", "The connection works."),
    UPDATE: Text("판매채널에 반영했습니다.", "Applied at the marketplace."),
    CREATE: Text("판매채널에 등록했습니다.", "Created at the marketplace."),
    DELETE: Text("판매채널에서 삭제했습니다.", "Deleted at the marketplace."),
    TAKE: Text("새 주문이 없습니다.", "There was no new order."),
}
_COUNTED = (
    ("new", Text("새 주문 {n}", "{n} new")),
    ("found", Text("찾음 {n}", "{n} found")),
    ("added", Text("추가 {n}", "{n} added")),
    ("changed", Text("변경 {n}", "{n} changed")),
    ("again", Text("다시 읽음 {n}", "{n} to be read again")),
    ("gone", Text("사라짐 {n}", "{n} gone")),
    ("same", Text("그대로 {n}", "{n} the same")),
    ("refused", Text("되지 않음 {n}", "{n} left out")),
    ("linked", Text("SKU 연결 {n}", "{n} matched with SKUs")),
    ("unclear", Text("직접 골라야 함 {n}", "{n} to be chosen by hand")),
    ("unlinked", Text("맞는 SKU 없음 {n}", "{n} without a SKU")),
    ("followed", Text("재고연동 켬 {n}", "stock linked {n}")),
    ("unfollowed", Text("재고연동을 켜지 않음 {n}", "stock not linked {n}")),
)
_CONFIRMED = (
    ("done", Text("발주확인 {n}건", "{n} confirmed")),
    ("already", Text("이미 확인됨 {n}건", "{n} were confirmed already")),
    ("busy", Text("다른 작업에서 처리 중 {n}건", "{n} in another job")),
    ("refused", Text("거절 {n}건", "{n} refused")),
    ("changed", Text("보내지 않음 {n}건", "{n} not sent")),
)


_EDITED = (
    ("done", Text("반영 {n}개", "{n} applied")),
    ("already", Text("이미 반영됨 {n}개", "{n} were applied already")),
    ("busy", Text("다른 작업에서 처리 중 {n}개", "{n} in another job")),
    ("refused", Text("거절 {n}개", "{n} refused")),
    ("changed", Text("보내지 않음 {n}개", "{n} not sent")),
)
_PUSHED = (
    ("pushed", Text("보냄 {n}건", "{n} sent")),
    ("refused", Text("거절 {n}건", "{n} refused")),
)
_EXTENDED = (
    ("done", Text("연장 {n}개", "{n} extended")),
    ("refused", Text("거절 {n}개", "{n} refused")),
)
_MADE = (
    ("done", Text("SKU {n}개 만듦", "{n} SKUs made")),
    ("standing", Text("이미 SKU가 있는 상품 {n}개", "{n} listings had SKUs")),
    ("refused", Text("만들지 않은 상품 {n}개", "{n} listings left out")),
)
_TABLES = {
    CONFIRM: _CONFIRMED,
    LISTINGS_EDIT: _EDITED,
    LISTINGS_SKUS: _MADE,
    PUSH: _PUSHED,
    EXTEND: _EXTENDED,
}


def _counted(result: Mapping[str, Any], table: Sequence[tuple[str, Text]]) -> Text | None:
    said = [words.format(n=result[name]) for name, words in table if result.get(name)]
    if not said:
        return None
    return Text(" · ".join(text.ko for text in said), " · ".join(text.en for text in said))
