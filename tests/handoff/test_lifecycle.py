"""What may happen to a conversation, by table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from common.errors import Conflict, Forbidden
from handoff import lifecycle
from handoff.model import Agent, CloseReason, Conversation, ConversationStatus, Presence
from tests.conftest import NOON
from tickets.model import Priority

S = ConversationStatus


def a_conversation(status: S = S.BOT, **changes: object) -> Conversation:
    made = Conversation(
        id="webchat-1", contact_id="c1", channel="webchat", created_at=NOON, updated_at=NOON
    )
    return replace(made, status=status, **changes)


def test_asking_for_a_person_starts_the_wait():
    queued = lifecycle.queue(a_conversation(bot_failing_since=NOON), Priority.NORMAL, NOON)

    assert (queued.status, queued.queued_at, queued.bot_failing_since) == (S.QUEUED, NOON, None)


@pytest.mark.parametrize("status", [S.QUEUED, S.OFFERED, S.ACTIVE])
def test_asking_again_keeps_the_place(status: S):
    waiting = a_conversation(status, queued_at=NOON)

    assert lifecycle.queue(waiting, Priority.URGENT, NOON + timedelta(minutes=5)) == waiting


@pytest.mark.parametrize("status", [S.QUEUED, S.OFFERED])
def test_a_waiting_conversation_can_be_accepted(status: S):
    active = lifecycle.accept(a_conversation(status), "lin", NOON)

    assert (active.status, active.agent_id, active.accepted_at) == (S.ACTIVE, "lin", NOON)


def test_accepting_what_one_has_changes_nothing():
    mine = a_conversation(S.ACTIVE, agent_id="lin", accepted_at=NOON)

    assert lifecycle.accept(mine, "lin", NOON + timedelta(minutes=1)) == mine


@pytest.mark.parametrize(
    ("conversation", "code"),
    [
        (a_conversation(S.ACTIVE, agent_id="zhou"), "conversation_taken"),
        (a_conversation(S.BOT), "conversation_not_queued"),
        (a_conversation(S.CLOSED), "conversation_not_queued"),
    ],
)
def test_what_cannot_be_accepted_says_why(conversation: Conversation, code: str):
    with pytest.raises(Conflict) as refusal:
        lifecycle.accept(conversation, "lin", NOON)
    assert refusal.value.code == code


def test_only_the_owner_may_speak():
    lifecycle.check_owner(a_conversation(S.ACTIVE, agent_id="lin"), "lin")
    with pytest.raises(Forbidden):
        lifecycle.check_owner(a_conversation(S.ACTIVE, agent_id="zhou"), "lin")
    with pytest.raises(Conflict):
        lifecycle.check_owner(a_conversation(S.QUEUED), "lin")


def test_a_closed_conversation_stays_closed():
    closed = lifecycle.close(a_conversation(S.ACTIVE), CloseReason.RESOLVED, NOON)

    assert (closed.status, closed.close_reason) == (S.CLOSED, CloseReason.RESOLVED)
    with pytest.raises(Conflict):
        lifecycle.close(closed, CloseReason.RESOLVED, NOON)
    with pytest.raises(Conflict):
        lifecycle.queue(closed, Priority.NORMAL, NOON)


@pytest.mark.parametrize(
    ("status", "reach_the_customer"),
    [(S.BOT, True), (S.QUEUED, True), (S.OFFERED, True), (S.ACTIVE, False), (S.CLOSED, False)],
)
def test_the_bots_replies_are_dropped_once_a_person_took_over(status: S, reach_the_customer: bool):
    assert lifecycle.takes_replies(a_conversation(status)) is reach_the_customer


def test_a_turn_is_taken_only_by_one_until_its_lease_ends():
    leased = a_conversation(turn_owner="a", turn_until=NOON + timedelta(seconds=15))

    assert not lifecycle.may_take_turn(leased, NOON)
    assert lifecycle.may_take_turn(leased, NOON + timedelta(seconds=15))
    assert not lifecycle.may_take_turn(a_conversation(S.QUEUED), NOON)


@pytest.mark.parametrize(
    ("presence", "seconds_ago", "online"),
    [
        (Presence.ONLINE, 30, True),
        (Presence.ONLINE, 61, False),
        (Presence.ONLINE, None, False),
        (Presence.AWAY, 0, False),
        (Presence.OFFLINE, 0, False),
    ],
)
def test_online_takes_both_the_choice_and_a_heartbeat(
    presence: Presence, seconds_ago: int | None, online: bool
):
    seen = None if seconds_ago is None else NOON - timedelta(seconds=seconds_ago)
    agent = Agent("lin", "小林", presence, capacity=8, active=0, seen_at=seen)

    assert agent.is_online(NOON, grace=timedelta(seconds=60)) is online
