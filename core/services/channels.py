"""Channels: connected, checked, switched, told about, put away and brought back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, queue, registry, store, vault
from core.contracts.form import CredentialsForm, Verified
from core.contracts.text import Text
from core.errors import NeedsSeller, Rejected, Unavailable
from core.fields import Cleaned, Field, Kind, Values, clean
from core.ledger import commands, kinds
from core.ledger.connection import credentials_of, practice_base
from core.ledger.run import Run
from core.models import Channel, new_id
from core.services import audit, reach
from core.services.audit import Actor
from core.services.categories import CATEGORIES
from core.services.outcome import Missing, Wrong

SALE_PERIODS = (0, 3, 5, 7, 15, 30, 60, 90, 120)
CONFIRM_MODES = ("manual", "auto")
SWITCHES = ("on_all", "on_product", "on_order", "on_cs", "on_stock")

COMMON: tuple[Field, ...] = (
    Field(
        name="seller_id",
        label=Text("판매자 ID", "Seller ID"),
        max_length=80,
        help=Text(
            "판매자센터에 로그인할 때 쓰는 아이디입니다. 비밀번호는 받지 않습니다.",
            "The ID you log in to the seller centre with. The password is never asked for.",
        ),
    ),
    Field(name="store", label=Text("스토어명", "Store name"), max_length=80),
    Field(
        name="category",
        label=Text("대표 카테고리", "Main category"),
        kind=Kind.CHOICE,
        required=False,
        choices=(("", Text("선택 안 함", "None")), *CATEGORIES),
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

CONTACT: tuple[Field, ...] = (
    Field(name="name", label=Text("담당자명", "Name"), required=False, max_length=60),
    Field(
        name="position",
        label=Text("직급/직책/부서", "Position or department"),
        required=False,
        max_length=60,
    ),
    Field(
        name="email",
        label=Text("이메일", "E-mail"),
        kind=Kind.EMAIL,
        required=False,
        help=Text(
            "채널이 멈추면 연락할 주소입니다. 이메일로 알리는 기능은 다음 판에 들어옵니다.",
            "Whom to reach when the channel breaks. Notices by e-mail come in the next version.",
        ),
    ),
    Field(name="phone", label=Text("연락처", "Phone"), kind=Kind.PHONE, required=False),
    Field(name="mobile", label=Text("휴대폰", "Mobile"), kind=Kind.PHONE, required=False),
)

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


def form_of(marketplace: str) -> CredentialsForm:
    """The credentials form of a marketplace; Missing when no plugin declares it."""
    form = registry.current().forms.get(marketplace)
    if form is None:
        raise Missing
    return form


def fields_of(marketplace: str) -> tuple[Field, ...]:
    """Every field of the connection form: the common ones, then the marketplace's own."""
    return (*COMMON, *form_of(marketplace).fields)


def _read(
    marketplace: str, raw: Mapping[str, Any], kept: Values | None, also: tuple[Field, ...] = ()
) -> Cleaned:
    form = form_of(marketplace)
    common, own = clean((*COMMON, *also), raw, kept=kept), clean(form.fields, raw, kept=kept)
    problems = {**common.problems, **own.problems}
    if form.check is not None and own.ok:
        nothing: dict[str, Text] = {}
        problems |= registry.guarded(form.check, own.values, default=nothing)
    if problems:
        raise Wrong(problems)
    return Cleaned({**common.values, **own.values})


def get(session: Session, channel_id: str) -> Channel:
    """The channel with this id in the current workspace; Missing when there is none."""
    found = session.scalar(select(Channel).where(Channel.id == channel_id))
    if found is None:
        raise Missing
    return found


def live(session: Session) -> list[Channel]:
    """Every channel that is not put away, in the order in which they were added."""
    return list(
        session.scalars(
            select(Channel).where(Channel.archived_at.is_(None)).order_by(Channel.created_at)
        )
    )


def archived(session: Session) -> list[Channel]:
    """The channels that were put away, the newest first."""
    return list(
        session.scalars(
            select(Channel)
            .where(Channel.archived_at.is_not(None), Channel.account.is_not(None))
            .order_by(Channel.archived_at.desc())
        )
    )


