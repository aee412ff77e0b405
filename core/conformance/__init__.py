"""The conformance kit: a plugin is held, in its own practice world, to what all plugins promise.

* `kit`                    `check()` runs it
* `report`                 what came of it: a table, and the same as data
* `support`                what a marketplace offers, as data for pages and documents
* `checks`                 the table of checks by name
* `trial`, `shop`          the plugin in its world, and a channel that real commands work on
* `wire`, `witness`        who sees what goes in and out of the sandbox and of the plugin
* `faults`, `operations`   every fault, every operation; `matrix` brings them together
* `declared`, `pages`, `hours`, `kills`, `life`, `apart`, `secrecy`, `shipping`, `parsers`,
  `listings`, `listing_changes`, `listing_faults`   the other checks
"""
