"""The way of every API call: fault, token, quota, effect, fault again, answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sanic import HTTPResponse, Request, Sanic, response

from tests.wechat_simulator import checks, kf_wire, media_wire, notices, sending
from tests.wechat_simulator.account import Account
from tests.wechat_simulator.faults import Fault
from tests.wechat_simulator.phone import Shown
from tests.wechat_simulator.refusals import TOKEN_CODES, Refused
from tests.wechat_simulator.simulator import Call, Simulator

Effect = Callable[["Ask"], Any]
LOOP_SECONDS = 10.0
LOOP_CALLS = 3
"""The same call refused so often for its token, so soon: a product that turns in circles."""


@dataclass
class Ask:
    """One call, as the effects see it."""

    world: Simulator
    request: Request
    account: Account | None = None
    shown: Shown | None = None
    """What the call put on a phone."""

    @property
    def of(self) -> Account:
        """Return whose token it came with."""
        assert self.account is not None
        return self.account

    def query(self, name: str) -> str:
        """Return a parameter of the URL, or nothing."""
        return self.request.args.get(name) or ""

    def json(self) -> dict[str, Any]:
        """Return the body.

        Raises:
            Refused: it is no JSON object in UTF-8.
        """
        parsed = checks.parse(self.request.body)
        for kind, detail in checks.wrong_on_the_wire(self.request.body):
            self.world.violate(kind, detail)
        return parsed


def _token(ask: Ask) -> Any:
    if ask.query("grant_type") != "client_credential":
        raise Refused(40002)
    account = _by_secret(ask, ask.query("appid"), ask.query("secret"))
    return account.tokens.plain()


def _stable_token(ask: Ask) -> Any:
    body = ask.json()
    if body.get("grant_type") != "client_credential":
        raise Refused(40002)
    account = _by_secret(ask, body.get("appid"), body.get("secret"))
    return account.tokens.stable(force=body.get("force_refresh") is True)


def _by_secret(ask: Ask, appid: Any, secret: Any) -> Account:
    if not appid:
        raise Refused(41002)
    if not secret:
        raise Refused(41004)
    account = ask.world.accounts.get(str(appid))
    if account is None:
        raise Refused(40013)
    if secret != account.secret:
        raise Refused(40125)
    ask.account = account
    _let_in(ask, account)
    return account


def _user_info(ask: Ask) -> Any:
    customer = ask.of.find(ask.query("openid"))
    if not customer.subscribed:
        return {"subscribe": 0, "openid": customer.openid}
    return {
        "subscribe": 1,
        "openid": customer.openid,
        "language": "zh_CN",
        "subscribe_time": int(ask.world.clock.told()),
        **({"unionid": customer.unionid} if customer.unionid else {}),
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_QR_CODE",
        "qr_scene": 0,
        "qr_scene_str": "",
    }


def _clear_quota(ask: Ask) -> Any:
    month = ask.world.clock.day()[:7]
    if ask.of.cleared[month] >= ask.world.rules.clear_per_month:
        raise Refused(48006)
    ask.of.cleared[month] += 1
    ask.of.used_today.clear()
    return {}


SERVED: dict[str, tuple[str, Effect, bool]] = {
    "/cgi-bin/token": ("GET", _token, False),
    "/cgi-bin/stable_token": ("POST", _stable_token, False),
    "/cgi-bin/message/custom/send": ("POST", sending.send, True),
    "/cgi-bin/message/custom/typing": ("POST", sending.typing, True),
    "/cgi-bin/message/custom/business/send": ("POST", sending.send, True),
    "/cgi-bin/message/custom/business/typing": ("POST", sending.typing, True),
    "/cgi-bin/message/template/send": ("POST", notices.template, True),
    "/cgi-bin/message/subscribe/bizsend": ("POST", notices.subscribed, True),
    "/cgi-bin/message/subscribe/send": ("POST", notices.subscribed, True),
    "/cgi-bin/media/upload": ("POST", media_wire.upload, True),
    "/cgi-bin/media/get": ("GET", media_wire.get, True),
    "/cgi-bin/user/info": ("GET", _user_info, True),
    "/cgi-bin/clear_quota": ("POST", _clear_quota, True),
    "/cgi-bin/gettoken": ("GET", kf_wire.gettoken, False),
    "/cgi-bin/kf/sync_msg": ("POST", kf_wire.sync_msg, True),
    "/cgi-bin/kf/send_msg": ("POST", kf_wire.send_msg, True),
    "/cgi-bin/kf/send_msg_on_event": ("POST", kf_wire.send_msg_on_event, True),
    "/cgi-bin/kf/service_state/get": ("POST", kf_wire.get_state, True),
    "/cgi-bin/kf/service_state/trans": ("POST", kf_wire.change_state, True),
    "/cgi-bin/kf/customer/batchget": ("POST", kf_wire.batchget, True),
}
"""By path: the method, what it does, and whether it needs an access token."""


def add_routes(app: Sanic[Any, Any], world: Simulator) -> None:
    """Put WeChat's API on an app."""
    handlers = {
        path: _handler(world, path, method, effect, with_token)
        for path, (method, effect, with_token) in SERVED.items()
    }

    async def call(request: Request, rest: str) -> HTTPResponse:
        handler = handlers.get(f"/cgi-bin/{rest}")
        if handler is None:
            world.violate("unknown_path", request.path)
            return response.text("404 page not found", status=404)
        return await handler(request)

    app.add_route(call, "/cgi-bin/<rest:path>", methods=["GET", "POST"], error_format="json")
    picture = media_wire.picture(world)
    app.add_route(picture, "/pic/<appid>/<media_id>", name="pic", error_format="json")


