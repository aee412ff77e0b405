"""The form of a token request and its signature (§2)."""

from __future__ import annotations

import base64
import re

import bcrypt

from hanpan.api import AuthError, Text, Values
from plugins.smartstore.refusals import INCOMPLETE, SECRET_MALFORMED

# bcrypt keeps only the first two bits of the 22nd character: newer libraries refuse the others.
_SECRET = re.compile(r"\$2[aby]\$(0[4-9]|1[0-2])\$[./A-Za-z0-9]{21}[.Oeu]")
_NEEDS = ("client_id", "client_secret", "token_type", "account_id")


def check_secret(value: str) -> Text | None:
    """A reason when the secret cannot be one (it is a bcrypt salt, §2.1), without any call."""
    return None if _SECRET.fullmatch(value) else SECRET_MALFORMED


def sign(client_id: str, secret: str, timestamp: int) -> str:
    """The signature of a token request (§2.1). Raises AuthError for a malformed secret."""
    if check_secret(secret) is not None:
        raise AuthError(SECRET_MALFORMED, code="SECRET")
    try:
        hashed = bcrypt.hashpw(f"{client_id}_{timestamp}".encode(), secret.encode())
    except ValueError as error:
        raise AuthError(SECRET_MALFORMED, code="SECRET") from error
    return base64.b64encode(hashed).decode()


def token_form(given: Values, timestamp: int) -> dict[str, str]:
    """Exactly the fields of §2: a malformed request costs the shop all but a call an hour.

    Raises AuthError where the credentials are incomplete.
    """
    values = {name: str(given.get(name) or "") for name in _NEEDS}
    kind = values["token_type"]
    if kind == "SELF":
        del values["account_id"]
    if kind not in ("SELF", "SELLER") or not all(values.values()):
        raise AuthError(INCOMPLETE, code="INCOMPLETE")
    form = {
        "client_id": values["client_id"],
        "timestamp": str(timestamp),
        "grant_type": "client_credentials",
        "client_secret_sign": sign(values["client_id"], values["client_secret"], timestamp),
        "type": kind,
    }
    return form if kind == "SELF" else {**form, "account_id": values["account_id"]}
