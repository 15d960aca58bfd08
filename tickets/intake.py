"""The fault form's brain: what a customer's message fills, corrects, refuses or interrupts.

Independent of Rasa and without a sentence of its own: what to say to a code is the bot's matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from tickets import answers, corrections, faults, names, replies
from tickets.facts import Facts, find_facts
from tickets.labels import DEFAULT_LOCALE, label
from tickets.model import MAX_LENGTHS, FaultType
from tickets.text import blank
from tickets.timewords import Direction

QUESTIONS = ("symptom", "since", "place", "contact_name", "phone", "hoped_time")
"""What a fault ticket needs, in the order of asking."""

V = TypeVar("V", str, str | bool)

FORM_SLOTS = (*QUESTIONS, "confirmed")


TELL_MORE_AT = ("since", "place", "contact_name", "hoped_time")
"""Asked for one of these, customers often tell more of what is wrong. Not the phone: “没有电话”."""


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


@dataclass(frozen=True)
class Row:
    """One line of what is read back."""

    name: str
    label: str
    value: str


def missing(slots: Mapping[str, Any]) -> list[str]:
    """Return the questions still open, in the order of asking."""
    return [name for name in QUESTIONS if not slots.get(name)]


def read_back(slots: Mapping[str, Any], locale: str = DEFAULT_LOCALE) -> list[Row]:
    """Return what is known, in the order of asking, with its labels."""
    return [
        Row(name, label("slot", name, locale), str(slots[name]))
        for name in QUESTIONS
        if slots.get(name)
    ]


def read_first_words(text: str) -> dict[str, str]:
    """Return every fact of the message that reported the fault; only what was really said."""
    facts = find_facts(text)
    values: dict[str, str | None] = {
        "fault_type": facts.fault_type,
        "symptom": facts.symptom,
        "since": facts.time(Direction.PAST),
        "place": facts.place,
        "contact_name": facts.contact_name,
        "phone": facts.phone.national if facts.phone else None,
        "hoped_time": facts.time(Direction.FUTURE),
    }
    if facts.symptom and not values["since"]:
        # “今天下午网断了”: said together with what broke, a time tells when it broke.
        values["since"] = facts.time(Direction.UNKNOWN)
    return _capped({name: str(value) for name, value in values.items() if value})


def read_answer(requested: str | None, text: str, intent: str, slots: Mapping[str, Any]) -> Reading:
    """Return what a message means while the form asks for `requested`.

    All facts in it are taken; one that is named or taken back (“电话不对，是…”) replaces what was
    known; the bare rest answers the question. A question or another wish is an interruption.

    Args:
        requested: one of `FORM_SLOTS`, or None when nothing is asked.
        text: the customer's words.
        intent: what the classifier believes; "" when unknown.
        slots: what is known so far.
    """
    facts = find_facts(text)
    named = corrections.read_corrections(text, requested, slots)
    leaves = _leaves(requested, text, intent, facts)
    values = _collect(requested, text, intent, slots, facts, named, only_sure=leaves)
    unset = tuple(name for name in named.unset if name not in values and slots.get(name))
    if requested == "confirmed":
        return _confirm(text, intent, slots, facts, values, unset, leaves, named.phone_problem)
    kind = Kind.ANSWER
    problem: str | None = None
    example: str | None = None
    if requested is not None and requested not in values:
        if leaves:
            kind = Kind.INTERRUPTION
        elif requested not in unset and not ((values or unset) and replies.takes_back(text)):
            rest = replace(facts, rest=blank(facts.rest, named.spans))
            answer = answers.READERS[requested](text, rest)
            if _says_only_more(requested, text, values, facts):
                pass  # of what is wrong; it is asked again
            elif answer.value:
                values[requested] = answer.value
            elif not (values or unset) or answers.insists(requested, facts):
                problem, example = answer.problem, answer.example
    elif leaves and not values:
        kind = Kind.INTERRUPTION
    _add_fault_type(values, slots)
    if problem and not values and not unset:
        kind = Kind.UNCLEAR
    if requested is None and not values and not unset and not leaves:
        kind = Kind.UNCLEAR
    return _reading(kind, values, unset, slots, problem, example)


def _says_only_more(
    requested: str, text: str, values: Mapping[str, str | bool], facts: Facts
) -> bool:
    """Whether the customer, asked when or where, told more of what is wrong instead."""
    if "symptom" not in values:
        return False
    if requested in ("since", "hoped_time"):
        return not (facts.times or replies.tells_when(text))
    return requested in ("place", "contact_name")


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
    if requested in ("since", "hoped_time") and facts.times:
        return intent == "enquiry" and replies.asks_clearly(text)
    if requested in ("since", "hoped_time", "symptom") and replies.does_not_know(text):
        return False
    return (intent == "enquiry" and replies.asks(text)) or replies.asks_clearly(text)


def _collect(
    requested: str | None,
    text: str,
    intent: str,
    slots: Mapping[str, Any],
    facts: Facts,
    named: corrections.Corrections,
    *,
    only_sure: bool,
) -> dict[str, str | bool]:
    """Return the facts of the message that may be set.

    A phone number is always meant, only in a question it replaces none. Other facts fill what is
    empty or asked; they replace what is known only in a correction.
    """
    values: dict[str, str | bool] = {}
    replacing = requested == "confirmed" or intent.startswith("correct") or replies.takes_back(text)

    def offer(name: str, value: str | None, *, sure: bool = False) -> None:
        wanted = name == requested or not slots.get(name) or replacing
        if value and (sure or (wanted and not only_sure)):
            values[name] = value

    new_phone = not only_sure or not slots.get("phone")
    offer("phone", facts.phone.national if facts.phone else None, sure=new_phone)
    offer("contact_name", facts.contact_name)
    offer("place", facts.place)
    offer("since", facts.time(Direction.PAST))
    offer("hoped_time", facts.time(Direction.FUTURE))
    loose = facts.time(Direction.UNKNOWN)
    if requested in ("since", "hoped_time"):
        offer(requested, loose if requested not in values else None)
    elif replacing and not {"since", "hoped_time"} & values.keys():
        offer("hoped_time" if slots.get("hoped_time") else "since", loose)
    if requested == "symptom" or not slots.get("symptom"):
        offer("symptom", facts.symptom)
        if requested == "symptom" and loose and facts.symptom:
            offer("since", loose)
    elif facts.symptom and requested in TELL_MORE_AT and not (replacing or only_sure):
        # “光猫亮红灯”, said while something else is asked: more of what is wrong.
        known = str(slots["symptom"])
        if facts.symptom not in known and known not in facts.symptom:
            values["symptom"] = f"{known}；{facts.symptom}"
    values.update(named.values)
    return values


def _confirm(
    text: str,
    intent: str,
    slots: Mapping[str, Any],
    facts: Facts,
    values: dict[str, str | bool],
    unset: tuple[str, ...],
    leaves: bool,
    phone_problem: str | None,
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
    if values or unset:
        problem = phone_problem if "phone" in unset else None
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
        if name in QUESTIONS and slots.get(name) and slots[name] != value
        if not (name == "symptom" and _adds_to_symptom(values, slots))
    )
    return Reading(kind, values, unset, corrected, problem, example)


def _capped(values: Mapping[str, V]) -> dict[str, V]:
    return {
        name: value[: MAX_LENGTHS.get(name)] if isinstance(value, str) else value
        for name, value in values.items()
    }
