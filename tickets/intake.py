"""The fault form's brain: what a customer's message fills, corrects, refuses or interrupts.

Independent of Rasa and without a sentence of its own: what to say to a code is the bot's matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from tickets import answers, corrections, faults, names, replies
from tickets.collecting import collect, drop_impossible
from tickets.facts import Facts, find_facts
from tickets.model import MAX_LENGTHS, FaultType
from tickets.questions import DONT_KNOW_ALLOWED, FIELDS, QUESTIONS
from tickets.text import blank
from tickets.timewords import Direction

V = TypeVar("V", str, str | bool)

FORM_SLOTS = (*QUESTIONS, "confirmed")


class Kind(StrEnum):
    """What a message is to the question that was asked."""

    ANSWER = "answer"
    INTERRUPTION = "interruption"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Reading:
    """What to do with a message.

    `values` are to be set whatever the kind; `unset` are known to be wrong and to be asked again.
    `problem` is about the question asked, and `example` names the example that helps with it.
    """

    kind: Kind
    values: dict[str, str | bool] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    problem: str | None = None
    example: str | None = None


def read_first_words(text: str, now: datetime | None = None) -> dict[str, str]:
    """Return every fact of the message that reported the fault; only what was really said.

    Args:
        text: the customer's words.
        now: the time in the customer's zone; without it no time is too late or too early.
    """
    facts = find_facts(text)
    values: dict[str, str | bool | None] = {
        "fault_type": facts.fault_type,
        "symptom": facts.symptom,
        "since": facts.time(Direction.PAST),
        "place": facts.place,
        "contact_name": facts.contact_name,
        "phone": facts.phone.national if facts.phone else None,
        "hoped_time": facts.time(Direction.FUTURE),
        **facts.details,
    }
    if facts.symptom and not values["since"]:
        # “今天下午网断了”: said together with what broke, a time tells when it broke.
        values["since"] = facts.time(Direction.UNKNOWN)
    if facts.fault_type is not FaultType.BILLING:
        values.pop("amount", None)
    said: dict[str, str | bool] = {name: value for name, value in values.items() if value}
    drop_impossible(said, now)
    return _capped({name: str(value) for name, value in said.items()})


def read_answer(
    requested: str | None,
    text: str,
    intent: str,
    slots: Mapping[str, Any],
    now: datetime | None = None,
) -> Reading:
    """Return what a message means while the form asks for `requested`.

    All facts in it are taken; one that is named or taken back (“电话不对，是…”) replaces what was
    known; the bare rest answers the question. A question or another wish is an interruption.

    Args:
        requested: one of `FORM_SLOTS`, or None when nothing is asked.
        text: the customer's words.
        intent: what the classifier believes; "" when unknown.
        slots: what is known so far.
        now: the time in the customer's zone; without it no time is too late or too early.
    """
    facts = find_facts(text)
    named = corrections.read_corrections(text, requested, slots)
    leaves = _leaves(requested, text, intent, facts)
    values = collect(requested, text, intent, slots, facts, named, only_sure=leaves)
    impossible = drop_impossible(values, now)
    unset = tuple(name for name in named.unset if name not in values and slots.get(name))
    if requested == "confirmed":
        named_problem = named.phone_problem if "phone" in unset else None
        wrong = named_problem or next(iter(impossible.values()), None)
        return _confirm(text, intent, slots, facts, values, unset, leaves, wrong)
    kind = Kind.ANSWER
    problem: str | None = None
    example: str | None = None
    if requested is not None and requested in impossible:
        problem, example = impossible[requested], requested
    elif requested is not None and not _is_given(requested, values):
        if leaves:
            kind = Kind.INTERRUPTION
        elif requested not in unset and not ((values or unset) and replies.takes_back(text)):
            rest = replace(facts, rest=blank(facts.rest, named.spans))
            answer = answers.READERS[requested](text, rest)
            if _says_only_more(requested, text, values, facts):
                pass  # of what is wrong; it is asked again
            elif answer.value:
                values[requested] = answer.value
                impossible = drop_impossible(values, now)
                if requested in impossible:
                    problem, example = impossible[requested], requested
            elif not (values or unset) or answers.insists(requested, text, facts):
                problem, example = answer.problem, answer.example
    elif leaves and not values:
        kind = Kind.INTERRUPTION
    _add_fault_type(values, slots)
    if problem and not values and not unset:
        kind = Kind.UNCLEAR
    if requested is None and not values and not unset and not leaves:
        kind = Kind.UNCLEAR
    return _reading(kind, values, unset, slots, problem, example)


def _is_given(requested: str, values: Mapping[str, str | bool]) -> bool:
    """Whether the question asked is among what was said: an IMEI does for a serial number."""
    return requested in values or (requested == "serial_number" and "imei" in values)


def _says_only_more(
    requested: str, text: str, values: Mapping[str, str | bool], facts: Facts
) -> bool:
    """Whether the customer, asked when or where, told more of what is wrong instead."""
    if "symptom" not in values:
        return False
    if requested in ("since", "hoped_time"):
        return not (facts.times or replies.tells_when(text))
    return requested in ("place", "contact_name", "device_model")


def _leaves(requested: str | None, text: str, intent: str, facts: Facts) -> bool:
    """Whether the message is no answer: a question, a greeting, or another wish."""
    if not any(character.isalnum() for character in text):
        return False
    if replies.is_pleasantry(text) or replies.wants_something_else(intent, text):
        return True
    if requested == "confirmed" and replies.asks(text):
        return True
    if requested == "symptom" and faults.tells_trouble(facts.rest):
        # “宽带断了怎么办？” asks, and says what is wrong.
        return intent == "enquiry" and replies.asks_clearly(text) and not facts.symptom
    if requested in ("since", "hoped_time", "purchase_date") and facts.times:
        return intent == "enquiry" and replies.asks_clearly(text)
    knows_not = replies.does_not_know(text)
    if knows_not and (requested == "symptom" or requested in DONT_KNOW_ALLOWED):
        return False
    return (intent == "enquiry" and replies.asks(text)) or replies.asks_clearly(text)


def _confirm(
    text: str,
    intent: str,
    slots: Mapping[str, Any],
    facts: Facts,
    values: dict[str, str | bool],
    unset: tuple[str, ...],
    leaves: bool,
    problem: str | None,
) -> Reading:
    values = {name: value for name, value in values.items() if value != slots.get(name)}
    denies = replies.says_no(text)
    if denies and not values and not unset:
        # “不对，是电视看不了”, “不对，是李磊”: the field is not named, the words show which it is.
        if facts.symptom:
            values["symptom"] = facts.symptom
        elif name := _name_after_no(facts):
            values["contact_name"] = name
    _add_fault_type(values, slots)
    if not (values or unset) and (field_ := corrections.only_a_field(text, slots)):
        # Asked “要改哪一项？”, customers say no more than “电话”.
        unset = (field_,) if slots.get(field_) else ()
    if values or unset or problem:
        return _reading(Kind.ANSWER, values, unset, slots, problem, "mobile" if problem else None)
    if denies:
        return Reading(Kind.ANSWER, problem="what_is_wrong", example="fields")
    if replies.says_yes(text):
        return Reading(Kind.ANSWER, {"confirmed": True})
    if leaves:
        return Reading(Kind.INTERRUPTION)
    if intent == "deny":
        return Reading(Kind.ANSWER, problem="what_is_wrong", example="fields")
    if intent == "affirm" and "不" not in text and "没" not in text:
        return Reading(Kind.ANSWER, {"confirmed": True})
    return Reading(Kind.UNCLEAR, problem="confirm_unclear", example="fields")


def _add_fault_type(values: dict[str, str | bool], slots: Mapping[str, Any]) -> None:
    """Let a new symptom say what kind of fault it is, unless that is known already."""
    if "symptom" not in values or _adds_to_symptom(values, slots):
        return
    fault_type = faults.find_fault_type(str(values["symptom"]))
    known = slots.get("fault_type") not in (None, "", FaultType.OTHER)
    if fault_type and (not known or slots.get("symptom")):
        values["fault_type"] = fault_type.value


def _adds_to_symptom(values: Mapping[str, str | bool], slots: Mapping[str, Any]) -> bool:
    known = slots.get("symptom")
    return bool(known) and str(values["symptom"]).startswith(f"{known}；")


def _name_after_no(facts: Facts) -> str | None:
    """Return the name in “不对，是李磊” and “是李雷不是李磊” (what it is not was blanked)."""
    said = re.split(r"(?<!不)是", facts.rest, maxsplit=1)[1:]
    name = names.read_bare_name(said[0].partition("不是")[0]) if said else None
    return name if name and names.starts_with_surname(name) and len(name) <= 4 else None


def _reading(
    kind: Kind,
    values: dict[str, str | bool],
    unset: tuple[str, ...],
    slots: Mapping[str, Any],
    problem: str | None,
    example: str | None,
) -> Reading:
    values = _capped(values)
    corrected = tuple(
        name
        for name, value in values.items()
        if name in FIELDS and slots.get(name) and slots[name] != value
        if not (name == "symptom" and _adds_to_symptom(values, slots))
    )
    return Reading(kind, values, unset, corrected, problem, example)


def _capped(values: Mapping[str, V]) -> dict[str, V]:
    return {
        name: value[: MAX_LENGTHS.get(name)] if isinstance(value, str) else value
        for name, value in values.items()
    }
