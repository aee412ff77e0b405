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
