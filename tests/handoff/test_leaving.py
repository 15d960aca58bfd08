"""Nothing hangs on for ever: long waits are told, silence and idleness end, by the clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from common.auth import User
from common.db import Database
from handoff import agent_store, limits
from handoff.assignment import AssignmentRules
from handoff.limits import Step, WaitingRules
from handoff.model import CloseReason, ConversationStatus
from handoff.rasa import BotTurn
from handoff.routing import Team
from tests.conftest import NOON
from tests.handoff.conftest import House, build_house

BOT, QUEUED, OFFERED, ACTIVE, CLOSED = ConversationStatus


@pytest.fixture
def house(db: Database) -> House:
    waiting = WaitingRules(longest_wait=timedelta(minutes=15))
    return build_house(db, rules=AssignmentRules(waiting=waiting, silence=timedelta(hours=9)))


async def queued(house: House, user: str = "visitor1") -> str:
    receipt = await house.customer_says("转人工", user=user)
    await house.bot_answers(receipt)
    conversation_id = receipt.message.conversation_id
    await house.handoffs.request(conversation_id, "customer_request")
    return conversation_id


async def served(house: House) -> tuple[str, User]:
    """A customer who is served, and has been answered."""
    lin = await house.an_agent()
    conversation_id = await queued(house)
    await house.handoffs.accept(conversation_id, lin)
    await house.handoffs.reply(conversation_id, lin, "r1", "您好，请讲")
    return conversation_id, lin


async def said(house: House, conversation_id: str) -> list[str]:
    return [text for author, text in await house.transcript(conversation_id) if author == "system"]


async def pass_time(house: House, minutes: float) -> int:
    """Let time pass, with the agents' consoles and the sweeps going on."""
    house.clock.forward(minutes=minutes)
    return await house.leaving.run()


# -- waiting too long -------------------------------------------------------------------------


async def busy(house: House) -> User:
    """One agent who is at the desk and takes nothing."""
    lin = await house.an_agent()
    async with house.db.begin() as conn:
        await agent_store.save_agent(conn, lin.id, {"capacity": 0})
    return lin


async def test_who_waits_too_long_is_told_once_and_keeps_the_place(house: House):
    await busy(house)
    conversation_id = await queued(house)
    before = await house.conversation(conversation_id)

    await pass_time(house, 14)
    assert not any("久等" in text for text in await said(house, conversation_id))
    await pass_time(house, 2)
    await pass_time(house, 2)

    assert sum("久等" in text for text in await said(house, conversation_id)) == 1
    after = await house.conversation(conversation_id)
    assert (after.status, after.place) == (QUEUED, before.place)
    assert (await house.events()).count("conversation.waited_long") == 1


async def test_a_team_may_have_its_own_longest_wait(house: House):
    await busy(house)
    quick = Team("", "加急组", reasons=frozenset({"not_solved"}), longest_wait=timedelta(minutes=1))
    patient = Team("", "慢组", reasons=frozenset({"not_understood"}), longest_wait=timedelta(0))
    for team in (quick, patient):
        await house.teams.save(None, team, ["lin"], by=None)
    receipts = [await house.customer_says("在吗", user=user) for user in ("v1", "v2")]
    first, second = (receipt.message.conversation_id for receipt in receipts)
    await house.handoffs.request(first, "not_solved")
    await house.handoffs.request(second, "not_understood")

    await pass_time(house, 1)
    assert any("久等" in text for text in await said(house, first))
    await pass_time(house, 60)
    assert not any("久等" in text for text in await said(house, second))


async def test_who_asks_again_later_may_be_told_again(house: House):
    lin = await busy(house)
    conversation_id = await queued(house)
    await pass_time(house, 16)
    assert await house.handoffs.leave_queue(conversation_id)

    await house.desk.seen(lin)
    await house.handoffs.request(conversation_id, "customer_request")

    assert not (await house.conversation(conversation_id)).wait_told


# -- silence ----------------------------------------------------------------------------------


async def test_a_silent_customer_is_asked_and_then_the_conversation_ends(house: House):
    conversation_id, lin = await served(house)

    assert await pass_time(house, 19) == 0
    assert "您还在吗" not in (await said(house, conversation_id))[-1]
    assert await pass_time(house, 1) == 0
    assert "您还在吗" in (await said(house, conversation_id))[-1]
    assert await pass_time(house, 9) == 0
    assert await pass_time(house, 1) == 1

    found = await house.conversation(conversation_id)
    assert (found.status, found.close_reason) == (CLOSED, CloseReason.TIMEOUT)
    messages, _ = await house.reception.messages_after("visitor1", 0, 200)
    assert messages[-1]["data"]["kind"] == "rating"
    assert (await house.desk.agent(lin)).active == 0
    assert sum("您还在吗" in text for text in await said(house, conversation_id)) == 1


