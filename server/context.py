"""One process's world: everything is built here once, and nowhere else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from channels.model import CARRIED, InboundMessage
from channels.wechat.accounts import read_accounts
from channels.wechat.service import Wechat
from common.auth import Accounts
from common.db import Database
from common.hub import EventHub
from common.settings import Settings
from handoff.canned import CannedResponses
from handoff.carrying import Carrying
from handoff.contacts import Contacts
from handoff.desk import Desk
from handoff.duty import Duty
from handoff.guarding import GuardedBot
from handoff.leaving import Leaving
from handoff.model import Message
from handoff.notes import Notes
from handoff.numbers import Numbers
from handoff.pages import Pages
from handoff.persons import Persons
from handoff.places import Places
from handoff.rasa import RasaClient
from handoff.reception import Receipt, Reception
from handoff.sensitive import SensitiveWords
from handoff.service import Handoffs
from handoff.supervision import Supervision
from handoff.sweeping import QueueSweep
from handoff.teams import Teams
from handoff.transfers import Transfers
from handoff.turns import Turns
from handoff.views import message_view
from handoff.wiring import assignments_of, handoffs_of, transfers_of, waiting_rules_of
from knowledgebase.service import KnowledgeBase
from knowledgebase.wiring import knowledge_base
from server.wechat_desk import WechatDesk
from tickets.service import Tickets
from webhooks.delivery import Sender
from webhooks.outbox import Outbox
from webhooks.service import Webhooks


@dataclass
class World:
    """What a `server` or `worker` process works with."""

    settings: Settings
    db: Database
    hub: EventHub
    accounts: Accounts
    kb: KnowledgeBase
    tickets: Tickets
    handoffs: Handoffs
    reception: Reception
    desk: Desk
    queue_sweep: QueueSweep
    places: Places
    leaving: Leaving
    pages: Pages
    transfers: Transfers
    notes: Notes
    numbers: Numbers
    contacts: Contacts
    supervision: Supervision
    teams: Teams
    duty: Duty
    canned: CannedResponses
    rasa: RasaClient
    turns: Turns
    wechat: Wechat
    webhooks: Webhooks
    outbox: Outbox
    webhook_sender: Sender

    @classmethod
    def build(cls, settings: Settings) -> World:
        """Wire everything; nothing is opened before `start`."""
        db = Database.from_url(settings.database_url)
        hub = EventHub(db, settings.redis_url)
        kb = knowledge_base(db, settings)
        tickets = Tickets(db, zone=settings.time_zone)
        rules = waiting_rules_of(settings)
        assignments = assignments_of(db, settings)
        handoffs = handoffs_of(db, kb, tickets, assignments, settings)
        outbox = Outbox(db)
        rasa = RasaClient(settings.rasa_url, settings.rasa_token, settings.bot_timeout_seconds)

        def bot_starts(message: Message) -> None:
            hub.signal("typing", {"contact_id": message.contact_id, "author": "bot"})
            if message.channel in CARRIED:
                wechat.typing.begins(message.contact_id)

        def bot_answered(message: Message) -> None:
            wechat.typing.ends(message.contact_id)
            # The event says so too; this process's own sockets need not wait for its reading.
            hub.tell_here("answered", {"contact_id": message.contact_id})

        reception = Reception(
            db,
            bot_timeout=settings.bot_timeout_seconds,
            locale=settings.locale,
            presence_grace=settings.presence_grace_seconds,
        )
        words = SensitiveWords.load(settings.sensitive_file)
        turns = Turns(
            db,
            GuardedBot(rasa, words, db, handoffs, locale=settings.locale),
            handoffs,
            give_up_after=settings.bot_give_up_seconds,
            bot_timeout=settings.bot_timeout_seconds,
            on_start=bot_starts,
            on_end=bot_answered,
        )
        wechat = Wechat(
            db,
            read_accounts(settings.wechat_file, settings.locale),
            WechatDesk(
                reception,
                Carrying(db, reception, locale=settings.locale),
                turns,
                Persons(db, assignments, locale=settings.locale),
                tickets,
            ),
            folder=settings.state_dir / "media",
            locale=settings.locale,
        )
        desk = Desk(db, assignments, delivery=wechat.delivery_of)
        return cls(
            settings=settings,
            db=db,
            hub=hub,
            accounts=Accounts(db, lasts=settings.sign_in_hours),
            kb=kb,
            tickets=tickets,
            handoffs=handoffs,
            reception=reception,
            desk=desk,
            queue_sweep=QueueSweep(db, assignments),
            places=Places(db, settings.presence_grace_seconds),
            leaving=Leaving(db, assignments, locale=settings.locale),
            pages=Pages(db, rules.place_kept, locale=settings.locale),
            transfers=transfers_of(db, kb, tickets, assignments, settings),
            notes=Notes(db),
            numbers=Numbers(db, settings.phones_shown_to),
            contacts=Contacts(db),
            supervision=Supervision(db, desk, assignments),
            teams=Teams(db, rules),
            duty=Duty(db, rules),
            canned=CannedResponses(db),
            rasa=rasa,
            turns=turns,
            wechat=wechat,
            webhooks=Webhooks(db),
            outbox=outbox,
            webhook_sender=Sender(outbox),
        )

    async def start(self) -> None:
        """Begin to follow events."""
        await self.hub.start()

    async def stop(self) -> None:
        """Let turns under way end, then let everything go."""
        await self.wechat.stop()
        await asyncio.gather(self.turns.drain(seconds=3), self.webhook_sender.stop(seconds=3))
        await self.hub.stop()
        await self.rasa.close()
        await self.db.close()


class WebchatDesk:
    """The conversations as the web-chat channel sees them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.messages_after = world.reception.messages_after
        self.conversation_for = world.reception.conversation_for
        self.last_seq = world.reception.last_seq
        self.rate = world.reception.rate
        self.seen = world.pages.seen
        self._under_way: set[asyncio.Task[Receipt]] = set()

    async def receive(self, inbound: InboundMessage) -> tuple[dict[str, Any], bool]:
        """Store a message and set the bot to work on it.

        A customer who hangs up meanwhile changes nothing: their message is stored and answered.
        """
        task = asyncio.create_task(self._receive(inbound))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        receipt = await asyncio.shield(task)
        return message_view(receipt.message), receipt.duplicate

    async def _receive(self, inbound: InboundMessage) -> Receipt:
        self._world.pages.seen(inbound.user_id)
        receipt = await self._world.reception.receive(inbound)
        if receipt.lease is not None:
            first = receipt.message if receipt.is_first else None
            self._world.turns.start(receipt.message.conversation_id, receipt.lease, first)
        return receipt

    async def drain(self) -> None:
        """Wait for messages that are being stored."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def typing(self, contact_id: str, conversation_id: str) -> None:
        """Tell the consoles that the customer is writing."""
        self._world.hub.signal(
            "typing",
            {"contact_id": contact_id, "conversation_id": conversation_id, "author": "contact"},
        )
