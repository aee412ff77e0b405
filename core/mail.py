"""One letter by SMTP to the server of `HANPAN_SMTP_URL`; TLS wherever the server has it."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formataddr, make_msgid
from urllib.parse import unquote, urlsplit

from core import settings

SECONDS = 10.0
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
    """Hand one letter to the mail server. Raises NotSent; `final` where repeating cannot help."""
    chosen = settings.current()
    if chosen.smtp_url is None or chosen.mail_from is None:
        raise NotSent("HANPAN_SMTP_URL is not set", final=True)
    letter = EmailMessage()
    letter["From"] = formataddr(("한판", chosen.mail_from))
    letter["To"] = recipient
    letter["Subject"] = subject
    letter["Message-ID"] = make_msgid(domain=chosen.mail_from.rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    try:
        with _connect(chosen.smtp_url) as server:
            server.send_message(letter)
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"SMTP {error.smtp_code}", final=error.smtp_code >= 500) from error
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        raise NotSent(f"SMTP {sorted(codes)}", final=all(c >= 500 for c in codes)) from error
    except (smtplib.SMTPException, OSError, ssl.SSLError) as error:
        raise NotSent(type(error).__name__, final=False) from error


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or SECURE, timeout=SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(host, parts.port or PLAIN, timeout=SECONDS)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server
