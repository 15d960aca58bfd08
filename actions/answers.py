"""Enquiries: an approved answer word for word, suggestions, or the honest “there is none”."""

from __future__ import annotations

import json
from dataclasses import replace

from actions.anger import Anger
from actions.base import FrontDoorAction, leave_form, remember
from actions.deps import Services
from actions.desk import give_up
from actions.patience import Asked, reached, times_asked_again
from actions.slots import FAULT_DRAFT, OpenQuestion
from actions.turn import Events, Turn
from common.errors import NotFound
from knowledgebase.model import Decision, Hit, SearchResult
from knowledgebase.text import fold, question_key


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
        """Keep the verdict. A fault that is gone needs no ticket, and nobody to wait for.

        Only the button ends the wait: words are too easily taken for a verdict.
        """
        await _keep_verdict(turn, self.services, "solved")
        if turn.form is not None and turn.slot("open_question") == OpenQuestion.SIDE_VERDICT:
            turn.say("utter_what_next_in_form")
            return remember(open_question=None, misses=0.0, last_question=None)
        response = "utter_solved" if turn.form is None else "utter_solved_in_form"
        if turn.is_button and await self.services.handoffs.leave_queue(turn.conversation_id):
            response = "utter_solved_left_queue"
        turn.say(response)
        calm = remember(misses=0.0, last_question=None, angry_messages=None, grievance=None)
        return [*leave_form(turn), *remember(**FAULT_DRAFT, open_question=None), *calm]


class ActionNotSolved(FrontDoorAction):
    """The last answer did not help."""

    heeds = frozenset({Anger.STRONG})  # it apologises and offers a person by itself

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_not_solved"

    async def act(self, turn: Turn) -> Events:
        """Keep the verdict, and offer what comes next."""
        judged = turn.slot("open_question") in (OpenQuestion.VERDICT, OpenQuestion.SIDE_VERDICT)
        if not (judged or turn.is_button or turn.form or turn.slot("pending_fault")):
            # “流量不够用” sounds like a verdict, but there was nothing to judge.
            found = await self.services.knowledge_base.search(turn.words, k=1)
            if found.decision == Decision.ANSWER:
                return await look_up(turn, self.services)
        return await did_not_help(turn, self.services)


_VERY_SURE = 0.9
"""From this score on an article answers also what Rasa takes for none of our business."""


async def look_up(turn: Turn, services: Services) -> Events:
    """Answer the customer's words from the knowledge base."""
    found = await _search(turn, services)
    if found.decision == Decision.NONE:
        return await admit(turn, services, turn.words)
    again = times_asked_again(
        Asked.from_slot(turn.slot("last_question")),
        turn.words,
        found,
        services.now(),
        services.patience.repeat_window,
    )
    if again:
        return await _asked_again(turn, services, found, again)
    if found.decision == Decision.SUGGEST:
        return suggest(turn, services, found.hits)
    hit = found.hits[0]
    return await give(turn, services, hit.article_id, hit.question, hit.answer, asked=turn.words)


async def _search(turn: Turn, services: Services) -> SearchResult:
    """Search for the customer's words; when these are angry, also for what they ask besides.

    What Rasa takes for none of our business is only offered, unless the search is very sure.
    """
    found = await services.knowledge_base.search(turn.words, k=3)
    if turn.anger is Anger.NONE:
        doubtful = turn.intent == "out_of_scope" and found.decision == Decision.ANSWER
        if doubtful and found.hits[0].score < _VERY_SURE:
            return replace(found, decision=Decision.SUGGEST)
        return found
    if found.decision == Decision.ANSWER:
        return found
    calmly = await services.knowledge_base.search(services.anger_words.calmed(turn.words), k=3)
    return calmly if calmly.decision == Decision.ANSWER else found


