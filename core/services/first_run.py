"""The first run: a one-time code from the terminal makes the workspace and its first owner."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from hmac import compare_digest

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core import clock, store, vault
from core.contracts.text import Text
from core.models import Setting, User, Workspace, new_id
from core.services import accounts, audit, passwords
from core.services.audit import Actor
from core.services.outcome import Wrong

FIRST_RUN = "first_run"


def owner_exists() -> bool:
    """Whether somebody has set up this installation."""
    with store.all_workspaces(), store.read() as session:
        return session.scalar(select(User.id).limit(1)) is not None


def new_first_run_code() -> str:
    """A fresh one-time code for the page of the first run; an older one serves no more."""
    code = secrets.token_urlsafe(18)
    kept = {"sha256": _digest(code)}
    with store.write() as session:
        with suppress(IntegrityError), session.begin_nested():  # somebody may be quicker
            if session.get(Setting, FIRST_RUN) is None:
                session.add(Setting(key=FIRST_RUN, value=kept))
        session.get_one(Setting, FIRST_RUN).value = kept
    return code


def first_run_code_is(code: str) -> bool:
    """Whether it is the code of the first run."""
    with store.read() as session:
        return _code_is(session.get(Setting, FIRST_RUN), code)


def problems_of(*, workspace: str, name: str, login: str, password: str) -> dict[str, Text | None]:
    """What is wrong with the values of the first owner and of the company, per field."""
    return {
        "workspace": accounts.name_problem(workspace),
        **accounts.person_problems(name, accounts.meant_login(login), password),
    }


def create_owner(
    *, workspace: str, name: str, login: str, password: str, code: str, address: str = ""
) -> str:
    """Set up the installation: a workspace, its keys and its owner; return the owner's id.

    Raises Wrong: the code is not right or used, an owner exists, or values are refused.
    """
    login = accounts.meant_login(login)
    accounts.decline(problems_of(workspace=workspace, name=name, login=login, password=password))
    kept = passwords.hashed(password)
    with store.write() as session:
        remembered = session.get(Setting, FIRST_RUN, with_for_update=True)
        if not _code_is(remembered, code):
            raise Wrong({"code": _WRONG_CODE})
        with store.all_workspaces():
            if session.scalar(select(User.id).limit(1)) is not None:
                raise Wrong({"": _HAS_OWNER})
        session.delete(remembered)
        mine = Workspace(id=new_id(), name=workspace.strip(), created_at=clock.now())
        session.add(mine)
        session.flush()
        with store.workspace(mine.id):
            vault.create_workspace_key(session, mine.id)
            user = accounts.add(session, login, name, accounts.OWNER, kept)
            actor = Actor(user.id, user.name, address)
            audit.record(session, "owner.create", actor=actor, subjects=[user.id])
    return user.id


def _code_is(remembered: Setting | None, code: str) -> bool:
    expected = str(remembered.value["sha256"]) if remembered else ""
    return compare_digest(_digest(code), expected)


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().encode()).hexdigest()


_WRONG_CODE = Text(
    "처음 설정 코드가 맞지 않습니다. 터미널에 표시된 링크로 다시 열어 주세요.",
    "The first-run code is not right. Open the link that the terminal shows.",
)
_HAS_OWNER = Text("이미 소유자가 있습니다. 로그인해 주세요.", "There is an owner already. Log in.")
