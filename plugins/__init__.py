"""The marketplaces that come with Hanpan, each written as a stranger would write it."""
