"""Every connection that this process opens, noted: a plugin may call its declared hosts only."""

from __future__ import annotations

import socket
from typing import Any


class Network:
    """Notes where sockets connect to while it watches, except to the ports that are ours."""

    def __init__(self) -> None:
        self.elsewhere: list[str] = []
        self._own: frozenset[tuple[str, int]] = frozenset()
        self._connect: Any = None

    def watch(self, *ports: int) -> None:
        """Begin; connections to these ports of this machine are in order."""
        self._own = frozenset(("127.0.0.1", port) for port in ports)
        self._connect = socket.socket.connect
        network = self

        def connect(self: Any, address: Any) -> None:
            network.note(self, address)
            network._connect(self, address)

        socket.socket.connect = connect  # type: ignore[method-assign]

    def allow(self, port: int) -> None:
        """Connections to this port of this machine are in order too."""
        self._own |= {("127.0.0.1", port)}

    def note(self, opened: socket.socket, address: Any) -> None:
        """Keep the address unless it is one of ours, or a path on this machine (the doorbell's)."""
        if opened.family == socket.AF_UNIX or tuple(address[:2]) in self._own:
            return
        self.elsewhere.append(f"{address[0]}:{address[1]}")

    def end(self) -> None:
        """Watch no more."""
        if self._connect is not None:
            del socket.socket.connect  # what it inherits shows again
            self._connect = None
