"""What goes to many sockets is read once and made once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.frames import OP_TEXT
from websockets.protocol import State

from channels.webchat import sockets as customers_sockets
from channels.webchat.sockets import CustomerSocket, SocketRegistry
from common import events
from common.auth import User
from common.db import Database
from common.events import Event
from handoff.model import Author, Message
from handoff.sockets import ConsoleRegistry, ConsoleSocket, concerns
from server import live as server_live
from server.live import Live
from tests.conftest import NOON


class Wire:
    """A socket's other end: keeps what was written to it."""

    def __init__(self) -> None:
        self.conn_mutex = asyncio.Lock()
        self.ws_proto = SimpleNamespace(state=State.OPEN)
        self.writes: list[bytes] = []

    @property
    def said(self) -> list[dict[str, Any]]:
        return [frame for write in self.writes for frame in frames(write)]

    async def send_data(self, data: list[bytes]) -> None:
        self.writes += data


def frames(data: bytes) -> list[dict[str, Any]]:
    """Take a server's short text frames apart."""
    found = []
    while data:
        assert data[0] == 0x80 | OP_TEXT
        start, length = (2, data[1]) if data[1] < 126 else (4, int.from_bytes(data[2:4], "big"))
        found.append(json.loads(data[start : start + length]))
        data = data[start + length :]
    return found


