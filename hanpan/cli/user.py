"""`hanpan user`: people of a workspace, for whoever runs the server."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence

from sqlalchemy import select

from core import store
from core.contracts.text import Text
from core.models import User, Workspace
from core.services import accounts
from core.services.audit import Actor
from core.services.outcome import Wrong
from hanpan.cli.arguments import ACTION, Parser
from hanpan.opening import open_all
from hanpan.terminal import complain, language, say

BY = Actor(None, "hanpan user")


def main(arguments: Sequence[str]) -> int:
    """Run one action; a password is asked for, or read from a pipe."""
    given = _parser().parse_args(arguments)
    if not open_all():
        return 1
    try:
        return _list() if given.action == "list" else _act(given)
    except Wrong as wrong:
        for name, text in wrong.fields.items():
            said = text.in_(language())
            complain(f"{name}: {said}" if name else said)
        return 1


def _parser() -> Parser:
    parser = Parser("user", Text("사용자와 비밀번호를 다룹니다.", "People and their passwords."))
    actions = parser.add_subparsers(dest="action", required=True, metavar=ACTION.in_(language()))
    actions.add_parser("list", help=Text("누가 있는지", "who there is").in_(language()))
    first = Text(
        "사람을 더합니다 (첫 대표는 화면에서 만듭니다)",
        "add a person (the first owner is made on the web page)",
    )
    add = actions.add_parser("add", help=first.in_(language()))
    add.add_argument("login")
    add.add_argument("--name", required=True)
    add.add_argument("--role", choices=accounts.ROLES, default=accounts.STAFF)
    workspace = Text(
        "작업공간의 이름. 여럿일 때 필요합니다", "its name; needed where there are several"
    )
    add.add_argument("--workspace", help=workspace.in_(language()))
    for name, about in (
        (
            "password",
            Text(
                "새 비밀번호를 줍니다. 로그인된 곳은 모두 끝납니다",
                "give a person a new password; ends every session",
            ),
        ),
        ("disable", Text("들어오지 못하게 합니다", "let a person in no more")),
        ("enable", Text("다시 들어올 수 있게 합니다", "let a person in again")),
    ):
        actions.add_parser(name, help=about.in_(language())).add_argument("login")
    other = Text("역할을 바꿉니다", "give a person another role")
    role = actions.add_parser("role", help=other.in_(language()))
    role.add_argument("login")
    role.add_argument("role", choices=accounts.ROLES)
    return parser


def _list() -> int:
    with store.all_workspaces(), store.read() as session:
        rows = session.execute(
            select(User, Workspace.name)
            .join(Workspace, Workspace.id == User.workspace_id)
            .order_by(Workspace.name, User.login)
        ).all()
    for user, workspace in rows:
        state = Text("사용 안함", "disabled").in_(language()) if user.disabled_at else ""
        say("\t".join((workspace, user.login, user.name, user.role, state)).rstrip())
    return 0


def _act(given: argparse.Namespace) -> int:
    if given.action == "add":
        return _add(given)
    login = accounts.meant_login(given.login)
    with store.all_workspaces(), store.read() as session:
        user = session.scalar(select(User).where(User.login == login))
    if user is None:
        complain(Text(f"{login} 아이디가 없습니다.", f"There is no login {login}."))
        return 1
    with store.workspace(user.workspace_id):
        if given.action == "password":
            accounts.set_password(user.id, _password(), actor=BY)
        elif given.action == "disable":
            accounts.disable(user.id, actor=BY)
        elif given.action == "enable":
            accounts.enable(user.id, actor=BY)
        else:
            accounts.change_role(user.id, given.role, actor=BY)
    return 0


def _add(given: argparse.Namespace) -> int:
    with store.read() as session:
        found = session.scalars(select(Workspace)).all()
    chosen = [one for one in found if given.workspace in (None, one.name)]
    if len(chosen) != 1:
        names = ", ".join(one.name for one in found)
        complain(
            Text(
                f"작업공간을 --workspace로 하나 골라 주세요: {names}"
                if found
                else "작업공간이 없습니다. 먼저 웹에서 처음 설정을 마쳐 주세요.",
                f"Choose one workspace with --workspace: {names}"
                if found
                else "There is no workspace: finish the first run on the web page.",
            )
        )
        return 1
    with store.workspace(chosen[0].id):
        accounts.create_user(
            login=given.login, name=given.name, role=given.role, password=_password(), actor=BY
        )
    return 0


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass(Text("새 비밀번호: ", "New password: ").in_(language()))
