"""What `hanpan doctor` looks at: each check yields findings, each a sentence with its remedy."""

from __future__ import annotations

import http.client
import shutil
import stat
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from core import clock, registry, settings
from core.contracts.text import Text
from core.settings import Settings
from hanpan import checked_services, occupancy
from hanpan.finding import ERROR, OK, WARNING, Finding, wrong

LEAST_FREE = 200_000_000
LITTLE_FREE = 2_000_000_000


Check = Callable[[Settings], Iterator[Finding]]


def look() -> Iterator[Finding]:
    """Look at everything; when the settings are wrong, at nothing else."""
    try:
        configured = settings.load()
    except settings.SettingsError as error:
        for problem in error.problems:
            yield Finding("settings", ERROR, problem.text)
        return
    settings.use(configured)
    yield _whether_it_runs(configured)
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", OK, Text(version, version))
    yield Finding("settings", OK, Text("설정이 올바릅니다.", "The settings are right."))
    for check in CHECKS:
        yield from check(configured)


def _whether_it_runs(configured: Settings) -> Finding:
    """Said first: what runs only with it is not looked for while it is off."""
    if occupancy.is_off(configured):
        text = Text(
            "한판이 꺼져 있습니다. make run을 실행해 주세요.", "Hanpan is off: start make run."
        )
    elif occupancy.held(configured.data):
        text = Text("한판이 실행 중입니다.", "Hanpan is running.")
    else:
        text = Text(
            "make run으로 시작한 한판은 없습니다. REDIS_URL이 있으니 따로 시작한 프로세스를 하나씩 "
            "확인합니다.",
            "No make run is running. As REDIS_URL is set, the processes that run apart are looked "
            "at one by one.",
        )
    return Finding("hanpan", OK, text)


def _exposure(configured: Settings) -> Iterator[Finding]:
    for name, near in settings.unknown():
        hint = Text(f" {near}인가요?", f" Did you mean {near}?") if near else Text("", "")
        yield Finding(
            "settings",
            WARNING,
            Text(f"{name} 설정은 없습니다.{hint.ko}", f"There is no setting {name}.{hint.en}"),
        )
    exposed = not settings.is_loopback(configured.host)
    if exposed and configured.insecure_http and not configured.proxy_hops:
        yield Finding(
            "settings",
            WARNING,
            Text(
                "다른 컴퓨터에 http로 열려 있습니다. https 프록시 뒤에 두는 것이 안전합니다.",
                "Other computers reach it over http; behind an https proxy it would be safe.",
            ),
        )


def _data(configured: Settings) -> Iterator[Finding]:
    folder = configured.data
    if not folder.exists():
        yield Finding(
            "data",
            WARNING,
            Text(
                f"데이터 폴더 {folder}이(가) 아직 없습니다. make run으로 한 번 시작해 주세요.",
                f"There is no data folder {folder} yet; start once with make run.",
            ),
        )
        return
    loose = stat.S_IMODE(folder.stat().st_mode) & 0o077
    if loose:
        yield wrong(
            "data",
            f"다른 사용자가 데이터 폴더를 볼 수 있습니다. chmod 700 {folder}을 실행해 주세요.",
            f"Other users can look into the data folder: run chmod 700 {folder}.",
        )
    try:
        occupancy.data_folder_writable(folder)
    except occupancy.Occupied as refused:
        yield Finding("data", ERROR, refused.text)
        return
    free = shutil.disk_usage(folder).free
    if free < LITTLE_FREE:
        yield Finding(
            "data",
            ERROR if free < LEAST_FREE else WARNING,
            Text(
                f"디스크에 {free // 1_000_000} MB만 남았습니다. 공간을 비워 주세요.",
                f"Only {free // 1_000_000} MB of disk are left; make room.",
            ),
        )
    if not loose and free >= LITTLE_FREE:
        yield Finding(
            "data",
            OK,
            Text(
                f"{folder} (남은 공간 {free // 1_000_000_000} GB)",
                f"{folder} ({free // 1_000_000_000} GB free)",
            ),
        )


def _time(configured: Settings) -> Iterator[Finding]:
    now = datetime.now(UTC)
    if now.year < 2026:
        yield wrong(
            "time",
            f"이 컴퓨터의 날짜가 {now:%Y-%m-%d}입니다. 날짜와 시간을 맞춰 주세요.",
            f"This machine believes it is {now:%Y-%m-%d}; set its date and time.",
        )
    moved = clock.offset()
    if moved:
        yield Finding(
            "time",
            WARNING,
            Text(
                f"연습을 위해 날짜를 {moved / 3600:+.1f}시간 옮겨 두었습니다.",
                f"The day is moved by {moved / 3600:+.1f} h for practice.",
            ),
        )


def _ports(configured: Settings) -> Iterator[Finding]:
    if occupancy.held(configured.data):
        return  # they are ours
    wanted = [("HANPAN_PORT", configured.host, configured.port, "healthz")]
    if configured.practice_port:
        wanted.append(("HANPAN_PRACTICE_PORT", "127.0.0.1", configured.practice_port, "_hosts"))
    for setting, host, number, path in wanted:
        try:
            occupancy.port(setting, host, number, patience=0).close()
        except occupancy.Occupied as taken:
            if not _answers(f"http://127.0.0.1:{number}/{path}"):
                yield Finding("ports", WARNING, taken.text)


def _answers(url: str) -> bool:
    """Whether a Hanpan process that runs by itself answers there."""
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.read(9)[:3] in (b"ok\n", b'{"h'))
    except (OSError, http.client.HTTPException):
        return False


def _plugins(configured: Settings) -> Iterator[Finding]:
    found = registry.current()
    names = ", ".join(plugin.name for plugin in found.plugins) or "-"
    yield Finding("plugins", OK, Text(names, names))
    for problem in found.problems:
        yield wrong(
            "plugins",
            f"플러그인 {problem.plugin}을(를) 사용하지 않습니다: {problem.text}",
            f"The plugin {problem.plugin} was left out: {problem.text}",
        )


CHECKS: tuple[Check, ...] = (
    _exposure,
    _data,
    _time,
    _ports,
    checked_services.database,
    checked_services.redis,
    _plugins,
)
