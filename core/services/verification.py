"""The connection check: one cheap read, after which a channel is active or says what it needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, queue, registry, store
from core.contracts.form import Verified
from core.contracts.text import Text
from core.errors import IpNotAllowed, MarketplaceError, NeedsSeller, Rejected, Unavailable
from core.ledger import commands, kinds
from core.ledger.connection import credentials_of, practice_base
from core.ledger.run import Run
from core.models import Channel
from core.models.channel import account_name
from core.network import ssl_context
from core.services import addresses, channel_form, channels
from core.services.kind_names import COLLECT, VERIFY

ONCE_A_DAY = timedelta(days=1)

TAKEN = Text(
    "이미 연결된 계정입니다. 판매채널 목록에서 그 채널을 열어 주세요.",
    "This account is connected already. Open that channel in the list.",
)
SOMEONE_ELSE = Text(
    "이 키는 다른 판매자 계정의 것입니다. 다른 계정은 새 채널로 추가해 주세요.",
    "These keys belong to another seller account. Add that account as a new channel.",
)
NO_PRACTICE = Text(
    "연습 서버가 응답하지 않습니다. 한판을 다시 시작한 뒤 [다시 확인]을 눌러 주세요.",
    "The practice server does not answer. Restart Hanpan, then press [Check again].",
)


def verify(run: Run) -> None:
    """Check the keys with one cheap read; the channel becomes active, or says what it needs."""
    if run.channel.practice:
        _fetch_practice_keys(run)  # a world that began anew has other keys
    form = channel_form.form_of(run.channel.marketplace)
    try:
        found: Verified = run.call("channel.verify", form.verify)
    except NeedsSeller as error:
        problem = {**error.text.stored(), "code": error.code}
        address = error.address if isinstance(error, IpNotAllowed) else ""

        def refuse(session: Session) -> None:
            _refuse(session, run.channel.id, problem)
            if not run.channel.practice:
                addresses.told(session, address)

        run.commit("channel.refused", refuse, last=True)
        raise
    except MarketplaceError:
        if run.channel.waiting_since is not None:
            # When this look gives up, one comes tomorrow; its tries may pass midnight.
            began = run.command.started_at or clock.now()
            again = partial(_look_again, channel=run.channel, began=began)
            run.commit("channel.unseen", again, got_on=False, last=True)
        raise
    run.commit("channel.verified", lambda session: _activate(session, run, found), last=True)
    if run.result is not None and run.result.get("taken"):
        raise Rejected(TAKEN)
    if run.result is not None and run.result.get("refused"):
        raise Rejected(SOMEONE_ELSE)
    for name in kinds.QUEUES:
        queue.ring(name)


def _fetch_practice_keys(run: Run) -> None:
    url = practice_base(run.channel.marketplace, "_world") + "/credentials"
    try:
        with httpx.Client(trust_env=False, timeout=5, verify=ssl_context()) as http:
            values = http.get(url).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(NO_PRACTICE, detail=repr(error)) from error
    names = {field.name for field in channel_form.form_of(run.channel.marketplace).fields}

    def keep(session: Session) -> None:
        channel = channels.get(session, run.channel.id)
        own = {name: value for name, value in values.items() if name in names}
        if channel.credentials is None:
            channel.seller_id = values.get("seller_id") or channel.seller_id
            channel.store = values.get("store") or channel.store
        elif credentials_of(channel) == own:
            return
        else:
            channel.seal_version += 1
        channel.credentials = channel_form.seal(channel, own)
        session.flush()
        table: Any = Channel.__table__
        run.channel = session.execute(store.select_in(table).where(table.c.id == channel.id)).one()

    run.commit("channel.practice-keys", keep, last=True)


def _refuse(session: Session, channel_id: str, problem: dict[str, Any]) -> None:
    channel = channels.get(session, channel_id)
    channel.state, channel.problem, channel.verified_at = "needs_you", problem, clock.now()


def _activate(session: Session, run: Run, found: Verified) -> None:
    channel = channels.get(session, run.channel.id)
    account = account_name(channel, found.identity)
    other = session.scalar(
        select(Channel).where(Channel.account == account, Channel.id != channel.id)
    )
    if channel.identity not in (None, found.identity) and not channel.practice:
        channel.state = "needs_you"
        channel.problem = {**SOMEONE_ELSE.stored(), "code": ""}
        run.result = {"refused": True}
        return
    if other is not None and other.archived_at is None:
        channel.state = "needs_you"
        channel.problem = {**TAKEN.stored(), "code": ""}
        run.result = {"taken": other.id}
        return
    if found.note is not None:
        run.result = {"note": found.note.stored()}
    if other is not None:
        channel = _revive(session, channel, other)
        run.result = {**(run.result or {}), "revived": other.id}
    now = clock.now()
    channel.identity, channel.account = found.identity, account
    channel.store = found.store or channel.store
    channel.expires_at, channel.verified_at, channel.problem = found.expires, now, None
    if channel.waiting_since is not None and found.granted:
        channel.note = {**(channel.note or {}), "waited": channel.waiting_since.isoformat()}
    channel.waiting_since = None if found.granted else channel.waiting_since or now
    if channel.state != "paused":
        channel.state = "active" if found.granted else "waiting"
    session.flush()
    if not found.granted:
        _look_again(session, channel, now)
        commands.release(session, channel.id, ("needs_you", "parked"))
        return
    channel.activated_at = channel.activated_at or now
    ensure_standing(session, channel)
    commands.release(session, channel.id, ("needs_you", "parked", "approval"))


def _look_again(session: Session, channel: Any, began: datetime) -> None:
    """The approval is asked about once a day, by itself; `began` is when this look did (UTC)."""
    tomorrow = began + ONCE_A_DAY
    commands.submit(
        session,
        VERIFY,
        lane=channel.id,
        channel_id=channel.id,
        natural_key=f"approval:{clock.kst(tomorrow).date().isoformat()}",
        payload={},
        by="한판",
        delay=ONCE_A_DAY.total_seconds(),
    )


def _revive(session: Session, fresh: Channel, old: Channel) -> Channel:
    """The account was here before: its old channel takes the new keys, the new row goes."""
    old.credentials = channel_form.seal(old, credentials_of(fresh))
    old.form_version, old.seal_version = fresh.form_version, old.seal_version + 1
    old.archived_at, old.state = None, "active"
    fresh.archived_at, fresh.credentials = clock.now(), None
    fresh.note = {"merged_into": old.id}
    return old


def ensure_standing(session: Session, channel: Channel) -> None:
    """An active channel has one standing command per kind of recurring work it is able to do."""
    if channel.marketplace in registry.current().orders:
        commands.submit(
            session,
            COLLECT,
            lane=channel.id,
            channel_id=channel.id,
            natural_key="standing",
            payload={},
            by="한판",
        )
