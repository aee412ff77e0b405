"""The practice host: every plugin's sandbox on one loopback port, its worlds, and the wire faults.

* `world`    what a sandbox is handed: clock, numbers, state, ledger
* `faults`   the rules by which answers are spoilt
* `server`   a small threaded HTTP/1.1 server that can also break off
* `place`    one marketplace: its world, its app, its log
* `control`  the `/<marketplace>/_world/…` calls
* `acts`     what happens there, by name
* `timelines` its rows by list and time, seen late under a fault
* `request`  what a sandbox is asked, and how it answers
* `invention` goods and people for its world
* `index`    the page that a browser gets
* `host`     `start()` and `run()`
"""

from core.practice.host import PracticeHost, run, start
from core.practice.place import Place
from core.practice.world import World

__all__ = ["Place", "PracticeHost", "World", "run", "start"]