def add(marketplace: str, raw: Mapping[str, Any], actor: Actor, *, submission: str) -> str:
    """Connect a real account: store the form, sealed, and have it checked by a worker.

    Returns the channel's id. Raises Wrong with reasons by field name.
    """
    days = {reach.FIELD.name: str(reach.DAYS), **raw}
    values = _read(marketplace, days, None, also=(reach.FIELD,)).values
    return _add(marketplace, values, actor, submission, False)


def add_practice(marketplace: str, actor: Actor, *, submission: str) -> str:
    """Connect a practice channel; a worker asks the practice marketplace for its keys."""
    if marketplace not in registry.current().sandboxes:
        raise Missing
    values = {"seller_id": "practice", "store": "연습 스토어", "category": "", "memo": ""}
    return _add(marketplace, values, actor, submission, True)


def _add(marketplace: str, values: Values, actor: Actor, submission: str, practice: bool) -> str:
    own = {field.name: values.get(field.name) for field in form_of(marketplace).fields}
    with store.write() as session:
        earlier = session.scalar(select(Channel.id).where(Channel.id == _id_for(submission)))
        if earlier is not None:
            return earlier
        channel = Channel(
            id=_id_for(submission),
            workspace_id=store.current_workspace(),
            marketplace=marketplace,
            practice=practice,
            store=values["store"],
            seller_id=values["seller_id"],
            category=values.get("category") or "",
            memo=values.get("memo") or "",
            reach_back_days=values.get("reach_back_days", reach.DAYS),
            state="checking",
            form_version=form_of(marketplace).version,
            created_at=clock.now(),
        )
        if not practice:
            channel.credentials = _seal(channel.id, own)
        session.add(channel)
        session.flush()
        submit_verify(session, channel, actor.name)
        audit.record(session, "channel.add", actor=actor, subjects=[channel.id])
    ring("channel.verify")
    return channel.id


def _id_for(submission: str) -> str:
    """A form that is sent twice makes one channel: its submission id is the channel's."""
    digits = "".join(c for c in submission.lower() if c in "0123456789abcdef")
    return digits if len(digits) == 32 else new_id()


def _seal(channel_id: str, values: Values) -> bytes:
    return vault.seal_json("channel", "credentials", channel_id, dict(values))


def ring(kind: str) -> None:
    """Ring the queue of a kind of command, after the commit."""
    declared = kinds.get(kind)
    if declared is not None:
        queue.ring(declared.queue)


def change(channel_id: str, raw: Mapping[str, Any], actor: Actor) -> None:
    """Change names and keys of a channel and have them checked again.

    A secret left empty keeps its stored value. Raises Wrong with reasons by field name.
    """
    with store.write() as session:
        channel = get(session, channel_id)
        values = _changed(channel, raw)
        channel.store, channel.seller_id = values["store"], values["seller_id"]
        channel.category, channel.memo = values["category"] or "", values["memo"] or ""
        if not channel.practice:
            own = {field.name: values[field.name] for field in form_of(channel.marketplace).fields}
            channel.credentials = _seal(channel.id, own)
            channel.form_version = form_of(channel.marketplace).version
            channel.seal_version += 1
        submit_verify(session, channel, actor.name)
        audit.record(session, "channel.change", actor=actor, subjects=[channel.id])
    ring("channel.verify")


def _changed(channel: Channel, raw: Mapping[str, Any]) -> Mapping[str, Any]:
    if not channel.practice:
        return _read(channel.marketplace, raw, stored_values(channel)).values
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


def submit_verify(session: Session, channel: Channel, by: str) -> str:
    """Write the command that checks the keys; returns its id."""
    command = commands.submit(
        session,
        "channel.verify",
        lane=channel.id,
        channel_id=channel.id,
        natural_key="verify",
        payload={},
        by=by,
    )
    return command.id


def check_again(channel_id: str, actor: Actor) -> str:
    """Have the channel's keys checked now; returns the command's id."""
    with store.write() as session:
        channel = get(session, channel_id)
        command_id = submit_verify(session, channel, actor.name)
    ring("channel.verify")
    return command_id


