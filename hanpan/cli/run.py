"""`hanpan run`: everything on this machine, started in order, kept alive, ended together.

Settings, data folder, lock, ports, Redis, database (backed up before it is migrated), keys; then
web, clock, one worker per queue and the practice marketplaces; then the address is said.
"""

from __future__ import annotations

import argparse
import os
import socket
import urllib.request
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import hanpan
from core import settings
from core.contracts.text import Text
from core.ledger import kinds
from core.settings import Settings
from hanpan import cli, logs, occupancy, redis_server, tether
from hanpan.cli.arguments import Parser
from hanpan.supervisor import Child, Supervisor
from hanpan.terminal import complain, say

if TYPE_CHECKING:
    from core.registry import Problem

READY_S = 60.0
DATABASE_AGAIN_S = 2.0


def main(arguments: Sequence[str]) -> int:
    """Run until Ctrl-C. A second start on the same data folder says so and changes nothing."""
    parser = Parser(
        "run",
        Text(
            "이 컴퓨터에서 모두 시작합니다. Ctrl-C로 끝냅니다.",
            "Start everything on this machine; Ctrl-C ends it.",
        ),
    )
    parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    configured = settings.current()
    logs.to_stderr()
    try:
        occupancy.data_folder(configured.data)
        with occupancy.lock(configured.data, configured.address):
            return Run(configured, with_parent=chosen.with_parent).go()
    except occupancy.Running as already:
        say(already.text)
        return 0
    except (occupancy.Occupied, redis_server.NoRedis) as refused:
        complain(refused.text)
        return cli.WRONG_USE


class Run:
    """One run, from the ports to the end."""

    def __init__(self, configured: Settings, *, with_parent: bool) -> None:
        self.settings = configured
        self.parent = os.getppid() if with_parent else None
        environment = {"HANPAN_DATA": str(configured.data)}
        if configured.redis_url is None:
            environment["REDIS_URL"] = configured.redis
        self.supervisor = Supervisor(configured.data / "log", environment)

    def go(self) -> int:
        """Start everything, say where it is, look after it until the end; the exit code."""
        say(f"한판 {hanpan.__version__}  {self.settings.data}")
        with occupancy.port("HANPAN_PORT", self.settings.host, self.settings.port) as listener:
            self._check_practice_port()
            self.supervisor.on_signals()
            try:
                return self._go_on(listener)
            finally:
                say(Text("끝내고 있습니다…", "Ending…"))
                self.supervisor.stop()
                say(Text("끝났습니다.", "Ended."))

    def _go_on(self, listener: socket.socket) -> int:
        self._start_redis()
        # Imported only now: Redis starts meanwhile, and what is wrong was said before.
        from hanpan import preparation

        found = preparation.preload()
        labels = {key: market.label for key, market in found.marketplaces.items()}
        self.supervisor.news.labels = labels
        self._say_redis_trouble()
        try:
            prepared = self._wait_for_database(preparation.prepare)
        except preparation.NotPrepared as refused:
            complain(refused.text)
            return cli.WRONG_USE
        if not prepared:
            return 0
        self._start_others(listener.fileno(), preparation.command)
        self._say_problems(found.problems)
        self._wait_for_pages()
        if not self._over():
            self._say_address(preparation.first_page())
            self.supervisor.watch(self._over)
        return 0

    def _over(self) -> bool:
        gone = self.parent is not None and os.getppid() != self.parent
        return gone or self.supervisor.asked_to_stop > 0

    def _check_practice_port(self) -> None:
        number = self.settings.practice_port
        if number:
            occupancy.port("HANPAN_PRACTICE_PORT", "127.0.0.1", number).close()

    def _start_redis(self) -> None:
        if self.settings.redis_url is not None:
            return
        program = redis_server.find()
        redis_server.prepare(self.settings)
        command = redis_server.command(program, self.settings)
        say(f"Redis {program.version} ({program.source})")
        self.supervisor.add(
            Child(
                "redis",
                lambda lock: tether.run(command, lock),
                holding=lambda: redis_server.alone(self.settings),
                last=True,
            )
        )

    def _say_redis_trouble(self) -> None:
        trouble = redis_server.trouble(self.settings.redis) if self.settings.redis_url else None
        if trouble is not None:
            complain(trouble)

    def _wait_for_database(self, prepare: Callable[[], bool]) -> bool:
        said = False
        while not prepare():
            if not said:
                complain(
                    Text(
                        "데이터베이스가 응답하지 않습니다. 실행 중인지와 DATABASE_URL을 확인해 "
                        "주세요. 응답하면 이어서 시작합니다.",
                        "The database does not answer; see that it runs, and check DATABASE_URL. "
                        "The start goes on when it does.",
                    )
                )
                said = True
            if self.supervisor.watch(self._over, DATABASE_AGAIN_S) or self._over():
                return False
        return True

    def _start_others(self, listener: int, command: Callable[..., Callable[[int], int]]) -> None:
        add = self.supervisor.add
        add(Child("web", command("web", "--fd", str(listener)), inherited=[listener]))
        if self.settings.practice_port:
            add(Child("practice", command("practice")))
        for queue in kinds.QUEUES:
            add(Child(f"worker-{queue}", command("worker", queue)))
        add(Child("clock", command("clock")))

    def _wait_for_pages(self) -> None:
        def ready() -> bool:
            practice = self.settings.practice_port
            return answers(f"{self.settings.address}/readyz") and (
                not practice or listens(practice)
            )

        if not self.supervisor.watch(lambda: self._over() or ready(), READY_S):
            complain(
                Text(
                    f"페이지가 아직 열리지 않습니다. {self.supervisor.logs} 폴더의 기록과 "
                    "hanpan doctor를 확인해 주세요.",
                    f"The pages do not open yet; look into {self.supervisor.logs} and ask "
                    "hanpan doctor.",
                )
            )

    def _say_problems(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            say(
                Text(
                    f"플러그인 {problem.plugin}을(를) 사용하지 않습니다: {problem.text}",
                    f"The plugin {problem.plugin} was left out: {problem.text}",
                )
            )

    def _say_address(self, page: str) -> None:
        link = self.settings.address + page
        say(Text(f"\n  브라우저에서 여세요: {link}", f"\n  Open in a browser: {link}"))
        if self.settings.practice_port:
            where = f"http://127.0.0.1:{self.settings.practice_port}/"
            say(Text(f"  연습용 판매채널: {where}", f"  Practice marketplaces: {where}"))
        say(Text("  끝내려면 Ctrl-C를 누르세요.\n", "  Press Ctrl-C to end.\n"))


def answers(url: str) -> bool:
    """Whether the address answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=0.5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def listens(port: int) -> bool:
    """Whether something accepts connections on this port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True
