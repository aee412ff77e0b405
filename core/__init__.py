"""The marketplace-free heart of Hanpan. Imports no web framework, no page and no plugin."""
