"""How large a file may be, and what its reader may use."""

from __future__ import annotations

import os
import resource

MOST_BYTES = 40 * 2**20
MOST_INFLATED = 512 * 2**20
SUSPECT_INFLATED = 20 * 2**20
MOST_RATIO = 100
"""Inflated by packed size; below SUSPECT_INFLATED nobody minds."""
MOST_MEMBERS = 500
MOST_ROWS = 200_000
MOST_COLUMNS = 1_000
MOST_CELLS = 12_000_000
"""Of the rectangle between the first and the last cell, empty ones included."""
MOST_LETTERS = 32_000
MOST_TOLD = 256 * 2**20
"""What all values together may take: cells that share a text are many times their file."""
FIRST_ROWS = 30
"""Among which the header is looked for, and which are shown to map by hand."""
BLOCK_ROWS = 500

MEMORY = 600 * 2**20
_LIBRARIES = 40 * 2**20
"""Resident, but not counted by RLIMIT_DATA: the pages of programs and libraries."""
CPU_S = 60
NICE = 10
"""A file may take longer, a page may not."""
PATIENCE_S = 120.0
"""How long its caller waits for a reader, all waiting added up."""
SILENCE_S = 45.0
"""How long for one answer: whoever waits holds a lane, which is his for a minute."""
MOST_EDITED = 256 * 2**20


def hold(file_bytes: int = 0) -> None:
    """Bind this process to memory, CPU and files of `file_bytes` at most (none at all)."""
    os.nice(NICE)
    bounds = {
        resource.RLIMIT_DATA: MEMORY - _LIBRARIES,
        resource.RLIMIT_AS: 2 * MEMORY,
        resource.RLIMIT_CPU: CPU_S,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        _, most = resource.getrlimit(kind)
        if most != resource.RLIM_INFINITY:
            bound = min(bound, most)
        resource.setrlimit(kind, (bound, bound))
