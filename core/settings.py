"""The configuration of the installation: read from the environment, checked all at once.

`HANPAN_*`, `DATABASE_URL` and `REDIS_URL` are the only sources. What may hold a secret can also
be given as a file: `DATABASE_URL_FILE=/run/secrets/database`. Nothing is read on import.
"""

from __future__ import annotations

import difflib
import hashlib
import ipaddress
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from core import setting_values as values
from core.contracts.text import Text

T = TypeVar("T")

NAMES = {
    "HANPAN_DATA": "./var",
    "HANPAN_HOST": "127.0.0.1",
    "HANPAN_PORT": "8000",
    "HANPAN_PRACTICE_PORT": "8100",
    "DATABASE_URL": "postgresql://hanpan:password@db.example:5432/hanpan",
    "REDIS_URL": "redis://redis.example:6379/0",
    "HANPAN_KEYS_FILE": "/etc/hanpan/keys.json",
    "HANPAN_LEASE_S": "60",
    "HANPAN_SWEEP_S": "30",
    "HANPAN_SETTLE_S": "60",
    "HANPAN_PLUGINS_DIR": "/srv/hanpan/plugins",
    "HANPAN_PUBLIC_URL": "https://hanpan.example",
    "HANPAN_PROXY_HOPS": "1",
    "HANPAN_INSECURE_HTTP": "1",
    "HANPAN_SMTP_URL": "smtp://user:password@mail.example:587",
    "HANPAN_MAIL_FROM": "hanpan@shop.example",
    "HANPAN_IDLE_MINUTES": "120",
    "HANPAN_LANG": "ko",
}
"""Every setting, with an example of it."""

SECRETS = ("DATABASE_URL", "REDIS_URL", "HANPAN_SMTP_URL")
"""Settings that may hold a password: each may be given as a file by `<NAME>_FILE`."""

INTERNAL = ("HANPAN_CRASH", "HANPAN_REQUIRE_BROWSER", "HANPAN_SOAK", "HANPAN_TETHER")
"""Names of the same family that are not settings of an installation."""

SOCKET_PATH_MAX = 100
"""Longer paths of unix sockets are refused by the kernel (108 bytes on Linux, 104 on macOS)."""


@dataclass(frozen=True)
class Problem:
    """A setting that is wrong, why, and what it could look like."""

    setting: str
    reason: Text
    example: str

    @property
    def text(self) -> Text:
        """The whole sentence: setting, what is wrong, an example."""
        return Text(
            f"{self.setting}: {self.reason.ko} (예: {self.setting}={self.example})",
            f"{self.setting}: {self.reason.en} (for example {self.setting}={self.example})",
        )


class SettingsError(Exception):
    """The configuration is wrong; `problems` has every reason at once."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.text.en for problem in problems))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is configured. Times are seconds; paths are absolute; `None` means not set."""

    data: Path
    host: str
    port: int
    practice_port: int
    database_url: str
    redis_url: str | None
    keys_file: Path
    lease_s: float
    sweep_s: float
    settle_s: float | None
    plugins_dir: Path | None
    public_url: str | None
    proxy_hops: int
    insecure_http: bool
    smtp_url: str | None
    mail_from: str | None
    idle_minutes: float = 120.0

    @property
    def address(self) -> str:
        """Where a person on this machine opens Hanpan."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def redis_socket(self) -> Path:
        """The socket of the Redis that `hanpan run` starts when `REDIS_URL` is not set."""
        path = self.data / "redis" / "redis.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_MAX:
            return path
        mark = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"hanpan-{os.getuid()}-{mark}" / "redis.sock"

    @property
    def redis(self) -> str:
        """The address of Redis: `REDIS_URL`, else the socket of our own."""
        return self.redis_url or f"unix://{self.redis_socket}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Passwords within the settings, which no log may show."""
        urls = (self.database_url, self.redis_url, self.smtp_url)
        found = {password for url in urls if url and (password := urlsplit(url).password)}
        return tuple(found | {unquote(password) for password in found})


_current: Settings | None = None


def current() -> Settings:
    """The settings of this process, read at the first use. Raises SettingsError."""
    global _current
    if _current is None:
        _current = load()
    return _current


