"""The kinds of command by name, as `core.work` declares them and rows and audit chain keep them."""

from __future__ import annotations

VERIFY = "channel.verify"
COLLECT = "orders.collect"
CONFIRM = "orders.confirm"
"""Also the operation of its effects, one per line and revision."""
TAKE = "orders.take"
IMPORT = "template.import"
CREATE = "template.create"
UPDATE = "template.update"
DELETE = "template.delete"
LOOKUP = "template.lookup"
MAIL = "notice.mail"
CATALOGUE_READ = "catalogue.read"
CATALOGUE_APPLY = "catalogue.apply"
CATALOGUE_EXPORT = "catalogue.export"
CATALOGUE_RETURN = "catalogue.return"
LISTINGS_SYNC = "listings.sync"
LISTINGS_EDIT = "listings.edit"
PUSH = "listings.push"
EXTEND = "listings.extend"
IMAGES = "images.fetch"
EXTEND_WRITE = "listing.extend"
"""The operation of its effects, one per listing and the day that it would end on."""
LISTING_WRITES = {
    "price": "listing.price",
    "stock": "listing.stock",
    "status": "listing.status",
    "display": "listing.display",
}
"""The operations of effects on a listing, by what of it is written."""
LISTINGS_READ = "listings.read"
LISTINGS_SEARCH = "listings.search"
LISTINGS_IMPORT = "listings.import"
LISTINGS_FILL = "listings.fill"
LISTINGS_MATCH = "listings.match"
LISTINGS_SKUS = "listings.skus"
BATCHED = (
    CATALOGUE_READ, CATALOGUE_APPLY, CATALOGUE_RETURN, LISTINGS_READ, LISTINGS_SEARCH,
    LISTINGS_IMPORT, LISTINGS_FILL,
)  # fmt: skip
"""The kinds that are about a batch; its id is their natural key."""
