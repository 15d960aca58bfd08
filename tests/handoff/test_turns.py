"""Every message is answered by the bot once, in order, through crashes and silences."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from common.db import Database
from common.errors import UpstreamError
from handoff import turns
from tests.handoff.conftest import House, ScriptedBot, build_house, says


async def test_ten_messages_at_once_are_answered_in_order_once_each(house: House):
    receipts = await asyncio.gather(*(house.customer_says(f"{n}", id=f"m{n}") for n in range(10)))

    await house.bot_answers(next(r for r in receipts if r.lease))

    lines = await house.transcript(receipts[0].message.conversation_id)
    asked = [text for author, text in lines if author == "contact"]
    answered = [text for author, text in lines if author == "bot"]
    assert answered == [f"答：{text}" for text in asked]
    assert len(answered) == 10


async def test_a_message_that_comes_during_the_turn_is_answered_by_the_same_turn(house: House):
    first = await house.customer_says("一")
    second = await house.customer_says("二")

    assert second.lease is None
    await house.bot_answers(first)

    assert house.bot.heard == ["一", "二"]
    assert (await house.customer_says("三")).lease


async def test_a_turn_whose_process_died_is_found_and_run_by_another(db: Database):
    first, second = build_house(db), build_house(db)
    conversation_id = (await first.customer_says("你好")).message.conversation_id

    assert await second.turns.sweep() == 0  # the lease is not over yet
    second.clock.forward(seconds=16)
    assert await second.turns.sweep() == 1
    await second.turns.drain(5)

    assert await second.transcript(conversation_id) == [("contact", "你好"), ("bot", "答：你好")]


class SlowBot(ScriptedBot):
    """Answers only after something else has happened."""

    def __init__(self, meanwhile) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    async def take_turn(self, message):
        await self.meanwhile()
        return await super().take_turn(message)


async def test_a_run_whose_lease_ran_out_stores_nothing_even_in_the_same_process(db: Database):
    house = build_house(db)
    first = await house.customer_says("q1", id="m1")

    async def lease_runs_out_and_another_run_answers() -> None:
        house.turns._bot = house.bot
        house.clock.forward(seconds=16)
        again = await house.customer_says("q2", id="m2")
        await house.bot_answers(again)

    house.turns._bot = SlowBot(lease_runs_out_and_another_run_answers)
    await house.bot_answers(first)

    assert await house.transcript(first.message.conversation_id) == [
        ("contact", "q1"),
        ("contact", "q2"),
        ("bot", "答：q1"),
        ("bot", "答：q2"),
    ]


async def test_the_sweep_leaves_alone_what_was_answered_meanwhile(house: House):
    receipt = await house.customer_says("你好")
    house.clock.forward(seconds=16)
    await house.bot_answers(receipt)

    assert await house.turns._take(receipt.message.conversation_id) is None
    assert (await house.customer_says("再问")).lease


async def test_one_conversation_that_cannot_be_read_does_not_hold_up_the_others(
    house: House, monkeypatch
):
    bad = (await house.customer_says("坏", user="visitor1")).message.conversation_id
    good = (await house.customer_says("好", user="visitor2")).message.conversation_id
    house.clock.forward(seconds=16)
    lock = turns.store.lock_conversation

    async def broken_for_one(conn, conversation_id):
        if conversation_id == bad:
            raise ValueError("unreadable")
        return await lock(conn, conversation_id)

    monkeypatch.setattr(turns.store, "lock_conversation", broken_for_one)
    assert await house.turns.sweep() == 1
    await house.turns.drain(5)

    assert await house.transcript(good) == [("contact", "好"), ("bot", "答：好")]


async def test_the_sweep_takes_no_more_than_it_can_run(db: Database):
    house = build_house(db)
    house.turns._at_once = 2
    for n in range(5):
        await house.customer_says("你好", user=f"visitor{n}")
    house.clock.forward(seconds=16)

    assert await house.turns.sweep() == 2
    assert await house.turns.sweep() == 0
    await house.turns.drain(5)
    assert await house.turns.sweep() == 2
    await house.turns.drain(5)


async def test_a_bot_that_is_slower_than_its_time_counts_as_away(house: House, monkeypatch):
    monkeypatch.setattr(turns, "FIRST_PAUSE_SECONDS", 0.001)
    house.turns._bot_timeout = timedelta(milliseconds=20)
    never = asyncio.Event()

    async def only_once() -> None:
        house.turns._bot = house.bot
        await never.wait()

    house.turns._bot = SlowBot(only_once)
    receipt = await house.customer_says("你好")
    await house.bot_answers(receipt)

    assert await house.transcript(receipt.message.conversation_id) == [
        ("contact", "你好"),
        ("bot", "答：你好"),
    ]


async def test_a_stopping_process_gives_its_leases_back(house: House):
    never = asyncio.Event()
    house.turns._bot = SlowBot(never.wait)
    receipt = await house.customer_says("你好")
    house.turns.start(receipt.message.conversation_id, receipt.lease, receipt.message)

    await house.turns.drain(0.05)

    assert (await house.conversation(receipt.message.conversation_id)).turn_until is None
    house.turns._bot = house.bot
    assert await house.turns.sweep() == 1
    await house.turns.drain(5)
    assert len(await house.transcript(receipt.message.conversation_id)) == 2


async def test_a_failed_turn_is_tried_again_and_answered_once(house: House, monkeypatch):
    monkeypatch.setattr(turns, "FIRST_PAUSE_SECONDS", 0.001)
    house.bot.script = [UpstreamError("away"), UpstreamError("away"), says("来了")]
    receipt = await house.customer_says("你好")
    conversation_id = receipt.message.conversation_id

    await house.bot_answers(receipt)

    assert await house.transcript(conversation_id) == [("contact", "你好"), ("bot", "来了")]
    assert (await house.conversation(conversation_id)).bot_failing_since is None


class AwayBot(ScriptedBot):
    """Never answers; each try takes some of the house's time."""

    def __init__(self) -> None:
        super().__init__()
        self.house: House | None = None

    async def take_turn(self, message):
        self.heard.append(message.text)
        if self.house is not None:
            self.house.clock.forward(seconds=11)
        raise UpstreamError("away")


