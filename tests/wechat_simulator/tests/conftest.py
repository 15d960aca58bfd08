"""A product that does as it is told, and WeChat simulated around it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from tests.wechat_simulator.account import Account
from tests.wechat_simulator.app import serving
from tests.wechat_simulator.customer import Customer
from tests.wechat_simulator.rules import Rules
from tests.wechat_simulator.simulator import Simulator

PUBLISHED = Path(__file__).resolve().parents[2] / "channels" / "wechat" / "vectors.json"
VECTORS = {each["id"]: each for each in json.loads(PUBLISHED.read_text("utf-8"))}
URL = "http://product.test/wechat/main/callback"
SEND = "/cgi-bin/message/custom/send"


def violated(world: Simulator) -> list[str]:
    """Return the kinds of what the product did wrong."""
    return [violation.kind for violation in world.violations]


@dataclass
class Product:
    """Answers callbacks from a script, then `success`; `asleep` is for how long it does not."""

    requests: list[httpx.Request] = field(default_factory=list)
    script: list[tuple[int, str]] = field(default_factory=list)
    asleep: list[float] = field(default_factory=list)
    echoes: bool = True
    open_echo: Callable[[httpx.QueryParams], str] = lambda query: query["echostr"]

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            echo = self.open_echo(request.url.params)
            return httpx.Response(200, text=echo if self.echoes else f'"{echo}"')
        self.requests.append(request)
        if self.asleep:
            await asyncio.sleep(self.asleep.pop(0))
        status, body = self.script.pop(0) if self.script else (200, "success")
        return httpx.Response(status, text=body)

    def query(self, number: int = -1) -> dict[str, str]:
        url = str(self.requests[number].url)
        return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    def opened(self, account: Account, number: int = -1) -> Any:
        """Return the message as wechatpy, which is nobody's work here, reads it."""
        query, body = self.query(number), self.requests[number].content
        crypto = WeChatCrypto(account.token, account.aes_key, account.appid)
        clear = crypto.decrypt_message(
            body, query["msg_signature"], query["timestamp"], query["nonce"]
        )
        return parse_message(clear)


@dataclass
class Api:
    """WeChat's API as a product calls it."""

    http: httpx.AsyncClient
    account: Account

    async def token(self, **more: Any) -> str:
        return (await self.stable(**more))["access_token"]

    async def stable(self, **more: Any) -> dict[str, Any]:
        body = {"grant_type": "client_credential", "appid": self.account.appid}
        body |= {"secret": self.account.secret} | more
        return (await self.http.post("/cgi-bin/stable_token", json=body)).json()

    async def plain(self) -> dict[str, Any]:
        params = {"grant_type": "client_credential", "appid": self.account.appid}
        params["secret"] = self.account.secret
        return (await self.http.get("/cgi-bin/token", params=params)).json()

    async def call(self, path: str, body: Any, token: str | None = None) -> dict[str, Any]:
        params = {"access_token": token or await self.token()}
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return (await self.http.post(path, params=params, content=content, timeout=0.3)).json()

    async def send(self, customer: Customer, token: str | None = None, **message: Any) -> int:
        """Send a custom message and return the errcode."""
        kind = message.pop("msgtype", "text")
        payload = message.pop("payload", None) or {"content": message.pop("text", "您好")}
        body = {"touser": customer.openid, "msgtype": kind, kind: payload, **message}
        return (await self.call("/cgi-bin/message/custom/send", body, token))["errcode"]


@pytest.fixture
def product() -> Product:
    return Product()


@pytest.fixture
async def world(product: Product) -> AsyncIterator[Simulator]:
    made = Simulator(Rules(answer_within=0.05), transport=httpx.MockTransport(product))
    yield made
    await made.close()


@pytest.fixture
def account(world: Simulator) -> Account:
    return world.account("wx0000000000000001", URL)


@pytest.fixture
def amy(account: Account) -> Customer:
    return account.customer("amy")


@pytest.fixture
async def api(world: Simulator, account: Account) -> AsyncIterator[Api]:
    async with (
        serving(world) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, verify=False) as http,
    ):
        yield Api(http, account)
