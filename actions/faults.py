"""A fault: first help, then a guided registration in which the customer leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rasa_sdk.events import ActionExecutionRejected, FollowupAction, SlotSet

from actions import answers
from actions.base import FrontDoorAction, remember
from actions.deps import Services
from actions.patience import reached
from actions.slots import FAULT_FIELDS, OpenQuestion, contact_slots
from actions.turn import Events, Turn
from common.times import to_local
from tickets import draft, intake
from tickets.intake import Kind, Reading
from tickets.model import FaultType
from tickets.questions import field_label, next_question, read_back
from tickets.warranty import Warranty

LEFT_TO_RULES = frozenset(
    {
        "bot_challenge",
        "cancel",
        "choose_article",
        "complaint",
        "goodbye",
        "greet",
        "leave_message",
        "none_of_these",
        "not_solved",
        "request_human",
        "solved",
        "thanks",
        "ticket_status",
        "urge_ticket",
    }
)
"""What interrupts a form and has an action of its own; `data/rules` says which."""

PLAIN_WITHOUT_AN_ANSWER = frozenset({"complaint", "leave_message", "solved"})
"""Wishes believed on the classifier's word when the message answers nothing."""

MAY_BE_A_QUESTION = frozenset({"enquiry", "nlu_fallback", "out_of_scope"})
"""What answers nothing may be a question that does not look like one."""

ABOUT_EVERYTHING = frozenset({"what_is_wrong", "confirm_unclear"})
"""Problems of the confirmation as a whole; `action_ask_confirmed` says them."""

NOTHING_ASKED = frozenset({"affirm", "deny", "dont_know"})
"""What is neither an answer nor a question: the form just asks again."""


class ActionReportFault(FrontDoorAction):
    """Begin with a fault: keep what was said, and try what may help at once."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_report_fault"

    async def act(self, turn: Turn) -> Events:
        """Offer the matching article, or go straight on to registering."""
        facts = intake.read_first_words(turn.words, _now(self.services))
        if not facts and turn.slot("open_question") == OpenQuestion.REGISTER_OR_HUMAN:
            # They asked about it, were not helped, and now press the button: it is known.
            facts = intake.read_first_words(turn.slot("asked") or "", _now(self.services))
        events = await begin(turn, self.services, facts)
        # Who reports it again, or presses the button, has seen what we have to say.
        if "symptom" in facts and not turn.slot("pending_fault") and not turn.is_button:
            first_help = await offer_help(turn, self.services)
            if first_help:
                return [*events, *first_help]
        say_beginning(turn, facts)
        return [*events, *remember(pending_fault=None, open_question=None)]


class ActionTakeFacts(FrontDoorAction):
    """Facts that nobody asked for: “光猫红灯常亮” out of the blue reports a fault too."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_take_facts"

    async def act(self, turn: Turn) -> Events:
        """Treat a symptom as a fault, and anything else as an enquiry."""
        facts = intake.read_first_words(turn.words, _now(self.services))
        if "symptom" not in facts:
            return [
                *await answers.look_up(turn, self.services),
                *remember(pending_fault=None),
            ]
        events = await begin(turn, self.services, facts)
        if first_help := await offer_help(turn, self.services):
            return [*events, *first_help]
        say_beginning(turn, facts)
        return [
            *events,
            *remember(pending_fault=None, open_question=None),
            FollowupAction("fault_form"),
        ]


