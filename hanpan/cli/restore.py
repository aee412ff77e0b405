"""`hanpan restore`: put a backup back, with everything stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import hanpan
from core import clock, keys, settings, store
from core.contracts.text import Text
from core.services import backup, restore
from core.services.restore import Restored
from hanpan import occupancy
from hanpan.cli.arguments import Parser
from hanpan.opening import bind_database
from hanpan.terminal import complain, language, say


def main(arguments: Sequence[str]) -> int:
    """Restore, and say what waits for a person then."""
    given = _parser().parse_args(arguments)
    configured = settings.current()
    try:
        occupancy.data_folder(configured.data)
        with occupancy.lock(configured.data, "hanpan restore"):
            if not bind_database():
                return 1
            result = restore.restore(
                store.engine(),
                given.path,
                keys_path=given.keys,
                keys_file=configured.keys_file,
                folder=configured.data,
                replace=given.replace,
                version=hanpan.__version__,
            )
    except occupancy.Running as running:
        complain(_RUNNING.format(where=running.where))
        return 1
    except (occupancy.Occupied, backup.BackupRefused) as refused:
        complain(refused.text)
        return 1
    except keys.KeysError as error:
        complain(str(error))
        complain(_WHICH_KEYS)
        return 1
    except OSError as error:
        complain(str(error))
        return 1
    _tell(result)
    return 0


def _parser() -> Parser:
    parser = Parser(
        "restore",
        Text(
            "백업으로 되돌립니다. 먼저 한판을 끝내 주세요.",
            "Put a backup back. End Hanpan first.",
        ),
    )
    parser.add_argument(
        "path", type=Path, help=Text("백업 파일 (.zip)", "the backup (.zip)").in_(language())
    )
    beside = Text(
        "백업의 키 파일. 적지 않으면 백업 옆의 .zip.keys",
        "the backup's key file; default: .zip.keys beside it",
    )
    parser.add_argument("--keys", type=Path, help=beside.in_(language()))
    instead = Text(
        "지금 내용을 백업한 뒤 백업의 내용으로 바꿉니다",
        "let go of what is there now, after backing it up",
    )
    parser.add_argument("--replace", action="store_true", help=instead.in_(language()))
    return parser


_RUNNING = Text(
    "한판이 실행 중입니다: {where}. 먼저 그 터미널에서 Ctrl-C로 끝내 주세요.",
    "Hanpan is running: {where}. End it first: Ctrl-C in its terminal.",
)
_WHICH_KEYS = Text(
    "백업의 키 파일(….zip.keys)을 백업 파일 옆에 두거나, --keys 뒤에 그 위치를 적어 주세요.",
    "Put the backup's key file (….zip.keys) beside the backup, or name it with --keys.",
)


def _tell(result: Restored) -> None:
    at = f"{clock.kst(result.made_at):%Y-%m-%d %H:%M}"
    if result.saved:
        say(Text(f"이전 내용: {result.saved}", f"what was there before: {result.saved}"))
    say(
        Text(
            f"{at}의 백업으로 되돌렸습니다 ({result.rows:,}행).",
            f"Restored the backup of {at} KST ({result.rows:,} rows).",
        )
    )
    say(
        Text(
            f"채널 {result.channels}개를 멈춰 두었습니다. 채널마다 [다시 시작]을 눌러 주세요. "
            "먼저 지금까지의 주문을 수집하고, 그 전에는 아무것도 보내지 않습니다. "
            f"보류한 작업 {result.held}건, 결과를 다시 확인할 전송 {result.unknown}건.",
            f"{result.channels} channels are paused: resume each of them. It first collects up to "
            f"now and sends nothing before. {result.held} commands are held, {result.unknown} "
            "writes are checked at the marketplace before they are sent again.",
        )
    )
