"""`hanpan backup`: a copy of the database, and its keys in a second file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import hanpan
from core import clock, keys, settings, store
from core.contracts.text import Text
from core.services import backup
from hanpan.opening import open_all
from hanpan.terminal import complain, say


def main(arguments: Sequence[str]) -> int:
    """Make a backup; everything may go on running meanwhile."""
    parser = argparse.ArgumentParser(prog="hanpan backup", description=__doc__)
    parser.add_argument("path", nargs="?", type=Path, help="default: hanpan-<time>.zip here")
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
    size, rows = path.stat().st_size, sum(manifest.rows.values())
    say(Text(f"{path}  {size:,}바이트, {rows:,}행", f"{path}  {size:,} bytes, {rows:,} rows"))
    say(
        Text(
            f"{backup.keys_beside(path)}  이 백업을 여는 키입니다. 백업과 다른 곳에 두어 주세요.",
            f"{backup.keys_beside(path)}  the keys that open it: keep them somewhere else.",
        )
    )
    return 0