async def test_when_the_bot_stays_away_the_customer_is_handed_over_and_told(
    db: Database, monkeypatch
):
    monkeypatch.setattr(turns, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(turns, "LONGEST_PAUSE_SECONDS", 0.001)
    bot = AwayBot()
    house = build_house(db, bot=bot)
    bot.house = house
    receipt = await house.customer_says("我家宽带断了")
    conversation_id = receipt.message.conversation_id

    await house.bot_answers(receipt)

    conversation = await house.desk.conversation(conversation_id)
    assert conversation["conversation"]["status"] == "queued"
    assert conversation["packet"]["reason"] == "bot_unavailable"
    assert "都已保存" in conversation["messages"][-1]["text"]  # nobody is online
    assert house.bot.heard == ["我家宽带断了"] * 4
    assert await house.turns.sweep() == 0


async def test_a_reply_after_a_person_took_over_is_dropped(house: House):
    agent = await house.an_agent()
    receipt = await house.customer_says("你好")
    conversation_id = receipt.message.conversation_id

    class Interrupted(ScriptedBot):
        async def take_turn(self, message):
            await house.handoffs.request(conversation_id, "customer_request")
            await house.handoffs.accept(conversation_id, agent)
            return says("机器人的话")

    house.turns._bot = Interrupted()
    await house.bot_answers(receipt)

    authors = [author for author, _ in await house.transcript(conversation_id)]
    assert "bot" not in authors
    assert await house.turns.sweep() == 0


async def test_what_the_bot_knows_is_kept_as_facts(house: House):
    house.bot.script = [says("好的", slots={"phone": "13800138000"})]
    receipt = await house.customer_says("电话13800138000")
    conversation_id = receipt.message.conversation_id

    await house.bot_answers(receipt)

    assert (await house.conversation(conversation_id)).facts == {"phone": "13800138000"}


async def test_what_the_bot_forgot_is_no_fact_any_more(house: House):
    house.bot.script = [says("好", slots={"symptom": "断网"}), says("登记好了", slots={})]
    receipt = await house.customer_says("断网")
    conversation_id = receipt.message.conversation_id
    await house.customer_says("对，提交")

    await house.bot_answers(receipt)

    assert (await house.conversation(conversation_id)).facts == {}
