"""Passwords: which are taken, how they are kept (argon2id), how one is checked."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.contracts.text import Text
from core.services.refused_passwords import COMMON

SHORTEST, LONGEST = 10, 200

# One thread and 32 MiB each: sixteen people logging in at once must not take a gigabyte.
_hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)


def problem(password: str, login: str) -> Text | None:
    """Why this password is not taken, or None when it is."""
    meant = _meant(password)
    if len(meant) < SHORTEST:
        return Text(f"{SHORTEST}자 이상으로 정해 주세요.", f"Use at least {SHORTEST} characters.")
    if len(meant) > LONGEST:
        return Text(f"{LONGEST}자 이하로 정해 주세요.", f"Use at most {LONGEST} characters.")
    folded = meant.casefold()
    if folded in (login.casefold(), login.casefold().partition("@")[0]):
        return Text(
            "아이디와 같은 비밀번호는 쓸 수 없습니다. 다른 비밀번호로 정해 주세요.",
            "The password must not be the login. Choose another.",
        )
    if folded in COMMON or len(set(folded)) < 4:
        return Text(
            "너무 흔해서 쉽게 뚫리는 비밀번호입니다. 다른 비밀번호로 정해 주세요.",
            "This password is too common. Choose another.",
        )
    return None


def hashed(password: str) -> str:
    """What is kept of a password. Takes tens of milliseconds: never inside a transaction."""
    return _hasher.hash(_meant(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password. Takes as long where nothing is kept (no such person)."""
    try:
        return _hasher.verify(kept or _nobody(), _meant(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether it was hashed with other parameters than ours of today."""
    return _hasher.check_needs_rehash(kept)


def _meant(password: str) -> str:
    # macOS types Hangul in pieces, Windows in syllables: the same keys are the same password.
    return unicodedata.normalize("NFC", password)


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))
