from datetime import UTC, datetime, timedelta

import pytest

from common import events
from common.errors import Conflict, InvalidInput, NotFound
from common.times import to_local
from tests.tickets.builders import NOON, Clock, a_new_ticket
from tickets import store
from tickets.instants import read_past
from tickets.model import Priority, TicketStatus, TicketType
from tickets.service import Tickets


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tickets(db, clock):
    return Tickets(db, clock)


async def history(db, conversation_id="webchat-01"):
    async with db.connect() as conn:
        found = await events.list_for_conversation(conn, conversation_id)
    return [(event.type, event.actor, event.data) for event in found]


async def test_registering_gives_number_priority_and_promised_times(tickets):
    ticket = await tickets.register(a_new_ticket(), "m1")
    assert ticket.number == "20260310-0001"
    assert (ticket.type, ticket.priority) == (TicketType.FAULT, Priority.MAJOR)
    assert ticket.status is TicketStatus.REGISTERED
    assert ticket.phone == "+8613800138000"
    assert ticket.registered_at == NOON
    assert ticket.assess_by == NOON + timedelta(hours=2)
    assert ticket.respond_by == NOON + timedelta(hours=8)
    assert ticket.resolve_by == NOON + timedelta(hours=24)
    assert await tickets.get_by_number(ticket.number) == ticket


async def test_registering_is_told_once_without_the_customers_words(tickets, db):
    await tickets.register(a_new_ticket(), "m1")
    assert await history(db) == [
        (
            "ticket.registered",
            "bot",
            {"number": "20260310-0001", "type": "fault", "priority": "major"},
        )
    ]


async def test_the_same_message_registers_one_ticket(tickets, db):
    first = await tickets.register(a_new_ticket(), "m1")
    again = await tickets.register(a_new_ticket(symptom="别的"), "m1")
    assert again == first
    assert (await tickets.register(a_new_ticket(), "m2")).number == "20260310-0002"
    assert len(await history(db)) == 2


async def test_numbers_begin_again_at_midnight_in_shanghai(tickets, clock):
    clock.now = datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC)
    assert (await tickets.register(a_new_ticket(), "m1")).number == "20260310-0001"
    assert (await tickets.register(a_new_ticket(), "m2")).number == "20260310-0002"
    clock.now = datetime(2026, 3, 10, 16, 0, 0, tzinfo=UTC)
    assert (await tickets.register(a_new_ticket(), "m3")).number == "20260311-0001"


async def test_another_zone_has_another_midnight(db, clock):
    clock.now = datetime(2026, 3, 10, 16, 0, 0, tzinfo=UTC)
    ticket = await Tickets(db, clock, "UTC").register(a_new_ticket(), "m1")
    assert ticket.number == "20260310-0001"


async def test_the_ten_thousandth_ticket_of_a_day_still_gets_a_number(tickets, db):
    async with db.begin() as conn:
        day = datetime(2026, 3, 10).date()
        await conn.execute(store.ticket_counters.insert().values(day=day, last=9999))
    ticket = await tickets.register(a_new_ticket(), "m1")
    assert ticket.number == "20260310-10000"
    assert await tickets.find_by_number("20260310-10000") == ticket


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone": "1380013800"}, "phone_too_short"),
        ({"symptom": ""}, "symptom_needed"),
        ({"type": "party"}, "ticket_type_unknown"),
    ],
)
async def test_what_cannot_be_worked_is_refused_and_takes_no_number(tickets, changes, code):
    with pytest.raises(InvalidInput) as refused:
        await tickets.register(a_new_ticket(**changes), "m1")
    assert refused.value.code == code
    assert (await tickets.register(a_new_ticket(), "m1")).number == "20260310-0001"


async def test_a_ticket_needs_the_id_of_its_message(tickets):
    with pytest.raises(InvalidInput) as refused:
        await tickets.register(a_new_ticket(), "")
    assert refused.value.code == "message_id_invalid"


async def test_a_ticket_keeps_the_instants_its_words_mean_beside_the_words(tickets):
    ticket = await tickets.register(a_new_ticket(since="昨晚八点", hoped_time="明天下午"), "m1")
    kept = await tickets.get_by_number(ticket.number)
    assert (kept.since, kept.since_precision) == ("昨晚八点", "hour")
    assert kept.since_at == datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert (kept.hoped_time, kept.hoped_precision) == ("明天下午", "part_of_day")
    assert kept.hoped_at == datetime(2026, 3, 11, 5, tzinfo=UTC)


async def test_words_read_when_they_were_said_are_not_read_again(tickets, clock):
    began = read_past("昨晚八点", to_local(clock.now - timedelta(days=2), "Asia/Shanghai"))
    ticket = await tickets.register(a_new_ticket(since="昨晚八点", began=began), "m1")
    assert ticket.since_at == datetime(2026, 3, 7, 12, tzinfo=UTC)


async def test_words_that_name_no_time_leave_the_instant_empty(tickets):
    ticket = await tickets.register(a_new_ticket(since="不清楚", hoped_time="都可以"), "m1")
    kept = await tickets.get_by_number(ticket.number)
    assert (kept.since_at, kept.since_precision) == (None, "")
    assert (kept.hoped_at, kept.hoped_precision) == (None, "")


