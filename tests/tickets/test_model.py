from dataclasses import replace
from datetime import date

import pytest

from common.errors import Conflict, InvalidInput
from tests.tickets.builders import NOON, a_new_ticket
from tickets import model
from tickets.model import TRANSITIONS, Priority, TicketStatus


def a_ticket(**changes):
    ticket = model.registered(
        model.checked(a_new_ticket()),
        number="20260310-0001",
        phone="+8613800138000",
        priority=Priority.MAJOR,
        registered_at=NOON,
        assess_by=NOON,
        respond_by=NOON,
        resolve_by=NOON,
    )
    return replace(ticket, **changes)


def test_a_ticket_lives_from_registered_to_closed():
    ticket = a_ticket()
    for status in (
        "assessed",
        "assigned",
        "accepted",
        "in_progress",
        "waiting_for_parts",
        "in_progress",
        "resolved",
        "verified",
        "closed",
    ):
        ticket = model.move(ticket, TicketStatus(status), now=NOON)
    assert ticket.status is TicketStatus.CLOSED


def test_a_dissatisfied_customer_reopens_and_a_stuck_owner_escalates():
    assert model.move(a_ticket(status=TicketStatus.RESOLVED), TicketStatus.REOPENED, now=NOON)
    assert model.move(a_ticket(status=TicketStatus.IN_PROGRESS), TicketStatus.ESCALATED, now=NOON)


def test_no_step_is_skipped():
    with pytest.raises(Conflict) as refused:
        model.move(a_ticket(), TicketStatus.CLOSED, now=NOON)
    assert refused.value.code == "ticket_status"


def test_every_status_has_a_way_on():
    assert set(TRANSITIONS) == set(TicketStatus)
    assert all(TRANSITIONS.values())


def test_a_closed_ticket_cannot_be_urged():
    with pytest.raises(Conflict) as refused:
        model.urge(a_ticket(status=TicketStatus.CLOSED), now=NOON)
    assert refused.value.code == "ticket_closed"


def test_a_number_is_the_day_and_at_least_four_digits():
    assert model.format_number(date(2026, 3, 10), 7) == "20260310-0007"
    assert model.format_number(date(2026, 3, 10), 12345) == "20260310-12345"
    assert model.is_number("20260310-0007")
    assert not model.is_number("20260310-7")
    assert not model.is_number("20260310-0007; --")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symptom": "  "}, "symptom_needed"),
        ({"type": "party"}, "ticket_type_unknown"),
        ({"fault_type": "weather"}, "fault_type_unknown"),
    ],
)
def test_an_impossible_ticket_is_refused(changes, code):
    with pytest.raises(InvalidInput) as refused:
        model.checked(a_new_ticket(**changes))
    assert refused.value.code == code


def test_fields_are_kept_within_their_lengths_and_none_counts_as_empty():
    new = model.checked(a_new_ticket(symptom=" 断" * 900, since=None, place=" 望江路8号 "))
    assert len(new.symptom) == 500
    assert (new.since, new.place) == ("", "望江路8号")
