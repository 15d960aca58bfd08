"""What is pulled for WeChat customer service, read item by item. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from channels.wechat.inbound import MEDIA, MESSAGES, OPEN_ID, Incoming, Kind
from channels.wechat.markup import clean

FROM_CUSTOMER = 3
"""The `origin` of what a customer said; others are WeChat's events and people in WeCom's client."""
TAKEN = (1, 2, 4)
"""Kinds of change after which a person in WeCom's own client has the customer."""
ENDED = 3
_KINDS = {kind.value: kind for kind in MESSAGES}


@dataclass(frozen=True)
class Welcome:
    """A customer came in, and one message may greet them: within 20 s, by the code."""

    open_id: str
    code: str
    sent_at: datetime


@dataclass(frozen=True)
class SendFail:
    """A message of ours that WeChat took did not arrive."""

    open_id: str
    send_id: str
    type: int
    sent_at: datetime


@dataclass(frozen=True)
class StatusChange:
    """Somebody else changed who has the customer: `TAKEN`, or `ENDED`."""

    open_id: str
    change: int
    key: str
    sent_at: datetime


@dataclass(frozen=True)
class Recall:
    """A customer took a message back; `key` is the one it came with."""

    open_id: str
    key: str


Pulled = Incoming | Welcome | SendFail | StatusChange | Recall


class _Item(msgspec.Struct):
    msgid: str
    send_time: int
    origin: int = 0
    msgtype: str = ""
    external_userid: str = ""


class _Event(msgspec.Struct):
    event_type: str
    external_userid: str = ""
    welcome_code: str = ""
    fail_msgid: str = ""
    fail_type: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0
    change_type: int = 0
    recall_msgid: str = ""


def read_item(item: Any, app_id: str) -> Pulled | None:
    """Return what an item of `sync_msg` says; None when it asks nothing of us or is unreadable."""
    try:
        head = msgspec.convert(item, _Item)
        sent_at = datetime.fromtimestamp(head.send_time, UTC)
        if head.msgtype == "event":
            event = msgspec.convert(item.get("event"), _Event)
            return _event(head, event, app_id, sent_at)
        return _message(head, item, app_id, sent_at)
    # One item must not hold up those behind it: half an emoji is a ValueError, a far date others.
    except (msgspec.ValidationError, ValueError, OverflowError, OSError):
        return None


def _message(
    head: _Item, item: Mapping[str, Any], app_id: str, sent_at: datetime
) -> Incoming | None:
    if head.origin != FROM_CUSTOMER or not OPEN_ID.fullmatch(head.external_userid):
        return None
    content = item.get(head.msgtype)
    fields = _fields(content if isinstance(content, dict) else {})
    kind = _kind(head.msgtype, fields)
    return Incoming(
        key=_key(app_id, head.msgid),
        open_id=head.external_userid,
        kind=kind,
        sent_at=sent_at,
        text=_text(kind, fields),
        menu_id=fields.get("menu_id", "") if kind is Kind.TEXT else "",
        media_id=fields.get("media_id", "") if kind in MEDIA else "",
    )


def _event(head: _Item, event: _Event, app_id: str, sent_at: datetime) -> Pulled | None:
    open_id = event.external_userid
    if not OPEN_ID.fullmatch(open_id):
        return None
    match event.event_type:
        case "enter_session" if event.welcome_code:
            return Welcome(open_id, event.welcome_code, sent_at)
        case "msg_send_fail" if event.fail_msgid:
            return SendFail(open_id, clean(event.fail_msgid), event.fail_type, sent_at)
        case "session_status_change":
            return StatusChange(open_id, event.change_type, _key(app_id, head.msgid), sent_at)
        case "user_recall_msg" if event.recall_msgid:
            return Recall(open_id, _key(app_id, event.recall_msgid))
    return None


def _kind(type: str, fields: Mapping[str, str]) -> Kind:
    kind = _KINDS.get(type, Kind.OTHER)
    empty = kind is Kind.TEXT and not fields.get("content", "").strip()
    return Kind.OTHER if empty or (kind in MEDIA and not fields.get("media_id")) else kind


def _text(kind: Kind, fields: Mapping[str, str]) -> str:
    if kind is Kind.TEXT:
        return fields["content"]
    if kind is Kind.LOCATION:
        named = [fields.get(name, "") for name in ("name", "address")]
        place = ", ".join(fields.get(name, "") for name in ("latitude", "longitude"))
        return "\n".join(filter(None, named)) or place
    if kind is Kind.LINK:
        return "\n".join(filter(None, (fields.get(name, "") for name in ("title", "desc", "url"))))
    return ""


def _fields(content: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: clean(str(value))
        for name, value in content.items()
        if isinstance(value, str | int | float)
    }


def _key(app_id: str, msgid: str) -> str:
    return hashlib.sha256("\0".join(("kf", app_id, msgid)).encode()).hexdigest()
