"""Inquiries (product Q&A, order inquiries, urgent notices): read and answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.contracts.form import Client
from core.contracts.page import Page
from core.contracts.write import Write


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """A buyer's question. `writer` and `text` are personal: sealed at rest."""

    remote_id: str
    kind: str
    asked_at: datetime
    title: str = ""
    text: str = ""
    writer: str = ""
    product_no: str = ""
    order_no: str = ""
    answer: str | None = None


@dataclass(frozen=True, kw_only=True)
class InquirySync:
    """How inquiries are read page by page, and answered. Not called yet."""

    marketplace: str
    start: Callable[[datetime], str]
    changes: Callable[[Client, str], Page[Inquiry]]
    reply: Write | None = None
