"""What the figures were measured on; nothing that names the machine."""

from __future__ import annotations

import os
import platform
import sqlite3
from contextlib import closing
from typing import Any

import psycopg
import redis

from bench.installation import Servers


def facts(servers: Servers) -> dict[str, Any]:
    """Cores, kinds and versions."""
    with closing(psycopg.connect(servers.postgresql.format(name="postgres"))) as connection:
        version = connection.info.server_version
    with redis.Redis.from_url(servers.redis) as client:
        redis_version = client.info("server")["redis_version"]
    return {
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": f"{version // 10000}.{version % 10000}",
        "redis": redis_version,
    }


def load() -> float:
    """How busy the machine was in the last minute: figures of a busy one are worth less."""
    return round(os.getloadavg()[0], 1)
