"""`hanpan run`: everything on this machine, started in order, kept alive, ended together.

Settings, data folder, lock, ports, Redis, database (backed up before it is migrated), keys; then
web, clock, one worker per queue and the practice marketplaces; then the address is said.
"""

from __future__ import annotations

import argparse
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence

import hanpan
from core import settings
from core.contracts.text import Text
from core.settings import Settings
from hanpan import cli, occupancy, redis_server, tether
from hanpan.supervisor import Child, Supervisor
from hanpan.terminal import complain, say

READY_S = 60.0
DATABASE_AGAIN_S = 2.0


def main(arguments: Sequence[str]) -> int:
    """Run until Ctrl-C. A second start on the same data folder says so and changes nothing."""
    parser = argparse.ArgumentParser(prog="hanpan run", description=__doc__)
    parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    configured = settings.current()
    try:
        occupancy.data_folder(configured.data)
        with occupancy.lock(configured.data, configured.address):
            Run(configured, with_parent=chosen.with_parent).go()
    except occupancy.Running as already:
        say(already.text)
    except (occupancy.Occupied, redis_server.NoRedis) as refused:
        complain(refused.text)
        return cli.WRONG_USE
    return 0


class Run:
    """One run, from the ports to the end."""

    def __init__(self, configured: Settings, *, with_parent: bool) -> None:
        self.settings = configured
        self.parent = os.getppid() if with_parent else None
        environment = {**os.environ, "HANPAN_DATA": str(configured.data)}
        if configured.redis_url is None:
            environment["REDIS_URL"] = configured.redis
        self.supervisor = Supervisor(configured.data / "log", environment)

    def go(self) -> None:
        """Start everything, say where it is, and look after it until the end."""
        say(f"한판 {hanpan.__version__}  {self.settings.data}")
        listener = occupancy.port("HANPAN_PORT", self.settings.host, self.settings.port)
        self._check_practice_port()
        self.supervisor.on_signals()
        try:
            self._start_redis()
            if self._start_database():
                self._start_others(listener)
                self._say_ready()
                self.supervisor.watch(self._orphaned)
        finally:
            say(Text("끝내는 중입니다…", "Ending…"))
            self.supervisor.stop()
            listener.close()

    def _check_practice_port(self) -> None:
        if self.settings.practice_port:
            occupancy.port("HANPAN_PRACTICE_PORT", "127.0.0.1", self.settings.practice_port).close()

    def _start_redis(self) -> None:
        if self.settings.redis_url is not None:
            said = redis_trouble(self.settings.redis)
            if said:
                complain(said)
            return
        program = redis_server.find()
        redis_server.prepare(self.settings)
        say(f"Redis {program.version} ({program.source})")
        self.supervisor.add(
            Child(
                "redis",
                lambda lock: tether.run(redis_server.command(program, self.settings), lock),
                holding=lambda: redis_server.alone(self.settings),
                last=True,
            )
        )

    def _start_others(self, listener: socket.socket) -> None:
        descriptor = listener.fileno()
        self._add("web", "web", "--fd", str(descriptor), inherited=[descriptor])
        if self.settings.practice_port:
            self._add("practice", "practice")
        for name in ("urgent", "sync", "bulk"):
            self._add(f"worker-{name}", "worker", name)
        self._add("clock", "clock")

    def _add(self, name: str, *command: str, inherited: Sequence[int] = ()) -> None:
        def main(nothing: int) -> int:
            settings.use(None)  # it has an environment of its own
            return cli.main(command)

        self.supervisor.add(Child(name, main, inherited))

    def _say_ready(self) -> None:
        ready = self.supervisor.watch(lambda: self._orphaned() or self._ready(), READY_S)
        if self.supervisor.asked_to_stop or self._orphaned():
            return
        if not ready:
            complain(
                Text(
                    f"페이지가 아직 열리지 않습니다. {self.supervisor.logs}의 기록과 "
                    "hanpan doctor를 확인해 주세요.",
                    f"The pages do not open yet; look into {self.supervisor.logs} and ask "
                    "hanpan doctor.",
                )
            )
        for problem in registry.current().problems:
            say(
                Text(
                    f"플러그인 {problem.plugin}을(를) 사용하지 않습니다: {problem.text}",
                    f"The plugin {problem.plugin} was left out: {problem.text}",
                )
            )
        self._say_address()

    def _say_address(self) -> None:
        link = self.settings.address + first_page()
        say(Text(f"\n  브라우저에서 여세요: {link}", f"\n  Open in a browser: {link}"))
        if self.settings.practice_port:
            where = f"http://127.0.0.1:{self.settings.practice_port}/"
            say(Text(f"  연습용 판매채널: {where}", f"  Practice marketplaces: {where}"))
        say(Text("  끝내려면 Ctrl-C를 누르세요.\n", "  Press Ctrl-C to end.\n"))

    def _ready(self) -> bool:
        return answers(f"{self.settings.address}/readyz") and (
            not self.settings.practice_port or listens(self.settings.practice_port)
        )

    def _orphaned(self) -> bool:
        return self.parent is not None and os.getppid() != self.parent


def answers(url: str) -> bool:
    """Whether the address answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=0.5) as reply:
            return bool(reply.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def listens(port: int) -> bool:
    """Whether something accepts connections on this port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def redis_trouble(url: str) -> Text | None:
    """What is wrong with a Redis that somebody else runs, or None."""
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            version = str(client.info("server")["redis_version"])
    except RedisError:
        return Text(
            "Redis가 응답하지 않습니다. REDIS_URL을 확인해 주세요. 돌아오면 작업이 이어집니다.",
            "Redis does not answer; check REDIS_URL. Work goes on when it is back.",
        )
    if tuple(int(part) for part in version.split(".")[:2]) < redis_server.LEAST:
        return Text(
            f"Redis {version}은(는) 너무 오래되었습니다. 6.2 이상으로 바꿔 주세요.",
            f"Redis {version} is too old; 6.2 or later is needed.",
        )
    return None


def migrate(configured: Settings) -> None:
    """Bring the database to our revision. Raises schema.WrongRevision when it is a newer one."""
    engine = store.engine()
    found = schema.current(engine)
    if found == schema.head():
        return
    if found is not None and not schema.known(found):
        schema.check(engine)
    schema.upgrade(engine)


def first_page() -> str:
    """Where to begin: with a fresh one-time code as long as nobody has set up the installation."""
    if first_run.owner_exists():
        return "/"
    return f"/first?code={first_run.new_first_run_code()}"
