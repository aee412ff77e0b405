"""What sellers do, one module per kind of action; pages and the command line call these."""
