"""Which facts of a message may be set while the form is open, given what is asked and known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tickets import corrections, faults, instants, replies
from tickets.corrections import Corrections
from tickets.facts import Facts
from tickets.model import FaultType
from tickets.timewords import Direction

TELL_MORE_AT = ("since", "place", "contact_name", "hoped_time", "device_model")
"""Asked for one of these, customers often tell more of what is wrong. Not the phone: “没有电话”."""

_ALIKE = {"purchase_date": ("since", "hoped_time"), "service_number": ("phone",)}
Values = dict[str, str | bool]


def collect(
    requested: str | None,
    text: str,
    intent: str,
    slots: Mapping[str, Any],
    facts: Facts,
    named: Corrections,
    *,
    only_sure: bool,
) -> Values:
    """Return the facts of the message that may be set.

    A phone number is always meant, only in a question it replaces none. Other facts fill what is
    empty or asked; they replace what is known only in a correction.
    """
    values: Values = {}
    takes_back = replies.takes_back(text)
    replacing = requested == "confirmed" or intent.startswith("correct") or takes_back

    def offer(name: str, value: str | None, *, sure: bool = False) -> None:
        wanted = name == requested or not slots.get(name) or replacing
        if value and (sure or (wanted and not only_sure)):
            values[name] = value

    _offer_numbers(requested, text, slots, facts, values, only_sure=only_sure)
    offer("contact_name", facts.contact_name)
    offer("place", facts.place)
    for name, words in _relevant_details(requested, slots, facts).items():
        offer(name, words)
    offer("since", facts.time(Direction.PAST))
    hoped_time = facts.time(Direction.FUTURE) or ""
    # “明天开始坏的” and “明年买的” are slips, and no wishes.
    if requested != "purchase_date" and not hoped_time.endswith(("开始", "起")):
        offer("hoped_time", hoped_time)
    loose = facts.time(Direction.UNKNOWN)
    if requested in ("since", "hoped_time"):
        offer(requested, loose if requested not in values else None)
    elif requested == "purchase_date" and "purchase_date" not in values:
        offer("purchase_date", facts.time(Direction.PAST, Direction.UNKNOWN))
        values.pop("since", None)
    elif replacing and not {"since", "hoped_time"} & values.keys():
        offer("hoped_time" if slots.get("hoped_time") else "since", loose)
    if requested == "symptom" or not slots.get("symptom"):
        offer("symptom", facts.symptom)
        if requested == "symptom" and loose and facts.symptom:
            offer("since", loose)
    elif takes_back and facts.symptom and _is_another_fault(slots, facts):
        offer("symptom", facts.symptom)
    elif facts.symptom and _may_tell_more(requested, facts) and not (replacing or only_sure):
        # “光猫亮红灯”, said while something else is asked: more of what is wrong.
        known = str(slots["symptom"])
        if facts.symptom not in known and known not in facts.symptom:
            values["symptom"] = f"{known}；{facts.symptom}"
    # What is said of a field by its name belongs to no other.
    named_fields = {*named.values, *named.unset}
    for name, others in _ALIKE.items():
        if name in named_fields:
            for other in others:
                values.pop(other, None)
    values.update(named.values)
    return values


def drop_impossible(values: Values, now: datetime | None) -> dict[str, str]:
    """Take out times that cannot be, and return what is wrong with them, by field.

    Nothing began, and nothing was bought, later than now; nobody can come earlier than now.
    """
    problems: dict[str, str] = {}
    if now is None:
        return problems
    tests = (
        ("since", instants.lies_ahead, "since_in_future"),
        ("purchase_date", instants.lies_ahead, "purchase_in_future"),
        ("hoped_time", instants.is_over, "hoped_time_past"),
    )
    for name, cannot_be, problem in tests:
        if name in values and cannot_be(str(values[name]), now):
            del values[name]
            problems[name] = problem
    return problems


def _offer_numbers(
    requested: str | None,
    text: str,
    slots: Mapping[str, Any],
    facts: Facts,
    values: Values,
    *,
    only_sure: bool,
) -> None:
    """Tell the number to call from the number that the case is about."""
    number = facts.phone.national if facts.phone else None
    dead = facts.details.get("service_number")
    if requested == "phone" and not number:
        number, dead = dead, None
    known = slots.get("phone")
    if requested == "service_number" and known:
        named = corrections.names_phone(text)
        same = str(known) if not number and replies.means_the_same_number(text) else None
        number, dead = (number, dead) if named else (None, number or dead or same)
    if number and (not only_sure or not known):
        values["phone"] = number
    if dead and not only_sure:
        values["service_number"] = dead


def _relevant_details(
    requested: str | None, slots: Mapping[str, Any], facts: Facts
) -> dict[str, str]:
    found = {name: words for name, words in facts.details.items() if name != "service_number"}
    if requested == "shown" and not (facts.place or facts.times or facts.phone):
        # Asked for it, the customer's whole answer says more than the first sign in it.
        found.pop("shown", None)
    kinds = (facts.fault_type, slots.get("fault_type") or FaultType.BILLING)
    if requested != "amount" and FaultType.BILLING not in kinds:
        found.pop("amount", None)
    return found


def _may_tell_more(requested: str | None, facts: Facts) -> bool:
    if requested == "device_model" and {"device_model", "other_phone"} & facts.details.keys():
        return False
    return requested in TELL_MORE_AT


def _is_another_fault(slots: Mapping[str, Any], facts: Facts) -> bool:
    """Whether the symptom is of another kind than the one known (“不是宽带，是电视看不了”)."""
    kind = faults.find_fault_type(facts.symptom)
    return kind is not None and kind != slots.get("fault_type")