async def test_details_are_kept_by_their_names_and_nothing_else(tickets):
    said = {"device_model": " 小米14 ", "imei": "490154203237518", "amount": "", "mood": "angry"}
    ticket = await tickets.register(a_new_ticket(fault_type="device", details=said), "m1")
    kept = await tickets.get_by_number(ticket.number)
    assert kept.details == {"device_model": "小米14", "imei": "490154203237518"}


async def test_a_left_message_needs_no_phone(tickets):
    ticket = await tickets.register(
        a_new_ticket(type="enquiry", fault_type="other", phone="", place="", since=""), "m1"
    )
    assert (ticket.phone, ticket.priority) == ("", Priority.NORMAL)


async def test_four_byte_characters_and_an_extension_survive(tickets):
    new = a_new_ticket(symptom="网断了😀𠮷", phone="0571-88886666转801", tried=("重启光猫",))
    ticket = await tickets.register(new, "m1")
    kept = await tickets.get_by_number(ticket.number)
    assert kept.symptom == "网断了😀𠮷"
    assert kept.phone == "+8657188886666;ext=801"
    assert kept.tried == ("重启光猫",)


async def test_an_unpublished_holiday_is_logged_and_stops_nothing(tickets, clock, caplog):
    clock.now = datetime(2099, 12, 30, 2, 0, tzinfo=UTC)
    await tickets.register(a_new_ticket(symptom="网速慢"), "m1")
    assert "not published yet" in caplog.text


async def test_a_customer_finds_only_their_own_ticket(tickets):
    number = (await tickets.register(a_new_ticket(), "m1")).number
    assert await tickets.find_by_number(number, contact_ids=["contact-0", "contact-1"])
    assert await tickets.find_by_number(number, contact_ids=["contact-2"]) is None
    assert await tickets.find_by_number("20260310-9999") is None
    assert await tickets.find_by_number("' OR 1=1 --") is None
    with pytest.raises(NotFound) as missing:
        await tickets.get_by_number("20260310-9999")
    assert missing.value.code == "ticket_not_found"


async def test_the_latest_ticket_of_a_contact_and_all_of_a_conversation(tickets, clock):
    first = await tickets.register(a_new_ticket(), "m1")
    second = await tickets.register(a_new_ticket(), "m2")
    clock.now += timedelta(minutes=1)
    third = await tickets.register(a_new_ticket(conversation_id="webchat-02"), "m3")
    assert await tickets.for_contacts(["contact-1"], 1) == [third]
    assert await tickets.for_contacts(["nobody"], 1) == []
    assert await tickets.for_conversation("webchat-01") == [second, first]


async def test_urging_counts_and_is_told(tickets, db, clock):
    number = (await tickets.register(a_new_ticket(), "m1")).number
    clock.now += timedelta(hours=1)
    urged = await tickets.urge(number, "webchat-02", "m5")
    assert (urged.urged_count, urged.last_urged_at) == (1, clock.now)
    assert await history(db, "webchat-02") == [
        ("ticket.urged", "contact", {"number": number, "count": 1})
    ]
    assert (await tickets.urge(number, "webchat-02")).urged_count == 2


async def test_the_same_message_urges_once(tickets, db):
    number = (await tickets.register(a_new_ticket(), "m1")).number
    await tickets.urge(number, "webchat-01", "m5")
    assert (await tickets.urge(number, "webchat-01", "m5")).urged_count == 1
    assert (await tickets.urge(number, "webchat-01", "m6")).urged_count == 2
    assert len(await history(db)) == 3


async def test_urging_what_is_not_there_or_closed_is_refused(tickets, db):
    with pytest.raises(NotFound):
        await tickets.urge("20260310-0001", "webchat-01")
    number = (await tickets.register(a_new_ticket(), "m1")).number
    async with db.begin() as conn:
        await conn.execute(store.tickets.update().values(status="closed"))
    with pytest.raises(Conflict):
        await tickets.urge(number, "webchat-01")


async def test_the_list_is_searched_and_paged(tickets, clock):
    for index in range(5):
        clock.now += timedelta(minutes=1)
        await tickets.register(a_new_ticket(symptom=f"宽带断了{index}"), f"m{index}")
    await tickets.register(
        a_new_ticket(contact_name="韩梅梅", phone="0571-88886666", place="100%大厦"), "m9"
    )
    first = await tickets.list(page_size=4)
    assert (len(first.tickets), first.total) == (4, 6)
    assert first.tickets[0].number == "20260310-0006"
    assert len((await tickets.list(page=2, page_size=4)).tickets) == 2
    for query in ("韩梅", "0571-8888", "20260310-0006", "100%大"):
        assert [t.contact_name for t in (await tickets.list(query)).tickets] == ["韩梅梅"]
    assert (await tickets.list("1%0")).total == 0
    assert (await tickets.list("13800138")).total == 5
    assert (await tickets.list(status="registered")).total == 6
    assert (await tickets.list(status="closed")).total == 0


@pytest.mark.parametrize(
    "asked", [{"status": "lost"}, {"page": 0}, {"page_size": 0}, {"page_size": 101}]
)
async def test_an_impossible_list_is_refused(tickets, asked):
    with pytest.raises(InvalidInput):
        await tickets.list(**asked)
