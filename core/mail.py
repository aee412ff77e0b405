"""One letter by SMTP to the server of `HANPAN_SMTP_URL`; TLS wherever the server has it."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formataddr, make_msgid
from urllib.parse import unquote, urlsplit

from core import settings

SECONDS = 10.0
TAKING_SECONDS = 30.0
"""A server may look through a letter before it says that it took it."""
PLAIN, SECURE = 587, 465


class NotSent(Exception):
    """The letter was not taken. `detail` is for the log: the server's code, no address."""

    def __init__(self, detail: str, *, final: bool) -> None:
        super().__init__(detail)
        self.final = final


def is_set() -> bool:
    """Whether letters can be sent at all."""
    chosen = settings.current()
    return chosen.smtp_url is not None and chosen.mail_from is not None


def send(recipient: str, subject: str, text: str) -> None:
    """Hand one letter to the mail server. Raises NotSent; `final` where repeating cannot help,
    or may bring the letter twice."""
    chosen = settings.current()
    if chosen.smtp_url is None or chosen.mail_from is None:
        raise NotSent("HANPAN_SMTP_URL is not set", final=True)
    try:
        letter = _written(chosen.mail_from, recipient, subject, text)
        with _connected(chosen.smtp_url) as server:
            _hand_over(server, letter, recipient)
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"SMTP {error.smtp_code}", final=error.smtp_code >= 500) from error
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        raise NotSent(f"SMTP {sorted(codes)}", final=all(c >= 500 for c in codes)) from error
    except (smtplib.SMTPNotSupportedError, MessageError, ValueError) as error:
        raise NotSent(type(error).__name__, final=True) from error
    except OSError as error:  # smtplib's own errors among them
        raise NotSent(type(error).__name__, final=False) from error


def _written(sender: str, recipient: str, subject: str, text: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = formataddr(("한판", sender))
    letter["To"] = Address(addr_spec=recipient)  # one address, whatever it is made of
    letter["Subject"] = " ".join(subject.split())
    letter["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    return letter


def _hand_over(server: smtplib.SMTP, letter: EmailMessage, recipient: str) -> None:
    """Have the letter taken. A connection that ends meanwhile leaves open whether it was."""
    if server.sock is not None:
        server.sock.settimeout(TAKING_SECONDS)
    try:
        server.send_message(letter, to_addrs=[recipient])
    except (smtplib.SMTPServerDisconnected, TimeoutError, ConnectionError) as error:
        raise NotSent(f"{type(error).__name__} while it was handed over", final=True) from error


@contextmanager
def _connected(url: str) -> Iterator[smtplib.SMTP]:
    """A server that knows who we are. A password goes nowhere without TLS but to this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or SECURE, timeout=SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(host, parts.port or PLAIN, timeout=SECONDS)
    try:
        server.ehlo()
        if parts.scheme != "smtps" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif parts.scheme != "smtps" and parts.password and not settings.is_loopback(host):
            raise NotSent("the mail server offers no STARTTLS", final=True)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server
    finally:
        with suppress(OSError):
            server.quit()  # whatever it answers: the letter was taken or refused before
        server.close()
