"""How rows of the catalogue, of listings and of orders belong together: conditions of joins."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_

from core.models import (
    Listing,
    ListingOption,
    Match,
    MatchPart,
    OrderLine,
    Product,
    Sku,
    StockHold,
)

_HOLD: Any = StockHold.__table__
_LINE: Any = OrderLine.__table__
_LISTING: Any = Listing.__table__
_MATCH: Any = Match.__table__
_OPTION: Any = ListingOption.__table__
_PART: Any = MatchPart.__table__
_PRODUCT: Any = Product.__table__
_SKU: Any = Sku.__table__


def _joined(child: Any, key: str, parent: Any) -> Any:
    """A child row of one workspace and the row that it names."""
    return and_(parent.c.workspace_id == child.c.workspace_id, parent.c.id == child.c[key])


PRODUCT_OF_SKU = _joined(_SKU, "product_id", _PRODUCT)
SKU_OF_PART = _joined(_PART, "sku_id", _SKU)
SKU_OF_HOLD = _joined(_HOLD, "sku_id", _SKU)
LINE_OF_HOLD = _joined(_HOLD, "line_id", _LINE)
LISTING_OF_OPTION = _joined(_OPTION, "listing_id", _LISTING)
OPTION_OF_MATCH = _joined(_MATCH, "option_id", _OPTION)
MATCH_OF_OPTION = _joined(_OPTION, "match_id", _MATCH)
PARTS_OF_OPTION = and_(
    _PART.c.workspace_id == _OPTION.c.workspace_id, _PART.c.match_id == _OPTION.c.match_id
)
