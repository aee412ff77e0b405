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
from core.models.base import Base, id_of, new_id
from core.models.batch import Batch, BatchRow
from core.models.channel import Channel, ChannelMemory
from core.models.listing import (
    Listing,
    ListingEvent,
    ListingGroup,
    ListingGroupMember,
    ListingOption,
    ListingPush,
)
from core.models.match import Match, MatchPart, StockHold
from core.models.notice import Notice
from core.models.order import LineEvent, OrderLine, SavedSearch
from core.models.product import Product, Sku, StockMove
from core.models.publication import Publication
from core.models.shipping import ShippingTemplate
from core.models.template import Template, TemplateFetch
from core.models.thumbnail import Thumbnail
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
    "Listing",
    "ListingEvent",
    "ListingGroup",
    "ListingGroupMember",
    "ListingOption",
    "ListingPush",
    "LoginFailure",
    "LoginSession",
    "Match",
    "MatchPart",
    "Notice",
    "OrderLine",
    "Product",
    "Publication",
    "SavedSearch",
    "Setting",
    "ShippingTemplate",
    "Sku",
    "StockHold",
    "StockMove",
    "Template",
    "TemplateFetch",
    "Thumbnail",
    "User",
    "Workspace",
    "WorkspaceKey",
    "id_of",
    "new_id",
]
