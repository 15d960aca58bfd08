"""What our server sends for one turn, checked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Dict, Optional

_ID = re.compile(r"[\w.:@-]{1,200}", re.ASCII)
_LEADING_SLASHES = re.compile(r"[\s/]+")
_LONGEST_TEXT = 20_000  # characters; our server refuses far shorter ones, this only bounds the work
FULL_WIDTH_SLASH = "\uff0f"


class BadRequest(Exception):
    """The body cannot be accepted. `code` is stable and for programs."""

    def __init__(self, message: str, code: str = "invalid_input") -> None:
        """Keep the message for people and the code for programs."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class TurnRequest:
    """One message of a customer, on its way into the dialogue.

    `words` is what Rasa gets: the payload of a pressed button, or the typed text made harmless.
    """

    conversation_id: str
    message_id: str
    words: str
    metadata: Dict[str, Any]


def read_turn_request(body: bytes) -> TurnRequest:
    """Read the body of a request for a turn.

    Raises:
        BadRequest: it is not JSON, or a field is missing or of the wrong kind.
    """
    try:
        fields = json.loads(body)
        # Half of a surrogate pair is valid JSON, but can neither be stored nor sent on.
        json.dumps(fields, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not valid JSON", code="invalid_json") from error
    if not isinstance(fields, dict):
        raise BadRequest("the body must be an object")
    text = _text(fields)
    payload = _payload(fields)
    metadata = fields.get("metadata", {})
    if not isinstance(metadata, dict):
        raise BadRequest("metadata must be an object")
    return TurnRequest(
        conversation_id=_identifier(fields, "conversation_id"),
        message_id=_identifier(fields, "message_id"),
        words=payload or without_command(text),
        metadata={"said": text, **metadata},
    )


def without_command(text: str) -> str:
    """Take from typed text what would make Rasa read it as `/intent{"entity": …}`.

    Rasa strips a message and then looks at its first character (`unpack_regex_message`). A text
    of nothing but slashes keeps one, in the full-width form that means nothing to Rasa.
    """
    stripped = text.strip()
    if not stripped.startswith("/"):
        return stripped
    return _LEADING_SLASHES.sub("", stripped, count=1) or FULL_WIDTH_SLASH


def _text(fields: Dict[str, Any]) -> str:
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        raise BadRequest("text must be a text that is not empty")
    if len(text) > _LONGEST_TEXT:
        raise BadRequest(f"text is longer than {_LONGEST_TEXT} characters")
    return text


def _payload(fields: Dict[str, Any]) -> Optional[str]:
    payload = fields.get("payload")
    if payload is not None and not (isinstance(payload, str) and payload.startswith("/")):
        raise BadRequest("payload must be null or a command that starts with /")
    return payload


def _identifier(fields: Dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadRequest(f"{name} must be 1 to 200 letters, digits or . : @ _ -")
    return value
