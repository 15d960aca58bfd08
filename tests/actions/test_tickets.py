from __future__ import annotations

from datetime import timedelta

import pytest

from actions.messages import ActionRegisterMessage
from actions.tickets import ActionCreateTicket, ActionTicketStatus, ActionUrgeTicket
from tickets.model import NewTicket, TicketStatus


@pytest.fixture
def given(tickets, services):
    """A ticket registered before, by default this customer's."""

    def make(contact_id="contact-1", **changes):
        new = NewTicket("webchat-0", contact_id, "webchat", "fault", symptom="宽带断了")
        ticket = tickets.make(new, **changes)
        tickets.by_message[f"old-{len(tickets.by_message)}"] = ticket
        return ticket

    return make


async def test_the_latest_ticket_is_told_with_its_promise(chat, given):
    ticket = given(status=TicketStatus.ACCEPTED)

    await chat.tell(ActionTicketStatus, "我的报修怎么样了", "ticket_status")

    assert ticket.number in chat.text
    assert "已接单" in chat.text
    assert "明天12:00" in chat.text
    assert chat.said[0].data == {"kind": "ticket", "number": ticket.number}


async def test_a_day_further_off_is_told_by_its_date(chat, given, services):
    given(resolve_by=services.now() + timedelta(days=3))

    await chat.tell(ActionTicketStatus, "工单进度", "ticket_status")

    assert "3月13日12:00" in chat.text


async def test_a_ticket_is_found_by_the_number_in_the_words(chat, given):
    first = given()
    given()

    await chat.tell(ActionTicketStatus, f"查一下{first.number}", "ticket_status")

    assert first.number in chat.text


async def test_another_customers_ticket_is_not_shown(chat, given):
    other = given(contact_id="contact-2")

    await chat.tell(ActionTicketStatus, f"查一下{other.number}", "ticket_status")

    assert chat.heard == ["utter_ticket_not_found"]


@pytest.mark.parametrize("words", ["我的报修怎么样了", "查一下{number}"])
async def test_a_ticket_registered_on_another_account_of_theirs_is_their_own(
    chat, given, desk, words: str
):
    desk.other_contacts = ["contact-2"]
    other = given(contact_id="contact-2")

    await chat.tell(ActionTicketStatus, words.format(number=other.number), "ticket_status")

    assert other.number in chat.text


async def test_without_a_ticket_the_assistant_says_so(chat):
    await chat.tell(ActionTicketStatus, "查工单", "ticket_status")

    assert chat.heard == ["utter_no_ticket"]


async def test_urging_is_kept_with_the_message_that_urged(chat, given, tickets):
    ticket = given()

    await chat.tell(ActionUrgeTicket, "怎么还没人来，催一下", "urge_ticket")

    assert tickets.urged == [(ticket.number, "m1")]
    assert chat.heard == ["utter_ticket_urged"]


async def test_an_overdue_ticket_is_apologised_for(chat, given, services):
    given(resolve_by=services.now() - timedelta(hours=1))

    await chat.tell(ActionUrgeTicket, "催一下", "urge_ticket")

    assert chat.heard == ["utter_ticket_urged_overdue"]
    assert "今天11:00" in chat.text


async def test_a_closed_ticket_is_not_urged(chat, given, tickets):
    given(status=TicketStatus.CLOSED)

    await chat.tell(ActionUrgeTicket, "催一下", "urge_ticket")

    assert tickets.urged == []
    assert chat.heard == ["utter_ticket_done"]


@pytest.mark.parametrize("register", [ActionCreateTicket, ActionRegisterMessage])
async def test_a_ticket_carries_the_customers_level_and_what_only_people_may_answer(
    chat, tickets, desk, register, monkeypatch
):
    desk.standing = {"level": "vip", "sensitive": True}
    registered = []
    make = tickets.make
    monkeypatch.setattr(tickets, "make", lambda new: registered.append(new) or make(new))
    chat.slots |= {"symptom": "光猫冒烟", "message_text": "光猫冒烟", "confirmed": True}

    await chat.tell(register, "对", "affirm")

    (new,) = registered
    assert (new.level, new.sensitive) == ("vip", True)
