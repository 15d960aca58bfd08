"""What supervisors see and do."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from common import events
from common.db import Database
from common.errors import Conflict, Forbidden, InvalidInput, NotFound
from handoff.assignment import AssignmentRules
from handoff.limits import WaitingRules
from handoff.model import ConversationStatus, OfferOutcome
from handoff.routing import Team
from tests.handoff.conftest import House, build_house

BOT, QUEUED, OFFERED, ACTIVE = (
    ConversationStatus.BOT,
    ConversationStatus.QUEUED,
    ConversationStatus.OFFERED,
    ConversationStatus.ACTIVE,
)


async def a_supervisor(house: House, presence: str = ""):
    return await house.an_agent("boss", presence=presence, role="supervisor")


async def waits(house: House, user: str = "visitor1", reason: str = "customer_request") -> str:
    receipt = await house.customer_says("转人工", user=user)
    await house.bot_answers(receipt)
    await house.handoffs.request(receipt.message.conversation_id, reason)
    return receipt.message.conversation_id


async def served(house: House, agent, user: str = "visitor1") -> str:
    conversation_id = await waits(house, user)
    await house.handoffs.accept(conversation_id, agent)
    return conversation_id


async def whose(house: House, conversation_id: str) -> tuple[ConversationStatus, str | None]:
    found = await house.conversation(conversation_id)
    return found.status, found.agent_id


async def last_event(house: House, type: str) -> dict:
    query = (
        sa.select(events.events)
        .where(events.events.c.type == type)
        .order_by(events.events.c.id.desc())
        .limit(1)
    )
    async with house.db.connect() as conn:
        row = (await conn.execute(query)).one()
    return {"actor": row.actor, **row.data}


async def a_team(house: House, name: str, *members: str) -> str:
    saved = await house.teams.save(None, Team("", name), members, by=None)
    return saved["id"]


# -- whispering -------------------------------------------------------------------------------


async def test_a_whisper_reaches_who_serves_and_supervisors_but_no_other_colleague(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou", presence="away")
    boss = await a_supervisor(house)
    conversation_id = await served(house, lin)

    await house.notes.whisper(conversation_id, boss, "先道歉，再查账单")

    async def reads(reader) -> list[tuple[str, str]]:
        found = (await house.desk.conversation(conversation_id, reader))["notes"]
        return [(note["kind"], note["text"]) for note in found]

    assert await reads(lin) == await reads(boss) == [("whisper", "先道歉，再查账单")]
    assert await reads(zhou) == await reads(None) == []
    told = await last_event(house, "conversation.whispered")
    assert (told["actor"], told["agent_id"]) == (f"user:{boss.id}", lin.id)
    assert "先道歉" not in json.dumps(told, ensure_ascii=False)


async def test_a_whisper_never_reaches_the_customer_or_the_bot(house: House):
    lin, boss = await house.an_agent(), await a_supervisor(house)
    conversation_id = await served(house, lin)

    await house.notes.whisper(conversation_id, boss, "这位客户要投诉到工信部")
    await house.handoffs.hand_back(conversation_id, lin)
    await house.bot_answers(await house.customer_says("在吗"))
    outcome = await house.handoffs.request(conversation_id, "customer_request")

    messages, _ = await house.reception.messages_after("visitor1", 0, 200)
    assert outcome.outcome == "queued"
    assert len(messages) > 4
    everything = json.dumps(messages, ensure_ascii=False) + str(house.bot.heard)
    packet = (await house.desk.conversation(conversation_id))["packet"]
    assert "工信部" not in everything + json.dumps(packet, ensure_ascii=False)


async def test_nobody_whispers_where_no_agent_listens(house: House):
    await house.an_agent()
    boss = await a_supervisor(house)
    conversation_id = await waits(house)

    with pytest.raises(Conflict) as refused:
        await house.notes.whisper(conversation_id, boss, "有人吗")
    assert refused.value.code == "conversation_not_active"
    with pytest.raises(InvalidInput):
        await house.notes.whisper(conversation_id, boss, "  ")


# -- taking over ------------------------------------------------------------------------------


async def test_a_supervisor_takes_a_conversation_from_an_agent_and_everyone_is_told(house: House):
    lin, boss = await house.an_agent(), await a_supervisor(house, "away")
    conversation_id = await served(house, lin)

    await house.transfers.take_over(conversation_id, boss)

    assert await whose(house, conversation_id) == (ACTIVE, boss.id)
    author, text = (await house.transcript(conversation_id))[-1]
    assert author == "system"
    assert "接下来由 客服boss 继续为您服务" in text
    told = await last_event(house, "conversation.taken_over")
    assert (told["from_agent"], told["agent_id"]) == (lin.id, boss.id)
    found = await house.desk.conversation(conversation_id)
    assert found["conversation"]["reason"] == "supervisor"
    assert found["packet"]["reason"] == "customer_request"
    assert (await house.desk.agent(lin)).active == 0
    with pytest.raises(Forbidden):
        await house.handoffs.reply(conversation_id, lin, "r1", "还有一句")
    await house.handoffs.reply(conversation_id, boss, "r2", "我来处理")


async def test_a_supervisor_takes_what_a_colleague_is_only_asked_to_take(house: House):
    lin, boss = await house.an_agent(), await a_supervisor(house, "away")
    conversation_id = await waits(house)
    assert await whose(house, conversation_id) == (OFFERED, lin.id)

    await house.transfers.take_over(conversation_id, boss)

    assert await whose(house, conversation_id) == (ACTIVE, boss.id)
    assert (await house.desk.agent(lin)).load == 0


async def test_taking_over_twice_says_nothing_twice(house: House):
    lin, boss = await house.an_agent(), await a_supervisor(house, "away")
    conversation_id = await served(house, lin)
    await house.transfers.take_over(conversation_id, boss)
    before = await house.transcript(conversation_id)

    await house.transfers.take_over(conversation_id, boss)

    assert await house.transcript(conversation_id) == before


async def test_an_agent_does_not_take_what_a_colleague_serves(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou", presence="away")
    conversation_id = await served(house, lin)

    with pytest.raises(Conflict) as refused:
        await house.transfers.take_over(conversation_id, zhou)

    assert refused.value.code == "conversation_not_with_bot"
    assert await whose(house, conversation_id) == (ACTIVE, lin.id)


async def test_a_supervisor_who_is_offline_takes_nothing_that_would_be_lost_at_once(house: House):
    lin, boss = await house.an_agent(), await a_supervisor(house)
    conversation_id = await served(house, lin)

    with pytest.raises(Conflict) as refused:
        await house.transfers.take_over(conversation_id, boss)

    assert refused.value.code == "you_are_offline"
    assert await whose(house, conversation_id) == (ACTIVE, lin.id)


# -- passing on to a team ---------------------------------------------------------------------


async def test_a_team_is_asked_and_who_passed_it_on_is_not(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou", presence="away")
    team = await a_team(house, "宽带组", "lin", "zhou")
    conversation_id = await served(house, lin)
    await house.desk.set_presence(zhou, "online")

    await house.transfers.transfer_to_team(conversation_id, lin, team, "光猫要换")

    assert await whose(house, conversation_id) == (OFFERED, zhou.id)
    found = await house.desk.conversation(conversation_id)
    assert found["conversation"]["team"] == {"id": team, "name": "宽带组"}
    assert [note["text"] for note in found["notes"]] == ["光猫要换"]
    assert "正在为您转接宽带组的同事" in (await house.transcript(conversation_id))[-1][1]
    async with house.db.connect() as conn:
        outcomes = (await conn.execute(sa.text("SELECT outcome FROM offers"))).scalars().all()
    assert OfferOutcome.PASSED_ON.value in outcomes


async def test_who_declines_for_their_team_leaves_it_in_front_of_the_teams_queue(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou", presence="away")
    conversation_id = await served(house, lin)
    team = await a_team(house, "宽带组", "zhou")
    await house.desk.set_presence(zhou, "online")
    await house.transfers.transfer_to_team(conversation_id, lin, team)

    await house.handoffs.decline(conversation_id, zhou)

    found = await house.conversation(conversation_id)
    assert (found.status, found.team_id) == (QUEUED, team)
    assert (await house.desk.summary(conversation_id))["position"] == 1


async def test_a_team_with_nobody_there_is_not_given_a_customer(house: House):
    lin = await house.an_agent("lin")
    await house.an_agent("zhou", presence="offline")
    nobody, alone = await a_team(house, "夜班组", "zhou"), await a_team(house, "一人组", "lin")
    conversation_id = await served(house, lin)

    for team in (nobody, alone):
        with pytest.raises(Conflict) as refused:
            await house.transfers.transfer_to_team(conversation_id, lin, team)
        assert refused.value.code == "team_not_there"
    with pytest.raises(NotFound):
        await house.transfers.transfer_to_team(conversation_id, lin, "no-team")
    assert await whose(house, conversation_id) == (ACTIVE, lin.id)


async def test_a_supervisor_moves_who_waits_to_another_teams_queue_in_front(house: House):
    lin = await house.an_agent("lin", presence="online")
    zhou = await house.an_agent("zhou", presence="online")
    team = await a_team(house, "账单组", "zhou")
    boss = await a_supervisor(house)
    await house.desk.set_presence(lin, "away")
    await house.desk.set_presence(zhou, "away")
    conversation_id = await waits_unoffered(house)
    before = await house.transcript(conversation_id)
    await house.desk.set_presence(zhou, "online")
    await house.handoffs.decline(conversation_id, zhou)

    await house.transfers.transfer_to_team(conversation_id, boss, team)

    found = await house.conversation(conversation_id)
    assert found.team_id == team
    assert await house.transcript(conversation_id) == before


async def waits_unoffered(house: House) -> str:
    """Somebody who waits although nobody takes on more: only the bot's failure queues them."""
    return await waits(house, reason="bot_unavailable")


