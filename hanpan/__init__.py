"""Hanpan (한판): every marketplace of a Korean online seller on one board."""

__version__ = "0.1.0"
