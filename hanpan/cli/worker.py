"""`hanpan worker <queue>`: one worker for one queue, as `worker.py` is."""

from worker import main

__all__ = ["main"]