async def test_a_supervisor_sends_a_conversation_of_the_bots_to_a_person(house: House):
    lin, boss = await house.an_agent(), await a_supervisor(house)
    team = await a_team(house, "宽带组", "lin")
    receipt = await house.customer_says("你们这个机器人真笨")
    await house.bot_answers(receipt)
    conversation_id = receipt.message.conversation_id

    await house.transfers.transfer_to_team(conversation_id, boss, team)

    assert await whose(house, conversation_id) == (OFFERED, lin.id)
    found = await house.desk.conversation(conversation_id)
    assert found["packet"]["reason"] == "supervisor"
    assert (await house.customer_says("在吗")).lease is None


# -- agents -----------------------------------------------------------------------------------


async def test_who_is_made_offline_gives_their_customers_to_somebody_else(house: House):
    lin = await house.an_agent("lin")
    boss = await a_supervisor(house)
    conversation_id = await served(house, lin)
    zhou = await house.an_agent("zhou")

    agent = await house.supervision.set_presence(lin.id, "offline", "", boss)

    assert agent["presence"] == "offline"
    assert await whose(house, conversation_id) == (OFFERED, zhou.id)
    told = await last_event(house, "agent.presence_changed")
    assert (told["actor"], told["agent_id"]) == (f"user:{boss.id}", lin.id)