async def _asked_again(turn: Turn, services: Services, found: SearchResult, again: int) -> Events:
    """Say openly that there is nothing new, in place of the same words once more."""
    patience, hit = services.patience, found.hits[0]
    answered = found.decision == Decision.ANSWER
    # Asked again right after: what was given did not help, or none of what was offered fitted.
    await services.knowledge_base.record_unanswered(
        turn.conversation_id, turn.words, "not_solved" if answered else "refused"
    )
    asked = _remember_question(turn, services, hit.answer if answered else None, again)
    # What was begun is not taken away: in a form a person is only offered.
    if turn.form is None and reached(again, patience.repeats_before_handoff):
        if handed_over := await give_up(turn, services, "not_solved"):
            return handed_over
        turn.say("utter_same_answer_nobody_online", absence=turn.absence)
        return [*asked, *remember(open_question=OpenQuestion.LEAVE_MESSAGE)]
    if reached(again, patience.repeats_before_offer):
        if turn.form is not None:
            turn.say("utter_same_answer_in_form")
            return [*asked, *remember(open_question=None)]
        turn.say("utter_same_answer" if answered else "utter_same_suggestions")
        return [*asked, *remember(open_question=OpenQuestion.REGISTER_OR_HUMAN)]
    if not answered:
        return [*suggest(turn, services, found.hits), *asked]
    given = await give(turn, services, hit.article_id, hit.question, hit.answer, turn.words)
    return [*given, *asked]


def _remember_question(
    turn: Turn, services: Services, answer: str | None, again: int = 0, words: str | None = None
) -> Events:
    digest = None if answer is None else question_key(answer)
    asked = Asked(fold(words or turn.words), digest, services.now(), again)
    return remember(last_question=asked.for_slot())


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
    return [
        *_remember_question(turn, services, answer, words=asked),
        *remember(
            article_id=article_id,
            article_question=question,
            asked=asked,
            misses=0.0,
            open_question=OpenQuestion.SIDE_VERDICT if in_form else OpenQuestion.VERDICT,
        ),
    ]


def suggest(turn: Turn, services: Services, hits: tuple[Hit, ...]) -> Events:
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
    return [
        *_remember_question(turn, services, None),
        *remember(asked=turn.words, article_id=None, open_question=OpenQuestion.SUGGESTION),
    ]


async def admit(turn: Turn, services: Services, asked: str, reason: str = "no_answer") -> Events:
    """Say honestly that there is no answer; after some in a row, offer a person or fetch one.

    In the middle of a form a person is only offered: what was begun is not taken away.
    """
    misses = (turn.slot("misses") or 0.0) + 1
    forgotten = remember(misses=misses, article_id=None, open_question=None)
    if turn.anger and turn.intent == "out_of_scope":
        # Not a question but words of anger. The apology precedes this.
        turn.say("utter_what_happened")
        return forgotten
    await services.knowledge_base.record_unanswered(turn.conversation_id, asked, reason)
    offers = reached(misses, services.patience.misses_before_offer)
    if turn.form is not None:
        turn.say("utter_no_answer_again_in_form" if offers else "utter_no_answer_in_form")
        return remember(misses=misses, open_question=None)
    # For the weather and the like nobody is fetched.
    is_ours = turn.intent != "out_of_scope"
    if is_ours and reached(misses, services.patience.misses_before_handoff):
        if handed_over := await give_up(turn, services, "not_understood"):
            return handed_over
        turn.say("utter_no_answer_nobody_online", absence=turn.absence)
        return [*forgotten, *remember(open_question=OpenQuestion.LEAVE_MESSAGE)]
    if offers:
        turn.say("utter_no_answer_again")
        return [*forgotten, *remember(open_question=OpenQuestion.HUMAN)]
    turn.say("utter_no_answer" if is_ours else "utter_out_of_scope")
    return forgotten


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
    if question:
        await services.knowledge_base.record_unanswered(
            turn.conversation_id, turn.slot("asked") or question, "not_solved"
        )
    if turn.form is not None:
        turn.say("utter_not_solved_in_form")
        return remember(open_question=None)
    tried = [*(turn.slot("tried") or []), *([question] if question else [])]
    if turn.slot("pending_fault"):
        turn.say("utter_not_solved_fault")
        return remember(tried=tried, open_question=None)
    turn.say("utter_not_solved")
    return remember(tried=tried, open_question=OpenQuestion.REGISTER_OR_HUMAN)


async def _keep_verdict(turn: Turn, services: Services, verdict: str) -> None:
    if article_id := turn.slot("article_id"):
        await services.memory.record_verdict(turn.conversation_id, article_id, verdict)
