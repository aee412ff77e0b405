"""Everything that a plugin may import, as `hanpan.api`. Nothing else in core is stable."""

from core import fulfilled
from core.clock import KST, kst
from core.contracts.claim import ClaimAction, ClaimSync
from core.contracts.file import Column, ColumnKind, FileRow
from core.contracts.form import Approval, CredentialsForm, Verified, bucket_name
from core.contracts.inquiry import Inquiry, InquirySync
from core.contracts.marketplace import (
    Assumed,
    Bucket,
    Courier,
    KeyRule,
    Marketplace,
    Service,
    Step,
    Sunset,
    Tone,
)
from core.contracts.order import (
    Buyer,
    Claim,
    ClaimKind,
    ClaimState,
    Line,
    LineState,
    OrderSync,
    TakeNew,
)
from core.contracts.page import UNCHANGED, Page
from core.contracts.product import (
    Listing,
    ListingGroup,
    ListingOption,
    MigrationParser,
    MigrationRow,
    ProductSync,
    SaleState,
    Search,
)
from core.contracts.sandbox import Sandbox, WsgiApp
from core.contracts.settlement import Fee, SettlementSync, StatementLine
from core.contracts.shipping import ShippingForm, ShippingPart
from core.contracts.template import Capability, Found, Remote, TemplateType
from core.contracts.text import Text
from core.contracts.write import (
    Absent,
    Done,
    Item,
    Repeat,
    Result,
    Scope,
    Sent,
    Unclear,
    Verdict,
    Write,
)
from core.errors import (
    AuthError,
    ContractError,
    IpNotAllowed,
    MarketplaceError,
    NeedsSeller,
    NotApproved,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Retryable,
    Unavailable,
)
from core.field_checks import as_meant, day_field, shaped, wrong_days
from core.fields import WEEKDAYS, Field, Kind, Values, not_carried
from core.guide import guide_of
from core.hookspecs import hookimpl
from core.host import Host, Memory
from core.http import Answer, Http, take
from core.listing_rows import (
    begin_of,
    end_of,
    listing_of,
    listing_rows,
    told_cells,
    wrong_cell,
    wrong_number,
)
from core.listing_writes import listing_readback, listing_write
from core.merging import would_vanish
from core.practice import World, shelves
from core.practice.acts import act_by_name, ordered
from core.practice.invention import EXTRAS, WARES, Person, Ware, code_of, person, ware_of
from core.practice.request import Request, Response, spend
from core.practice.spread import later, spread
from core.practice.timelines import Timelines
from core.practice.world import as_it_is, hide, seen
from core.wire_values import moment_of, part, text_of, whole
from core.xml import first, inner, leaves, local_name, parse_xml, read_xml, write_xml

API = (0, 1)

__all__ = [
    "API",
    "EXTRAS",
    "KST",
    "UNCHANGED",
    "WARES",
    "WEEKDAYS",
    "Absent",
    "Answer",
    "Approval",
    "Assumed",
    "AuthError",
    "Bucket",
    "Buyer",
    "Capability",
    "Claim",
    "ClaimAction",
    "ClaimKind",
    "ClaimState",
    "ClaimSync",
    "Column",
    "ColumnKind",
    "ContractError",
    "Courier",
    "CredentialsForm",
    "Done",
    "Fee",
    "Field",
    "FileRow",
    "Found",
    "Host",
    "Http",
    "Inquiry",
    "InquirySync",
    "IpNotAllowed",
    "Item",
    "KeyRule",
    "Kind",
    "Line",
    "LineState",
    "Listing",
    "ListingGroup",
    "ListingOption",
    "Marketplace",
    "MarketplaceError",
    "Memory",
    "MigrationParser",
    "MigrationRow",
    "NeedsSeller",
    "NotApproved",
    "NotFound",
    "OrderSync",
    "OutcomeUnknown",
    "Page",
    "Person",
    "ProductSync",
    "RateLimited",
    "Rejected",
    "Remote",
    "Repeat",
    "Request",
    "Response",
    "Result",
    "Retryable",
    "SaleState",
    "Sandbox",
    "Scope",
    "Search",
    "Sent",
    "Service",
    "SettlementSync",
    "ShippingForm",
    "ShippingPart",
    "StatementLine",
    "Step",
    "Sunset",
    "TakeNew",
    "TemplateType",
    "Text",
    "Timelines",
    "Tone",
    "Unavailable",
    "Unclear",
    "Values",
    "Verdict",
    "Verified",
    "Ware",
    "World",
    "Write",
    "WsgiApp",
    "act_by_name",
    "as_it_is",
    "as_meant",
    "begin_of",
    "bucket_name",
    "code_of",
    "day_field",
    "end_of",
    "first",
    "fulfilled",
    "guide_of",
    "hide",
    "hookimpl",
    "inner",
    "kst",
    "later",
    "leaves",
    "listing_of",
    "listing_readback",
    "listing_rows",
    "listing_write",
    "local_name",
    "moment_of",
    "not_carried",
    "ordered",
    "parse_xml",
    "part",
    "person",
    "read_xml",
    "seen",
    "shaped",
    "shelves",
    "spend",
    "spread",
    "take",
    "text_of",
    "told_cells",
    "ware_of",
    "whole",
    "would_vanish",
    "write_xml",
    "wrong_cell",
    "wrong_days",
    "wrong_number",
]