async def test_an_agent_is_made_online_only_while_their_console_is_open(house: House):
    lin = await house.an_agent("lin", presence="offline")
    boss = await a_supervisor(house)
    house.clock.forward(seconds=90)

    with pytest.raises(Conflict) as refused:
        await house.supervision.set_presence(lin.id, "online", "", boss)
    assert refused.value.code == "console_not_open"

    await house.desk.seen(lin)
    assert (await house.supervision.set_presence(lin.id, "online", "", boss))[
        "presence"
    ] == "online"


async def test_deciding_for_an_agent_does_not_count_as_having_heard_of_them(house: House):
    lin, boss = await house.an_agent(), await a_supervisor(house)
    house.clock.forward(seconds=90)

    await house.supervision.set_presence(lin.id, "away", "培训", boss)

    (row,) = await house.supervision.agents()
    assert (row["is_there"], row["away_reason"]) == (False, "培训")


async def test_more_capacity_is_filled_at_once(house: House):
    lin, boss = await house.an_agent(), await a_supervisor(house)
    await house.supervision.set_capacity(lin.id, 1, boss)
    await served(house, lin)
    second = await waits(house, "visitor2")
    assert await whose(house, second) == (QUEUED, None)

    agent = await house.supervision.set_capacity(lin.id, 2, boss)

    assert (agent["capacity"], agent["offered"]) == (2, 1)
    assert await whose(house, second) == (OFFERED, lin.id)
    with pytest.raises(InvalidInput):
        await house.supervision.set_capacity(lin.id, 0, boss)
    with pytest.raises(NotFound):
        await house.supervision.set_capacity("nobody", 3, boss)