def _handler(
    world: Simulator, path: str, method: str, effect: Effect, with_token: bool
) -> Callable[[Request], Awaitable[HTTPResponse]]:
    circles: dict[str, list[float]] = {}
    sending_to: Counter[str] = Counter()

    async def handle(request: Request) -> HTTPResponse:
        openid = _openid(request)
        fault = world.faults.next(path, openid)
        ask = Ask(world, request)
        if world.rules.latency:
            if sending_to[openid] and path.endswith("/send"):
                world.violate("overlapping_sends", path, openid)
            sending_to[openid] += bool(openid)
            try:
                await asyncio.sleep(world.rules.latency)
            finally:
                sending_to[openid] -= bool(openid)
        code = 0
        answer: Any = {}
        if fault is None or fault.done:
            try:
                if request.method != method:
                    raise Refused(43002)
                if with_token:
                    ask.account = world.by_token(ask.query("access_token"))
                    _let_in(ask, ask.account)
                done = effect(ask)
                answer = done if isinstance(done, HTTPResponse) else _ok(done)
            except Refused as refused:
                code, answer = refused.code, refused.answer()
                if code in TOKEN_CODES:
                    _watch_circles(world, circles, path, request)
        world.calls.append(
            Call(world.clock.now(), path, request.body, openid, code, fault.kind if fault else "")
        )
        return await _answer(ask, fault, answer)

    return handle


def _let_in(ask: Ask, account: Account) -> None:
    if account.forbidden:
        raise Refused(account.forbidden)
    ask.world.count(account, ask.request.path)


def _ok(done: dict[str, Any]) -> dict[str, Any]:
    # The token, media and user calls have no errcode when all is well.
    bare = any(name in done for name in ("access_token", "media_id", "video_url", "subscribe"))
    return done if bare else {"errcode": 0, "errmsg": "ok", **done}


async def _answer(ask: Ask, fault: Fault | None, answer: Any) -> HTTPResponse:
    if fault is not None:
        kind = fault.kind.removesuffix("_done")
        if kind != "slow" and ask.shown is not None:
            ask.shown.acknowledged = False
        if kind in ("hang", "slow"):
            await asyncio.sleep(fault.seconds)
        elif kind == "drop":
            transport: Any = ask.request.transport
            transport.abort()
        elif kind == "http":
            return response.text("Bad Gateway", status=fault.code or 502)
        elif kind == "garbage":
            return response.text("<html>系统繁忙</html>")
        elif kind == "busy":
            answer = Refused(-1).answer()
        elif kind == "errcode":
            answer = Refused(fault.code).answer()
    if isinstance(answer, HTTPResponse):
        return answer
    # The API answers JSON under a type that does not say so, which clients must not mind.
    words = json.dumps(answer, ensure_ascii=False)
    return HTTPResponse(words, content_type="text/plain")


def _openid(request: Request) -> str:
    try:
        return str(json.loads(request.body).get("touser", ""))
    except (ValueError, AttributeError):
        return ""


def _watch_circles(
    world: Simulator, circles: dict[str, list[float]], path: str, request: Request
) -> None:
    # Without the token, which differs: only the body, or the other parameters of a GET.
    asked = {name: value for name, value in request.args.items() if name != "access_token"}
    digest = hashlib.sha1(request.body + repr(asked).encode()).hexdigest()
    now = time.monotonic()
    lately = [at for at in circles.get(digest, []) if now - at < LOOP_SECONDS]
    circles[digest] = [*lately, now]
    if len(circles[digest]) >= LOOP_CALLS:
        world.violate("token_loop", f"{path} refused {len(circles[digest])} times for its token")
