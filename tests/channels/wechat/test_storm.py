"""Deliveries twice, sends that fail, two processes: each message is answered once, in order."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx

from channels.model import ButtonPress, InboundMessage, OutboundMessage
from channels.outbox_store import insert_outgoing
from channels.wechat.client import WechatClient
from channels.wechat.inbound import Incoming, Kind
from channels.wechat.service import Wechat
from common.db import Database
from common.errors import TooMany
from tests.channels.wechat.conftest import an_account
from tests.handoff.conftest import Clock

CUSTOMERS, MESSAGES = 20, 4


@dataclass
class Parrot:
    """A desk that answers every message once; sometimes it has too much to do."""

    db: Database
    clock: Clock
    chance: random.Random
    said: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    known: set[str] = field(default_factory=set)

    async def receive(self, inbound: InboundMessage) -> str:
        if self.chance.random() < 0.1:
            raise TooMany("slowly")
        contact_id = inbound.user_id.rpartition(":")[2]
        if inbound.message_id not in self.known:
            self.known.add(inbound.message_id)
            self.said[contact_id].append(f"答{inbound.text}")
            seq = len(self.said[contact_id])
            async with self.db.begin() as conn:
                await insert_outgoing(
                    conn,
                    message_id=f"{contact_id}-{seq}",
                    conversation_id=f"wechat-{contact_id}",
                    contact_id=contact_id,
                    channel="wechat",
                    seq=seq,
                    author="agent",
                    now=self.clock(),
                )
        return contact_id

    async def rate(self, contact_id: str, press: ButtonPress) -> bool:
        return False

    async def outgoing(self, contact_id: str, seqs: list[int]) -> list[OutboundMessage]:
        return [OutboundMessage(seq, "agent", self.said[contact_id][seq - 1]) for seq in seqs]

    async def left(self, contact_id: str) -> None:
        raise AssertionError


async def test_each_is_answered_once_and_in_order(db: Database, tmp_path: Path):
    chance, clock = random.Random(20261122), Clock()
    read: dict[str, list[str]] = defaultdict(list)

    async def weixin(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(chance.random() * 0.01)
        if request.url.path == "/cgi-bin/stable_token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 7200})
        if chance.random() < 0.1:
            raise httpx.ConnectError("refused")
        if chance.random() < 0.1:
            return httpx.Response(200, json={"errcode": 45011})
        body = json.loads(request.content)
        read[body["touser"]] += body["text"]["content"].split("\n\n")
        return httpx.Response(200, json={"errcode": 0})

    desk, account = Parrot(db, clock, chance), an_account()
    processes = [
        Wechat(
            db,
            {"main": account},
            desk,
            folder=tmp_path,
            client=WechatClient(httpx.MockTransport(weixin)),
            pace=0,
            now=clock,
        )
        for _ in range(2)
    ]

    async def customer(number: int) -> None:
        for n in range(MESSAGES):
            sent_at = clock() + timedelta(seconds=n)
            incoming = Incoming(f"{number}-{n}", f"o{number}", Kind.TEXT, sent_at, f"{n}")
            for _ in range(2 if chance.random() < 0.2 else 1):
                await chance.choice(processes).intake.take(account, incoming)

    async def working() -> None:
        for _ in range(400):
            for one in processes:
                await one.outbox.sweep()
                await one.intake.sweep()
            clock.forward(seconds=0.5)
            await asyncio.sleep(0.02)
            if sum(map(len, read.values())) == CUSTOMERS * MESSAGES:
                return

    await asyncio.gather(working(), *(customer(number) for number in range(CUSTOMERS)))
    for one in processes:
        await one.stop()

    assert read == {f"o{c}": [f"答{n}" for n in range(MESSAGES)] for c in range(CUSTOMERS)}
