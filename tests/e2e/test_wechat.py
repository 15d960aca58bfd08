"""A customer on WeChat, from following the account to the thanks for the rating."""

from __future__ import annotations

import asyncio
import re
from itertools import count

import pytest

from tests.e2e.people import Staff
from tests.wechat_simulator.customer import PNG, Customer
from tests.wechat_simulator.faults import Fault, Trouble
from tests.wechat_simulator.phone import Shown
from tests.wechat_simulator.simulator import Simulator
from tests.whole import Product

pytestmark = pytest.mark.e2e

SECONDS = 15
_names = count(1)


@pytest.fixture(params=["secure", "plain"])
def customer(request: pytest.FixtureRequest, wechat: Simulator) -> Customer:
    """Somebody who does not follow the account yet."""
    return new_customer(wechat, request.param)


def new_customer(wechat: Simulator, account: str) -> Customer:
    return wechat.accounts[f"wx-{account}"].customer(f"customer{next(_names)}", follows=False)


async def hears(customer: Customer, words: str = "") -> Shown:
    """Wait for the account's answer to what the customer did last."""
    did = max((each.number for each in customer.screen if each.author == "customer"), default=-1)
    return await customer.sees(words, within=SECONDS, after=did)


async def asks(customer: Customer, text: str, words: str = "") -> Shown:
    await customer.says(text)
    return await hears(customer, words)


async def chooses(customer: Customer, title: str, words: str = "") -> Shown:
    """Tap the choice, or type its number where the account may show no menus."""
    if customer.account.certified:
        await customer.taps(title)
        return await hears(customer, words)
    lines = [line for shown in customer.received for line in shown.text.splitlines()]
    numbers = [line.split(".")[0] for line in lines if line.endswith(f". {title}")]
    return await asks(customer, numbers[-1], words)


async def reports_a_fault(customer: Customer) -> str:
    """Go from the trouble to the ticket, with a picture in between; returns the number."""
    await asks(customer, "我家宽带断了", "报修")
    await chooses(customer, "没解决", "什么时候")
    await asks(customer, "昨晚八点开始的", "哪里")
    await customer.sends_image()
    await hears(customer, "图片收到了")
    await asks(customer, "海棠路8号2栋301", "灯")
    await asks(customer, "光猫亮红灯，我姓王，电话13800138000", "什么时候处理")
    await asks(customer, "明天上午", "核对")
    registered = await chooses(customer, "对，提交", "工单号")
    found = re.search(r"20\d{6}-\d{4}", registered.text)
    assert found, registered.text
    return found[0]


async def is_served(customer: Customer, agent: Staff) -> str:
    """Ask for a person, who takes them; returns the conversation's id."""
    await asks(customer, "转人工", "您是下一位")
    (waiting,) = await asyncio.to_thread(agent.queue)
    assert (await asyncio.to_thread(agent.accepts, waiting["id"])).status_code == 200
    await hears(customer, agent.user["name"])
    return waiting["id"]


async def test_from_following_to_the_thanks(
    customer: Customer, agent: Staff, approved: dict[str, str], product: Product
):
    await customer.subscribes()
    assert "欢迎关注" in customer.texts[-1]

    answer = await asks(customer, "怎么查话费")
    assert answer.text.startswith(approved["怎么查话费"])
    await chooses(customer, "解决了")
    number = await reports_a_fault(customer)
    (ticket,) = product.place.frontdoor_json("ticket", "show", number, "--json")
    assert (ticket["symptom"], ticket["place"]) == ("我家宽带断了", "海棠路8号2栋301")

    conversation_id = await is_served(customer, agent)
    whole = await asyncio.to_thread(agent.opens, conversation_id)
    (picture,) = [a["id"] for m in whole["messages"] for a in m["data"].get("attachments", [])]
    shown = await asyncio.to_thread(agent.http.get, f"/api/wechat/media/{picture}")
    assert (shown.headers["content-type"], shown.content) == ("image/png", PNG)

    said = ["您好，工单我看到了", "线路正在抢修", "今天下午四点前恢复"]
    for text in said:
        await asyncio.to_thread(agent.writes, conversation_id, text)
    await hears(customer, said[-1])
    told = "\n".join(customer.texts)
    assert sorted(said, key=told.index) == said

    await customer.says("好的，谢谢")
    await asyncio.to_thread(agent.closes, conversation_id)
    await hears(customer, "非常满意")
    await chooses(customer, "非常满意", "谢谢")
    rated = await asyncio.to_thread(agent.sees, "csat.received", conversation_id=conversation_id)
    assert rated["data"]["score"] == 5


async def test_troubles_of_wechat_lose_and_double_nothing(
    wechat: Simulator, agent: Staff, product: Product
):
    customer = new_customer(wechat, "secure")
    wechat.trouble = Trouble(duplicated=0.3, cut=0.3, seed=7)
    wechat.faults.add(Fault("busy", times=2))
    wechat.faults.add(Fault("drop_done", times=None, rate=0.3))
    wechat.faults.add(Fault("slow", times=None, rate=0.3, seconds=0.3))
    wechat.faults.add(Fault("errcode", times=1, code=42001))
    await customer.subscribes()
    await reports_a_fault(customer)
    conversation_id = await is_served(customer, agent)

    # Some overtake others on their way, and some come twice.
    wechat.trouble.held_seconds = 0.5
    burst = [f"补充第{number}点" for number in range(6)]
    await asyncio.gather(*map(customer.says, burst))
    wechat.faults.clear()
    wechat.faults.add(Fault("drop"))
    written = await asyncio.to_thread(agent.writes, conversation_id, "这一句微信没有回音")
    seq = written.json()["message"]["seq"]
    await asyncio.to_thread(
        agent.sees,
        "message.unclear",
        SECONDS,
        conversation_id=conversation_id,
        data={"seqs": [seq], "problem": None},
    )
    await asyncio.to_thread(agent.writes, conversation_id, "都收到了")
    await hears(customer, "都收到了")

    whole = await asyncio.to_thread(agent.opens, conversation_id)
    heard = [m["text"] for m in whole["messages"] if m["author"] == "contact"]
    did = [each for each in customer.screen if each.author == "customer"]
    # Agents are shown numbers without their middle.
    said = [each.text.replace("13800138000", "138****8000") or "[图片]" for each in did]
    assert heard[: -len(burst)] == said[: -len(burst)]
    assert sorted(heard[-len(burst) :]) == burst
    assert seq in [each["seq"] for each in whole["delivery"]["not_sent"]]
    assert "这一句微信没有回音" not in "\n".join(customer.texts)


async def test_what_wechat_takes_no_more_waits_for_the_customers_next_word(
    wechat: Simulator, agent: Staff
):
    customer = new_customer(wechat, "secure")
    await customer.subscribes()
    conversation_id = await is_served(customer, agent)
    said = [f"第{number}步" for number in range(1, 8)]
    for text in said:
        await asyncio.to_thread(agent.writes, conversation_id, text)
        if customer.window.left:
            await customer.sees(text, within=SECONDS)
    await asyncio.to_thread(agent.sees, "message.held", SECONDS, conversation_id=conversation_id)
    waiting = [text for text in said if text not in customer.texts]
    assert len(waiting) > 1

    await customer.says("然后呢")

    assert (await hears(customer, waiting[-1])).text == "\n\n".join(waiting)
    assert customer.texts[-len(said) + len(waiting) - 1 : -1] == said[: -len(waiting)]
