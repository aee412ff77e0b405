"""How often a login may be tried: counted per person and address, and per address over all.

Only the address that failed waits. Strangers elsewhere cannot lock a person out.
"""

from __future__ import annotations

import hashlib
import ipaddress
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock, store
from core.contracts.text import Text
from core.models import LoginFailure
from core.services.outcome import Locked


@dataclass(frozen=True)
class Limit:
    """`free` tries without a wait; every `step` more double it, from 30 s to 15 minutes.

    The count starts anew after `forgotten` without a try.
    """

    free: int
    step: int
    forgotten: timedelta

    def wait(self, count: int) -> float:
        """Seconds to wait after the try number `count`."""
        over = count - self.free
        return 0.0 if over < 0 else min(900.0, 30.0 * 2 ** min(over // self.step, 10))


PERSON = Limit(free=5, step=1, forgotten=timedelta(days=1))
ADDRESS = Limit(free=30, step=5, forgotten=timedelta(hours=1))


def admit(login: str, address: str) -> None:
    """Count a try before it is looked at, or raise Locked.

    Counting first means that tries made at the same moment cannot slip by together.
    """
    with store.write() as session:
        rows = [(_row(session, key, limit), limit) for key, limit in _keys(login, address)]
        seconds = max(_left(row, limit) for row, limit in rows)
        if seconds > 0:
            raise Locked(seconds, {"": _sentence(seconds)})
        for row, _ in rows:
            row.count += 1
            row.last_at = clock.now()


def forgive(login: str, address: str) -> None:
    """The try was right: forget the person's failures there, and take back the address's count."""
    with store.write() as session:
        (person, limit), (place, other) = _keys(login, address)
        session.delete(_row(session, person, limit))
        row = _row(session, place, other)
        row.count = max(0, row.count - 1)


def prune() -> None:
    """Forget failures of which nothing depends any more."""
    with store.write() as session:
        session.execute(
            delete(LoginFailure).where(LoginFailure.last_at < clock.now() - PERSON.forgotten)
        )


def _keys(login: str, address: str) -> list[tuple[str, Limit]]:
    place = _place(address)
    return [(_hash("person", login, place), PERSON), (_hash("address", place), ADDRESS)]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _place(address: str) -> str:
    """The address; of IPv6 the /64, of which one person has every address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def _row(session: Session, key: str, limit: Limit) -> LoginFailure:
    """The row to count in, locked until the transaction ends; made where there is none."""
    wanted = select(LoginFailure).where(LoginFailure.key == key).with_for_update()
    row = session.scalar(wanted)
    if row is None:
        with suppress(IntegrityError), session.begin_nested():  # somebody else may be quicker
            session.add(LoginFailure(key=key, count=0, last_at=clock.now()))
        row = session.scalars(wanted).one()
    if clock.now() - row.last_at > limit.forgotten:
        row.count = 0
    return row


def _left(row: LoginFailure, limit: Limit) -> float:
    return limit.wait(row.count) - (clock.now() - row.last_at).total_seconds()


def _sentence(seconds: float) -> Text:
    minutes = max(1, -(-int(seconds) // 60))
    return Text(
        f"로그인에 여러 번 실패해 이 주소에서는 잠시 기다려야 합니다. "
        f"{minutes}분 뒤에 다시 시도해 주세요.",
        f"Too many failed logins from this address. Try again in {minutes} min.",
    )
