"""The bare answer to each question of the form: its value, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tickets import devices, faults, names, phones, places, replies
from tickets.facts import Facts
from tickets.numbers import read_number
from tickets.timewords import Direction

_EDGE = " \t\n,，.。!！~、;；:："


@dataclass(frozen=True)
class Answer:
    """A value; or a problem, and which example helps with it."""

    value: str | None = None
    problem: str | None = None
    example: str | None = None


def _symptom(text: str, facts: Facts) -> Answer:
    rest = facts.rest.replace("\0", "").strip()
    if replies.does_not_know(rest, only=True) or replies.says_yes(rest):
        return Answer(problem="symptom_needed", example="symptom")
    if faults.is_empty_talk(rest):
        vague = faults.mentions_fault(rest)
        return Answer(problem="symptom_too_vague" if vague else "symptom_needed", example="symptom")
    return Answer(rest)


def _since(text: str, facts: Facts) -> Answer:
    if _names_a_future(text, facts):
        return Answer(problem="since_in_future", example="since")
    if facts.time(Direction.FUTURE):  # a wish, which is taken; since when is still open
        return Answer(problem="since_unclear", example="since")
    return _own_words(facts, "since_unclear", "since")


def _names_a_future(text: str, facts: Facts) -> bool:
    """Whether something is said to begin in a time to come. “明天来修” is a wish instead."""
    return facts.time(Direction.FUTURE) is not None and not replies.wishes_a_visit(text)


def _hoped_time(text: str, facts: Facts) -> Answer:
    if facts.time(Direction.PAST) and not replies.does_not_know(text):
        return Answer(problem="hoped_time_past", example="hoped_time")
    return _own_words(facts, "hoped_time_unclear", "hoped_time")


def _own_words(facts: Facts, problem: str, example: str) -> Answer:
    rest = facts.bare
    if replies.does_not_know(rest):
        return Answer(rest)
    letters = sum(character.isalpha() for character in rest)
    if letters < 2 or replies.asks(rest) or replies.says_yes(rest) or replies.says_no(rest):
        return Answer(problem=problem, example=example)
    return Answer(rest)


def _place(text: str, facts: Facts) -> Answer:
    rest = facts.bare
    if replies.does_not_know(rest, only=True) or replies.says_yes(rest):
        return Answer(problem="place_needed", example="place")
    place = places.read_bare_place(rest)
    if place is None:
        return Answer(problem="place_needed", example="place")
    return Answer(place) if place else Answer(problem="place_too_vague", example="place")


def _contact_name(text: str, facts: Facts) -> Answer:
    rest = facts.bare
    if replies.says_yes(rest):
        return Answer(problem="name_needed", example="contact_name")
    if name := names.read_bare_name(rest):
        return Answer(name)
    if not rest or replies.does_not_know(rest):
        return Answer(problem="name_needed", example="contact_name")
    problem = "name_too_long" if len(rest) > names.MAX_LENGTH else "name_unclear"
    return Answer(problem=problem, example="contact_name")


def _phone(text: str, facts: Facts) -> Answer:
    problem = phones.problem_in(facts.rest)
    if problem == phones.NOT_A_NUMBER and replies.refuses(text):
        problem = "phone_needed"
    landline = problem == phones.AREA_CODE_MISSING
    return Answer(problem=problem, example="landline" if landline else "mobile")


def _shown(text: str, facts: Facts) -> Answer:
    rest = facts.bare
    bare_yes = len(rest) <= 3 and replies.says_yes(rest)
    if not rest or bare_yes or (replies.asks(rest) and not replies.does_not_know(rest)):
        return Answer(problem="shown_unclear", example="shown")
    return Answer(rest)


def _device_model(text: str, facts: Facts) -> Answer:
    rest = facts.rest.replace("\0", "").strip(_EDGE)
    if replies.does_not_know(rest):
        return Answer(rest)
    named = sum(character.isalnum() for character in rest) > 1
    if not named or replies.says_yes(rest) or replies.says_no(rest) or replies.asks(rest):
        return Answer(problem="device_model_unclear", example="device_model")
    return Answer(rest)


def _serial_number(text: str, facts: Facts) -> Answer:
    rest = facts.bare
    if devices.is_wrong_imei(rest):
        return Answer(problem="imei_wrong", example="imei")
    if serial := devices.read_bare_serial(rest):
        return Answer(serial)
    if replies.refuses(rest) or replies.has_none(rest):
        return Answer(rest)
    return Answer(problem="serial_unclear", example="serial_number")


def _purchase_date(text: str, facts: Facts) -> Answer:
    if facts.time(Direction.FUTURE):
        return Answer(problem="purchase_in_future", example="purchase_date")
    return _own_words(facts, "purchase_unclear", "purchase_date")


def _amount(text: str, facts: Facts) -> Answer:
    rest = facts.bare
    first = re.split(r"[,，。;；]", rest)[0]
    if replies.does_not_know(first) or read_number(first) is not None:
        return Answer(first)
    return Answer(problem="amount_unclear", example="amount")


def _service_number(text: str, facts: Facts) -> Answer:
    rest = facts.bare
    if replies.does_not_know(rest):
        return Answer(rest)
    problem = phones.problem_in(facts.rest)
    landline = problem == phones.AREA_CODE_MISSING
    return Answer(problem=problem, example="landline" if landline else "mobile")


READERS: dict[str, Callable[[str, Facts], Answer]] = {
    "symptom": _symptom,
    "since": _since,
    "place": _place,
    "contact_name": _contact_name,
    "phone": _phone,
    "hoped_time": _hoped_time,
    "shown": _shown,
    "device_model": _device_model,
    "serial_number": _serial_number,
    "purchase_date": _purchase_date,
    "amount": _amount,
    "service_number": _service_number,
}


def insists(requested: str, text: str, facts: Facts) -> bool:
    """Whether the message tried to answer the question, besides the facts that were taken."""
    if requested in ("phone", "service_number"):
        return phones.problem_in(facts.rest) != phones.NOT_A_NUMBER
    return requested == "since" and _names_a_future(text, facts)
