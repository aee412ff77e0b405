"""`hanpan keys`: what stands under which key, and changing keys."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from sqlalchemy import select

from core import keys, store, vault
from core.contracts.text import Text
from core.models import Workspace, WorkspaceKey
from core.services import rotation
from hanpan.opening import open_all
from hanpan.terminal import complain, say


def main(arguments: Sequence[str]) -> int:
    """Run `keys status` or `keys rotate`."""
    parser = argparse.ArgumentParser(prog="hanpan keys", description=__doc__)
    chosen = parser.add_subparsers(dest="action", required=True)
    chosen.add_parser("status", help="which keys there are, and what is under them")
    rotate = chosen.add_parser("rotate", help="a new master key; running again finishes it")
    rotate.add_argument("--data", action="store_true", help="new data keys too: seals all anew")
    given = parser.parse_args(arguments)
    if not open_all():
        return 1
    try:
        return _status() if given.action == "status" else _rotate(data=given.data)
    except (keys.KeysError, vault.SealBroken) as error:
        complain(str(error))
        return 1


def _status() -> int:
    file = keys.read(vault.key_path())
    with store.read() as session:
        rows = session.scalars(
            select(WorkspaceKey).order_by(WorkspaceKey.workspace_id, WorkspaceKey.number)
        ).all()
        names = {row.id: row.name for row in session.scalars(select(Workspace))}
    say(Text(f"키 파일 {vault.key_path()}", f"key file {vault.key_path()}"))
    for name in sorted(file.keys):
        under = sum(row.master == name for row in rows)
        mark = "*" if name == file.current else " "
        say(Text(f" {mark} 마스터 키 {name}  감싼 키 {under}개", f" {mark} master {name} {under}"))
    for row in rows:
        if row.current:
            with store.workspace(row.workspace_id):
                older = rotation.stale_rows(row.number)
            made = f"{row.created_at:%Y-%m-%d}"
            name = names[row.workspace_id]
            say(
                Text(
                    f"{name}: 데이터 키 {row.number} ({made}), 이전 키로 봉인된 값 {older}개",
                    f"{name}: data key {row.number} ({made}), {older} values under older keys",
                )
            )
    if rotation.unfinished():
        say(
            Text(
                "끝나지 않은 키 교체가 있습니다. hanpan keys rotate를 다시 실행해 주세요.",
                "A rotation is unfinished: run hanpan keys rotate again.",
            )
        )
        return 1
    return 0


def _rotate(*, data: bool) -> int:
    sealed: dict[str, int] = {}

    def count(table: str, rows: int) -> None:
        sealed[table] = sealed.get(table, 0) + rows

    plan = rotation.rotate(data=data, report=count)
    for table, rows in sealed.items():
        say(f"{table}: {rows}")
    say(
        Text(
            f"끝났습니다. 마스터 키는 이제 {plan.master}입니다. 키 파일을 새로 백업해 주세요.",
            f"Done. The master key is {plan.master} now. Back up the key file anew.",
        )
    )
    return 0
