"""WeChat customer service on the real server, against WeChat simulated on a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from channels.wechat.checking import check_accounts
from handoff.model import Message
from handoff.rasa import BotTurn
from tests.channels.wechat.kf.conftest import CORP_ID
from tests.handoff.conftest import says
from tests.server.conftest import Site, running_site
from tests.wechat_simulator.app import serving
from tests.wechat_simulator.customer import Customer
from tests.wechat_simulator.faults import Fault
from tests.wechat_simulator.kf import BOT, ENDED, KfAccount
from tests.wechat_simulator.simulator import Simulator


@dataclass
class Company:
    """Both sides of one account."""

    site: Site
    world: Simulator
    corp: KfAccount
    lin: Customer

    async def rest(self) -> None:
        """Let everything under way come to rest."""
        wechat = self.site.world.wechat
        await self.world.settled()
        await wechat.puller.drain(30)
        await wechat.intake.drain(30)
        await self.site.world.turns.drain(30)
        while await wechat.outbox.sweep():
            await wechat.outbox.drain()
        await self.world.settled()
        await wechat.puller.drain(30)

    async def says(self, text: str) -> list[str]:
        """Let the customer write; return what they have read by then."""
        await self.lin.says(text)
        await self.rest()
        return self.lin.texts


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    world = Simulator()
    corp = world.kf(CORP_ID, "")
    async with serving(world) as api:
        (tmp_path / "wechat.toml").write_text(
            f"""
            [accounts.kf]
            kind = "kf"
            corp_id = "{CORP_ID}"
            open_kfids = ["{corp.open_kfid}"]
            token = "{corp.token}"
            secret = "{corp.secret}"
            aes_key = "{corp.aes_key}"
            api = "{api}"
            """
        )
        env = {"FRONTDOOR_WECHAT_FILE": str(tmp_path / "wechat.toml")}
        async with running_site(tmp_path, **env) as site:
            site.world.wechat.outbox._pace = 0
            corp.callback_url = f"{site.url}/wechat/kf/callback"
            yield Company(site, world, corp, corp.customer("lin"))


async def test_the_operators_page_takes_the_address(company: Company):
    assert await company.corp.verify()


async def test_another_key_or_signature_is_refused(company: Company):
    company.corp.token = "another"
    assert not await company.corp.verify()
    delivery = await company.corp.notify()
    assert [attempt.status for attempt in delivery.attempts] == [403, 403, 403]
    assert {each.kind for each in company.world.violations} == {"echo"}


async def test_a_clear_notice_is_not_taken(company: Company):
    body = "<xml><MsgType>event</MsgType><Event>kf_msg_or_event</Event></xml>"
    async with httpx.AsyncClient(trust_env=False) as http:
        refused = await http.post(company.corp.callback_url, content=body)
    assert refused.status_code == 403


async def test_from_the_welcome_to_the_rating_with_a_person_in_between(company: Company):
    site = company.site

    class Asks:
        async def take_turn(self, message: Message) -> BotTurn:
            await site.world.handoffs.request(message.conversation_id, "customer_request")
            return says()

    agent = await site.sign_in("lin")
    await agent.post("/api/desk/presence", json={"presence": "online"})
    site.world.turns._bot = Asks()
    await company.lin.event({"MsgType": "event", "Event": "enter_session"})
    await company.rest()
    assert "转人工" in company.lin.texts[0]
    assert "您是下一位" in (await company.says("转人工"))[-1]
    await site.world.wechat.sessions.run()
    assert company.corp.session(company.lin.openid).state == BOT

    listed = (await agent.get("/api/desk/conversations?view=queue")).json()["conversations"]
    path = f"/api/desk/conversations/{listed[0]['id']}"
    assert (await agent.post(f"{path}/accept")).status_code == 200
    reply = {"client_message_id": "a1", "text": "您好，请问是哪里断网？"}
    assert (await agent.post(f"{path}/messages", json=reply)).status_code == 202
    await company.rest()
    assert company.lin.texts[-1].endswith("您好，请问是哪里断网？")
    await company.says("人民路1号3单元")
    shown = (await agent.get(path)).json()
    assert (shown["delivery"]["left"], shown["messages"][-1]["text"]) == (5, "人民路1号3单元")
    assert company.corp.session(company.lin.openid).state == BOT

    assert (await agent.post(f"{path}/close", json={})).status_code == 200
    await company.rest()
    await company.lin.taps("非常满意")
    await company.rest()
    assert "评价收到了" in company.lin.texts[-1]
    whole = (await agent.get(path)).json()
    assert whole["conversation"]["status"] == "closed"
    site.world.wechat.sessions._now = lambda: company.world.clock()
    company.world.clock.forward(seconds=61)
    assert await site.world.wechat.sessions.run() == 1
    assert company.corp.session(company.lin.openid).state == ENDED
    assert company.world.violations == []


async def test_a_notice_delivered_twice_is_answered_once(company: Company):
    company.world.trouble.duplicated = 1.0
    await company.says("你好")
    await company.says("在吗")

    assert company.lin.texts == ["答：你好", "答：在吗"]


async def test_the_operator_is_told_what_is_wrong(company: Company):
    accounts, db = company.site.world.wechat.accounts, company.site.world.db
    (well,) = await check_accounts(db, accounts)
    assert (well["kind"], well["app_id"], well["trouble"]) == ("kf", CORP_ID, None)
    company.world.faults.add(Fault("errcode", path="/cgi-bin/kf/sync_msg", code=95000))
    (wrong,) = await check_accounts(db, accounts)
    assert wrong["trouble"].startswith("95000: 客服帐号 ID")
    company.corp.secret = "reset"
    (wrong,) = await check_accounts(db, accounts)

    assert wrong["trouble"].startswith("40125: 企业 ID 或 Secret")
