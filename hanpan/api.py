"""All that a plugin imports: the public names of `core.api`."""

from core.api import *  # noqa: F403
from core.api import __all__  # noqa: F401
