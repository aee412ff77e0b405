"""`python -m hanpan` is the command `hanpan`."""

import sys

from hanpan.cli import main

sys.exit(main())
