"""`hanpan db`: where the database stands, and bringing it to this version's revision."""

from __future__ import annotations

from collections.abc import Sequence

import hanpan
from core import keys, schema, settings, store, vault
from core.contracts.text import Text
from core.services import backup
from hanpan import occupancy, preparation
from hanpan.cli.arguments import ACTION, Parser
from hanpan.opening import bind_database
from hanpan.terminal import complain, language, say


def main(arguments: Sequence[str]) -> int:
    """Run `db upgrade`, `db status` or `db revision`."""
    given = _parser().parse_args(arguments)
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


def _parser() -> Parser:
    parser = Parser(
        "db",
        Text(
            "데이터베이스가 이 버전의 것인지 보고, 이 버전에 맞게 올립니다.",
            "Where the database stands, and bringing it to this version's revision.",
        ),
    )
    chosen = parser.add_subparsers(dest="action", required=True, metavar=ACTION.in_(language()))
    upgrade = Text(
        "백업하고 올립니다. 처음에는 키와 첫 주소도 만듭니다",
        "back up, migrate; at first make keys and link",
    )
    chosen.add_parser("upgrade", help=upgrade.in_(language()))
    status = Text("이 버전의 데이터베이스인지 말합니다", "say whether the revision is ours")
    chosen.add_parser("status", help=status.in_(language()))
    developers = Text("개발자용: 다음 판을 씁니다", "for developers: write the next revision")
    revision = chosen.add_parser("revision", help=developers.in_(language()))
    revision.add_argument("message")
    return parser


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
