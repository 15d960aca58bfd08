"""Where customers come in: their messages, their history, their rating."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import ButtonPress, InboundMessage, check_message_id, clean_text
from common.auth import users
from common.db import Database
from common.errors import Conflict, InvalidInput, NotFound, TooMany
from common.ids import new_id
from common.times import Clock, utc_now
from handoff import contact_store, desk_store, lifecycle, message_store, store
from handoff.measured_waits import Estimates
from handoff.model import TURN_MARGIN, Author, Contact, Conversation, ConversationStatus, Message
from handoff.texts import say
from handoff.transcript import add_message, tell
from handoff.views import customer_view, message_view
from handoff.waiting import TAKEN_BY_THE_BOT, Choice, choice_of, choose

MAX_COMMENT_LENGTH = 500
MOST_UNANSWERED = 20
"""More than that nobody writes in earnest before the bot has answered the first."""


@dataclass(frozen=True)
class Receipt:
    """What became of a customer's message.

    With a `lease` the caller owes the conversation a bot turn; `is_first` says that no older
    message waits for its answer.
    """

    message: Message
    duplicate: bool = False
    lease: str | None = None
    is_first: bool = False


class Reception:
    """The customer's side of every conversation. One method, one transaction."""

    def __init__(
        self,
        db: Database,
        *,
        bot_timeout: timedelta = timedelta(seconds=10),
        locale: str = "zh-CN",
        presence_grace: timedelta = timedelta(seconds=60),
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._locale = locale
        self._estimates = Estimates(presence_grace)
        self._lease = bot_timeout + TURN_MARGIN
        self._now = now

    async def _contact(self, conn: AsyncConnection, channel: str, user_id: str) -> Contact:
        contact = await contact_store.find_contact(conn, channel, user_id)
        if contact is None:
            # A web-chat customer's two names are one: their token carries it.
            contact_id = user_id if channel == "webchat" else new_id()
            contact = Contact(contact_id, channel, user_id)
            await contact_store.insert_contact(conn, contact, self._now())
        return contact

    async def receive(self, inbound: InboundMessage) -> Receipt:
        """Store a customer's message, once, in the conversation it belongs to.

        The message is durable when this returns. The same `message_id` again returns what was
        stored the first time. A message after the closing begins a new conversation.

        Raises:
            InvalidInput: nothing to store (`text_empty`), too long (`text_too_long`), a button
                that was not offered (`button_unknown`), a malformed id (`message_id_invalid`).
            TooMany: so many messages wait for their answer (`too_many_messages`).
        """
        check_message_id(inbound.message_id)
        text = "" if inbound.button else clean_text(inbound.text)
        attempts = 3
        while True:
            try:
                return await self._receive_once(inbound, text)
            except IntegrityError:
                # A parallel first message made the contact or the conversation: now it is there.
                attempts -= 1
                if attempts == 0:
                    raise

    async def _receive_once(self, inbound: InboundMessage, text: str) -> Receipt:
        now = self._now()
        async with self._db.begin() as conn:
            conversation = await store.lock_open_conversation(
                conn, inbound.channel, inbound.user_id
            )
            if conversation is None:
                contact = await self._contact(conn, inbound.channel, inbound.user_id)
                if known := await self._known(conn, contact.id, inbound.message_id):
                    return Receipt(known, duplicate=True)
                conversation = await self._open_conversation(conn, contact)
            else:
                if known := await self._known(conn, conversation.contact_id, inbound.message_id):
                    return Receipt(known, duplicate=True)
                if conversation.bot_answers and conversation.turn_until is not None:
                    await self._check_backlog(conn, conversation.id)
            payload = None
            if inbound.button is not None:
                text, payload = await self._button(conn, conversation.contact_id, inbound.button)
            choice = choice_of(conversation, payload)
            if choice is not None and choice in TAKEN_BY_THE_BOT:
                # They leave the queue first: it is the bot that takes the message.
                conversation = await choose(conn, conversation, choice, self._locale, now)
            for_the_bot = conversation.bot_answers and choice in (None, *TAKEN_BY_THE_BOT)
            file = inbound.attachment
            if file is not None:
                for_the_bot = False
            lease = None
            is_first = conversation.turn_until is None
            if for_the_bot and lifecycle.may_take_turn(conversation, now):
                # A lease is given back when nothing is left to answer; one that ran out is not.
                lease = new_id()
                conversation = replace(conversation, turn_owner=lease, turn_until=now + self._lease)
            conversation, message = await add_message(
                conn,
                conversation,
                Author.CONTACT,
                text,
                now,
                payload=payload,
                data={"attachments": [{"id": file.id, "kind": file.kind}]} if file else {},
                client_message_id=inbound.message_id,
                handled_at=None if for_the_bot else now,
                save=True,
            )
            if file is not None and conversation.bot_answers:
                # The bot has no eyes or ears: it says so, and what it asked stays open.
                said = say(self._locale, f"got_{file.kind}")
                conversation, _ = await add_message(
                    conn, conversation, Author.SYSTEM, said, now, save=True
                )
            if choice in (Choice.BOT, Choice.LEAVE):
                conversation = await choose(conn, conversation, choice, self._locale, now)
                await store.save_conversation(conn, conversation)
        return Receipt(message, lease=lease, is_first=is_first)

    async def _known(
        self, conn: AsyncConnection, contact_id: str, message_id: str
    ) -> Message | None:
        return await message_store.find_message(conn, contact_id, Author.CONTACT, message_id)

    async def _check_backlog(self, conn: AsyncConnection, conversation_id: str) -> None:
        if await message_store.count_unhandled(conn, conversation_id) >= MOST_UNANSWERED:
            raise TooMany(
                "您发得太快了，前面的消息还在处理，请稍等几秒再发。", code="too_many_messages"
            )

    async def _button(
        self, conn: AsyncConnection, contact_id: str, button: ButtonPress
    ) -> tuple[str, str]:
        """Return what the button says and what it means, as we offered it."""
        message = await message_store.find_message_by_seq(conn, contact_id, button.seq)
        if message is None or not 0 <= button.index < len(message.buttons):
            raise InvalidInput("这个选项已经失效，请直接输入。", code="button_unknown")
        offered = message.buttons[button.index]
        return offered["title"], offered["payload"]

    async def _open_conversation(self, conn: AsyncConnection, contact: Contact) -> Conversation:
        now = self._now()
        before = await store.latest_conversation(conn, contact.id)
        conversation = Conversation(
            id=f"{contact.channel}-{new_id()}",
            contact_id=contact.id,
            channel=contact.channel,
            last_seq=before.last_seq if before else 0,
            created_at=now,
            updated_at=now,
        )
        await store.insert_conversation(conn, conversation)
        await tell(conn, "conversation.opened", conversation, "contact")
        return conversation

    async def messages_after(
        self, contact_id: str, after: int, limit: int
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return a customer's messages numbered above `after`, and whether there are more."""
        async with self._db.connect() as conn:
            found = await message_store.list_contact_messages(conn, contact_id, after, limit + 1)
        return [message_view(message) for message in found[:limit]], len(found) > limit

    async def last_seq(self, contact_id: str) -> int:
        """Return the number of a customer's newest message, 0 before the first."""
        async with self._db.connect() as conn:
            conversation = await store.latest_conversation(conn, contact_id)
        return conversation.last_seq if conversation else 0

    async def conversation_for(self, contact_id: str) -> dict[str, Any] | None:
        """Return what the customer may know of their newest conversation, or None."""
        async with self._db.connect() as conn:
            conversation = await store.latest_conversation(conn, contact_id)
            if conversation is None:
                return None
            position = await store.position_in_queue(conn, conversation)
            wait = position and await self._estimates.of(conn, position, self._now())
            name = None
            if conversation.agent_id is not None:
                query = sa.select(users.c.name).where(users.c.id == conversation.agent_id)
                name = (await conn.execute(query)).scalar_one_or_none()
            rated = await desk_store.find_rating(conn, conversation.id) is not None
        return customer_view(conversation, position, wait or None, name, rated)

    async def rate(self, contact_id: str, conversation_id: str, score: int, comment: str) -> None:
        """Store the customer's rating of a closed conversation.

        Giving the same score again is no error: the first answer may have been lost on the way.

        Raises:
            InvalidInput: the score is not 1 to 5, or the comment is too long.
            NotFound: not a conversation of this customer.
            Conflict: it is not closed yet, or was rated otherwise before.
        """
        if not 1 <= score <= 5:
            raise InvalidInput("评分是 1 到 5 分。", code="score_invalid")
        if len(comment) > MAX_COMMENT_LENGTH:
            raise InvalidInput(f"评价最多 {MAX_COMMENT_LENGTH} 字。", code="comment_too_long")
        async with self._db.begin() as conn:
            conversation = await store.lock_conversation(conn, conversation_id)
            if conversation.contact_id != contact_id:
                raise NotFound(f"no conversation {conversation_id}", code="conversation_unknown")
            if conversation.status is not ConversationStatus.CLOSED:
                raise Conflict("会话结束后才能评分。", code="conversation_not_closed")
            given = await desk_store.find_rating(conn, conversation_id)
            if given == score:
                return
            if given is not None:
                raise Conflict("您已经评过分了，谢谢！", code="already_rated")
            words = comment.replace("\0", "").strip()
            await desk_store.insert_rating(conn, conversation_id, score, words, self._now())
            await tell(conn, "csat.received", conversation, "contact", score=score)
