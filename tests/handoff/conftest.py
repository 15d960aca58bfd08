"""The desk with its neighbours, on an empty database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

import pytest
import sqlalchemy as sa

from channels.model import ButtonPress, InboundMessage
from common import events
from common.auth import Accounts, User
from common.db import Database
from handoff import message_store, store
from handoff.assignment import AssignmentRules, Assignments
from handoff.contacts import Contacts
from handoff.desk import Desk
from handoff.gathering import Packets
from handoff.guarding import GuardedBot
from handoff.leaving import Leaving
from handoff.memory import Memory
from handoff.model import Conversation, Message
from handoff.notes import Notes
from handoff.numbers import Numbers
from handoff.pages import Pages
from handoff.persons import Persons
from handoff.rasa import BotTurn, Reply
from handoff.reception import Receipt, Reception
from handoff.sensitive import SensitiveWords
from handoff.service import Handoffs
from handoff.supervision import Supervision
from handoff.sweeping import QueueSweep
from handoff.teams import Teams
from handoff.transfers import Transfers
from handoff.turns import Turns
from knowledgebase.service import KnowledgeBase
from tests.conftest import NOON
from tickets.service import Tickets

WORDS = SensitiveWords.load()


class Clock:
    """A clock that goes on only when told to."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **time: float) -> None:
        self.time += timedelta(**time)


class ScriptedBot:
    """Says what the test wrote down; an exception in the script is raised."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.script: list[BotTurn | Exception] = []

    async def take_turn(self, message: Message) -> BotTurn:
        self.heard.append(message.payload or message.text)
        said = self.script.pop(0) if self.script else says(f"答：{message.text}")
        if isinstance(said, Exception):
            raise said
        return said


def says(*texts: str, slots: dict[str, object] | None = None) -> BotTurn:
    return BotTurn(tuple(Reply(text) for text in texts), slots or {})


@dataclass
class House:
    """Everything a test of the desk works with."""

    db: Database
    clock: Clock
    bot: ScriptedBot
    reception: Reception
    handoffs: Handoffs
    memory: Memory
    desk: Desk
    assignments: Assignments
    transfers: Transfers
    notes: Notes
    numbers: Numbers
    supervision: Supervision
    teams: Teams
    sweep: QueueSweep
    leaving: Leaving
    pages: Pages
    persons: Persons
    tickets: Tickets
    contacts: Contacts
    turns: Turns

    async def customer_says(self, text: str, *, id: str = "", user: str = "visitor1") -> Receipt:
        message_id = id or f"m-{crc32(text.encode())}-{self.clock.time.timestamp()}"
        return await self.reception.receive(InboundMessage("webchat", user, message_id, text))

    async def bot_answers(self, receipt: Receipt) -> None:
        """Run the turns that a message asked for."""
        assert receipt.lease is not None
        await self.turns.run(receipt.message.conversation_id, receipt.lease)

    async def customer_presses(self, seq: int, index: int, *, id: str = "p1") -> Receipt:
        return await self.reception.receive(
            InboundMessage("webchat", "visitor1", id, button=ButtonPress(seq, index))
        )

    async def conversation(self, conversation_id: str) -> Conversation:
        async with self.db.connect() as conn:
            return await store.get_conversation(conn, conversation_id)

    async def transcript(self, conversation_id: str) -> list[tuple[str, str]]:
        async with self.db.connect() as conn:
            found = await message_store.list_conversation_messages(conn, conversation_id)
        return [(message.author.value, message.text) for message in found]

    async def events(self) -> list[str]:
        query = sa.select(events.events.c.type).order_by(events.events.c.id)
        async with self.db.connect() as conn:
            return list((await conn.execute(query)).scalars())

    async def an_agent(
        self, username: str = "lin", *, presence: str = "online", role: str = "agent"
    ) -> User:
        accounts = Accounts(self.db, now=self.clock)
        user = await accounts.add(username, f"客服{username}", role, "long password")
        if presence:
            await self.desk.set_presence(user, presence)
        return user


@pytest.fixture
def house(db: Database) -> House:
    return build_house(db)


def build_house(
    db: Database, *, bot: ScriptedBot | None = None, rules: AssignmentRules | None = None
) -> House:
    clock, bot = Clock(), bot or ScriptedBot()
    kb, tickets = KnowledgeBase(db, now=clock), Tickets(db, now=clock)
    assignments = Assignments(db, rules or AssignmentRules(), now=clock)
    packets = Packets(db, kb, tickets, "zh-CN")
    desk = Desk(db, assignments, now=clock)
    handoffs = Handoffs(db, packets, assignments, now=clock)
    return House(
        db=db,
        clock=clock,
        bot=bot,
        reception=Reception(db, now=clock),
        handoffs=handoffs,
        memory=Memory(db, now=clock),
        desk=desk,
        assignments=assignments,
        transfers=Transfers(db, packets, assignments, now=clock),
        notes=Notes(db, now=clock),
        numbers=Numbers(db, ("supervisor",), now=clock),
        supervision=Supervision(db, desk, assignments, now=clock),
        teams=Teams(db, assignments.rules.waiting, now=clock),
        sweep=QueueSweep(db, assignments, now=clock),
        leaving=Leaving(db, assignments, now=clock),
        pages=Pages(db, now=clock),
        persons=Persons(db, assignments, now=clock),
        tickets=tickets,
        contacts=Contacts(db, now=clock),
        turns=Turns(
            db,
            GuardedBot(bot, WORDS, db, handoffs),
            handoffs,
            give_up_after=timedelta(seconds=30),
            now=clock,
        ),
    )
