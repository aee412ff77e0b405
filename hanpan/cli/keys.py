"""`hanpan keys`: what stands under which key, and changing keys."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from core import keys, store, vault
from core.contracts.text import Text
from core.models import Workspace, WorkspaceKey
from core.services import rotation
from hanpan.cli.arguments import ACTION, Parser
from hanpan.opening import open_all
from hanpan.terminal import complain, language, say


def main(arguments: Sequence[str]) -> int:
    """Run `keys status` or `keys rotate`."""
    given = _parser().parse_args(arguments)
    if not open_all():
        return 1
    try:
        return _status() if given.action == "status" else _rotate(data=given.data)
    except (keys.KeysError, vault.SealBroken) as error:
        complain(str(error))
        return 1


def _parser() -> Parser:
    parser = Parser(
        "keys",
        Text(
            "무엇이 어느 키로 봉인되어 있는지 보고, 키를 바꿉니다.",
            "What stands under which key, and changing keys.",
        ),
    )
    chosen = parser.add_subparsers(dest="action", required=True, metavar=ACTION.in_(language()))
    status = Text("어떤 키가 있고 무엇을 여는지", "which keys there are, and what is under them")
    chosen.add_parser("status", help=status.in_(language()))
    anew = Text(
        "새 마스터 키. 멈췄다면 다시 실행해 마칩니다", "a new master key; running again finishes it"
    )
    rotate = chosen.add_parser("rotate", help=anew.in_(language()))
    data = Text("데이터 키도 새로 만들어 모두 다시 봉인합니다", "new data keys too: seals all anew")
    rotate.add_argument("--data", action="store_true", help=data.in_(language()))
    return parser


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
