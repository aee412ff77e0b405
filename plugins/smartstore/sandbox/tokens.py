"""`POST /v1/oauth2/token`: the signature, its five minutes, the penalty for a wrong form (§2)."""

from __future__ import annotations

import base64
import hmac
import re
from typing import Any
from urllib.parse import parse_qsl

import bcrypt

from hanpan.api import World
from plugins.smartstore.sandbox.wire import DAY, Answered, Call, Refusal, pack

LIFE = 10_800_000
RENEWED_UNDER = 1_800_000
SIGNED_FOR = 5 * 60 * 1000
_TOKEN = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def bad(name: str, kind: str, message: str, status: int = 400) -> Refusal:
    """A refusal of one field of the token request."""
    return Refusal(
        status,
        "BAD_REQUEST" if status == 400 else "FORBIDDEN",
        f"{name} 항목이 유효하지 않습니다.",
        [(name, kind, message)],
    )


def punish(world: World, client_id: str, now: int, why: str) -> None:
    """From now on, for a day, the application may make one call an hour (§2.3)."""
    world.record("token_punishment", client_id or "unknown", why=why)
    if client_id in world.state["apps"]:
        world.state["punished"][client_id] = {"until": now + DAY, "hour": -1}


def asked_by(call: Call) -> str:
    """The application that a token request names, "" when it is none of ours."""
    client_id = dict(parse_qsl(call.body.decode("utf-8", "replace"))).get("client_id", "")
    return client_id if client_id in call.world.state["apps"] else ""


def issue(call: Call, base: str) -> Answered:
    """Answer a token request that came to `base`."""
    world, state = call.world, call.world.state
    given = _form(call)
    client_id = given.get("client_id", "")
    app = state["apps"].get(client_id)
    call.key = client_id if app else ""
    if app is not None and (app["base"] != base or not state["ip_registered"]):
        raise Refusal(403, "GW.IP_NOT_ALLOWED", "허용되지 않은 IP입니다.")
    if app is None:
        raise bad("client_id", "NotValid.clientId", "등록되지 않은 애플리케이션입니다.")
    _check_signature(given, client_id, app["secret"], call.now)
    account = _check_account(world, given, client_id, app, call.now)
    if state["seller"]["suspended"]:
        raise Refusal(403, "FORBIDDEN", "스토어가 이용정지 상태입니다.")
    token, until = _token(world, client_id, account, call.now)
    told = {
        "access_token": token,
        "expires_in": (until - call.now) // 1000,
        "token_type": "Bearer",
    }
    return 200, pack(told)


def _form(call: Call) -> dict[str, str]:
    kind = call.kind.partition(";")[0].strip().lower()
    in_query = dict(call.query)
    given = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    if in_query or kind != "application/x-www-form-urlencoded":
        # Whoever's application stands anywhere in it, query string or a body of any kind.
        sent = call.body.decode("utf-8", "replace") + str(in_query)
        client_id = next((key for key in call.world.state["apps"] if key in sent), "")
        punish(call.world, client_id, call.now, "not a form body")
        raise Refusal(400, "BAD_REQUEST", "요청 형식이 유효하지 않습니다.")
    if given.get("grant_type") != "client_credentials":
        punish(call.world, given.get("client_id", ""), call.now, "grant_type")
        raise bad("grant_type", "NotValid.grantType", "client_credentials만 사용할 수 있습니다.")
    return given


def _check_signature(given: dict[str, str], client_id: str, secret: str, now: int) -> None:
    stamp = given.get("timestamp", "")
    if not re.fullmatch(r"[0-9]{13}", stamp):
        raise bad("timestamp", "TypeMismatch.timestamp", "밀리초 단위의 시간이 아닙니다.")
    if int(stamp) > now:
        raise bad("timestamp", "Future.timestamp", "미래의 시간입니다.")
    if now - int(stamp) > SIGNED_FOR:
        raise bad("timestamp", "Expired.timestamp", "유효 시간이 지났습니다.")
    hashed = bcrypt.hashpw(f"{client_id}_{stamp}".encode(), secret.encode())
    wanted = base64.b64encode(hashed).decode()
    # Compared as bytes: a foreign character must be a wrong signature, not a TypeError.
    if not hmac.compare_digest(wanted.encode(), given.get("client_secret_sign", "").encode()):
        raise bad("client_secret_sign", "NotValid.clientSecretSign", "전자서명이 다릅니다.")


def _check_account(
    world: World, given: dict[str, str], client_id: str, app: dict[str, Any], now: int
) -> str:
    kind = given.get("type", "")
    if kind not in ("SELF", "SELLER"):
        raise bad("type", "NotValidEnum.type", "SELF, SELLER 중 하나여야 합니다.")
    if kind == "SELF":
        if "account_id" in given:
            punish(world, client_id, now, "account_id with SELF")
            raise bad("account_id", "NotAllowed.accountId", "SELF에는 보낼 수 없습니다.")
    elif not given.get("account_id"):
        raise bad("account_id", "NotBlank.accountId", "SELLER에는 필수입니다.")
    if kind not in app["types"]:
        raise bad("type", "NotAllowed.type", "이 애플리케이션이 발급할 수 없는 타입입니다.", 403)
    seller = world.state["seller"]
    if kind == "SELLER" and given["account_id"] not in (seller["account_id"], seller["uid"]):
        raise bad("account_id", "NotFound.accountId", "연동된 판매자가 아닙니다.", 403)
    return "SELF" if kind == "SELF" else "SELLER:" + str(seller["uid"])


def _token(world: World, client_id: str, resource: str, now: int) -> tuple[str, int]:
    tokens: dict[str, dict[str, Any]] = world.state["tokens"]
    for token in [token for token, made in tokens.items() if made["until"] <= now]:
        del tokens[token]
    mine = [
        (made["until"], token)
        for token, made in tokens.items()
        if made["app"] == client_id and made["resource"] == resource
    ]
    if mine and max(mine)[0] - now >= RENEWED_UNDER:
        until, token = max(mine)
        return token, until
    token = "".join(world.rng.choices(_TOKEN, k=24))
    tokens[token] = {"app": client_id, "resource": resource, "until": now + LIFE}
    world.record("token_issued", client_id)
    return token, now + LIFE
