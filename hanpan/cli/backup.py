"""`hanpan backup`: a copy of the database, and its keys in a second file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import hanpan
from core import clock, keys, settings, store
from core.contracts.text import Text
from core.services import backup
from hanpan.cli.arguments import Parser
from hanpan.opening import open_all
from hanpan.terminal import complain, language, say


def main(arguments: Sequence[str]) -> int:
    """Make a backup; everything may go on running meanwhile."""
    parser = Parser(
        "backup",
        Text(
            "데이터베이스를 한 파일에, 그것을 여는 키를 또 한 파일에 백업합니다.",
            "A copy of the database, and its keys in a second file.",
        ),
    )
    path_help = Text(
        "적지 않으면 이 폴더의 hanpan-<시각>.zip", "default: hanpan-<time>.zip in this folder"
    )
    parser.add_argument("path", nargs="?", type=Path, help=path_help.in_(language()))
    given = parser.parse_args(arguments)
    path = given.path or Path(f"hanpan-{clock.kst(clock.now()):%Y%m%d-%H%M%S}.zip")
    if not open_all():
        return 1
    try:
        manifest = backup.make(
            store.engine(),
            path,
            keys_file=settings.current().keys_file,
            version=hanpan.__version__,
        )
    except backup.BackupRefused as refused:
        complain(refused.text)
        return 1
    except (keys.KeysError, OSError) as error:
        complain(str(error))
        return 1
    _tell(path.resolve(), path.stat().st_size, sum(manifest.rows.values()))
    return 0


def _tell(path: Path, size: int, rows: int) -> None:
    keys_path = backup.keys_beside(path)
    say(
        Text(
            f"데이터: {path}  ({size:,}바이트, {rows:,}행)",
            f"Data: {path}  ({size:,} bytes, {rows:,} rows)",
        )
    )
    say(Text(f"키:     {keys_path}", f"Keys: {keys_path}"))
    say(
        Text(
            f"지금은 두 파일이 모두 {path.parent} 폴더에 있습니다. 서로 다른 곳에 옮겨 보관해 "
            "주세요. 둘을 모두 가진 사람은 내용을 볼 수 있고, 키를 잃으면 누구도 열 수 없습니다.",
            f"Both files are in {path.parent} now: move them to different places. Whoever has both "
            "can read everything; without the keys nobody can.",
        )
    )
