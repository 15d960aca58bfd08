"""What crosses a channel's edge: pure values, no I/O."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from common.errors import InvalidInput

CARRIED = frozenset({"wechat"})
"""Channels that bring our words to the customer themselves, by their outbox."""
MAX_TEXT_LENGTH = 2000
MAX_MESSAGE_ID_LENGTH = 128


@dataclass(frozen=True)
class ButtonPress:
    """A quick reply the customer chose: which of our messages, and which of its buttons."""

    seq: int
    index: int


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message: its id, and `image`, `voice`, `video`, `file` or `other`."""

    id: str
    kind: str


@dataclass(frozen=True)
class InboundMessage:
    """One message from a customer, whatever the channel.

    `message_id` is the channel's own (the client's, on web chat); the same one is stored once.
    Exactly one of `text` and `button` says something. Beside an `attachment` the text is only what
    is shown in its place: it is for people, the bot is not asked.
    """

    channel: str
    user_id: str
    message_id: str
    text: str = ""
    button: ButtonPress | None = None
    attachment: Attachment | None = None


@dataclass(frozen=True)
class OutboundMessage:
    """One message to a customer, as a channel needs it: `buttons` are their titles."""

    seq: int
    author: str
    text: str
    buttons: tuple[str, ...] = ()
    kind: str = ""


class Delivery(StrEnum):
    """What became of one of our messages on a channel that carries them.

    `held`: it waits until the customer does something. `unclear`: it may have arrived, and sending
    it again could show it twice.
    """

    WAITING = "waiting"
    HELD = "held"
    SENT = "sent"
    UNCLEAR = "unclear"
    FAILED = "failed"


def clean_text(text: str) -> str:
    """Return a customer's words ready to be stored: no control characters, no outer space.

    Line breaks and tabs stay, as do all printable characters of any plane.

    Raises:
        InvalidInput: nothing is left (`text_empty`), or more than 2,000 characters
            (`text_too_long`).
    """
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    kept = kept.strip()
    if not kept:
        raise InvalidInput("请先输入内容再发送。", code="text_empty")
    if len(kept) > MAX_TEXT_LENGTH:
        raise InvalidInput(
            f"一条消息最多 {MAX_TEXT_LENGTH} 字，现在是 {len(kept)} 字，请分几条发送。",
            code="text_too_long",
        )
    return kept


def check_message_id(message_id: str) -> str:
    """Return the id if it can serve as one.

    Raises:
        InvalidInput: empty, over 128 characters or not printable ASCII.
    """
    if not (
        0 < len(message_id) <= MAX_MESSAGE_ID_LENGTH
        and message_id.isascii()
        and message_id.isprintable()
    ):
        raise InvalidInput(
            f"client_message_id needs 1 to {MAX_MESSAGE_ID_LENGTH} printable ASCII characters.",
            code="message_id_invalid",
        )
    return message_id
