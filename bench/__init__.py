"""Benches: ratios measured in one run, against the plainest way to do the same."""
