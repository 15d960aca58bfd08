"""The use cases of tickets. One method, one transaction."""

from __future__ import annotations

import builtins
import logging
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from common import events
from common.db import Database
from common.errors import InvalidInput, NotFound
from common.times import Clock, to_local, utc_now
from tickets import instants, model, phones, policy, sla, store
from tickets.model import NewTicket, Ticket, TicketStatus
from tickets.policy import PriorityPolicy
from tickets.sla import BusinessCalendar, SlaPolicy
from tickets.text import fold

logger = logging.getLogger(__name__)

MAX_PAGE_SIZE = 100


@dataclass(frozen=True)
class TicketPage:
    """One page of tickets, newest first; `total` counts all pages."""

    tickets: list[Ticket]
    total: int
    page: int
    page_size: int


class _RegisteredMeanwhile(Exception):
    """The same message registered its ticket in another transaction; ours is rolled back."""


class Tickets:
    """Registering, finding and urging tickets.

    Args:
        db: where they are kept.
        now: the clock.
        zone: whose calendar day a number carries and working days are counted in.
        priorities: the rule that decides how urgent a ticket is.
        promises: what is promised at each priority.
        calendar: the days people work; the Chinese calendar in `zone` when None.
    """

    def __init__(
        self,
        db: Database,
        now: Clock = utc_now,
        zone: str = "Asia/Shanghai",
        *,
        priorities: PriorityPolicy = policy.DEFAULT_POLICY,
        promises: SlaPolicy | None = None,
        calendar: BusinessCalendar | None = None,
    ) -> None:
        self._db = db
        self._now = now
        self._zone = zone
        self._priorities = priorities
        self._promises = promises or SlaPolicy()
        self._calendar = calendar or BusinessCalendar(zone)

    async def register(
        self, new: NewTicket, source_message_id: str, *, actor: str = "bot"
    ) -> Ticket:
        """Return the ticket for a new case, with its number, priority and promised times.

        The same message registers one ticket however often this runs, also at the same time.

        Raises:
            InvalidInput: no symptom, an unknown type, a phone number that cannot be called, or no
                message id.
        """
        if not 0 < len(source_message_id) <= 64:
            raise InvalidInput("a ticket needs the id of its message", code="message_id_invalid")
        new = model.checked(self._with_times_read(new))
        phone = phones.parse(new.phone).stored if new.phone else ""
        try:
            async with self._db.begin() as conn:
                known = await store.find_by_source(conn, source_message_id)
                if known is not None:
                    return known
                now = self._now()
                number = await store.take_number(conn, to_local(now, self._zone).date())
                ticket = self._open(new, number, phone, now)
                if not await store.insert_ticket(conn, ticket, source_message_id):
                    raise _RegisteredMeanwhile
                await events.append(
                    conn,
                    "ticket.registered",
                    conversation_id=new.conversation_id,
                    actor=actor,
                    data={
                        "number": ticket.number,
                        "type": ticket.type.value,
                        "priority": ticket.priority.value,
                    },
                    now=ticket.registered_at,
                )
        except _RegisteredMeanwhile:
            async with self._db.connect() as conn:
                return await store.get_by_source(conn, source_message_id)
        logger.info("registered ticket %s for %s", ticket.number, new.conversation_id)
        return ticket

    def _with_times_read(self, new: NewTicket) -> NewTicket:
        """Return the case with its words for times read, where nobody read them before."""
        now = to_local(self._now(), self._zone)
        return replace(
            new,
            began=new.began or instants.read_past(new.since or "", now),
            hoped=new.hoped or instants.read_ahead(new.hoped_time or "", now),
        )

    def _open(self, new: NewTicket, number: str, phone: str, now: datetime) -> Ticket:
        priority = policy.decide_priority(new, self._priorities)
        promised = sla.promise(priority, now=now, policy=self._promises, calendar=self._calendar)
        if not promised.certain:
            logger.warning(
                "ticket %s: holidays of %s are not published yet, counted Monday to Friday",
                number,
                promised.resolve_by.year,
            )
        return model.registered(
            new,
            number=number,
            phone=phone,
            priority=priority,
            registered_at=now,
            assess_by=promised.assess_by,
            respond_by=promised.respond_by,
            resolve_by=promised.resolve_by,
        )

    async def urge(
        self, number: str, conversation_id: str, message_id: str = "", *, actor: str = "contact"
    ) -> Ticket:
        """Return the ticket, urged once more. The same message urges once.

        Raises:
            NotFound: no such ticket (`ticket_not_found`).
            Conflict: it is closed already (`ticket_closed`).
        """
        async with self._db.begin() as conn:
            before, last_message_id = await store.lock_by_number(conn, number)
            if message_id and message_id == last_message_id:
                return before
            after = model.urge(before, now=self._now())
            await store.save_ticket(conn, after, urge_message_id=message_id)
            await events.append(
                conn,
                "ticket.urged",
                conversation_id=conversation_id,
                actor=actor,
                data={"number": number, "count": after.urged_count},
                now=after.updated_at,
            )
        return after

    async def find_by_number(
        self, number: str, *, contact_ids: Collection[str] | None = None
    ) -> Ticket | None:
        """Return the ticket of that number, or None.

        Numbers can be guessed: with `contact_ids` other customers' tickets are not found.
        """
        if not model.is_number(number):
            return None
        async with self._db.connect() as conn:
            ticket = await store.find_by_number(conn, number)
        if ticket and contact_ids is not None and ticket.contact_id not in contact_ids:
            return None
        return ticket

    async def get_by_number(self, number: str) -> Ticket:
        """Return the ticket of that number.

        Raises:
            NotFound: there is none (`ticket_not_found`).
        """
        ticket = await self.find_by_number(number)
        if ticket is None:
            raise NotFound("没有这个工单号。", code="ticket_not_found")
        return ticket

    async def for_contacts(self, contact_ids: Collection[str], limit: int) -> builtins.list[Ticket]:
        """Return the tickets a customer registered last, newest first.

        Args:
            contact_ids: what the customer is known as, on all their accounts.
            limit: at most so many.
        """
        async with self._db.connect() as conn:
            return await store.list_for_contacts(conn, contact_ids, limit)

    async def for_conversation(self, conversation_id: str) -> builtins.list[Ticket]:
        """Return the tickets registered in a conversation, newest first."""
        async with self._db.connect() as conn:
            return await store.list_for_conversation(conn, conversation_id)

    async def list(
        self,
        query: str = "",
        status: TicketStatus | str | None = None,
        page: int = 1,
        page_size: int = 20,
    ) -> TicketPage:
        """Return one page of tickets, newest first.

        Args:
            query: looked for in number, name, phone, place and symptom; "" for all.
            status: only tickets in it.
            page: counts from 1.
            page_size: at most `MAX_PAGE_SIZE`.

        Raises:
            InvalidInput: no such status (`ticket_status_unknown`), or a page out of range.
        """
        if page < 1 or not 1 <= page_size <= MAX_PAGE_SIZE:
            raise InvalidInput(f"page must be 1 or more, page_size 1 to {MAX_PAGE_SIZE}")
        try:
            wanted = TicketStatus(status) if status else None
        except ValueError:
            raise InvalidInput(
                f"no ticket status {status!r}", code="ticket_status_unknown"
            ) from None
        words = query.strip()
        digits = re.sub(r"\D", "", fold(words))
        async with self._db.connect() as conn:
            found, total = await store.list_tickets(
                conn,
                words=words,
                # Stored without China's 0 before the area code; short ones would find anything.
                phone_digits=digits.lstrip("0") if len(digits) >= 4 else "",
                status=wanted,
                limit=page_size,
                offset=(page - 1) * page_size,
            )
        return TicketPage(found, total, page, page_size)
