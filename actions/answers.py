"""Enquiries: an approved answer word for word, suggestions, or the honest “there is none”."""

from __future__ import annotations

import json

from actions.base import FrontDoorAction, leave_form, remember
from actions.deps import Services
from actions.slots import FAULT_DRAFT, OpenQuestion
from actions.turn import Events, Turn
from common.errors import NotFound
from knowledgebase.model import Hit

MISSES_BEFORE_A_HUMAN_IS_OFFERED = 2


class ActionAnswer(FrontDoorAction):
    """Look the customer's words up in the knowledge base."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_answer"

    async def act(self, turn: Turn) -> Events:
        """Answer, suggest or admit."""
        if turn.intent == "correct_field" and turn.slot("ticket_number") and turn.form is None:
            turn.say("utter_cannot_correct_ticket", number=turn.slot("ticket_number"))
            return remember(open_question=OpenQuestion.HUMAN)
        return [*await look_up(turn, self.services), *remember(pending_fault=None)]


class ActionChooseArticle(FrontDoorAction):
    """Answer with the article the customer picked among the suggestions."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_choose_article"

    async def act(self, turn: Turn) -> Events:
        """Give the article as it is now, or admit that it is gone."""
        asked = turn.slot("asked") or turn.words
        try:
            article = await self.services.knowledge_base.get_published(
                turn.entity("article_id") or ""
            )
        except NotFound:
            return await admit(turn, self.services, asked)
        return await give(
            turn, self.services, article.article_id, article.question, article.answer, asked
        )


class ActionNoneOfThese(FrontDoorAction):
    """The customer refused all suggestions."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_none_of_these"

    async def act(self, turn: Turn) -> Events:
        """Keep the question for the content staff, and go on."""
        return await refuse(turn, self.services)


class ActionSolved(FrontDoorAction):
    """The customer says it works, or that this was what they wanted to know."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_solved"

    async def act(self, turn: Turn) -> Events:
        """Keep the verdict. A fault that is gone needs no ticket."""
        await _keep_verdict(turn, self.services, "solved")
        if turn.form is not None and turn.slot("open_question") == OpenQuestion.SIDE_VERDICT:
            turn.say("utter_what_next_in_form")
            return remember(open_question=None)
        turn.say("utter_solved" if turn.form is None else "utter_solved_in_form")
        return [*leave_form(turn), *remember(**FAULT_DRAFT, open_question=None, misses=0.0)]


class ActionNotSolved(FrontDoorAction):
    """The last answer did not help."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_not_solved"

    async def act(self, turn: Turn) -> Events:
        """Keep the verdict, and offer what comes next."""
        return await did_not_help(turn, self.services)


async def look_up(turn: Turn, services: Services) -> Events:
    """Answer the customer's words from the knowledge base."""
    found = await services.knowledge_base.search(turn.words, k=3)
    if found.decision == "answer":
        hit = found.hits[0]
        return await give(
            turn, services, hit.article_id, hit.question, hit.answer, asked=turn.words
        )
    if found.decision == "suggest":
        return suggest(turn, found.hits)
    return await admit(turn, services, turn.words)


async def give(
    turn: Turn, services: Services, article_id: str, question: str, answer: str, asked: str
) -> Events:
    """Say an approved answer word for word, and ask whether it helped."""
    in_form = turn.form is not None
    turn.say(
        # In the middle of a form its next question follows: no verdict is asked for.
        "utter_answer_in_form" if in_form else "utter_answer",
        text=answer,
        data={"kind": "answer", "article_id": article_id},
    )
    await services.memory.record_answer(
        turn.conversation_id, turn.message_id, article_id, question, asked
    )
    return remember(
        article_id=article_id,
        article_question=question,
        asked=asked,
        misses=0.0,
        open_question=OpenQuestion.SIDE_VERDICT if in_form else OpenQuestion.VERDICT,
    )


def suggest(turn: Turn, hits: tuple[Hit, ...]) -> Events:
    """Offer the nearest questions as buttons."""
    buttons = [
        {
            "title": hit.question,
            "payload": "/choose_article" + json.dumps({"article_id": hit.article_id}),
        }
        for hit in hits
    ]
    refusal = {"title": turn.phrase("none_of_these"), "payload": "/none_of_these"}
    turn.say("utter_suggest", buttons=[*buttons, refusal])
    return remember(asked=turn.words, article_id=None, open_question=OpenQuestion.SUGGESTION)


async def admit(turn: Turn, services: Services, asked: str, reason: str = "no_answer") -> Events:
    """Say honestly that there is no answer. At the second time running, offer a person."""
    await services.knowledge_base.record_unanswered(turn.conversation_id, asked, reason)
    misses = (turn.slot("misses") or 0.0) + 1
    if turn.form is not None:
        turn.say("utter_no_answer_in_form")
        return remember(misses=misses, open_question=None)
    if misses >= MISSES_BEFORE_A_HUMAN_IS_OFFERED:
        turn.say("utter_no_answer_again")
        return remember(misses=misses, article_id=None, open_question=OpenQuestion.HUMAN)
    turn.say("utter_out_of_scope" if turn.intent == "out_of_scope" else "utter_no_answer")
    return remember(misses=misses, article_id=None, open_question=None)


async def refuse(turn: Turn, services: Services) -> Events:
    """Take the customer's word that no suggestion fits. A reported fault is registered then."""
    asked = turn.slot("asked") or turn.words
    if not turn.slot("pending_fault"):
        return await admit(turn, services, asked, reason="refused")
    await services.knowledge_base.record_unanswered(turn.conversation_id, asked, "refused")
    turn.say("utter_not_solved_fault")
    return remember(open_question=None)


async def did_not_help(turn: Turn, services: Services) -> Events:
    """Take the customer's word that it did not help. A reported fault is registered then."""
    await _keep_verdict(turn, services, "not_solved")
    question = turn.slot("article_question") if turn.slot("article_id") else None
    if turn.form is not None:
        turn.say("utter_not_solved_in_form")
        return remember(open_question=None)
    tried = [*(turn.slot("tried") or []), *([question] if question else [])]
    if turn.slot("pending_fault"):
        turn.say("utter_not_solved_fault")
        return remember(tried=tried, open_question=None)
    if turn.slot("article_id"):
        await services.knowledge_base.record_unanswered(
            turn.conversation_id, turn.slot("asked") or question or "", "not_solved"
        )
    turn.say("utter_not_solved")
    return remember(tried=tried, open_question=OpenQuestion.REGISTER_OR_HUMAN)


async def _keep_verdict(turn: Turn, services: Services, verdict: str) -> None:
    if article_id := turn.slot("article_id"):
        await services.memory.record_verdict(turn.conversation_id, article_id, verdict)
