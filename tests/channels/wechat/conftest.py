"""WeChat's side of the protocol, as far as tests of ours need it, and a desk that takes notes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from channels.model import ButtonPress, InboundMessage, OutboundMessage
from channels.outbox_store import insert_outgoing
from channels.wechat.accounts import Account
from channels.wechat.budget import BY_EVENT, BY_MESSAGE
from channels.wechat.client import WechatClient
from channels.wechat.crypto import Envelope
from channels.wechat.inbound import Incoming, Kind
from channels.wechat.service import Wechat
from common.db import Database
from common.errors import FrontDoorError
from tests.handoff.conftest import Clock

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wxb11529c136998cb6"
OPEN_ID = "oABC123"
USER_ID = f"{APP_ID}:{OPEN_ID}"
CONTACT = "contact1"


def an_account(**other: Any) -> Account:
    values: dict[str, Any] = {
        "name": "main",
        "app_id": APP_ID,
        "token": "pamtest",
        "secret": "a secret",
        "envelopes": (Envelope(KEY, APP_ID),),
        "welcome": "欢迎关注",
        "clicks": {"HUMAN": "转人工"},
        "by_message": BY_MESSAGE,
        "by_event": BY_EVENT,
    }
    return Account(**{**values, **other})


@dataclass
class FakeWechat:
    """Answers as WeChat does. `script` says how the next sends end; then all go well."""

    script: list[Any] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    tokens_given: int = 0
    token: str = "token-1"
    expires_in: int = 7200
    token_answer: dict[str, Any] | None = None
    files: dict[str, httpx.Response] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path == "/cgi-bin/stable_token":
            return self._give_token(request)
        if request.url.params.get("access_token") != self.token:
            return httpx.Response(200, json={"errcode": 40001, "errmsg": "invalid rid: 1"})
        if path == "/cgi-bin/message/custom/send":
            return self._take(request)
        if path == "/cgi-bin/message/custom/typing":
            return httpx.Response(200, json={"errcode": 0, "errmsg": "ok"})
        if path == "/cgi-bin/media/get":
            return self.files[request.url.params["media_id"]]
        return self.files[path]

    def _give_token(self, request: httpx.Request) -> httpx.Response:
        assert json.loads(request.content)["grant_type"] == "client_credential"
        self.tokens_given += 1
        if self.token_answer is not None:
            return httpx.Response(200, json=self.token_answer)
        return httpx.Response(200, json={"access_token": self.token, "expires_in": self.expires_in})

    def _take(self, request: httpx.Request) -> httpx.Response:
        step = self.script.pop(0) if self.script else 0
        if isinstance(step, Exception):
            raise step
        if isinstance(step, httpx.Response):
            return step
        if step == 0:
            assert b"\\u" not in request.content
            self.sent.append(json.loads(request.content))
        return httpx.Response(200, json={"errcode": step, "errmsg": "said so rid: 65f"})

    @property
    def texts(self) -> list[str]:
        """What the customer saw, menus by what stands above them."""
        return [
            one["text"]["content"] if one["msgtype"] == "text" else one["msgmenu"]["head_content"]
            for one in self.sent
        ]

    def client(self) -> WechatClient:
        return WechatClient(httpx.MockTransport(self))


@dataclass
class FakeDesk:
    """Stores what it is given, by message id; says what a test has it say."""

    got: dict[str, InboundMessage] = field(default_factory=dict)
    ratings: list[ButtonPress] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    said: dict[int, OutboundMessage] = field(default_factory=dict)
    errors: list[FrontDoorError] = field(default_factory=list)
    joined: list[tuple[str, str]] = field(default_factory=list)
    rates_seq: int = 0

    async def receive(self, inbound: InboundMessage) -> str:
        if self.errors:
            raise self.errors.pop(0)
        self.got.setdefault(inbound.message_id, inbound)
        return CONTACT

    async def rate(self, contact_id: str, press: ButtonPress) -> bool:
        if press.seq != self.rates_seq:
            return False
        self.ratings.append(press)
        return True

    async def outgoing(self, contact_id: str, seqs: list[int]) -> list[OutboundMessage]:
        return [self.said[seq] for seq in seqs]

    async def reference(self, conversation_id: str) -> str:
        return "20260310-0001"

    async def same_person(self, contact_id: str, union_id: str) -> None:
        self.joined.append((contact_id, union_id))

    async def left(self, contact_id: str) -> None:
        self.gone.append(contact_id)

    async def says(self, db: Database, said: OutboundMessage, now: datetime) -> None:
        """Say something, to be brought to the customer."""
        self.said[said.seq] = said
        async with db.begin() as conn:
            await insert_outgoing(
                conn,
                message_id=f"m{said.seq}",
                conversation_id="wechat-1",
                contact_id=CONTACT,
                channel="wechat",
                seq=said.seq,
                author=said.author,
                now=now,
            )

    @property
    def words(self) -> list[str]:
        return [one.text for one in self.got.values()]


@dataclass
class Line:
    """One account between a WeChat and a desk that tests play."""

    db: Database
    clock: Clock
    weixin: FakeWechat
    desk: FakeDesk
    wechat: Wechat
    account: Account
    count: int = 0

    async def customer(self, text: str = "你好", kind: Kind = Kind.TEXT, **other: Any) -> bool:
        """Let the customer do something, and the desk take it."""
        self.count += 1
        values = {
            "key": f"key{self.count}",
            "open_id": OPEN_ID,
            "kind": kind,
            "sent_at": self.clock(),
            "text": text,
            **other,
        }
        is_new = await self.wechat.intake.take(self.account, Incoming(**values))
        await self.wechat.intake.drain(30)
        return is_new

    async def says(
        self, text: str, *buttons: str, author: str = "bot", kind: str = "", seq: int = 0
    ) -> int:
        """Let the desk say something; returns its number."""
        seq = seq or len(self.desk.said) + 1
        said = OutboundMessage(seq, author, text, buttons, kind)
        await self.desk.says(self.db, said, self.clock())
        return seq

    async def carry(self) -> None:
        """Let the outbox bring what it can."""
        await self.wechat.outbox.sweep()
        await self.wechat.outbox.drain()

    async def delivery(self) -> dict[str, Any]:
        async with self.db.connect() as conn:
            shown = await self.wechat.delivery_of(conn, "wechat-1", CONTACT)
        assert shown is not None
        return shown


@pytest.fixture
def line(db: Database, tmp_path: Path) -> Line:
    return build_line(db, tmp_path)


def build_line(db: Database, folder: Path, **account: Any) -> Line:
    clock, weixin, desk = Clock(), FakeWechat(), FakeDesk()
    one = an_account(**account)
    wechat = Wechat(
        db,
        {one.name: one},
        desk,
        folder=folder,
        client=weixin.client(),
        pace=0,
        now=clock,
    )
    return Line(db, clock, weixin, desk, wechat, one)