async def test_who_answers_starts_the_time_anew(house: House):
    conversation_id, lin = await served(house)
    await pass_time(house, 20)
    await house.customer_says("在的")
    await house.handoffs.reply(conversation_id, lin, "r2", "好的")

    assert await pass_time(house, 15) == 0
    assert (await house.conversation(conversation_id)).status is ACTIVE


async def test_a_customer_who_waits_for_the_agent_is_never_called_silent(house: House):
    conversation_id, _ = await served(house)
    await house.customer_says("还没好")

    assert await pass_time(house, 300) == 0
    assert (await house.conversation(conversation_id)).status is ACTIVE


async def test_a_sweep_that_comes_late_still_asks_before_it_ends(house: House):
    conversation_id, _ = await served(house)

    assert await pass_time(house, 300) == 0
    assert "您还在吗" in (await said(house, conversation_id))[-1]
    assert await pass_time(house, 10) == 1


async def test_a_new_message_after_the_end_begins_a_new_conversation(house: House):
    conversation_id, _ = await served(house)
    await pass_time(house, 20)
    await pass_time(house, 10)

    again = await house.customer_says("我回来了")

    assert again.message.conversation_id != conversation_id
    assert again.lease is not None


@pytest.mark.parametrize(
    ("since", "asked", "step"),
    [
        (0, None, None),
        (19, None, None),
        (20, None, Step.ASK),
        (500, None, Step.ASK),
        (25, 5, None),
        (29, 9, None),
        (30, 10, Step.CLOSE),
        (500, 9, None),
        (500, 10, Step.CLOSE),
    ],
)
def test_the_steps_of_silence(since: int, asked: int | None, step: Step | None):
    ago = [None if m is None else NOON - timedelta(minutes=m) for m in (since, asked)]
    assert limits.on_silence(ago[0], ago[1], NOON, timedelta(minutes=30)) is step
    assert limits.on_silence(ago[0], ago[1], NOON, timedelta(0)) is None


# -- idle with the bot ------------------------------------------------------------------------


async def test_what_nobody_goes_on_with_ends_without_a_word(house: House):
    receipt = await house.customer_says("怎么查话费")
    await house.bot_answers(receipt)
    conversation_id = receipt.message.conversation_id
    before = await house.transcript(conversation_id)

    assert await pass_time(house, 23 * 60) == 0
    assert await pass_time(house, 61) == 1

    found = await house.conversation(conversation_id)
    assert (found.status, found.close_reason) == (CLOSED, CloseReason.TIMEOUT)
    assert await house.transcript(conversation_id) == before
    assert (await house.events())[-1] == "conversation.closed"


async def test_who_left_a_message_last_left_a_message(house: House):
    receipt = await house.customer_says("留言")
    house.bot.script = [BotTurn((), {"message_number": "20260310-0001"})]
    await house.bot_answers(receipt)

    await pass_time(house, 25 * 60)

    found = await house.conversation(receipt.message.conversation_id)
    assert found.close_reason is CloseReason.LEFT_MESSAGE


async def test_a_message_the_bot_still_owes_an_answer_keeps_it_open(house: House):
    receipt = await house.customer_says("怎么查话费")

    assert await pass_time(house, 25 * 60) == 0
    assert (await house.conversation(receipt.message.conversation_id)).status is BOT


async def test_who_waits_for_a_person_is_not_idle(house: House):
    await busy(house)
    conversation_id = await queued(house)

    await pass_time(house, 48 * 60)

    assert (await house.conversation(conversation_id)).status is QUEUED


# -- at the same time -------------------------------------------------------------------------


async def test_many_sweeps_at_once_end_it_once(house: House):
    await served(house)
    await pass_time(house, 20)
    house.clock.forward(minutes=10)

    ended = await asyncio.gather(*(house.leaving.run() for _ in range(8)))

    assert sum(ended) == 1
    assert (await house.events()).count("conversation.closed") == 1


async def test_a_customer_who_writes_at_the_last_moment_is_heard(house: House):
    """Whichever comes first: the message is in this conversation or begins a new one."""
    conversation_id, _ = await served(house)
    await pass_time(house, 20)
    house.clock.forward(minutes=10)

    ended, receipt = await asyncio.gather(house.leaving.run(), house.customer_says("等一下"))

    found = await house.conversation(conversation_id)
    if ended:
        assert found.status is CLOSED
        assert receipt.message.conversation_id != conversation_id
    else:
        assert found.status is ACTIVE
        assert receipt.message.conversation_id == conversation_id


async def test_an_agent_who_closes_at_the_last_moment_ends_it_once(house: House):
    conversation_id, lin = await served(house)
    await pass_time(house, 20)
    house.clock.forward(minutes=10)

    await asyncio.gather(
        house.leaving.run(),
        house.handoffs.close(conversation_id, lin, "resolved"),
        return_exceptions=True,
    )

    assert (await house.events()).count("conversation.closed") == 1
    assert (await house.conversation(conversation_id)).status is CLOSED
