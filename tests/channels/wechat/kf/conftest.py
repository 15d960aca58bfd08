"""WeChat customer service between a simulated WeChat and a desk that tests play."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from channels.model import OutboundMessage
from channels.wechat import customer_store
from channels.wechat.accounts import Account
from channels.wechat.budget import BY_EVENT, BY_MESSAGE
from channels.wechat.crypto import Envelope
from channels.wechat.customer import Customer, user_id_of
from channels.wechat.kinds import AccountKind
from channels.wechat.markup import read_fields
from channels.wechat.service import Wechat
from common.db import Database
from tests.channels.wechat.conftest import CONTACT, FakeDesk
from tests.wechat_simulator import customer as people
from tests.wechat_simulator.app import serving
from tests.wechat_simulator.clock import Clock
from tests.wechat_simulator.kf import KfAccount
from tests.wechat_simulator.simulator import Simulator

CORP_ID = "ww0000000000000001"
URL = "http://product.test/wechat/kf/callback"
SEND = "/cgi-bin/kf/send_msg"
SYNC = "/cgi-bin/kf/sync_msg"


def a_kf_account(corp: KfAccount, api: str, **other: Any) -> Account:
    values: dict[str, Any] = {
        "name": "kf",
        "kind": AccountKind.KF,
        "app_id": corp.appid,
        "open_kfids": (corp.open_kfid,),
        "token": corp.token,
        "secret": corp.secret,
        "envelopes": (Envelope(corp.aes_key, corp.appid),),
        "welcome": "您好，请讲。",
        "by_message": BY_MESSAGE,
        "by_event": BY_EVENT,
        "api": api,
    }
    return Account(**{**values, **other})


@dataclass
class KfLine:
    """One customer, `lin`, and a product of one or more processes; notices reach the first."""

    db: Database
    clock: Clock
    world: Simulator
    corp: KfAccount
    lin: people.Customer
    desk: TalkingDesk
    account: Account
    processes: list[Wechat]
    notices_are_lost: bool = False

    @property
    def wechat(self) -> Wechat:
        return self.processes[0]

    @property
    def user_id(self) -> str:
        return user_id_of(self.corp.open_kfid, self.lin.openid)

    async def hears(self, request: httpx.Request) -> httpx.Response:
        """Take a notice as the callback does."""
        if self.notices_are_lost:
            return httpx.Response(502)
        fields = read_fields(request.content)
        opened = read_fields(self.account.envelopes[0].decrypt(fields["Encrypt"]))
        await self.wechat.puller.notice(self.account, opened)
        return httpx.Response(200, text="success")

    async def rest(self) -> None:
        """Let everything that is under way come to rest."""
        await self.world.settled()
        for one in self.processes:
            await one.puller.drain(30)
            await one.intake.drain(30)

    async def customer_says(self, text: str) -> None:
        await self.lin.says(text)
        await self.rest()

    async def says(self, text: str, *buttons: str, author: str = "agent", kind: str = "") -> int:
        """Let the desk say something; returns its number."""
        seq = len(self.desk.said) + 1
        said = OutboundMessage(seq, author, text, buttons, kind)
        await self.desk.says(self.db, said, self.clock())
        return seq

    async def carry(self) -> None:
        """Let the outbox bring what it can, and WeChat tell what became of it."""
        await self.wechat.outbox.sweep()
        await self.wechat.outbox.drain()
        await self.rest()

    async def delivery(self) -> dict[str, Any]:
        async with self.db.connect() as conn:
            shown = await self.wechat.delivery_of(conn, "wechat-1", CONTACT)
        assert shown is not None
        return shown

    async def customer(self) -> Customer:
        async with self.db.connect() as conn:
            found = await customer_store.find_customer(conn, self.user_id)
        assert found is not None
        return found

    def pulls(self) -> int:
        return len(self.world.calls_of(SYNC))


class TalkingDesk(FakeDesk):
    """Says of whom a test says so that their conversation goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.open = {CONTACT}

    async def talking(self, contact_ids: list[str]) -> set[str]:
        return self.open & set(contact_ids)


@asynccontextmanager
async def kf_line(db: Database, folder: Path, processes: int = 1) -> AsyncIterator[KfLine]:
    """Serve a simulated WeChat, and build the product beside it."""
    lines: list[KfLine] = []

    async def hears(request: httpx.Request) -> httpx.Response:
        return await lines[0].hears(request)

    clock = Clock(shared=True)
    world = Simulator(clock=clock, transport=httpx.MockTransport(hears))
    corp = world.kf(CORP_ID, URL)
    async with serving(world) as api:
        account, desk = a_kf_account(corp, api), TalkingDesk()
        made = [
            Wechat(db, {"kf": account}, desk, folder=folder, pace=0, now=clock)
            for _ in range(processes)
        ]
        line = KfLine(db, clock, world, corp, corp.customer("lin"), desk, account, made)
        lines.append(line)
        try:
            yield line
        finally:
            await asyncio.gather(*(one.stop() for one in made))


@pytest.fixture
async def kf(db: Database, tmp_path: Path) -> AsyncIterator[KfLine]:
    async with kf_line(db, tmp_path) as made:
        yield made
