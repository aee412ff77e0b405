"""`hanpan db`: where the database stands, and bringing it to this version's revision."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import hanpan
from core import keys, schema, settings, store, vault
from core.contracts.text import Text
from core.services import backup
from hanpan import occupancy, preparation
from hanpan.opening import bind_database
from hanpan.terminal import complain, say


def main(arguments: Sequence[str]) -> int:
    """Run `db upgrade`, `db status` or `db revision`."""
    parser = argparse.ArgumentParser(prog="hanpan db", description=__doc__)
    chosen = parser.add_subparsers(dest="action", required=True)
    chosen.add_parser(
        "upgrade",
        help="back up, migrate; at first make keys and link",
    )
    chosen.add_parser("status", help="say whether the revision is ours")
    revision = chosen.add_parser("revision", help="for developers: write the next revision")
    revision.add_argument("message")
    given = parser.parse_args(arguments)
    try:
        occupancy.data_folder(settings.current().data)
        if not bind_database():
            return 1
        if given.action == "upgrade":
            return _upgrade()
        if given.action == "revision":
            schema.check(store.engine())
            say(str(schema.write_revision(store.engine(), given.message)))
            return 0
        schema.check(store.engine())
        say(schema.head())
    except occupancy.Occupied as refused:
        complain(refused.text)
        return 1
    except (schema.WrongRevision, keys.KeysError) as error:
        complain(str(error))
        return 1
    return 0


def _upgrade() -> int:
    configured = settings.current()
    made = backup.upgrade(
        store.engine(),
        configured.data,
        keys_file=configured.keys_file,
        version=hanpan.__version__,
    )
    if made:
        say(Text(f"먼저 백업했습니다: {made}", f"backed up first: {made}"))
    vault.start(configured.keys_file)
    page = preparation.first_page()
    if page != "/":
        link = (configured.public_url or configured.address) + page
        say(Text(f"처음 설정을 시작하세요: {link}", f"Begin the first run: {link}"))
    say(schema.head())
    return 0
