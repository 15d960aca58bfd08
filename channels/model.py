"""What crosses a channel's edge: pure values, no I/O."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from common.errors import InvalidInput

MAX_TEXT_LENGTH = 2000
MAX_MESSAGE_ID_LENGTH = 128


@dataclass(frozen=True)
class ButtonPress:
    """A quick reply the customer chose: which of our messages, and which of its buttons."""

    seq: int
    index: int


@dataclass(frozen=True)
class InboundMessage:
    """One message from a customer, whatever the channel.

    `message_id` is the channel's own (the client's, on web chat); the same one is stored once.
    Exactly one of `text` and `button` says something.
    """

    channel: str
    user_id: str
    message_id: str
    text: str = ""
    button: ButtonPress | None = None


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
