"""A conversation as Rasa would lead it, with use cases that only remember what they were asked."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import ActionAnswer
from actions.base import FrontDoorAction
from actions.deps import Services
from actions.faults import ActionAskConfirmed, ActionReportFault, ValidateFaultForm
from actions.messages import ActionRegisterMessage, ValidateMessageForm
from actions.tickets import ActionCreateTicket
from common.errors import Conflict, NotFound
from handoff.waiting import Absence
from knowledgebase.model import Decision, Hit, PublishedArticle, SearchResult
from tickets.model import NewTicket, Priority, Ticket, TicketStatus, TicketType

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
DOMAIN = yaml.safe_load((Path(__file__).parents[2] / "domain.yml").read_text(encoding="utf-8"))

VALIDATORS = {"fault_form": ValidateFaultForm, "message_form": ValidateMessageForm}
SUBMITS = {"fault_form": ActionCreateTicket, "message_form": ActionRegisterMessage}

BILL = Hit(
    "a-bill", "怎么查话费", "怎么查话费", 0.98, "发送 101 到 10199，\n即可查询话费。", "话费", ""
)
RED_LIGHT = Hit("a-red", "光猫亮红灯怎么办", "光猫红灯", 0.9, "请检查光纤插头。", "宽带", "")


class FakeKnowledgeBase:
    """Finds what it was told to find."""

    def __init__(self) -> None:
        self.decision = Decision.NONE
        self.hits: tuple[Hit, ...] = ()
        self.unanswered: list[tuple[str, str]] = []

    def finds(self, *hits: Hit, decision: Decision = Decision.ANSWER) -> None:
        self.decision, self.hits = decision, hits

    async def search(self, query: str, k: int = 3) -> SearchResult:
        return SearchResult(query, self.decision, self.hits[:k])

    async def get_published(self, article_id: str) -> PublishedArticle:
        for hit in self.hits:
            if hit.article_id == article_id:
                return PublishedArticle(article_id, 1, hit.question, hit.answer, (), hit.category)
        raise NotFound("no such article")

    async def record_unanswered(
        self, conversation_id: str, text: str, reason: str = "no_answer"
    ) -> None:
        self.unanswered.append((text, reason))


class FakeTickets:
    """Keeps tickets in a list, one a message."""

    def __init__(self) -> None:
        self.by_message: dict[str, Ticket] = {}
        self.urged: list[tuple[str, str]] = []

    def make(self, new: NewTicket, **changes: Any) -> Ticket:
        values: dict[str, Any] = {
            "number": f"20260310-{len(self.by_message) + 1:04d}",
            "type": TicketType(new.type),
            "priority": Priority.MAJOR,
            "status": TicketStatus.REGISTERED,
            **{
                name: getattr(new, name)
                for name in [
                    "conversation_id",
                    "contact_id",
                    "channel",
                    "fault_type",
                    "symptom",
                    "since",
                    "place",
                    "contact_name",
                    "phone",
                    "hoped_time",
                    "affects",
                    "tried",
                    "level",
                    "details",
                ]
            },
            "since_at": new.began.at if new.began else None,
            "hoped_at": new.hoped.at if new.hoped else None,
            "registered_at": NOON,
            "assess_by": NOON + timedelta(hours=2),
            "respond_by": NOON + timedelta(hours=8),
            "resolve_by": NOON + timedelta(hours=24),
            "updated_at": NOON,
            **changes,
        }
        return Ticket(**values)

    async def register(self, new: NewTicket, source_message_id: str) -> Ticket:
        if source_message_id not in self.by_message:
            self.by_message[source_message_id] = self.make(new)
        return self.by_message[source_message_id]

    async def find_by_number(self, number: str, *, contact_ids: list[str]) -> Ticket | None:
        for ticket in self.by_message.values():
            if ticket.number == number and ticket.contact_id in contact_ids:
                return ticket
        return None

    async def for_contacts(self, contact_ids: list[str], limit: int) -> list[Ticket]:
        own = [t for t in self.by_message.values() if t.contact_id in contact_ids]
        return own[::-1][:limit]

    async def urge(self, number: str, conversation_id: str, message_id: str = "") -> Ticket:
        ticket = next(t for t in self.by_message.values() if t.number == number)
        if ticket.status is TicketStatus.CLOSED:
            raise Conflict("closed", code="ticket_closed")
        self.urged.append((number, message_id))
        return ticket


class FakeHandoffs:
    """Answers every request for a person with `outcome`."""

    def __init__(self) -> None:
        self.outcome = "queued"
        self.absence = Absence()
        self.waits = False
        self.requests: list[tuple[str, Mapping[str, Any]]] = []
        self.answers: list[tuple[str, str, str]] = []
        self.verdicts: list[tuple[str, str]] = []
        self.contact = SimpleNamespace(id="contact-1", name="", phone="", channel="webchat")
        self.other_contacts: list[str] = []
        self.standing: dict[str, Any] = {"level": "", "sensitive": False}
        self.remembered: list[dict[str, Any]] = []

    async def request(
        self, conversation_id: str, reason: str, slots: Mapping[str, Any], message_id: str
    ) -> SimpleNamespace:
        self.requests.append((reason, dict(slots)))
        return SimpleNamespace(outcome=self.outcome, position=1, absence=self.absence)

    async def leave_queue(self, conversation_id: str) -> bool:
        waited, self.waits = self.waits, False
        return waited

    async def record_answer(
        self, conversation_id: str, message_id: str, article_id: str, question: str, query: str
    ) -> None:
        self.answers.append((message_id, article_id, query))

    async def record_verdict(self, conversation_id: str, article_id: str, verdict: str) -> None:
        self.verdicts.append((article_id, verdict))

    async def contact_of(self, conversation_id: str) -> SimpleNamespace:
        return self.contact

    async def standing_of(self, conversation_id: str) -> dict[str, Any]:
        return self.standing

    async def contacts_of_person(self, contact_id: str) -> list[str]:
        return [contact_id, *self.other_contacts]

    async def remember_contact(self, contact_id: str, **known: Any) -> None:
        self.remembered.append(known)


class Texts(dict[str, Any]):
    """What stands for the `{names}` of a response; a missing one fails the test."""

    def __missing__(self, name: str) -> str:
        raise AssertionError(f"nothing stands for {{{name}}}")


@dataclass
class Said:
    """One reply, as the customer sees it."""

    response: str
    text: str
    buttons: list[str]
    payloads: list[str]
    data: dict[str, Any]


@dataclass
class Conversation:
    """Runs actions one after another and keeps what they change, as Rasa does."""

    services: Services
    slots: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(DOMAIN["slots"]))
    form: str | None = None
    said: list[Said] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    messages: int = 0
    requested: str | None = ""

    @property
    def heard(self) -> list[str]:
        """The names of the responses to the last message."""
        return [said.response for said in self.said]

    @property
    def text(self) -> str:
        """All that was said to the last message."""
        return "\n".join(said.text for said in self.said)

    async def tell(
        self,
        action: type[FrontDoorAction],
        words: str = "",
        intent: str = "",
        *,
        payload: str | None = None,
        entities: dict[str, str] | None = None,
        again: bool = False,
    ) -> list[dict[str, Any]]:
        """Let the customer say something that a rule answers with `action`."""
        self._hear(words, intent, payload, entities or {}, again)
        events = await self._run(action)
        await self._follow(action, events)
        return events

    async def answer(self, words: str, intent: str = "provide_info", **kwargs: Any) -> bool:
        """Let the customer say something inside the form; False when the form left it to rules."""
        assert self.form is not None
        self._hear(words, intent, kwargs.get("payload"), kwargs.get("entities") or {}, False)
        events = await self._run(VALIDATORS[self.form])
        if any(event["event"] == "action_execution_rejected" for event in events):
            return False
        if self.form is not None:
            await self._ask_next()
        return True

    async def report(self, words: str = "我要报修") -> None:
        """Report a fault for which there is no first help: the form begins."""
        await self.tell(ActionReportFault, words, "report_fault")
        if self.slots["pending_fault"] is None:
            await self.open("fault_form")

    async def open(self, form: str) -> None:
        """Begin a form, as a rule does after an action."""
        self.form, self.slots["requested_slot"] = form, None
        await self._run(VALIDATORS[form])
        await self._ask_next()

    def _hear(
        self,
        words: str,
        intent: str,
        payload: str | None,
        entities: dict[str, str],
        again: bool,
    ) -> None:
        self.said.clear()
        self.messages += 0 if again else 1
        self.latest = {
            "text": payload or words,
            "intent": {"name": intent},
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
            "message_id": f"m{self.messages}",
            "metadata": {"contact_id": "contact-1", "channel": "webchat", "said": words},
        }
        self.events = [{"event": "user"}]

    async def _run(self, action: type[FrontDoorAction]) -> list[dict[str, Any]]:
        instance = action(lambda: self.services)
        tracker = Tracker(
            "webchat-1",
            copy.deepcopy(self.slots),
            self.latest,
            [*self.events, {"event": "action", "name": self.form}]
            if instance.name().startswith("validate_")
            else list(self.events),
            False,
            None,
            {"name": self.form} if self.form else {},
            "action_listen",
        )
        dispatcher = CollectingDispatcher()
        events = await instance.run(dispatcher, tracker, DOMAIN)
        asked = [e["value"] for e in events if e.get("name") == "requested_slot"]
        self.requested = asked[-1] if asked else ""
        self.said += [self._render(message) for message in dispatcher.messages]
        if not instance.name().startswith("validate_"):
            self.events.append({"event": "action", "name": instance.name()})
        for event in events:
            if event["event"] == "slot":
                assert event["name"] in {*DOMAIN["slots"], "requested_slot"}
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "active_loop":
                self.form = event["name"]
        return events

    async def _follow(self, action: type[FrontDoorAction], events: list[dict[str, Any]]) -> None:
        followed = [event["name"] for event in events if event["event"] == "followup"]
        if followed == ["action_listen"]:
            return
        if followed:
            await self.open(followed[0])
        elif self.form is not None:
            await self._run(VALIDATORS[self.form])
            await self._ask_next()

    async def _ask_next(self) -> None:
        assert self.form is not None
        wanted = self.requested
        if wanted == "":  # the validation left it to the domain
            names = DOMAIN["forms"][self.form]["required_slots"]
            wanted = next((name for name in names if self.slots[name] is None), None)
        self.slots["requested_slot"] = wanted
        if wanted is None:
            submit, self.form = SUBMITS[self.form], None
            await self._follow(submit, await self._run(submit))
        elif wanted == "confirmed":
            await self._run(ActionAskConfirmed)
        else:
            response = f"utter_ask_{self.form}_{wanted}"
            self.said.append(self._render({"response": response}))

    def _fits(self, variation: dict[str, Any]) -> bool:
        return all(self.slots[c["name"]] == c["value"] for c in variation.get("condition", []))

    def _render(self, message: dict[str, Any]) -> Said:
        response = message["response"]
        template = next(v for v in DOMAIN["responses"][response] if self._fits(v))
        values = Texts({**self.slots, **message})
        text = message.get("text") or template["text"].format_map(values)
        buttons = [*template.get("buttons", []), *(message.get("buttons") or [])]
        return Said(
            response,
            text,
            [button["title"] for button in buttons],
            [button["payload"] for button in buttons],
            message.get("custom") or {},
        )


@pytest.fixture
def kb() -> FakeKnowledgeBase:
    return FakeKnowledgeBase()


@pytest.fixture
def desk() -> FakeHandoffs:
    return FakeHandoffs()


@pytest.fixture
def tickets() -> FakeTickets:
    return FakeTickets()


@pytest.fixture
def services(kb: FakeKnowledgeBase, desk: FakeHandoffs, tickets: FakeTickets) -> Services:
    return Services(
        knowledge_base=kb,  # type: ignore[arg-type]
        tickets=tickets,  # type: ignore[arg-type]
        handoffs=desk,  # type: ignore[arg-type]
        memory=desk,  # type: ignore[arg-type]
        zone="Asia/Shanghai",
        now=lambda: NOON,
    )


@pytest.fixture
def chat(services: Services) -> Conversation:
    return Conversation(services)


@pytest.fixture
def bill() -> Hit:
    return BILL


@pytest.fixture
def red_light() -> Hit:
    return RED_LIGHT


@pytest.fixture
def ask(chat: Conversation) -> Callable[[str], Any]:
    """Let the customer ask a question outside any form."""

    async def ask_question(words: str, intent: str = "enquiry") -> None:
        await chat.tell(ActionAnswer, words, intent)

    return ask_question
