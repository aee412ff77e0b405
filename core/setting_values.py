"""How the text of one setting becomes a value, or the reason why it is none."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from core.contracts.text import Text


class Wrong(Exception):
    """The text is no such value; `reason` says why, without repeating what may be a secret."""

    def __init__(self, ko: str, en: str) -> None:
        super().__init__(en)
        self.reason = Text(ko, en)


def path(raw: str) -> Path | None:
    """A path, made absolute."""
    if "\0" in raw:
        raise Wrong("경로가 아닙니다.", "it is not a path.")
    return Path(raw).expanduser().absolute()


def folder(raw: str) -> Path | None:
    """A folder that exists."""
    found = Path(raw).expanduser().absolute()
    if not found.is_dir():
        raise Wrong(f"{raw} 폴더가 없습니다.", f"there is no folder {raw}.")
    return found


def host(raw: str) -> str:
    """An address to listen on."""
    try:
        return str(ipaddress.ip_address(raw.strip("[]")))
    except ValueError:
        pass
    if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", raw) and not raw.isdigit():
        return raw
    raise Wrong(
        f"'{raw}'은(는) 주소가 아닙니다. 포트나 http:// 없이 IP 주소만 적어 주세요.",
        f"'{raw}' is not an address; give an IP address without port and http://.",
    )


def port(raw: str) -> int:
    """A port."""
    if not re.fullmatch(r"[0-9]{1,5}", raw) or not 1 <= int(raw) <= 65535:
        raise Wrong(
            f"'{raw}'은(는) 포트 번호가 아닙니다. 1에서 65535 사이의 숫자여야 합니다.",
            f"'{raw}' is not a port; it is a number from 1 to 65535.",
        )
    return int(raw)


def port_or_off(raw: str) -> int:
    """A port, or 0 for none."""
    return 0 if raw == "0" else port(raw)


def hops(raw: str) -> int:
    """How many proxies stand in front of Hanpan."""
    if not re.fullmatch(r"[0-9]", raw):
        raise Wrong(
            f"'{raw}'은(는) 0에서 9 사이의 숫자가 아닙니다. Hanpan 앞에 있는 프록시의 수입니다.",
            f"'{raw}' is not a number from 0 to 9: the proxies in front of Hanpan.",
        )
    return int(raw)


def switch(raw: str) -> bool:
    """Yes or no."""
    if raw.lower() in ("1", "true", "yes", "on"):
        return True
    if raw.lower() in ("0", "false", "no", "off"):
        return False
    raise Wrong(f"'{raw}' 대신 1 또는 0을 적어 주세요.", f"write 1 or 0 instead of '{raw}'.")


def seconds(least: float, most: float) -> Callable[[str], float]:
    """A number of seconds within these limits."""
    return _number(least, most, Text("초", "seconds"))


def minutes(least: float, most: float) -> Callable[[str], float]:
    """A number of minutes within these limits."""
    return _number(least, most, Text("분", "minutes"))


def _number(least: float, most: float, unit: Text) -> Callable[[str], float]:
    def parse(raw: str) -> float:
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", raw) or not least <= float(raw) <= most:
            raise Wrong(
                f"'{raw}' 대신 {least:g}에서 {most:g} 사이의 숫자({unit.ko})를 적어 주세요.",
                f"'{raw}' is not a number of {unit.en} from {least:g} to {most:g}.",
            )
        return float(raw)

    return parse


def _split(raw: str) -> tuple[str, str, str]:
    """Scheme, host and path of a URL. What is wrong is said without repeating the value."""
    try:
        parts = urlsplit(raw)
        _ = parts.port
    except ValueError as error:
        raise Wrong("주소의 형식이 잘못되었습니다.", "the address is malformed.") from error
    return parts.scheme, parts.hostname or "", parts.path


def database(raw: str) -> str:
    """The address of a database; that of an SQLite file is made absolute."""
    scheme, host, path = _split(raw)
    if scheme == "sqlite":
        if host or len(path) < 2 or "?" in raw:
            raise Wrong(
                "SQLite 파일의 경로가 없습니다. sqlite:/// 뒤에 경로를 적어 주세요.",
                "the path of the SQLite file is missing: write it after sqlite:///.",
            )
        return f"sqlite:///{Path(raw.removeprefix('sqlite:///')).expanduser().absolute()}"
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        if len(path) < 2:
            raise Wrong("데이터베이스의 이름이 빠졌습니다.", "the name of the database is missing.")
        return raw.replace("postgres://", "postgresql://", 1)
    raise Wrong(
        "PostgreSQL(postgresql://…)이나 SQLite(sqlite:///…)의 주소가 아닙니다.",
        "it is neither the address of PostgreSQL (postgresql://…) nor of SQLite (sqlite:///…).",
    )


def redis(raw: str) -> str | None:
    """The address of a Redis."""
    scheme, host, path = _split(raw)
    if scheme in ("redis", "rediss") and host:
        if re.fullmatch(r"(/[0-9]*)?", path):
            return raw
        raise Wrong(
            "주소 끝의 데이터베이스 번호가 숫자가 아닙니다.",
            "the database number at its end is not a number.",
        )
    if scheme == "unix" and len(path) > 1:
        return raw
    raise Wrong(
        "Redis의 주소가 아닙니다. redis://, rediss:// 또는 unix://로 시작해야 합니다.",
        "it is not the address of a Redis: it begins with redis://, rediss:// or unix://.",
    )


def smtp(raw: str) -> str | None:
    """The address of a mail server."""
    scheme, host, _ = _split(raw)
    if scheme not in ("smtp", "smtps") or not host:
        raise Wrong(
            "메일 서버의 주소가 아닙니다. smtp:// 또는 smtps://로 시작해야 합니다.",
            "it is not the address of a mail server: it begins with smtp:// or smtps://.",
        )
    return raw


def public(raw: str) -> str | None:
    """The address at which others reach Hanpan."""
    scheme, host, _ = _split(raw)
    if scheme not in ("http", "https") or not host:
        raise Wrong(
            f"'{raw}'은(는) 웹 주소가 아닙니다.", f"'{raw}' is not the address of a website."
        )
    return raw.rstrip("/")


def mail(raw: str) -> str | None:
    """An e-mail address."""
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", raw):
        raise Wrong(f"'{raw}'은(는) 이메일 주소가 아닙니다.", f"'{raw}' is not an e-mail address.")
    return raw
