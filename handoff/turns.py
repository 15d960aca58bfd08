"""Bot turns: a customer's message goes to Rasa, and its answer into the transcript, once.

Whoever holds a conversation's lease (`turn_owner`, until `turn_until`) runs its turns, one
message after another, oldest first. A lease is a token of its own, not the process's name: a run
whose lease ran out can never store anything again, even when its own process took the next one.
Replies are stored in the transaction that marks the message handled, so a crash at any line leaves
either both or neither; the lease runs out and the worker's sweep runs the turn again. Rasa gives a
message it has seen the same answer again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from time import monotonic

from common.db import Database
from common.errors import FrontDoorError, Unavailable, UpstreamError
from common.ids import new_id
from common.times import Clock, utc_now
from handoff import lifecycle, message_store, store
from handoff.guarding import Bot
from handoff.model import TURN_MARGIN, WAITING, Author, HandoffReason, Message
from handoff.rasa import BotTurn
from handoff.service import Handoffs
from handoff.transcript import add_message

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0


class Turns:
    """Runs bot turns for the conversations whose lease this process holds."""

    def __init__(
        self,
        db: Database,
        bot: Bot,
        handoffs: Handoffs,
        *,
        give_up_after: timedelta,
        bot_timeout: timedelta = timedelta(seconds=10),
        at_once: int = 32,
        on_start: Callable[[Message], None] = lambda message: None,
        on_end: Callable[[Message], None] = lambda message: None,
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._bot = bot
        self._handoffs = handoffs
        self._give_up_after = give_up_after
        self._bot_timeout = bot_timeout
        self._lease = bot_timeout + TURN_MARGIN
        self._at_once = at_once
        self._slots = asyncio.Semaphore(at_once)
        self._on_start = on_start
        self._on_end = on_end
        self._now = now
        self._running: dict[str, asyncio.Task[None]] = {}

    def start(self, conversation_id: str, lease: str, first: Message | None = None) -> None:
        """Run the conversation's turns in the background.

        Args:
            conversation_id: whose.
            lease: the token under which its lease was taken just now.
            first: the oldest message that waits for its answer, when the caller knows it.
        """
        task = asyncio.create_task(self._run_guarded(conversation_id, lease, first))
        self._running[lease] = task
        task.add_done_callback(lambda _: self._running.pop(lease, None))

    async def drain(self, seconds: float) -> None:
        """Give turns under way some time to end; what does not, another process takes up."""
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def sweep(self) -> int:
        """Take up conversations whose turn nobody runs; returns how many."""
        free = self._at_once - len(self._running)
        if free <= 0:
            return 0
        async with self._db.connect() as conn:
            owed = await message_store.list_owed_a_turn(conn, self._now(), free)
        taken = 0
        for conversation_id in owed:
            try:
                lease = await self._take(conversation_id)
            except Unavailable:
                raise
            except Exception:  # one that cannot be read must not hold up the others
                logger.exception("cannot take up %s", conversation_id)
                continue
            if lease is not None:
                self.start(conversation_id, lease)
                taken += 1
        return taken

    async def _take(self, conversation_id: str) -> str | None:
        """Take the lease if it is free and something is owed; returns its token."""
        now = self._now()
        async with self._db.begin() as conn:
            conversation = await store.lock_conversation(conn, conversation_id)
            if not conversation.bot_answers:
                # A person answers here: nothing is owed.
                await message_store.mark_handled(conn, conversation_id, now)
                return None
            owed = await message_store.first_unhandled(conn, conversation_id)
            if owed is None or not lifecycle.may_take_turn(conversation, now):
                return None
            lease = new_id()
            leased = replace(conversation, turn_owner=lease, turn_until=now + self._lease)
            await store.save_conversation(conn, leased)
        return lease

    async def _run_guarded(self, conversation_id: str, lease: str, first: Message | None) -> None:
        given_back = False
        try:
            await self.run(conversation_id, lease, first)
            given_back = True
        except Unavailable:
            logger.warning("turn of %s: the database is away", conversation_id)
        except Exception:  # the edge of a task: the sweep tries again
            logger.exception("turn of %s failed", conversation_id)
        finally:
            if not given_back:
                # Else it runs out, and the sweep waits for that.
                with contextlib.suppress(Unavailable):
                    await self._give_back(conversation_id, lease)

    async def run(self, conversation_id: str, lease: str, first: Message | None = None) -> None:
        """Answer all messages of the conversation that are still owed an answer."""
        pause = FIRST_PAUSE_SECONDS
        leased = monotonic()
        message = first
        if message is None:
            async with self._db.connect() as conn:
                message = await message_store.first_unhandled(conn, conversation_id)
        while message is not None:
            # A slot is held for one try only, so that a long backlog keeps nobody else waiting.
            async with self._slots:
                # The lease must outlast the try: renew it when waiting has used it up.
                if monotonic() - leased > TURN_MARGIN.total_seconds() / 2:
                    if not await self._renew(conversation_id, lease):
                        return
                    leased = monotonic()
                self._on_start(message)
                turn = await self._ask(message)
            if turn is not None:
                answered, message = message, await self._finish(message, turn, lease)
                self._on_end(answered)
            elif not await self._may_retry(conversation_id, lease):
                return
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            leased = monotonic()

    async def _ask(self, message: Message) -> BotTurn | None:
        """Return the bot's answer, or None when this try failed."""
        try:
            async with asyncio.timeout(self._bot_timeout.total_seconds()):
                return await self._bot.take_turn(message)
        except (UpstreamError, TimeoutError) as error:
            logger.warning(
                "turn of %s: %s", message.conversation_id, str(error) or "Rasa took too long"
            )
            return None

    async def _finish(self, message: Message, turn: BotTurn, lease: str) -> Message | None:
        """Store the replies; returns the next message of the same lease, or None."""
        now = self._now()
        async with self._db.begin() as conn:
            conversation = await store.lock_conversation(conn, message.conversation_id)
            if conversation.turn_owner != lease:
                # The lease ran out and another run answers, or the conversation was closed.
                return None
            # Messages are answered oldest first: behind the newest there is none to look for.
            is_newest = conversation.last_seq == message.seq
            answers = await message_store.mark_handled(
                conn, conversation.id, now, message_id=message.id
            )
            # What the bot has forgotten (a finished form) is no fact any more.
            conversation = replace(
                conversation,
                facts=turn.slots,
                bot_failing_since=None,
                sensitive=conversation.sensitive or turn.sensitive,
            )
            if answers and lifecycle.takes_replies(conversation):
                for reply in turn.replies:
                    conversation, _ = await add_message(
                        conn,
                        conversation,
                        Author.BOT,
                        reply.text,
                        now,
                        buttons=reply.buttons,
                        data=reply.data or {},
                        in_reply_to=message.id,
                    )
            following = None
            if not conversation.bot_answers:
                await message_store.mark_handled(conn, conversation.id, now)
            elif not is_newest:
                following = await message_store.first_unhandled(conn, conversation.id)
            await store.save_conversation(
                conn,
                replace(
                    conversation,
                    turn_owner=lease if following else None,
                    turn_until=now + self._lease if following else None,
                ),
            )
        return following

    async def _may_retry(self, conversation_id: str, lease: str) -> bool:
        """Keep the lease for another try, or hand over when the bot stays away too long."""
        now = self._now()
        async with self._db.begin() as conn:
            conversation = await store.lock_conversation(conn, conversation_id)
            if conversation.turn_owner != lease or not conversation.bot_answers:
                return False
            if conversation.status in WAITING:
                # They wait for a person anyway, who sees what the bot could not answer.
                await message_store.mark_handled(conn, conversation_id, now)
                await store.save_conversation(
                    conn, replace(conversation, bot_helps=False, turn_owner=None, turn_until=None)
                )
                return False
            since = conversation.bot_failing_since or now
            if now - since < self._give_up_after:
                await store.save_conversation(
                    conn,
                    replace(conversation, bot_failing_since=since, turn_until=now + self._lease),
                )
                return True
        try:
            await self._handoffs.request(conversation_id, HandoffReason.BOT_UNAVAILABLE)
        except FrontDoorError:
            logger.exception("cannot hand over %s; the sweep tries again", conversation_id)
        return False

    async def _renew(self, conversation_id: str, lease: str) -> bool:
        async with self._db.begin() as conn:
            return await store.set_lease(conn, conversation_id, lease, self._now() + self._lease)

    async def _give_back(self, conversation_id: str, lease: str) -> None:
        async with self._db.begin() as conn:
            await store.set_lease(conn, conversation_id, lease, None)
