"""`hanpan worker <queue>`: one worker for one queue."""

from __future__ import annotations

from collections.abc import Sequence

import worker
from core import keys, schema, settings, vault
from hanpan.cli import WRONG_USE
from hanpan.database import open_database
from hanpan.terminal import complain


def main(arguments: Sequence[str]) -> int:
    """Wait for the database, then work."""
    try:
        open_database(wait=True)
        vault.load(settings.current().keys_file)
    except (schema.WrongRevision, keys.KeysError) as error:
        complain(str(error))
        return WRONG_USE
    return worker.main(arguments)