# -- the overview -----------------------------------------------------------------------------


FIVE_MINUTES = AssignmentRules(waiting=WaitingRules(longest_wait=timedelta(minutes=5)))


async def test_the_overview_counts_who_waits_by_team_and_who_waits_too_long(db: Database):
    house = build_house(db, rules=FIVE_MINUTES)
    lin = await house.an_agent("lin")
    team = await a_team(house, "投诉组", "lin")
    await served(house, lin, "visitor0")
    boss = await a_supervisor(house)
    await house.supervision.set_capacity(lin.id, 1, boss)
    await house.teams.save(
        team, Team("", "投诉组", reasons=frozenset({"complaint"})), ["lin"], by=None
    )
    await waits(house, "visitor1", "complaint")
    house.clock.forward(minutes=4)
    await house.desk.seen(lin)
    await waits(house, "visitor2")
    await house.customer_says("你好", user="visitor3")
    house.clock.forward(minutes=2)
    await house.desk.seen(lin)

    found = await house.supervision.overview()

    totals = {name: found[name] for name in ("waiting", "offered", "active", "over", "bot")}
    assert totals == {"waiting": 2, "offered": 0, "active": 1, "over": 1, "bot": 1}
    standing = {queue["name"]: (queue["waiting"], queue["over"]) for queue in found["teams"]}
    assert standing == {"投诉组": (1, 1), None: (1, 0)}
    assert found["agents"] == {"online": 1, "away": 0, "offline": 0, "load": 1, "capacity": 1}


# -- the table --------------------------------------------------------------------------------


async def test_conversations_are_found_by_status_team_agent_reason_and_words(house: House):
    lin = await house.an_agent("lin")
    boss = await a_supervisor(house)
    with_lin = await served(house, lin, "visitor1")
    await house.supervision.set_capacity(lin.id, 1, boss)
    queued = await waits(house, "visitor2", "complaint")
    bots = (await house.customer_says("怎么查话费", user="visitor3")).message
    await house.memory.remember_contact(bots.contact_id, name="王女士", phone="+8613800138000")

    async def ids(**wanted: str) -> list[str]:
        found = await house.supervision.conversations(**wanted)
        assert found["total"] == len(found["conversations"])
        return [row["id"] for row in found["conversations"]]

    assert await ids() == [queued, with_lin, bots.conversation_id]
    assert await ids(status="waiting") == [queued]
    assert await ids(status="bot") == [bots.conversation_id]
    assert await ids(agent=lin.id) == [with_lin]
    assert await ids(reason="complaint") == [queued]
    assert await ids(team="none", status="active") == [with_lin]
    for words in ("王女", "13800138000", "138 0013 8000", "8000", bots.conversation_id):
        assert await ids(words=words) == [bots.conversation_id], words
    for words in ("0013", "138001", "%", "王_"):
        assert await ids(words=words) == [], words
    with pytest.raises(InvalidInput):
        await ids(status="asleep")


async def test_no_number_is_shown_in_full(house: House):
    await house.an_agent()
    receipt = await house.customer_says("我的电话是13800138000，快给我打")
    await house.memory.remember_contact(receipt.message.contact_id, phone="+8613800138000")

    (row,) = (await house.supervision.conversations())["conversations"]

    assert row["contact"]["phone"] == "138****8000"
    assert row["last_message"]["text"] == "我的电话是138****8000，快给我打"


async def test_a_long_queue_comes_a_page_at_a_time_the_longest_wait_first(house: House):
    lin, boss = await house.an_agent(), await a_supervisor(house)
    await house.supervision.set_capacity(lin.id, 1, boss)
    await served(house, lin, "visitor0")
    waiting = []
    for number in range(1, 54):
        house.clock.forward(seconds=1)
        await house.desk.seen(lin)
        waiting.append(await waits(house, f"visitor{number}"))

    pages = [
        await house.supervision.conversations(status="waiting", page=page) for page in (1, 2, 3)
    ]

    assert [page["total"] for page in pages] == [53, 53, 53]
    assert [len(page["conversations"]) for page in pages] == [50, 3, 0]
    assert [row["id"] for page in pages for row in page["conversations"]] == waiting


