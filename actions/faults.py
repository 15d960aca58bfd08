"""A fault: first help, then a guided registration in which the customer leads."""

from __future__ import annotations

from collections.abc import Mapping

from rasa_sdk.events import ActionExecutionRejected, FollowupAction, SlotSet

from actions import answers
from actions.base import FrontDoorAction, remember
from actions.deps import Services
from actions.slots import FAULT_FIELDS, OpenQuestion, contact_slots
from actions.turn import Events, Turn
from tickets import intake
from tickets.intake import Kind, Reading
from tickets.labels import label

INVALID_BEFORE_A_HUMAN_IS_OFFERED = 3

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
        facts = intake.read_first_words(turn.words)
        if not facts and turn.slot("open_question") == OpenQuestion.REGISTER_OR_HUMAN:
            # They asked about it, were not helped, and now press the button: it is known.
            facts = intake.read_first_words(turn.slot("asked") or "")
        events = await begin(turn, self.services, facts)
        # Who reports it again, or presses the button, has seen what we have to say.
        if "symptom" in facts and not turn.slot("pending_fault") and not turn.is_button:
            first_help = await offer_help(turn, self.services)
            if first_help:
                return [*events, *first_help]
        turn.say("utter_register_fault")
        return [*events, *remember(pending_fault=None, open_question=None)]


class ActionTakeFacts(FrontDoorAction):
    """Facts that nobody asked for: “光猫红灯常亮” out of the blue reports a fault too."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_take_facts"

    async def act(self, turn: Turn) -> Events:
        """Treat a symptom as a fault, and anything else as an enquiry."""
        facts = intake.read_first_words(turn.words)
        if "symptom" not in facts:
            return [
                *await answers.look_up(turn, self.services),
                *remember(pending_fault=None),
            ]
        events = await begin(turn, self.services, facts)
        if first_help := await offer_help(turn, self.services):
            return [*events, *first_help]
        turn.say("utter_register_fault")
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
        """Fill what was said, answer what was asked, or leave the message to the rules."""
        if turn.was_dealt_with():
            return remember(problem=None)
        if turn.is_button and turn.intent in LEFT_TO_RULES:
            return leave_to_rules("fault_form")
        requested = turn.slot("requested_slot")
        reading = intake.read_answer(requested, turn.words, turn.intent, turn.slots)
        if reading.kind is Kind.INTERRUPTION:
            return [*remember(**reading.values), *await self._interruption(turn)]
        unanswered = reading.kind is Kind.UNCLEAR or _is_only_anger(turn, requested, reading)
        if unanswered and turn.intent in PLAIN_WITHOUT_AN_ANSWER:
            return leave_to_rules("fault_form")
        if reading.kind is Kind.UNCLEAR and turn.intent in MAY_BE_A_QUESTION:
            found = await self.services.knowledge_base.search(turn.words, k=1)
            if found.decision == "answer":
                return await self._interruption(turn)
        return take_answer(turn, requested, reading)

    async def _interruption(self, turn: Turn) -> Events:
        if turn.intent in LEFT_TO_RULES:
            return leave_to_rules("fault_form")
        if turn.intent in NOTHING_ASKED:
            return remember(problem=None, open_question=None)
        return [*await answers.look_up(turn, self.services), *remember(problem=None)]


class ActionAskConfirmed(FrontDoorAction):
    """Read everything back, and ask whether it is right."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_ask_confirmed"

    async def act(self, turn: Turn) -> Events:
        """Ask; after an unclear answer, only what was unclear."""
        if problem := turn.slot("problem"):
            turn.say(f"utter_problem_{problem}")
            return []
        rows = intake.read_back(turn.slots, self.services.locale)
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
    known = {**await contact_slots(turn, services), **facts}
    return remember(**known, confirmed=None, problem=None, invalid_count=None)


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
        return [*answers.suggest(turn, found.hits), *remember(pending_fault=True)]
    return []


def take_answer(turn: Turn, requested: str | None, reading: Reading) -> Events:
    """Return the slots that an answer fills, and say what in it could not be taken."""
    events = remember(**reading.values, **dict.fromkeys(reading.unset), open_question=None)
    for name in reading.corrected:
        if requested != "confirmed" and name in FAULT_FIELDS:
            turn.say(
                "utter_corrected",
                field=label("slot", name),
                value=str(reading.values[name]),
            )
    if reading.problem is None:
        return [*events, *remember(problem=None, invalid_count=None)]
    if reading.problem in ABOUT_EVERYTHING:
        # Said in place of reading everything back once more.
        return [*events, *remember(problem=reading.problem)]
    invalid = (turn.slot("invalid_count") or 0.0) + 1
    offer_human = invalid >= INVALID_BEFORE_A_HUMAN_IS_OFFERED
    turn.say("utter_offer_human_in_form" if offer_human else f"utter_problem_{reading.problem}")
    return [*events, *remember(problem=None, invalid_count=invalid)]


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
