"""The database and the keys, opened for a command that ends by itself; or why they do not open."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from core import keys, schema, settings, store, vault
from core.contracts.text import Text
from hanpan.terminal import complain


def bind_database() -> bool:
    """Bind the database of the settings; say so and return False when it does not answer."""
    engine = store.make_engine(settings.current().database_url)
    store.bind(engine)
    try:
        schema.current(engine)
    except OperationalError as error:
        complain(
            Text(
                f"데이터베이스가 응답하지 않습니다 ({type(error.orig).__name__}). "
                "DATABASE_URL을 확인해 주세요.",
                f"The database does not answer ({type(error.orig).__name__}): check DATABASE_URL.",
            )
        )
        return False
    return True


def open_all() -> bool:
    """Bind the database, at our revision, and load the keys; say why and return False if not."""
    if not bind_database():
        return False
    try:
        schema.check(store.engine())
        vault.load(settings.current().keys_file)
        vault.check()
    except (schema.WrongRevision, keys.KeysError) as error:
        complain(str(error))
        return False
    return True
