"""The table of command kinds, and what the worker, the clock and the queue call by name."""

from __future__ import annotations

import time

from sqlalchemy import select

from core import queue, registry, schema, settings, store, vault
from core.contracts.marketplace import Service
from core.contracts.text import Text
from core.ledger import claims, deadline, kinds, lanes, publications
from core.ledger import drain as draining
from core.ledger import sweep as sweeping
from core.ledger.connection import forget_transports
from core.ledger.kinds import BULK, SYNC, URGENT, Kind
from core.ledger.run import forget_connections
from core.models import Workspace
from core.network import ssl_context
from core.services import (
    audit,
    batch_memory,
    collection,
    confirmation,
    extension,
    kind_names,
    listing_sends,
    listing_sync,
    logins,
    match_edits,
    migration,
    migration_import,
    migration_search,
    notices,
    push_waking,
    pushing,
    sku_export,
    sku_import,
    sku_making,
    taking,
    template_import,
    template_lookup,
    template_writes,
    thumbnails,
    uploads,
    verification,
)
from core.services.audit import Actor

KINDS: dict[str, Kind] = {
    kind_names.VERIFY: Kind(
        handler=verification.verify,
        queue=URGENT,
        priority=10,
        title=Text("연결 확인", "Connection check"),
        verifies=True,
    ),
    kind_names.CONFIRM: Kind(
        handler=confirmation.confirm,
        queue=URGENT,
        priority=20,
        title=Text("발주확인", "Confirm orders"),
        service=Service.ORDER,
        writes=True,
        asks=True,
    ),
    kind_names.TAKE: Kind(
        handler=taking.take_pressed,
        queue=URGENT,
        priority=20,
        title=Text("신규주문 가져오기 (발주확인됨)", "Take new orders (confirms them)"),
        service=Service.ORDER,
        writes=True,
        asks=True,
    ),
    kind_names.UPDATE: Kind(
        handler=template_writes.update,
        queue=URGENT,
        priority=30,
        title=Text("템플릿 수정", "Change a template"),
        service=Service.PRODUCT,
        writes=True,
    ),
    kind_names.CREATE: Kind(
        handler=template_writes.create,
        queue=URGENT,
        priority=30,
        title=Text("템플릿 등록", "Create a template"),
        service=Service.PRODUCT,
        writes=True,
    ),
    kind_names.DELETE: Kind(
        handler=template_writes.delete,
        queue=URGENT,
        priority=30,
        title=Text("템플릿 삭제", "Delete a template"),
        service=Service.PRODUCT,
        writes=True,
    ),
    kind_names.LOOKUP: Kind(
        handler=template_lookup.search,
        queue=URGENT,
        priority=15,
        title=Text("템플릿 주소 찾기", "Search an address"),
        service=Service.PRODUCT,
    ),
    kind_names.IMPORT: Kind(
        handler=template_import.read,
        queue=URGENT,
        priority=40,
        title=Text("템플릿 가져오기", "Import templates"),
        service=Service.PRODUCT,
    ),
    kind_names.MAIL: Kind(
        handler=notices.send,
        queue=BULK,
        priority=60,
        title=Text("알림 메일", "Notice by e-mail"),
    ),
    kind_names.CATALOGUE_READ: Kind(
        handler=sku_import.read,
        queue=BULK,
        priority=40,
        title=Text("상품 파일 읽기", "Read a file of SKUs"),
    ),
    kind_names.CATALOGUE_APPLY: Kind(
        handler=sku_import.apply,
        queue=BULK,
        priority=45,
        title=Text("상품 파일 적용", "Apply a file of SKUs"),
    ),
    kind_names.CATALOGUE_EXPORT: Kind(
        handler=sku_export.write,
        queue=BULK,
        priority=50,
        title=Text("상품 엑셀 만들기", "Export SKUs"),
    ),
    kind_names.CATALOGUE_RETURN: Kind(
        handler=sku_export.give_back,
        queue=BULK,
        priority=50,
        title=Text("되지 않은 행 엑셀 만들기", "File of the rows left out"),
    ),
    kind_names.LISTINGS_EDIT: Kind(
        handler=listing_sends.edit,
        queue=URGENT,
        priority=25,
        title=Text("채널상품 수정", "Change listings"),
        service=Service.PRODUCT,
        writes=True,
        asks=True,
    ),
    kind_names.LISTINGS_SYNC: Kind(
        handler=listing_sync.sync,
        queue=URGENT,
        priority=40,
        title=Text("채널상품 동기화", "Sync listings"),
        service=Service.PRODUCT,
    ),
    kind_names.LISTINGS_MATCH: Kind(
        handler=match_edits.match_channel,
        queue=BULK,
        priority=45,
        title=Text("SKU 자동 연결", "Match listings with SKUs"),
    ),
    kind_names.LISTINGS_SKUS: Kind(
        handler=sku_making.make,
        queue=BULK,
        priority=45,
        title=Text("SKU 만들기", "Make SKUs of listings"),
    ),
    kind_names.PUSH: Kind(
        handler=pushing.push,
        queue=SYNC,
        priority=55,
        title=Text("재고 보내기", "Send stock"),
        service=Service.STOCK,
        by_itself=True,
        writes=True,
    ),
    kind_names.EXTEND: Kind(
        handler=extension.extend,
        queue=BULK,
        priority=60,
        title=Text("판매기간 자동연장", "Extend sale periods"),
        service=Service.PRODUCT,
        by_itself=True,
        writes=True,
    ),
    kind_names.LISTINGS_READ: Kind(
        handler=migration.read,
        queue=BULK,
        priority=40,
        title=Text("상품 목록 파일 읽기", "Read a file of listings"),
    ),
    kind_names.LISTINGS_SEARCH: Kind(
        handler=migration_search.search,
        queue=URGENT,
        priority=45,
        title=Text("가져올 상품 찾기", "Find listings to import"),
        service=Service.PRODUCT,
    ),
    kind_names.LISTINGS_IMPORT: Kind(
        handler=migration_import.import_,
        queue=BULK,
        priority=60,
        title=Text("상품 가져오기", "Import listings"),
    ),
    kind_names.LISTINGS_FILL: Kind(
        handler=migration_import.fill,
        queue=BULK,
        priority=65,
        title=Text("가져온 상품 자세히 읽기", "Read imported listings whole"),
        service=Service.PRODUCT,
    ),
    kind_names.IMAGES: Kind(
        handler=thumbnails.fetch,
        queue=BULK,
        priority=70,
        title=Text("상품 이미지 가져오기", "Fetch pictures"),
        by_itself=True,
    ),
    kind_names.COLLECT: Kind(
        handler=collection.collect,
        queue=SYNC,
        priority=50,
        title=Text("주문 수집", "Collect orders"),
        service=Service.ORDER,
        every=collection.every,
    ),
}