def switch(channel_id: str, raw: Mapping[str, Any], actor: Actor) -> None:
    """Set 연동설정: the switches, the confirm mode and the extension of sale periods.

    What a switch stopped goes on when it is on again. Raises Wrong.
    """
    mode = str(raw.get("confirm_mode", "manual"))
    days = str(raw.get("extend_days", "0"))
    wrong = Text("목록에서 선택해 주세요.", "Choose one of the list.")
    problems = {}
    if mode not in CONFIRM_MODES:
        problems["confirm_mode"] = wrong
    if days not in {str(n) for n in SALE_PERIODS}:
        problems["extend_days"] = wrong
    if problems:
        raise Wrong(problems)
    with store.write() as session:
        channel = get(session, channel_id)
        for name in SWITCHES:
            setattr(channel, name, str(raw.get(name, "")) in ("on", "1", "true"))
        channel.confirm_mode, channel.extend_days = mode, int(days)
        session.flush()
        queues = commands.release(session, channel.id, ("switch",))
        facts = {name: getattr(channel, name) for name in SWITCHES} | {"confirm_mode": mode}
        audit.record(session, "channel.switch", actor=actor, subjects=[channel.id], detail=facts)
    for name in queues:
        queue.ring(name)


def set_contact(channel_id: str, raw: Mapping[str, Any], actor: Actor) -> None:
    """Store the contact person (sealed). Raises Wrong."""
    done = clean(CONTACT, raw)
    if not done.ok:
        raise Wrong(done.problems)
    with store.write() as session:
        channel = get(session, channel_id)
        channel.contact = vault.seal_json("channel", "contact", channel.id, done.values)
        audit.record(session, "channel.contact", actor=actor, subjects=[channel.id])


def contact_of(channel: Channel) -> dict[str, str]:
    """The contact person's values, unsealed; empty when none was given."""
    if channel.contact is None:
        return {}
    return dict(vault.unseal_json("channel", "contact", channel.id, channel.contact))


def reveal_contact(channel_id: str, actor: Actor) -> dict[str, str]:
    """The contact person unmasked; who looked is kept in the audit chain."""
    with store.write() as session:
        channel = get(session, channel_id)
        audit.record(session, "contact.reveal", actor=actor, subjects=[channel.id])
        return contact_of(channel)


def pause(channel_id: str, actor: Actor) -> None:
    """Stop every call of a channel until the seller resumes it."""
    with store.write() as session:
        channel = get(session, channel_id)
        if channel.state == "active":
            channel.state = "paused"
            audit.record(session, "channel.pause", actor=actor, subjects=[channel.id])


def resume(channel_id: str, actor: Actor) -> None:
    """Let a paused channel go on (after a restore it first collects up to now)."""
    with store.write() as session:
        channel = get(session, channel_id)
        if channel.state != "paused":
            return
        channel.state = "active" if channel.identity else "checking"
        session.flush()
        reasons = ["paused"]
        if channel.note is not None and channel.note.get("resume") == "collect_first":
            _release_reads(session, channel)
        queues = commands.release(session, channel.id, reasons)
        audit.record(session, "channel.resume", actor=actor, subjects=[channel.id])
    for name in {*queues, *kinds.QUEUES}:
        queue.ring(name)


def _release_reads(session: Session, channel: Channel) -> None:
    """After a restore: reads go on at once, writes only when the channel has been collected."""
    from core.models import Command

    held = session.scalars(
        select(Command).where(
            Command.channel_id == channel.id,
            Command.state == "held",
            Command.held_for == "restored",
        )
    )
    for command in held:
        kind = kinds.get(command.kind)
        if kind is not None and not kind.writes:
            command.held_for = "paused"


def archive(channel_id: str, actor: Actor) -> None:
    """Put a channel away: its work ends, its history stays; the same account revives it."""
    from core.models import Command
    from core.models.work import LIVE

    with store.write() as session:
        channel = get(session, channel_id)
        channel.archived_at, channel.credentials = clock.now(), None
        channel.seal_version += 1
        for command in session.scalars(
            select(Command).where(Command.channel_id == channel.id, Command.state.in_(LIVE))
        ):
            commands.cancel(session, command, actor.name)
            if command.state in ("ready", "held"):
                commands.end(session, command, "cancelled")  # nobody can be asked any more
        audit.record(session, "channel.archive", actor=actor, subjects=[channel.id])


