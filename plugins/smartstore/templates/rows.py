"""The rows of a template: read page by page, and read again after a write (§4, §5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hanpan.api import ContractError, MarketplaceError, Remote, take


def page_at(read: Callable[[int], Any], cursor: str) -> tuple[Any, str, bool]:
    """The page that the cursor names ("": the first), the next cursor, and whether there is one."""
    if not (cursor or "1").isdecimal():
        raise ContractError(detail=f"a template cursor that is none: {cursor[:80]!r}")
    page = int(cursor or "1")
    answer = read(page)
    last = take(answer, "totalPage" if "totalPage" in answer else "totalPages")
    return answer, str(page + 1), page < int(last)


def afterwards(read: Callable[[], Remote], sent: Remote) -> Remote:
    """What is there after an accepted write; failing to read it does not undo the write."""
    try:
        return read()
    except MarketplaceError:
        return sent
