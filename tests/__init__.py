"""Tests, by what they walk through: core, web, browser, faults."""
