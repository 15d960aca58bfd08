"""Sending deliveries over HTTP: the worker's part.

Each webhook has a task of its own, so a slow receiver holds up nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import timedelta
from functools import cached_property
from time import monotonic
from typing import Any

import httpx

from common.times import Clock, utc_now
from webhooks.model import Delivery, Failure, Outcome, Webhook, signed_headers
from webhooks.outbox import Outbox
from webhooks.views import delivery_view

logger = logging.getLogger(__name__)

TIME_OUT = timedelta(seconds=10)
AT_ONCE = 8
"""Deliveries of one webhook on their way at the same time, in this process."""
RESPONSE_BYTES_KEPT = 1024


class Sender:
    """Sends what is due."""

    def __init__(
        self, outbox: Outbox, *, time_out: timedelta = TIME_OUT, now: Clock = utc_now
    ) -> None:
        self._outbox = outbox
        self._time_out = time_out
        self._now = now
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        # Made when it is needed: reading the certificates takes a while.
        return httpx.AsyncClient(
            # One limit for all of an attempt, below; httpx would limit each wait by itself.
            timeout=None,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
            headers={
                "content-type": "application/json",
                "user-agent": "frontdoor-webhooks/1",
                # What is kept of the answer shall be readable.
                "accept-encoding": "identity",
            },
        )

    async def run(self) -> int:
        """Queue what is new and begin to send what is due; returns how many were queued."""
        queued = await self._outbox.queue_new()
        for webhook_id in await self._outbox.ready():
            if webhook_id not in self._tasks:
                task = asyncio.create_task(self._send_all(webhook_id))
                self._tasks[webhook_id] = task
        return queued

    async def idle(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def stop(self, seconds: float = 3) -> None:
        """Let attempts under way end, then break them off: they are due again after their lease."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.idle()
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if "_http" in self.__dict__:
            await self._http.aclose()

    async def _send_all(self, webhook_id: str) -> None:
        try:
            while (taken := await self._outbox.take(webhook_id, AT_ONCE)) is not None:
                webhook, deliveries = taken
                await asyncio.gather(*(self._attempt(webhook, one) for one in deliveries))
        except Exception:  # the edge of a task: what was taken is due again after its lease
            logger.exception("sending to webhook %s failed; trying again", webhook_id)
        finally:
            del self._tasks[webhook_id]

    async def try_out(self, webhook_id: str) -> dict[str, Any]:
        """Send a test, once and now; returns the delivery as the API shows it.

        Raises:
            NotFound: no such webhook (`webhook_unknown`).
        """
        webhook, test = await self._outbox.take_test(webhook_id)
        return delivery_view(await self._attempt(webhook, test))

    async def _attempt(self, webhook: Webhook, delivery: Delivery) -> Delivery:
        outcome = await self._post(webhook, delivery)
        after = await self._outbox.save(delivery, outcome)
        # Not the address: it may carry a key of the receiver's.
        logger.info(
            "webhook %s, %s, attempt %d: %s",
            webhook.id,
            delivery.id,
            delivery.attempts,
            outcome.status or outcome.error,
        )
        return after

    async def _post(self, webhook: Webhook, delivery: Delivery) -> Outcome:
        began = monotonic()
        status, kept, unanswered = None, bytearray(), None
        headers = signed_headers(webhook, delivery, self._now())
        try:
            async with (
                asyncio.timeout(self._time_out.total_seconds()),
                self._http.stream(
                    "POST", webhook.url, content=delivery.body, headers=headers
                ) as response,
            ):
                status = response.status_code
                async for chunk in response.aiter_raw():
                    kept += chunk
                    if len(kept) >= RESPONSE_BYTES_KEPT:
                        break
        except TimeoutError:
            # With the status the answer is there; of its words we take what came.
            unanswered = Failure.TIMEOUT
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            unanswered = Failure.UNREACHABLE
        text = bytes(kept[:RESPONSE_BYTES_KEPT]).decode(errors="replace").replace("\0", "")
        return Outcome(timedelta(seconds=monotonic() - began), status, text, unanswered)
