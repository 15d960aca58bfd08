"""Asking Rasa for the bot's next words, over loopback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from common.errors import UpstreamError
from handoff.model import Message


@dataclass(frozen=True)
class Reply:
    """One message of the bot's."""

    text: str
    buttons: tuple[dict[str, str], ...] = ()
    data: dict[str, Any] | None = None


@dataclass(frozen=True)
class BotTurn:
    """What the bot said to one message, and what it knows now.

    `sensitive`: people were called instead, as only they may answer.
    """

    replies: tuple[Reply, ...]
    slots: dict[str, Any]
    sensitive: bool = False


class _Reply(msgspec.Struct):
    text: str | None = None
    buttons: list[dict[str, str]] = []
    data: dict[str, Any] | None = None


class _Answer(msgspec.Struct):
    replies: list[_Reply]
    slots: dict[str, Any]


class RasaClient:
    """Speaks to the channel that `bot.channel` opens inside Rasa.

    The same message may be sent again after a failure: that channel runs a dialogue turn once
    for each message id and repeats its answer.
    """

    def __init__(self, url: str, token: str, timeout: timedelta) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout.total_seconds(),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=64),
            trust_env=False,
        )

    async def take_turn(self, message: Message) -> BotTurn:
        """Return the bot's answer to a customer's message.

        Raises:
            UpstreamError: Rasa cannot be reached, was too slow, or failed.
        """
        body = {
            "conversation_id": message.conversation_id,
            "message_id": message.id,
            "text": message.text,
            "payload": message.payload,
            "metadata": {
                "contact_id": message.contact_id,
                "channel": message.channel,
                "said": message.text,
            },
        }
        try:
            response = await self._http.post("/webhooks/frontdoor/turn", json=body)
        except httpx.HTTPError as error:
            raise UpstreamError(f"Rasa cannot be reached: {type(error).__name__}") from error
        if response.status_code != 200:
            raise UpstreamError(f"Rasa answered {response.status_code}")
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except msgspec.DecodeError as error:
            raise UpstreamError(f"Rasa's answer cannot be read: {error}") from error
        replies = tuple(
            Reply(reply.text or "", tuple(reply.buttons), reply.data)
            for reply in answer.replies
            if reply.text or reply.data
        )
        return BotTurn(replies, answer.slots)

    async def is_ready(self) -> bool:
        """Whether Rasa has its model loaded and takes messages."""
        try:
            response = await self._http.get("/webhooks/frontdoor/health", timeout=2)
        except httpx.HTTPError:
            return False
        return response.status_code == 200

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()