LAST_LOOK_S = 1.0
"""How long a drain goes on with what came in while it was at work."""


def begin() -> None:
    """Make the table of kinds known to the ledger; web, workers and clock do so at start."""
    kinds.register(KINDS)


def warm() -> None:
    """Import and open what a drain needs, once in the worker's parent, so that a fork is cheap.

    Raises core.schema.WrongRevision when the database is not of this version.
    """
    chosen = settings.current()
    engine = store.make_engine(chosen.database_url)
    schema.check(engine)
    store.bind(engine)
    vault.load(chosen.keys_file)
    registry.current()
    begin()
    ssl_context()
    engine.dispose()


def after_fork() -> None:
    """Let go of the parent's connections, and let calls that take too long end the process."""
    store.engine().dispose(close=False)
    forget_connections()
    forget_transports()
    deadline.arm()


def drain(queue_name: str) -> int:
    """What a ring runs: everything due in the queue; rings again when something is left."""
    slices = draining.drain(queue_name)
    queue.answered(queue_name)
    began = time.monotonic()
    slices += draining.drain(queue_name, seconds=LAST_LOOK_S)
    if time.monotonic() - began >= LAST_LOOK_S or queue.stopping():
        queue.ring(queue_name)  # it did not end for want of work
    return slices


def horse_died(pid: int) -> None:
    """Free the lanes that a dead work-horse of this machine still held."""
    with store.write() as session:
        lanes.free_all_of(session, claims.owner_of(pid))


def prune() -> None:
    """Take away what is past its time: commands, calls, sessions, entries of the audit chain."""
    sweeping.prune()
    publications.prune()
    logins.prune()
    uploads.prune()
    notices.look()
    with store.read() as session:
        workspaces = list(session.scalars(select(Workspace.id)))
    for workspace_id in workspaces:
        with store.workspace(workspace_id):
            batch_memory.prune()
            thumbnails.prune()
            with store.write() as session:
                audit.prune(session, Actor(None, "한판"))
    thumbnails.prune_files()


def sweep() -> list[str]:
    """Ring what is due; returns the queues that were rung."""
    sweeping.release_returned()
    push_waking.look()
    extension.look()
    thumbnails.look()
    return sweeping.ring_due()
