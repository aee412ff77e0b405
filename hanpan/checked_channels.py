"""The check of `hanpan doctor` that names the channels which wait for their seller."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from core import clock, registry, store
from core.contracts.text import Text
from core.models import Channel
from core.services.lateness import collects_late
from hanpan.finding import WARNING, Finding


def channels_that_wait(*, off: bool) -> Iterator[Finding]:
    """Live channels that need their seller, are paused, or (unless Hanpan is `off`) come late."""
    with store.all_workspaces(), store.read() as session:
        live = session.scalars(
            select(Channel).where(Channel.archived_at.is_(None)).order_by(Channel.created_at)
        ).all()
    for channel in live:
        said = _said_of(channel, off=off)
        if said is not None:
            name = _name(channel)
            text = Text(f"{name.ko}: {said.ko}", f"{name.en}: {said.en}")
            yield Finding("channels", WARNING, text)


def _said_of(channel: Channel, *, off: bool) -> Text | None:
    if channel.state == "needs_you":
        return Text.of(channel.problem) if channel.problem else _NEEDS_YOU
    if channel.state == "paused":
        return _PAUSED
    if not off and collects_late(channel):
        return _since(channel)
    return None


def _since(channel: Channel) -> Text:
    since = channel.collected_at or channel.activated_at
    assert since is not None  # it could not be late
    return _LATE.format(since=f"{clock.kst(since):%m-%d %H:%M}")


def _name(channel: Channel) -> Text:
    """The store's name, and its marketplace's: nothing of the keys."""
    market = registry.current().marketplaces.get(channel.marketplace)
    label = market.label if market else Text(channel.marketplace, channel.marketplace)
    practice = Text(" 연습", " practice") if channel.practice else Text("", "")
    return Text(
        f"{channel.store} ({label.ko}{practice.ko})", f"{channel.store} ({label.en}{practice.en})"
    )


_NEEDS_YOU = Text(
    "확인이 필요합니다. 판매채널 화면에서 이유를 보고 [다시 확인]을 눌러 주세요.",
    "It needs you: the page of the channel says why, then press [다시 확인].",
)
_PAUSED = Text(
    "멈춰 두었습니다. 주문을 받으려면 판매채널 화면에서 [다시 시작]을 눌러 주세요.",
    "It is paused: press [다시 시작] on its page to go on.",
)
_LATE = Text(
    "{since} 뒤로 주문을 수집하지 못했습니다. 작업 화면의 주문 수집에서 이유를 확인해 주세요.",
    "No orders were collected since {since} KST: the collection among the jobs says why.",
)
