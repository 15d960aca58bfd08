"""What a callback of WeChat's says, read into one shape. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from channels.wechat.reports import EVENTS, LISTS, Report, read_reports
from common.errors import InvalidInput


class Kind(StrEnum):
    """What the customer did."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"
    LOCATION = "location"
    LINK = "link"
    OTHER = "other"
    """A message of a kind we do not know."""
    CLICK = "click"
    SUBSCRIBE = "subscribe"
    SCAN = "scan"
    UNSUBSCRIBE = "unsubscribe"
    TAKEN = "taken"
    """Somebody else took the customer over."""
    RELEASED = "released"
    """Whoever had taken them let them go."""
    ENTER = "enter"
    """They opened the talk with a mini-program."""
    REPORT = "report"
    """WeChat tells of reminders; the customer did nothing that counts."""
    NOTHING = "nothing"
    """An event that asks nothing of us."""


MEDIA = (Kind.IMAGE, Kind.VOICE, Kind.VIDEO, Kind.FILE)
MESSAGES = (Kind.TEXT, *MEDIA, Kind.LOCATION, Kind.LINK, Kind.OTHER)
UNSUPPORTED = "【收到不支持的消息类型，暂无法显示】"
"""What WeChat writes in place of a sticker and the like."""

_KINDS = {
    "shortvideo": Kind.VIDEO,
    "miniprogrampage": Kind.LINK,
    **{kind.value: kind for kind in MESSAGES},
}
_EVENTS = {
    "subscribe": Kind.SUBSCRIBE,
    "unsubscribe": Kind.UNSUBSCRIBE,
    "scan": Kind.SCAN,
    "click": Kind.CLICK,
    "scancode_push": Kind.CLICK,
    "scancode_waitmsg": Kind.CLICK,
    "user_enter_tempsession": Kind.ENTER,
    **dict.fromkeys(EVENTS, Kind.REPORT),
}
OPEN_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,10}", re.ASCII)


@dataclass(frozen=True)
class Incoming:
    """One message or event.

    `key` is the same for every delivery of it, and of nothing else. `text` holds the words, the
    place, the link, or the key of a menu. `menu_id` is set when a choice of ours was clicked.
    """

    key: str
    open_id: str
    kind: Kind
    sent_at: datetime
    text: str = ""
    menu_id: str = ""
    media_id: str = ""
    reports: tuple[Report, ...] = ()

    @property
    def renews_messages(self) -> bool:
        """Whether the customer wrote: a tap on a choice is an event, except in some dialects."""
        return self.kind in MESSAGES and not self.menu_id

    @property
    def renews_events(self) -> bool:
        """Whether the customer clicked, scanned, subscribed or came in."""
        events = (Kind.CLICK, Kind.SUBSCRIBE, Kind.SCAN, Kind.ENTER)
        return self.kind in events or bool(self.menu_id)


def read_incoming(fields: Mapping[str, str], app_id: str) -> Incoming:
    """Return what the fields of a callback say.

    Raises:
        InvalidInput: nobody sent it, or it has no type or time (`callback_invalid`).
    """
    open_id, type = fields.get("FromUserName", ""), fields.get("MsgType", "").lower()
    seconds = fields.get("CreateTime", "")
    if not (OPEN_ID.fullmatch(open_id) and type and _SECONDS.fullmatch(seconds)):
        raise InvalidInput(
            "FromUserName, MsgType or CreateTime is missing.", code="callback_invalid"
        )
    kind = _kind(fields, type)
    return Incoming(
        key=_key(fields, app_id, type),
        open_id=open_id,
        kind=kind,
        sent_at=datetime.fromtimestamp(int(seconds), UTC),
        text=_text(fields, kind),
        menu_id=fields.get("bizmsgmenuid", "") if kind is Kind.TEXT else "",
        media_id=fields.get("MediaId", "") if kind in MEDIA else "",
        reports=read_reports(fields) if kind is Kind.REPORT else (),
    )


def _kind(fields: Mapping[str, str], type: str) -> Kind:
    if type == "event":
        return _EVENTS.get(fields.get("Event", "").lower(), Kind.NOTHING)
    kind = _KINDS.get(type, Kind.OTHER)
    empty = kind is Kind.TEXT and fields.get("Content", "").strip() in ("", UNSUPPORTED)
    return Kind.OTHER if empty or (kind in MEDIA and not fields.get("MediaId")) else kind


def _text(fields: Mapping[str, str], kind: Kind) -> str:
    if kind is Kind.TEXT:
        return fields["Content"]
    if kind is Kind.VOICE:
        # WeChat no longer writes down what was said; where it still does, it is the words.
        return fields.get("Recognition", "")
    if kind is Kind.LOCATION:
        place = ", ".join(fields.get(name, "") for name in ("Location_X", "Location_Y"))
        return fields.get("Label") or place
    if kind is Kind.LINK:
        names = ("Title", "Description", "Url", "PagePath")
        parts = (fields.get(name, "") for name in names)
        return "\n".join(filter(None, parts))
    return fields.get("EventKey", "") if kind in (Kind.CLICK, Kind.SCAN, Kind.SUBSCRIBE) else ""


def _key(fields: Mapping[str, str], app_id: str, type: str) -> str:
    who = (app_id, fields["FromUserName"], fields["CreateTime"])
    if type == "event":
        # Two events may come in one second, and they have no MsgId: MsgID is another thing's.
        names: tuple[str, ...] = ("Event", "EventKey", "MsgID", "Status", *LISTS.values())
    elif fields.get("MsgId"):
        names = ("MsgId",)
    else:
        # Never something made up: a second delivery must have the same.
        names = tuple(sorted(fields))
    parts = [type if type == "event" else "message", *who, *(fields.get(n, "") for n in names)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
