"""The pages: a blueprint per noun."""

from __future__ import annotations

from flask import Flask

import web.pages.channels as channels
import web.pages.contact as contact
import web.pages.deals as deals
import web.pages.door as door
import web.pages.extension as extension
import web.pages.jobs as jobs
import web.pages.listing as listing
import web.pages.listing_edits as listing_edits
import web.pages.listings as listings
import web.pages.match_option as match_option
import web.pages.matching as matching
import web.pages.me as me
import web.pages.migration as migration
import web.pages.migration_batch as migration_batch
import web.pages.notices as notices
import web.pages.order_line as order_line
import web.pages.orders as orders
import web.pages.plugins as plugins
import web.pages.published as published
import web.pages.radar as radar
import web.pages.setup as setup
import web.pages.shipping as shipping
import web.pages.sku as sku
import web.pages.sku_files as sku_files
import web.pages.skus as skus
import web.pages.start as start
import web.pages.switches as switches
import web.pages.taking as taking
import web.pages.template_deletion as template_deletion
import web.pages.template_forms as template_forms
import web.pages.template_lookups as template_lookups
import web.pages.templates as templates
import web.pages.thumbnails as thumbnails
import web.pages.today as today
import web.pages.users as users

BLUEPRINTS = (
    door.auth,
    start.start,
    me.me,
    users.users,
    plugins.plugins,
    channels.channels,
    setup.setup,
    templates.templates,
    today.today,
    notices.notices,
    radar.radar,
    published.published,
    orders.orders,
    taking.taking,
    skus.skus,
    listings.listings,
    migration.imports,
    shipping.shipping,
    thumbnails.thumbnails,
    extension.pages,
    jobs.jobs,
)
ROUTES = (
    contact,
    switches,
    order_line,
    template_forms,
    template_lookups,
    template_deletion,
    sku,
    sku_files,
    listing,
    listing_edits,
    deals,
    matching,
    match_option,
    migration_batch,
)
"""Modules that add their routes to another's blueprint."""


def init_app(app: Flask) -> None:
    """Register every page."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
