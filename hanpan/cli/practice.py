"""`hanpan practice`: every plugin's practice marketplace on one loopback port."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from core import practice, registry, schema, settings, store
from core.contracts.text import Text
from core.models import Channel
from hanpan import logs
from hanpan.cli import WRONG_USE
from hanpan.database import open_database
from hanpan.terminal import complain


def main(arguments: Sequence[str]) -> int:
    """Serve until told to stop."""
    logs.to_stderr()
    configured = settings.current()
    if not configured.practice_port:
        complain(
            Text(
                "HANPAN_PRACTICE_PORT가 0이라 연습용 판매채널을 열지 않습니다.",
                "HANPAN_PRACTICE_PORT is 0: there are no practice marketplaces.",
            )
        )
        return WRONG_USE
    try:
        open_database(wait=False)
    except schema.WrongRevision as error:
        complain(str(error))
        return WRONG_USE
    practice.run(
        registry.current().sandboxes.values(),
        port=configured.practice_port,
        data=configured.data,
        may_move_day=may_move_day,
    )
    return 0


def may_move_day() -> bool:
    """Whether the day may be moved for Hanpan too: not while a real channel exists."""
    real = select(Channel.id).where(Channel.practice.is_(False), Channel.archived_at.is_(None))
    with store.all_workspaces(), store.read() as session:
        return session.scalars(real.limit(1)).first() is None
