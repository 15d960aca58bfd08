"""The real server with a simulated WeChat before it: several accounts, and people with phones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from channels.wechat.service import Wechat
from common.auth import User
from tests.server.conftest import Site, running_site
from tests.wechat_simulator.account import Account
from tests.wechat_simulator.app import serving
from tests.wechat_simulator.operator import set_up, write_file
from tests.wechat_simulator.simulator import Simulator

TEMPLATE = "template-progress"
FIELDS = {"thing1": "{words}", "character_string2": "{reference}", "time3": "{time}"}
REMINDER = {"way": "template", "template_id": TEMPLATE, "fields": FIELDS}
ON_REQUEST = {**REMINDER, "way": "subscription"}


@dataclass
class Stage:
    """A product and a WeChat, with everything between them."""

    site: Site
    world: Simulator
    accounts: dict[str, Account]

    @property
    def wechat(self) -> Wechat:
        return self.site.world.wechat

    async def rest(self) -> None:
        """Let everything that is under way come to rest, as server and worker do."""
        for _ in range(3):
            await self.world.settled()
            await self.wechat.greeter.drain()
            await self.wechat.intake.drain(30)
            await self.site.world.turns.drain(30)
            await self.wechat.unions.run()
            while await self.wechat.outbox.sweep():
                await self.wechat.outbox.drain()
            await self.wechat.reminders.run()

    async def an_agent(self, name: str = "lin") -> User:
        user = await self.site.world.accounts.add(name, f"客服{name}", "agent", "long password")
        await self.site.world.desk.set_presence(user, "online")
        return user

    async def served(self, account: str, person: str, agent: User) -> str:
        """Bring a customer to an agent; returns the conversation."""
        await self.accounts[account].customer(person).says("转人工")
        await self.rest()
        conversation_id = await self.newest()
        await self.site.world.handoffs.request(conversation_id, "customer_request")
        await self.site.world.handoffs.accept(conversation_id, agent)
        await self.rest()
        return conversation_id

    async def newest(self) -> str:
        """Return the conversation in which something was said last."""
        listed = await self.site.world.desk.conversations("bot", User("u", "u", "u", "agent"))
        return str(listed[0]["id"])


@asynccontextmanager
async def a_stage(
    folder: Path,
    settings: Mapping[str, Mapping[str, Any]],
    more: Mapping[str, Mapping[str, Any]] | None = None,
) -> AsyncIterator[Stage]:
    """Set these accounts up on both sides; `more` is written in the product's file."""
    world = Simulator()
    async with serving(world) as api:
        accounts = set_up(world, settings, "http://later")
        file = write_file(folder / "wechat.toml", accounts, api, more)
        async with running_site(folder, FRONTDOOR_WECHAT_FILE=str(file)) as site:
            for name, account in accounts.items():
                account.callback_url = f"{site.url}/wechat/{name}/callback"
            site.world.wechat.outbox._pace = 0
            stage = Stage(site, world, accounts)
            yield stage
            await stage.rest()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Two service accounts of one company, and its mini-program."""
    accounts = {"shop": {}, "phone": {}, "mini": {"mini": True}}
    async with a_stage(tmp_path, accounts, {"shop": {"reminder": REMINDER}}) as made:
        yield made
        assert made.world.violations == []
