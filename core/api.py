"""Everything that a plugin may import, as `hanpan.api`. Nothing else in core is stable."""

from core.clock import KST, kst
from core.contracts.claim import ClaimAction, ClaimSync
from core.contracts.form import CredentialsForm, Verified
from core.contracts.inquiry import Inquiry, InquirySync
from core.contracts.marketplace import (
    Bucket,
    Courier,
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
)
from core.contracts.page import UNCHANGED, Page
from core.contracts.product import (
    Listing,
    ListingOption,
    MigrationParser,
    MigrationRow,
    ProductSync,
)
from core.contracts.sandbox import Sandbox, WsgiApp
from core.contracts.settlement import Fee, SettlementSync, StatementLine
from core.contracts.template import Capability, Remote, TemplateType
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
from core.fields import WEEKDAYS, Field, Kind, Values
from core.hookspecs import hookimpl
from core.host import Host, Memory
from core.http import Answer, Http, take
from core.practice import World

API = (0, 1)

__all__ = [
    "API",
    "KST",
    "UNCHANGED",
    "WEEKDAYS",
    "Absent",
    "Answer",
    "AuthError",
    "Bucket",
    "Buyer",
    "Capability",
    "Claim",
    "ClaimAction",
    "ClaimKind",
    "ClaimState",
    "ClaimSync",
    "ContractError",
    "Courier",
    "CredentialsForm",
    "Done",
    "Fee",
    "Field",
    "Host",
    "Http",
    "Inquiry",
    "InquirySync",
    "IpNotAllowed",
    "Item",
    "Kind",
    "Line",
    "LineState",
    "Listing",
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
    "ProductSync",
    "RateLimited",
    "Rejected",
    "Remote",
    "Repeat",
    "Result",
    "Retryable",
    "Sandbox",
    "Scope",
    "Sent",
    "Service",
    "SettlementSync",
    "StatementLine",
    "Step",
    "Sunset",
    "TemplateType",
    "Text",
    "Tone",
    "Unavailable",
    "Unclear",
    "Values",
    "Verdict",
    "Verified",
    "World",
    "Write",
    "WsgiApp",
    "hookimpl",
    "kst",
    "take",
]
