"""The control of the simulator over HTTP, for the page and for tests in another process."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
from sanic import HTTPResponse, Request, Sanic, response

from tests.wechat_simulator.account import Account
from tests.wechat_simulator.callbacks import Delivery
from tests.wechat_simulator.customer import PNG, Customer
from tests.wechat_simulator.faults import KINDS, Fault
from tests.wechat_simulator.simulator import Simulator

PAGE = Path(__file__).with_name("page.html")
Act = Callable[[Customer, dict[str, Any]], Awaitable[Delivery]]


def _bytes(said: dict[str, Any]) -> bytes:
    return base64.b64decode(said["data"]) if said.get("data") else PNG


ACTS: dict[str, Act] = {
    "text": lambda who, said: who.says(said["text"]),
    "image": lambda who, said: who.sends_image(_bytes(said)),
    "voice": lambda who, said: who.sends_voice(),
    "video": lambda who, said: who.sends_video(),
    "location": lambda who, said: who.sends_location(
        said.get("latitude", 31.2304), said.get("longitude", 121.4737), said.get("label", "上海")
    ),
    "link": lambda who, said: who.sends_link(said.get("title", "链接"), said["url"]),
    "sticker": lambda who, said: who.sends_sticker(),
    "message": lambda who, said: who.sends(said["fields"]),
    "tap": lambda who, said: who.taps(said["item"]),
    "click": lambda who, said: who.clicks(said["key"]),
    "subscribe": lambda who, said: who.subscribes(said.get("scene")),
    "unsubscribe": lambda who, said: who.unsubscribes(),
    "scan": lambda who, said: who.scans(said["scene"]),
    "notices": lambda who, said: who.answers_notices(said["answers"]),
    "event": lambda who, said: who.event(said["fields"], said.get("grant")),
}


def add_routes(app: Sanic[Any, Any], world: Simulator) -> None:
    """Put the page at / and the control under /sim on an app."""
    control = _Control(world)
    for method, path, handler in (
        ("GET", "/", control.page),
        ("GET", "/sim/state", control.state),
        ("GET", "/sim/screen", control.screen),
        ("POST", "/sim/act", control.act),
        ("POST", "/sim/again", control.again),
        ("POST", "/sim/clock", control.clock),
        ("POST", "/sim/faults", control.faults),
        ("POST", "/sim/trouble", control.trouble),
        ("POST", "/sim/verify", control.verify),
        ("POST", "/sim/revoke", control.revoke),
        ("POST", "/sim/reset", control.reset),
        ("GET", "/sim/calls", control.calls),
    ):
        name = f"{method}_{path.strip('/') or 'page'}".replace("/", "_").lower()
        app.add_route(handler, path, methods=[method], name=name, error_format="json")


class _Control:
    """One handler for each thing one can ask for or do."""

    def __init__(self, world: Simulator) -> None:
        self._world = world

    async def page(self, request: Request) -> HTTPResponse:
        return response.html(PAGE.read_text("utf-8"))

    async def state(self, request: Request) -> HTTPResponse:
        world = self._world
        accounts = [
            {
                "appid": account.appid,
                "mode": account.mode,
                "callback": account.callback_url,
                "token_fetches": account.tokens.fetches,
                "customers": [each.name for each in account.customers.values()],
            }
            for account in world.accounts.values()
        ]
        return response.json(
            {
                "now": world.clock().isoformat(),
                "ahead": world.clock.ahead,
                "accounts": accounts,
                "violations": [asdict(each) for each in world.violations],
                "late": world.late,
                "faults": [asdict(each) for each in world.faults.on],
                "fault_kinds": KINDS,
            }
        )

    async def screen(self, request: Request) -> HTTPResponse:
        who = self._customer(dict(request.query_args))
        after = int(request.args.get("after") or 0)
        shown = [
            asdict(each) | {"text": each.text, "size": each.size} for each in who.screen[after:]
        ]
        return response.json(
            {
                "openid": who.openid,
                "subscribed": who.subscribed,
                "typing": who.typing,
                "left": who.window.left,
                "seconds": int(who.window.seconds),
                "screen": shown,
            }
        )

    async def act(self, request: Request) -> HTTPResponse:
        said = request.json
        try:
            act, who = ACTS[said["act"]], self._customer(said)
            delivery = await act(who, said)
        except (KeyError, LookupError, ValueError) as error:
            return response.json({"error": repr(error)}, status=400)
        return response.json(_told(delivery))

    async def again(self, request: Request) -> HTTPResponse:
        deliveries = self._account(request.json or {}).deliveries
        if not deliveries:
            return response.json({"error": "nothing was sent yet"}, status=400)
        await deliveries[-1].again((request.json or {}).get("copies", 1))
        return response.json(_told(deliveries[-1]))

    async def clock(self, request: Request) -> HTTPResponse:
        self._world.clock.forward(seconds=float(request.json["seconds"]))
        return response.json({"now": self._world.clock().isoformat()})

    async def faults(self, request: Request) -> HTTPResponse:
        """Switch one on; with nothing, all off."""
        if request.json:
            try:
                self._world.faults.add(Fault(**request.json))
            except (TypeError, ValueError) as error:
                return response.json({"error": str(error)}, status=400)
        else:
            self._world.faults.clear()
        return response.json({})

    async def trouble(self, request: Request) -> HTTPResponse:
        trouble = self._world.trouble
        for name in ("duplicated", "cut", "lost", "held_seconds"):
            setattr(trouble, name, float((request.json or {}).get(name, 0)))
        return response.json({})

    async def verify(self, request: Request) -> HTTPResponse:
        try:
            right = await self._account(request.json or {}).verify()
        except httpx.HTTPError as error:
            return response.json({"error": repr(error)}, status=502)
        return response.json({"right": right})

    async def revoke(self, request: Request) -> HTTPResponse:
        self._account(request.json or {}).tokens.revoke()
        return response.json({})

    async def reset(self, request: Request) -> HTTPResponse:
        self._world.reset()
        return response.json({})

    async def calls(self, request: Request) -> HTTPResponse:
        last = list(self._world.calls)[-int(request.args.get("last") or 200) :]
        listed = [asdict(call) | {"body": call.body.decode(errors="replace")} for call in last]
        return response.json(listed)

    def _account(self, said: dict[str, Any]) -> Account:
        accounts = self._world.accounts
        return accounts[said["appid"]] if said.get("appid") else next(iter(accounts.values()))

    def _customer(self, said: dict[str, Any]) -> Customer:
        account = self._account(said)
        # Whoever is new follows nothing yet; a mini-program and a 微信客服 need not be followed.
        follows = account.mini or account.wecom
        return account.customer(said.get("customer") or "customer", follows=follows)


def _told(delivery: Delivery) -> dict[str, Any]:
    attempts = [
        {"verdict": each.verdict, "status": each.status, "seconds": round(each.seconds, 3)}
        for each in delivery.attempts
    ]
    return {"outcome": delivery.outcome, "fields": delivery.fields, "attempts": attempts}