class ValidateFaultForm(FrontDoorAction):
    """Read each message of the registration: an answer, a correction, a question in between."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "validate_fault_form"

    def after_failure(self) -> Events:
        """Let the form ask again."""
        return remember(problem=None)

    async def act(self, turn: Turn) -> Events:
        """Fill what was said, answer what was asked, or leave the message to the rules.

        What is asked next depends on the kind of fault (`tickets.questions`), not on the domain.
        """
        events = await self._read(turn)
        if any(event["event"] == "action_execution_rejected" for event in events):
            return events
        events += await tell_warranty(turn, self.services, _after(turn, events))
        return [*events, *remember(requested_slot=next_question(_after(turn, events)))]

    async def _read(self, turn: Turn) -> Events:
        if turn.was_dealt_with():
            return remember(problem=None)
        if turn.is_button and turn.intent in LEFT_TO_RULES:
            return leave_to_rules("fault_form")
        requested = turn.slot("requested_slot")
        now, term = _now(self.services), self.services.warranty_months
        reading = intake.read_answer(requested, turn.words, turn.intent, turn.slots, now)
        meant = remember(**draft.meanings(reading.values, now, term))
        if reading.kind is Kind.INTERRUPTION:
            return [*remember(**reading.values), *meant, *await self._interruption(turn)]
        unanswered = reading.kind is Kind.UNCLEAR or _is_only_anger(turn, requested, reading)
        if unanswered and turn.intent in PLAIN_WITHOUT_AN_ANSWER:
            return leave_to_rules("fault_form")
        if reading.kind is Kind.UNCLEAR and turn.intent in MAY_BE_A_QUESTION:
            found = await self.services.knowledge_base.search(turn.words, k=1)
            if found.decision == "answer":
                return await self._interruption(turn)
        return [*take_answer(turn, self.services, requested, reading), *meant]

    async def _interruption(self, turn: Turn) -> Events:
        if turn.intent in LEFT_TO_RULES:
            return leave_to_rules("fault_form")
        if turn.intent in NOTHING_ASKED:
            return remember(problem=None, open_question=None)
        return [*await answers.look_up(turn, self.services), *remember(problem=None)]


class ActionAskConfirmed(FrontDoorAction):
    """Read everything back, and ask whether it is right."""

    heeds = frozenset()  # the form has heeded it

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_ask_confirmed"

    async def act(self, turn: Turn) -> Events:
        """Ask; after an unclear answer, only what was unclear."""
        if problem := turn.slot("problem"):
            turn.say(f"utter_problem_{problem}")
            return []
        rows = read_back(turn.slots, self.services.locale)
        lines = [turn.phrase("row", label=row.label, value=row.value) for row in rows]
        turn.say(
            "utter_read_back",
            rows="\n".join(lines),
            data={
                "kind": "form",
                "rows": [{"name": r.name, "label": r.label, "value": r.value} for r in rows],
            },
        )
        return []


async def begin(turn: Turn, services: Services, facts: Mapping[str, str]) -> Events:
    """Return the events that open a draft with what was said and what is known of the contact."""
    meant = draft.meanings(facts, _now(services), services.warranty_months)
    known = {**await contact_slots(turn, services), **facts, **meant}
    return remember(**known, confirmed=None, problem=None, invalid_count=None)


def say_beginning(turn: Turn, facts: Mapping[str, str]) -> None:
    """Say that it is going to be registered: a fault, or a charge."""
    charge = facts.get("fault_type") == FaultType.BILLING
    turn.say("utter_register_charge" if charge else "utter_register_fault")


async def offer_help(turn: Turn, services: Services) -> Events:
    """Say what may cure the fault; return no events when there is nothing to say."""
    found = await services.knowledge_base.search(turn.words, k=3)
    if found.decision == "answer":
        hit = found.hits[0]
        turn.say("utter_try_this_first")
        given = await answers.give(
            turn, services, hit.article_id, hit.question, hit.answer, turn.words
        )
        return [*given, *remember(pending_fault=True)]
    if found.decision == "suggest":
        turn.say("utter_try_one_of_these_first")
        return [*answers.suggest(turn, services, found.hits), *remember(pending_fault=True)]
    return []


def take_answer(turn: Turn, services: Services, requested: str | None, reading: Reading) -> Events:
    """Return the slots that an answer fills, and say what in it could not be taken."""
    events = remember(**reading.values, **dict.fromkeys(reading.unset), open_question=None)
    for name in reading.corrected:
        if requested != "confirmed" and name in FAULT_FIELDS:
            turn.say(
                "utter_corrected",
                field=field_label(name, turn.slots),
                value=str(reading.values[name]),
            )
    if reading.problem is None:
        return [*events, *remember(problem=None, invalid_count=None)]
    if reading.problem in ABOUT_EVERYTHING:
        # Said in place of reading everything back once more.
        return [*events, *remember(problem=reading.problem)]
    invalid = (turn.slot("invalid_count") or 0.0) + 1
    offer_human = reached(invalid, services.patience.invalid_before_offer)
    turn.say("utter_offer_human_in_form" if offer_human else f"utter_problem_{reading.problem}")
    return [*events, *remember(problem=None, invalid_count=invalid)]


async def tell_warranty(turn: Turn, services: Services, slots: Mapping[str, Any]) -> Events:
    """Say once, before any work, that a repair may have to be paid, with the standard article."""
    out = slots.get("warranty") == Warranty.OUT and slots.get("fault_type") == FaultType.DEVICE
    if not out or slots.get("warranty_told"):
        return []
    turn.say("utter_out_of_warranty")
    question = turn.phrase("out_of_warranty_question")
    found = await services.knowledge_base.search(question, k=1)
    told = remember(warranty_told=True)
    if found.decision != "answer":
        return told
    hit = found.hits[0]
    given = await answers.give(
        turn, services, hit.article_id, hit.question, hit.answer, asked=question
    )
    return [*given, *told]


def _now(services: Services) -> datetime:
    """Return the time on the customer's clock."""
    return to_local(services.now(), services.zone)


def _after(turn: Turn, events: Events) -> dict[str, Any]:
    """Return the slots as they are once the events have happened."""
    filled = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    return {**turn.slots, **filled}


def _is_only_anger(turn: Turn, requested: str | None, reading: Reading) -> bool:
    """Whether a complaint was taken whole for an answer, for want of any fact in it."""
    return (
        turn.intent == "complaint"
        and requested != "symptom"
        and list(reading.values) == [requested]
        and reading.values.get(requested or "") == turn.words.strip("。！!，,.~ ")
    )


def leave_to_rules(form: str) -> Events:
    """Return the events that let a rule act on this message in place of the form."""
    return [SlotSet("problem", None), ActionExecutionRejected(form)]
