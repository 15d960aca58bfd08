"""Callbacks to the product: signed, cut off after five seconds, sent again, judged."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from tests.wechat_simulator import replies, xmlform
from tests.wechat_simulator.sealing import seal, signature

if TYPE_CHECKING:
    from tests.wechat_simulator.account import Account
    from tests.wechat_simulator.customer import Customer

Fields = dict[str, Any]
TYPES = {"xml": "text/xml", "json": "application/json"}


@dataclass(frozen=True)
class Request:
    """What one attempt posts."""

    params: dict[str, str]
    body: bytes
    data_format: str = "xml"


@dataclass(frozen=True)
class Attempt:
    """One try, and what the product answered.

    verdict: ok | reply | bad | status | late | unreachable | lost | unheard.
    """

    verdict: str
    status: int = 0
    body: bytes = b""
    seconds: float = 0.0
    detail: str = ""
    reply: Fields = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether WeChat leaves it at that."""
        return self.verdict in ("ok", "reply", "bad")


@dataclass
class Delivery:
    """One message or event on its way to the product."""

    account: Account
    fields: Fields
    customer: Customer | None
    attempts: list[Attempt] = field(default_factory=list)
    kept_by_desk: bool = False
    """Tencent's own desk has the customer: nothing was sent."""

    @property
    def accepted(self) -> bool:
        """Whether the product took it."""
        return any(attempt.verdict in ("ok", "reply") for attempt in self.attempts)

    @property
    def outcome(self) -> str:
        """Return the last verdict."""
        return "kept_by_desk" if self.kept_by_desk else self.attempts[-1].verdict

    async def again(self, copies: int = 1) -> None:
        """Send the same once more, as WeChat does when it did not hear the answer."""
        await asyncio.gather(*(self.account.callbacks.run(self) for _ in range(copies)))


class Callbacks:
    """The sending side of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._world = account.world

    def envelope(self, fields: Fields, openid: str) -> Request:
        """Return a signed request in the account's mode."""
        account = self._account
        json_form = account.data_format == "json"
        clear = json.dumps(fields, ensure_ascii=False) if json_form else xmlform.write(fields)
        timestamp = str(int(self._world.clock.told()))
        nonce = str(self._world.random.randrange(10**8, 10**10))
        params = {
            "signature": signature(account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": openid,
        }
        if account.mode == "plain":
            return Request(params, clear.encode(), account.data_format)
        sealed = seal(account.key_in_use, account.appid, clear, self._world.random.randbytes(16))
        signed = signature(account.token, timestamp, nonce, sealed)
        if account.wecom:
            params = {"timestamp": timestamp, "nonce": nonce, "msg_signature": signed}
        else:
            params |= {"encrypt_type": "aes", "msg_signature": signed}
        outer = dict(fields) if account.mode == "compatible" else {}
        outer |= {"ToUserName": fields["ToUserName"], "Encrypt": sealed}
        words = json.dumps(outer, ensure_ascii=False) if json_form else xmlform.write(outer)
        return Request(params, words.encode(), account.data_format)

    async def post(self, request: Request) -> httpx.Response:
        """Post it as it is, right or wrong."""
        return await self._world.http.post(
            self._account.callback_url,
            params=request.params,
            content=request.body,
            headers={"content-type": TYPES[request.data_format], "user-agent": "Mozilla/4.0"},
        )

    async def push(self, fields: Fields, customer: Customer | None) -> Delivery:
        """Deliver, with whatever trouble is on; returns when WeChat is through with it."""
        delivery = Delivery(self._account, fields, customer)
        self._account.deliveries.append(delivery)
        trouble = self._world.trouble
        if trouble.held_seconds:
            await asyncio.sleep(trouble.random.uniform(0, trouble.held_seconds))
        copies = 2 if trouble.strikes(trouble.duplicated) else 1
        await asyncio.gather(*(self.run(delivery) for _ in range(copies)))
        return delivery

    async def run(self, delivery: Delivery) -> None:
        """Try until it is settled or WeChat gives up; then the customer is told."""
        rules = self._world.rules
        openid = str(delivery.fields.get("FromUserName", ""))
        request = self.envelope(delivery.fields, openid)
        attempt = Attempt("lost")
        for number in range(rules.deliveries):
            if number and not rules.same_envelope:
                request = self.envelope(delivery.fields, openid)
            attempt = await self._try(request, delivery)
            delivery.attempts.append(attempt)
            if attempt.settled or (attempt.verdict == "status" and not rules.retry_on_status):
                break
        await self._conclude(delivery, attempt)

    async def _try(self, request: Request, delivery: Delivery) -> Attempt:
        trouble, limit = self._world.trouble, self._world.rules.answer_within
        if trouble.strikes(trouble.lost):
            return Attempt("lost")
        unheard = trouble.strikes(trouble.cut)
        began = time.monotonic()
        try:
            async with asyncio.timeout(limit):
                response = await self.post(request)
        except (TimeoutError, httpx.TimeoutException):
            self._world.late += 1
            return Attempt("late", seconds=time.monotonic() - began)
        except httpx.HTTPError as error:
            return Attempt("unreachable", detail=repr(error))
        seconds = time.monotonic() - began
        self._world.answer_seconds.append(seconds)
        if unheard:
            return Attempt("unheard", response.status_code, response.content, seconds)
        if response.status_code != 200:
            return Attempt("status", response.status_code, response.content, seconds)
        openid = str(delivery.fields.get("FromUserName", ""))
        try:
            reply = replies.read(self._account, openid, response.content)
        except replies.BadReplyError as error:
            self._world.violate(error.kind, f"{error}: {response.content[:80]!r}", openid)
            return Attempt("bad", 200, response.content, seconds, str(error))
        verdict = "ok" if reply is None else "reply"
        return Attempt(verdict, 200, response.content, seconds, reply=reply or {})

    async def _conclude(self, delivery: Delivery, last: Attempt) -> None:
        if last.verdict == "ok" or delivery.customer is None:
            return
        if last.verdict == "reply":
            delivery.customer.receive_reply(delivery, last.reply)
        elif last.verdict not in ("lost", "unheard"):
            detail = f"{last.verdict} {last.status or ''} after {len(delivery.attempts)} attempts"
            self._world.violate("unavailable", detail, delivery.customer.openid)
            delivery.customer.receive_apology()