def use(settings: Settings | None) -> None:
    """Use these settings from now on; None reads the environment again at the next use."""
    global _current
    _current = settings


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the environment. Raises SettingsError with everything that is wrong."""
    read = _Reader(os.environ if environ is None else environ)
    data = read.path("HANPAN_DATA") or Path("var").absolute()
    settings = Settings(
        data=data,
        host=read.one("HANPAN_HOST", values.host, "127.0.0.1"),
        port=read.one("HANPAN_PORT", values.port, 8000),
        practice_port=read.one("HANPAN_PRACTICE_PORT", values.port_or_off, 8100),
        database_url=read.one("DATABASE_URL", values.database, f"sqlite:///{data / 'hanpan.db'}"),
        redis_url=read.one("REDIS_URL", values.redis, None),
        keys_file=read.path("HANPAN_KEYS_FILE") or data / "keys.json",
        lease_s=read.one("HANPAN_LEASE_S", values.seconds(1, 3600), 60.0),
        sweep_s=read.one("HANPAN_SWEEP_S", values.seconds(0.1, 3600), 30.0),
        settle_s=read.one("HANPAN_SETTLE_S", values.seconds(0, 3600), None),
        plugins_dir=read.one("HANPAN_PLUGINS_DIR", values.folder, None),
        public_url=read.one("HANPAN_PUBLIC_URL", values.public, None),
        proxy_hops=read.one("HANPAN_PROXY_HOPS", values.hops, 0),
        insecure_http=read.one("HANPAN_INSECURE_HTTP", values.switch, False),
        smtp_url=read.one("HANPAN_SMTP_URL", values.smtp, None),
        mail_from=read.one("HANPAN_MAIL_FROM", values.mail, None),
        idle_minutes=read.one("HANPAN_IDLE_MINUTES", values.minutes(1, 720), 120.0),
    )
    problems = [*read.problems, *_together(settings)]
    if problems:
        raise SettingsError(problems)
    return settings


def unknown(environ: Mapping[str, str] | None = None) -> Iterator[tuple[str, str | None]]:
    """Names that look like settings and are none, each with the one that may be meant."""
    known = {*NAMES, *(f"{name}_FILE" for name in SECRETS)}
    for name in sorted(os.environ if environ is None else environ):
        if name.startswith("HANPAN_") and name not in known and name not in INTERNAL:
            near = difflib.get_close_matches(name, known, 1, 0.75)
            yield name, near[0] if near else None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _together(settings: Settings) -> Iterator[Problem]:
    exposed = not is_loopback(settings.host)
    if exposed and not settings.proxy_hops and not settings.insecure_http:
        yield Problem(
            "HANPAN_HOST",
            Text(
                f"{settings.host}은(는) 다른 컴퓨터에서도 접속할 수 있는데 https가 아닙니다. "
                "https 프록시 뒤에 두고 HANPAN_PROXY_HOPS=1로 알려 주시거나, 위험을 알고도 "
                "http로 열려면 HANPAN_INSECURE_HTTP=1을 설정해 주세요.",
                f"{settings.host} can be reached from other computers, over http. Put Hanpan "
                "behind an https proxy and say so with HANPAN_PROXY_HOPS=1, or, if you accept "
                "the risk, set HANPAN_INSECURE_HTTP=1.",
            ),
            "127.0.0.1",
        )
    if settings.practice_port and settings.practice_port == settings.port:
        yield Problem(
            "HANPAN_PRACTICE_PORT",
            Text(
                f"HANPAN_PORT와 같은 번호({settings.port})입니다. "
                "다른 번호를 정하거나 0으로 꺼 주세요.",
                f"it is the same number as HANPAN_PORT ({settings.port}); choose another, or 0 "
                "for none.",
            ),
            str(settings.port + 100 if settings.port < 65000 else 8100),
        )
    if settings.smtp_url and not settings.mail_from:
        yield Problem(
            "HANPAN_MAIL_FROM",
            Text(
                "HANPAN_SMTP_URL을 쓰려면 보내는 주소도 필요합니다.",
                "HANPAN_SMTP_URL needs an address to send from.",
            ),
            NAMES["HANPAN_MAIL_FROM"],
        )


class _Reader:
    """Reads one setting after the other and remembers what is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[Problem] = []

    def one(self, name: str, parse: Callable[[str], T], default: T) -> T:
        try:
            raw = self._raw(name)
            return default if raw is None else parse(raw)
        except values.Wrong as wrong:
            self.problems.append(Problem(name, wrong.reason, NAMES[name]))
            return default

    def path(self, name: str) -> Path | None:
        return self.one(name, values.path, None)

    def _raw(self, name: str) -> str | None:
        value = self.environ.get(name, "").strip()
        file = self.environ.get(f"{name}_FILE", "").strip() if name in SECRETS else ""
        if value and file:
            raise values.Wrong(
                f"{name}과(와) {name}_FILE이 함께 설정되어 있습니다. 하나만 남겨 주세요.",
                f"{name} and {name}_FILE are both set; keep one.",
            )
        if not file:
            return value or None
        try:
            return Path(file).read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "UTF-8"
            raise values.Wrong(
                f"{name}_FILE이 가리키는 {file} 파일을 읽을 수 없습니다 ({why}).",
                f"the file {file} of {name}_FILE cannot be read ({why}).",
            ) from error