class Waits:
    """A customer who waits in the queue, in the third place."""

    async def messages_after(self, *_: object) -> tuple[list[dict[str, Any]], bool]:
        return [], False

    async def conversation_for(self, contact_id: str) -> dict[str, Any]:
        return {"id": f"c-{contact_id}", "status": "queued", "position": 3, "wait": None}


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_the_places_of_all_who_wait_are_read_at_once_and_told_if_they_are_new(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(customers_sockets, "WAITING_SECONDS", 0.01)
    registry, wires, asked = SocketRegistry(), {}, []
    tasks = []
    for contact_id in ("v1", "v2", "v3"):
        wires[contact_id] = Wire()
        socket = CustomerSocket(wires[contact_id], Waits(), contact_id, 0)
        registry.add(socket)
        tasks.append(asyncio.create_task(socket.run()))
    await until(lambda: all(wire.said for wire in wires.values()))

    async def places(contact_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        asked.append(sorted(contact_ids))
        return {
            "v1": {"position": 1, "wait": {"low": 2, "high": 4}},
            "v2": {"position": 2, "wait": None},
            "v3": {"position": 3, "wait": None},
        }

    for _ in range(10):
        registry.tell_places_soon(places)
    await until(lambda: len(wires["v2"].said) == 2)
    await asyncio.sleep(0.05)

    assert asked == [["v1", "v2", "v3"]]
    assert wires["v1"].said[1]["conversation"]["wait"] == {"low": 2, "high": 4}
    assert [wire.said[-1]["conversation"]["position"] for wire in wires.values()] == [1, 2, 3]
    assert [len(wire.said) for wire in wires.values()] == [2, 2, 1]
    for task in tasks:
        task.cancel()


async def test_a_queue_that_cannot_be_read_once_is_told_with_its_next_move(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(customers_sockets, "WAITING_SECONDS", 0.01)
    registry, wire, tries = SocketRegistry(), Wire(), []
    socket = CustomerSocket(wire, Waits(), "v1", 0)
    registry.add(socket)
    task = asyncio.create_task(socket.run())
    await until(lambda: wire.said)

    async def places(contact_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        tries.append(contact_ids)
        if len(tries) == 1:
            raise ConnectionError("the database is away")
        return {"v1": {"position": 2, "wait": None}}

    registry.tell_places_soon(places)
    await until(lambda: tries)
    await asyncio.sleep(0.02)
    registry.tell_places_soon(places)

    await until(lambda: len(wire.said) == 2)
    assert wire.said[-1]["conversation"]["position"] == 2
    task.cancel()


LIN = User("lin", "lin", "小林", "agent")


def an_event(number: int, **data: str) -> Event:
    return Event(1, number, "message.created", "c1", "contact", {"seq": number, **data}, NOON)


class Desk:
    """What is kept, and how often it was read."""

    def __init__(self, *kept: Message) -> None:
        self._kept = {message.id: message for message in kept}
        self.reads: list[list[str]] = []

    async def messages_by_id(self, ids: Collection[str]) -> dict[str, Message]:
        self.reads.append(list(ids))
        return {id: self._kept[id] for id in ids if id in self._kept}


def a_message(seq: int, contact_id: str = "v1") -> Message:
    return Message(
        id=f"m{seq}-{contact_id}",
        conversation_id="c1",
        contact_id=contact_id,
        seq=seq,
        author=Author.CONTACT,
        text="我的号码是13812345678",
        created_at=NOON,
    )


def its_event(message: Message) -> Event:
    return an_event(message.seq, message_id=message.id, contact_id=message.contact_id)


def live(customers: SocketRegistry, consoles: ConsoleRegistry, desk: Desk) -> Live:
    return Live(customers, consoles, desk, SimpleNamespace(of=None))


async def test_messages_that_come_together_are_read_once_for_all_screens(sqlite: Database):
    said = [a_message(1, "v1"), a_message(1, "v2"), a_message(1, "elsewhere")]
    customers, consoles, desk = SocketRegistry(), ConsoleRegistry(), Desk(*said)
    wires = {contact_id: Wire() for contact_id in ("v1", "v2")}
    console_wire = Wire()
    tasks = []
    for contact_id, wire in wires.items():
        page = CustomerSocket(wire, Waits(), contact_id, 0)
        customers.add(page)
        tasks.append(asyncio.create_task(page.run()))
    console = ConsoleSocket(console_wire, sqlite, LIN)
    consoles.add(console)
    tasks.append(asyncio.create_task(console.run(None)))
    await until(lambda: all(wire.writes for wire in (*wires.values(), console_wire)))

    await live(customers, consoles, desk).tell([(its_event(m), "1-1") for m in said])
    await until(lambda: all(len(wire.said) == 2 for wire in wires.values()))
    await until(lambda: len(console_wire.writes) == 2)

    assert desk.reads == [[message.id for message in said]]
    for contact_id, wire in wires.items():
        assert wire.said[1]["message"]["id"] == f"m1-{contact_id}"
        assert "13812345678" in wire.said[1]["message"]["text"]
    told = frames(console_wire.writes[1])
    assert [frame["message"]["id"] for frame in told] == [message.id for message in said]
    assert not any("13812345678" in frame["message"]["text"] for frame in told)
    for task in tasks:
        task.cancel()


class Forgetful(Waits):
    """A customer of whom the database holds three messages."""

    async def messages_after(
        self, contact_id: str, after: int, limit: int
    ) -> tuple[list[dict[str, Any]], bool]:
        return [{"seq": seq} for seq in range(after + 1, 4)], False


async def test_a_page_reads_what_was_not_brought_and_shows_nothing_twice():
    wire = Wire()
    customers, consoles = SocketRegistry(), ConsoleRegistry()
    page = CustomerSocket(wire, Waits(), "v1", 0)
    customers.add(page)
    task = asyncio.create_task(page.run())
    await until(lambda: wire.said)
    page._history = Forgetful()
    bringing = live(customers, consoles, Desk(a_message(1), a_message(3)))

    await bringing.tell([(its_event(a_message(1)), "1-1")])
    await bringing.tell([(its_event(a_message(1)), "1-1")])
    await bringing.tell([(its_event(a_message(3)), "1-3")])
    await until(lambda: len(wire.said) == 4)
    await bringing.tell([(its_event(a_message(3)), "1-3")])
    await asyncio.sleep(0.05)

    assert [frame["message"]["seq"] for frame in wire.said[1:]] == [1, 2, 3]
    task.cancel()


class IsAccepted(Waits):
    """A customer whom an agent serves by now."""

    async def conversation_for(self, contact_id: str) -> dict[str, Any]:
        return {"id": "c1", "status": "active"}


async def test_who_reads_that_an_agent_is_there_may_begin_to_write_at_once():
    known: list[bool] = []

    class Watched(Wire):
        async def send_data(self, data: list[bytes]) -> None:
            await super().send_data(data)
            known.append(page.conversation_id == "c1" and page.talks_to_people)

    wire = Watched()
    customers = SocketRegistry()
    page = CustomerSocket(wire, Waits(), "v1", 0)
    customers.add(page)
    task = asyncio.create_task(page.run())
    await until(lambda: wire.said)
    page._history = IsAccepted()
    accepted = Event(1, 2, "conversation.accepted", "c1", "user:lin", {"contact_id": "v1"}, NOON)
    news = [(its_event(a_message(1)), "1-1"), (accepted, "1-2")]
    await live(customers, ConsoleRegistry(), Desk(a_message(1))).tell(news)
    await until(lambda: len(wire.said) == 3)

    assert [frame["type"] for frame in wire.said] == ["ready", "message", "conversation"]
    assert known == [False, True, True]
    task.cancel()


async def test_nothing_is_read_when_nobody_here_looks(sqlite: Database):
    desk = Desk()

    await live(SocketRegistry(), ConsoleRegistry(), desk).tell([(its_event(a_message(1)), "1-1")])

    assert desk.reads == []


async def test_an_event_for_many_consoles_is_encoded_once_and_several_go_in_one_write(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
):
    made: list[int] = []
    make = server_live.event_frame

    def counted(event: Event, *more: Any) -> bytes:
        made.append(event.id)
        return make(event, *more)

    monkeypatch.setattr(server_live, "event_frame", counted)
    registry, wires = ConsoleRegistry(), [Wire() for _ in range(20)]
    consoles = [ConsoleSocket(wire, sqlite, LIN) for wire in wires]
    tasks = [asyncio.create_task(console.run(None)) for console in consoles]
    for console in consoles:
        registry.add(console)
    await until(lambda: all(wire.writes for wire in wires))

    news = [(its_event(a_message(number)), f"1-{number}") for number in (1, 2, 3)]
    await live(SocketRegistry(), registry, Desk()).tell(news)
    await until(lambda: all(len(wire.writes) > 1 for wire in wires))

    assert made == [1, 2, 3]
    for wire in wires:
        ready, told = wire.writes
        assert [frame["type"] for frame in frames(ready)] == ["ready"]
        assert [frame["event"]["data"]["seq"] for frame in frames(told)] == [1, 2, 3]
        assert [frame["cursor"] for frame in frames(told)] == ["1-1", "1-2", "1-3"]
    for task in tasks:
        task.cancel()


@pytest.mark.parametrize(
    ("role", "user_id", "shows", "hears"),
    [
        ("agent", "lin", None, True),
        ("agent", "zhao", None, False),
        ("agent", "zhao", "c1", True),
        ("agent", "zhao", "c2", False),
        ("supervisor", "wang", None, True),
        ("admin", "root", None, True),
    ],
)
def test_what_an_agent_and_a_customer_write_is_for_those_it_concerns(
    role: str, user_id: str, shows: str | None, hears: bool
):
    event = an_event(1, agent_id="lin")

    assert concerns(event, User(user_id, user_id, "", role), shows) is hears
    assert concerns(an_event(2), User(user_id, user_id, "", role), shows)


async def test_what_is_replayed_to_a_console_does_not_come_twice(sqlite: Database):
    async with sqlite.begin() as conn:
        await events.append(conn, "conversation.queued", actor="contact", conversation_id="c1")
    async with sqlite.connect() as conn:
        (kept,) = await events.read_after(conn, "0-0")
    wire = Wire()
    console = ConsoleSocket(wire, sqlite, LIN)
    registry = ConsoleRegistry()
    registry.add(console)
    bringing = live(SocketRegistry(), registry, Desk())
    await bringing.tell([(kept, kept.cursor)])

    task = asyncio.create_task(console.run("0-0"))
    await until(lambda: len(wire.writes) == 2)
    await bringing.tell([(kept, kept.cursor)])
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(task), 0.05)

    assert [frame["type"] for write in wire.writes for frame in frames(write)] == ["event", "ready"]
    task.cancel()
