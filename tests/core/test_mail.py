"""Letters by SMTP: where a password goes, and what is not handed over twice."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from core import mail, settings


class Office:
    """A mail server: `letters` counts what it took, `logins` who said who they are."""

    letters = 0
    goodbye = "221 bye"
    vanishes = False

    def __init__(self) -> None:
        self.logins: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a letter, and perhaps say nothing about it."""
        self.letters += 1
        if self.vanishes:
            server.transport.close()
        return "250 OK"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
        """The end of a conversation."""
        return self.goodbye

    def login(self, server: Any, session: Any, envelope: Any, how: str, who: Any) -> AuthResult:
        """Let everybody in."""
        self.logins.append(who.password)
        return AuthResult(success=True)


@pytest.fixture
def office() -> Office:
    """A mail server's manners."""
    return Office()


@pytest.fixture
def serve(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Have the office reached by an address such as `smtp://user:password@127.0.0.1`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(
        office,
        hostname="127.0.0.1",
        port=port,
        authenticator=office.login,
        auth_require_tls=False,
    )

    def at(address: str) -> None:
        monkeypatch.setenv("HANPAN_SMTP_URL", f"{address}:{port}")
        monkeypatch.setenv("HANPAN_MAIL_FROM", "hanpan@shop.example")
        settings.use(None)

    with ExitStack() as ending:
        server.start()
        ending.callback(settings.use, None)
        ending.callback(server.stop)
        yield at


def send() -> None:
    """One letter."""
    mail.send("owner@shop.example", "제목", "글")


def test_a_password_goes_to_another_machine_only_by_tls(
    office: Office, serve: Callable[[str], None]
) -> None:
    serve("smtp://hanpan:secret@0.0.0.0")  # which is this machine, but does not say so
    with pytest.raises(mail.NotSent, match="STARTTLS") as refused:
        send()
    assert refused.value.final
    assert (office.logins, office.letters) == ([], 0)


def test_a_server_on_this_machine_needs_no_tls(
    office: Office, serve: Callable[[str], None]
) -> None:
    serve("smtp://hanpan:secret@127.0.0.1")
    send()
    assert (office.logins, office.letters) == ([b"secret"], 1)


def test_a_letter_that_was_taken_is_sent_whatever_the_goodbye_is(
    office: Office, serve: Callable[[str], None]
) -> None:
    serve("smtp://127.0.0.1")
    office.goodbye = "421 too busy to say goodbye"
    send()
    assert office.letters == 1


def test_a_letter_that_may_have_been_taken_is_not_to_be_sent_again(
    office: Office, serve: Callable[[str], None]
) -> None:
    serve("smtp://127.0.0.1")
    office.vanishes = True
    with pytest.raises(mail.NotSent) as unsure:
        send()
    assert unsure.value.final and office.letters == 1


def test_a_password_that_smtp_cannot_carry_is_no_crash_and_not_told(
    office: Office, serve: Callable[[str], None]
) -> None:
    serve("smtp://hanpan:%EB%B9%84%EB%B0%80@127.0.0.1")
    with pytest.raises(mail.NotSent) as refused:
        send()
    assert refused.value.final and "비밀" not in str(refused.value)