# -- the worker's part ----------------------------------------------------------------------------


def verify(run: Run) -> None:
    """Check the keys with one cheap read; the channel becomes active, or says what it needs."""
    if run.channel.practice:
        _fetch_practice_keys(run)  # a world that began anew has other keys
    form = form_of(run.channel.marketplace)
    try:
        found: Verified = run.call("channel.verify", form.verify)
    except NeedsSeller as error:
        problem = {"ko": error.text.ko, "en": error.text.en, "code": error.code}
        run.commit("channel.refused", lambda s: _refuse(s, run.channel.id, problem), last=True)
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
        with httpx.Client(trust_env=False, timeout=5) as http:
            values = http.get(url).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(NO_PRACTICE, detail=repr(error)) from error
    names = {field.name for field in form_of(run.channel.marketplace).fields}

    def keep(session: Session) -> None:
        channel = get(session, run.channel.id)
        own = {name: value for name, value in values.items() if name in names}
        if channel.credentials is None:
            channel.seller_id = values.get("seller_id") or channel.seller_id
            channel.store = values.get("store") or channel.store
        elif credentials_of(channel) == own:
            return
        else:
            channel.seal_version += 1
        channel.credentials = _seal(channel.id, own)
        session.flush()
        table: Any = Channel.__table__
        run.channel = session.execute(store.select_in(table).where(table.c.id == channel.id)).one()

    run.commit("channel.practice-keys", keep, last=True)


def _refuse(session: Session, channel_id: str, problem: dict[str, Any]) -> None:
    channel = get(session, channel_id)
    channel.state, channel.problem, channel.verified_at = "needs_you", problem, clock.now()


def _activate(session: Session, run: Run, found: Verified) -> None:
    channel = get(session, run.channel.id)
    kind = "practice" if channel.practice else "real"
    account = f"{channel.marketplace}:{kind}:{found.identity}"[:200]
    other = session.scalar(
        select(Channel).where(Channel.account == account, Channel.id != channel.id)
    )
    if channel.identity not in (None, found.identity) and not channel.practice:
        channel.state = "needs_you"
        channel.problem = {"ko": SOMEONE_ELSE.ko, "en": SOMEONE_ELSE.en, "code": ""}
        run.result = {"refused": True}
        return
    if other is not None and other.archived_at is None:
        channel.state = "needs_you"
        channel.problem = {"ko": TAKEN.ko, "en": TAKEN.en, "code": ""}
        run.result = {"taken": other.id}
        return
    if found.note is not None:
        run.result = {"note": {"ko": found.note.ko, "en": found.note.en}}
    if other is not None:
        channel = _revive(session, channel, other)
        run.result = {**(run.result or {}), "revived": other.id}
    now = clock.now()
    channel.identity, channel.account = found.identity, account
    channel.store = found.store or channel.store
    channel.expires_at, channel.verified_at, channel.problem = found.expires, now, None
    if channel.state != "paused":
        channel.state = "active"
    channel.activated_at = channel.activated_at or now
    session.flush()
    ensure_standing(session, channel)
    commands.release(session, channel.id, ("needs_you", "parked"))


def _revive(session: Session, fresh: Channel, old: Channel) -> Channel:
    """The account was here before: its old channel takes the new keys, the new row goes."""
    old.credentials = _seal(old.id, credentials_of(fresh))
    old.form_version, old.seal_version = fresh.form_version, old.seal_version + 1
    old.archived_at, old.state = None, "active"
    fresh.archived_at, fresh.credentials = clock.now(), None
    return old


def ensure_standing(session: Session, channel: Channel) -> None:
    """An active channel has one standing command per kind of recurring work it is able to do."""
    if channel.marketplace in registry.current().orders:
        commands.submit(
            session,
            "orders.collect",
            lane=channel.id,
            channel_id=channel.id,
            natural_key="standing",
            payload={},
            by="한판",
        )
