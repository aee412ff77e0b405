"""The hooks that a plugin may implement. Each returns declarations; none takes an argument,
does work or may answer differently in another process."""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from core.contracts.claim import ClaimSync
from core.contracts.form import CredentialsForm
from core.contracts.inquiry import InquirySync
from core.contracts.marketplace import Marketplace
from core.contracts.order import OrderSync
from core.contracts.product import MigrationParser, ProductSync
from core.contracts.sandbox import Sandbox
from core.contracts.settlement import SettlementSync
from core.contracts.template import TemplateType

PROJECT = "hanpan"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_marketplaces() -> Sequence[Marketplace]:
    """Declare a marketplace: hosts, call budgets, setup sequence, couriers, guide, mark."""


@hookspec
def register_credentials_forms() -> Sequence[CredentialsForm]:
    """Declare what a seller types to connect, how it becomes a client, and how it is verified."""


@hookspec
def register_template_types() -> Sequence[TemplateType]:
    """Declare templates: their fields, and the calls that the marketplace offers for them."""


@hookspec
def register_migration_parsers() -> Sequence[MigrationParser]:
    """Declare readers for the export files of a seller centre or another tool."""


@hookspec
def register_product_syncs() -> Sequence[ProductSync]:
    """Declare how listings are searched, read and changed."""


@hookspec
def register_order_syncs() -> Sequence[OrderSync]:
    """Declare how order lines are read page by page and confirmed. Other writes: not called yet."""


@hookspec
def register_claim_syncs() -> Sequence[ClaimSync]:
    """Declare how claims are read, and what can be done about them. Not called yet."""


@hookspec
def register_inquiry_syncs() -> Sequence[InquirySync]:
    """Declare how inquiries are read and answered. Not called yet."""


@hookspec
def register_settlement_syncs() -> Sequence[SettlementSync]:
    """Declare how statements are read, and the fee table. Not called yet."""


@hookspec
def register_sandboxes() -> Sequence[Sandbox]:
    """Declare the practice marketplace that speaks the same wire as the real one."""
