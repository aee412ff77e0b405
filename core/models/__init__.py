"""Every table, one module per noun."""

from core.models.account import (
    AuditEntry,
    LoginFailure,
    LoginSession,
    Setting,
    User,
    Workspace,
    WorkspaceKey,
)
from core.models.base import Base, new_id
from core.models.batch import Batch, BatchRow
from core.models.channel import Channel, ChannelMemory
from core.models.notice import Notice
from core.models.order import LineEvent, OrderLine, SavedSearch
from core.models.product import Product, Sku, StockMove
from core.models.publication import Publication
from core.models.template import Template, TemplateFetch
from core.models.work import Budget, Command, Cursor, Effect, Heartbeat, JournalEntry, Lane

__all__ = [
    "AuditEntry",
    "Base",
    "Batch",
    "BatchRow",
    "Budget",
    "Channel",
    "ChannelMemory",
    "Command",
    "Cursor",
    "Effect",
    "Heartbeat",
    "JournalEntry",
    "Lane",
    "LineEvent",
    "LoginFailure",
    "LoginSession",
    "Notice",
    "OrderLine",
    "Product",
    "Publication",
    "SavedSearch",
    "Setting",
    "Sku",
    "StockMove",
    "Template",
    "TemplateFetch",
    "User",
    "Workspace",
    "WorkspaceKey",
    "new_id",
]
