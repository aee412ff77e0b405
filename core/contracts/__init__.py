"""What a plugin declares: frozen data, one module per noun. Plugins import it from `hanpan.api`."""
