"""What SQLite cannot show: registrations and urges that really run at the same time."""

import asyncio
from datetime import timedelta

from common import events
from tests.tickets.builders import NOON, a_new_ticket
from tickets.service import Tickets


async def test_fifty_parallel_registrations_get_fifty_numbers_without_a_gap(postgres):
    tickets = Tickets(postgres, lambda: NOON)
    made = await asyncio.gather(*(tickets.register(a_new_ticket(), f"m{i}") for i in range(50)))
    assert sorted(ticket.number for ticket in made) == [
        f"20260310-{serial:04d}" for serial in range(1, 51)
    ]


async def test_one_message_registering_fifty_times_at_once_makes_one_ticket(postgres):
    tickets = Tickets(postgres, lambda: NOON)
    made = await asyncio.gather(*(tickets.register(a_new_ticket(), "m1") for _ in range(50)))
    assert {ticket.number for ticket in made} == {"20260310-0001"}
    async with postgres.connect() as conn:
        assert len(await events.list_for_conversation(conn, "webchat-01")) == 1
    # The numbers taken in vain were given back.
    assert (await tickets.register(a_new_ticket(), "m2")).number == "20260310-0002"


async def test_one_message_on_both_sides_of_midnight_makes_one_ticket(postgres):
    before = Tickets(postgres, lambda: NOON)
    after = Tickets(postgres, lambda: NOON + timedelta(days=1))
    made = await asyncio.gather(
        *(side.register(a_new_ticket(), "m1") for side in (before, after) for _ in range(10))
    )
    assert len({ticket.number for ticket in made}) == 1


async def test_no_urge_is_lost(postgres):
    tickets = Tickets(postgres, lambda: NOON)
    number = (await tickets.register(a_new_ticket(), "m0")).number
    await asyncio.gather(*(tickets.urge(number, "webchat-01", f"u{i}") for i in range(20)))
    assert (await tickets.get_by_number(number)).urged_count == 20