# -- alerts -----------------------------------------------------------------------------------


async def test_a_supervisor_learns_which_agents_lost_their_conversations_and_why(house: House):
    lin = await house.an_agent("lin")
    lost = await served(house, lin)
    house.clock.forward(seconds=90)
    await house.sweep.run()

    house.clock.forward(minutes=10)
    (alert,) = await house.supervision.alerts(hours=1)

    assert (alert["kind"], alert["conversation_id"]) == ("agent_gone", lost)
    assert alert["agent"] == {"id": lin.id, "name": "客服lin"}
    house.clock.forward(hours=1)
    assert await house.supervision.alerts(hours=1) == []


async def test_offers_missed_are_alerts_and_offers_declined_are_not(house: House):
    lin = await house.an_agent("lin")
    conversation_id = await waits(house)
    await house.handoffs.decline(conversation_id, lin)
    house.clock.forward(minutes=3)
    for _ in range(3):
        await house.desk.seen(lin)
        await house.sweep.run()
        house.clock.forward(seconds=30)
        await house.desk.seen(lin)
        await house.sweep.run()
        house.clock.forward(minutes=3)

    found = await house.supervision.alerts(hours=1)

    assert [alert["kind"] for alert in found] == ["offers_missed", *["not_accepted"] * 3]
    assert all(alert["agent"]["name"] == "客服lin" for alert in found)


async def test_who_waits_too_long_is_an_alert(db: Database):
    house = build_house(db, rules=FIVE_MINUTES)
    lin, boss = await house.an_agent(), await a_supervisor(house)
    await house.supervision.set_capacity(lin.id, 1, boss)
    await served(house, lin, "visitor1")
    conversation_id = await waits(house, "visitor2")
    house.clock.forward(minutes=6)
    await house.desk.seen(lin)
    await house.leaving.run()

    (alert,) = await house.supervision.alerts(hours=1)

    assert (alert["kind"], alert["conversation_id"]) == ("waited_long", conversation_id)


# -- many at once -----------------------------------------------------------------------------


async def test_fifty_take_overs_and_a_closing_leave_one_owner_or_an_end(postgres: Database):
    house = build_house(postgres)
    lin = await house.an_agent("lin")
    bosses = [await house.an_agent(f"boss{n}", presence="away", role="admin") for n in range(5)]
    conversation_id = await served(house, lin)

    results = await asyncio.gather(
        *(house.transfers.take_over(conversation_id, bosses[n % 5]) for n in range(50)),
        house.handoffs.close(conversation_id, lin, "resolved"),
        return_exceptions=True,
    )

    refused = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(result, (Conflict, Forbidden)) for result in refused), refused
    status, owner = await whose(house, conversation_id)
    loads = {one.id: (await house.desk.agent(one)).active for one in (lin, *bosses)}
    if status is ACTIVE:
        assert {agent_id for agent_id, load in loads.items() if load} == {owner}
    else:
        assert (status, set(loads.values())) == (ConversationStatus.CLOSED, {0})


async def test_agents_who_pass_to_each_other_at_once_do_not_block_each_other(postgres: Database):
    house = build_house(postgres)
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou", presence="away")
    boss = await a_supervisor(house, "away")
    for agent in (lin, zhou, boss):
        await house.supervision.set_capacity(agent.id, 100, boss)
    with_lin = [await served(house, lin, f"a{n}") for n in range(10)]
    with_zhou = [await served(house, lin, f"b{n}") for n in range(10)]
    for conversation_id in with_zhou:
        await house.transfers.transfer(conversation_id, lin, zhou.id)
        await house.handoffs.accept(conversation_id, zhou)

    results = await asyncio.gather(
        *(house.transfers.transfer(one, lin, zhou.id) for one in with_lin),
        *(house.transfers.transfer(one, zhou, lin.id) for one in with_zhou),
        *(house.transfers.take_over(one, boss) for one in (*with_lin[:5], *with_zhou[:5])),
        return_exceptions=True,
    )

    refused = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(result, (Conflict, Forbidden)) for result in refused), refused
    held = [await whose(house, one) for one in (*with_lin, *with_zhou)]
    assert all(status in (OFFERED, ACTIVE) and owner for status, owner in held), held
