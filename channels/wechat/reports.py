"""What WeChat reports of reminders, and what customers allowed of them. Pure.

Template messages are reported of by `TEMPLATESENDJOBFINISH`, subscription messages by three events
with a list inside, which `channels.wechat.markup` leaves as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from channels.wechat.markup import clean

FINISHED = "templatesendjobfinish"
LISTS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}
"""By event, the element that holds its list."""
EVENTS = frozenset({FINISHED, *LISTS})


class Told(StrEnum):
    """What a report says."""

    ALLOWED = "allowed"
    """The customer allowed one more message of the template."""
    REFUSED = "refused"
    """The customer wants no more of them."""
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Report:
    """One of them. `message_id` is WeChat's own of a message, `template_id` empty if not told."""

    told: Told
    template_id: str = ""
    message_id: str = ""


def read_reports(fields: Mapping[str, str]) -> tuple[Report, ...]:
    """Return what the fields of such an event say; nothing of what is not whole."""
    event = fields.get("Event", "").lower()
    if event == FINISHED:
        told = Told.DELIVERED if fields.get("Status") == "success" else Told.FAILED
        return (Report(told, message_id=_id(fields.get("MsgID"), 32)),)
    found = (_read(event, one) for one in _listed(fields.get(LISTS.get(event, ""), "")))
    return tuple(one for one in found if one is not None)


def _read(event: str, one: Mapping[str, Any]) -> Report | None:
    template_id = _id(one.get("TemplateId"), 64)
    if not template_id:
        return None
    answer = one.get("SubscribeStatusString")
    if event == "subscribe_msg_sent_event":
        sent = str(one.get("ErrorCode", "")) == "0"
        told = Told.DELIVERED if sent else Told.FAILED
        return Report(told, template_id, _id(one.get("MsgID"), 32))
    if event == "subscribe_msg_popup_event" and answer == "accept":
        return Report(Told.ALLOWED, template_id)
    if event == "subscribe_msg_change_event" and answer == "reject":
        return Report(Told.REFUSED, template_id)
    return None


def _id(value: Any, longest: int) -> str:
    return clean(str(value or ""))[:longest]


def _listed(text: str) -> Iterator[Mapping[str, Any]]:
    try:
        content = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return
    listed = content.get("List") if isinstance(content, dict) else content
    for one in listed if isinstance(listed, list) else [listed]:
        if isinstance(one, dict):
            yield one
