"""A reminder to a customer for whom words wait: how it is set up, and how it is told. Pure.

Outside the 48 hours only a template message or a subscription message may still be sent. Which of
its fields says what is the operator's to set: WeChat gives every account templates of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from string import Formatter
from typing import Any

import msgspec

from channels.model import OutboundMessage
from channels.wechat.verdicts import BEIJING
from common.errors import SettingsError

VALUES = frozenset({"words", "reference", "time"})
"""What a field may be made of, in braces."""
LONGEST_REFERENCE = 32
"""Characters that WeChat takes in a field for numbers."""
NOT_ALLOWED = 43101
"""The customer did not allow a subscription message, or no more of them."""
MATTERS = frozenset({"ticket"})
"""Kinds of what the system itself says that a customer is reminded of."""


class Way(StrEnum):
    """How a customer is reminded; which path that is, is in `Dialect.reminders`."""

    TEMPLATE = "template"
    """模板消息: to every follower, and WeChat knows a repetition by our id."""
    SUBSCRIPTION = "subscription"
    """订阅消息: one for each time the customer allowed it."""


class ReminderTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[accounts.<name>.reminder]` as it is written."""

    way: str
    template_id: str
    fields: dict[str, str]
    url: str = ""
    page: str = ""
    program: str = ""


@dataclass(frozen=True)
class ReminderRule:
    """How an account reminds.

    `fields` are the template's, each with a text in which the names of `VALUES` may stand. A tap
    opens `url`, or `page` of the mini-program `program`.
    """

    way: Way
    template_id: str
    fields: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    page: str = ""
    program: str = ""


def read_rule(where: str, table: ReminderTable, ways: Iterable[Way]) -> ReminderRule:
    """Return the rule that was written.

    Raises:
        SettingsError: it is incomplete, or not for this kind of account.
    """
    where = f"{where} reminder"
    if table.way not in list(ways):
        allowed = ", ".join(ways) or "nothing: this kind of account has none"
        raise SettingsError(f"{where}: way must be one of {allowed}")
    if not table.template_id or not table.fields:
        raise SettingsError(f"{where}: template_id and fields are those of the template's page")
    for name, text in table.fields.items():
        try:
            used = {part for _, part, _, _ in Formatter().parse(text) if part is not None}
        except ValueError:
            used = {text}
        if strange := used - VALUES:
            known = ", ".join(f"{{{one}}}" for one in sorted(VALUES))
            raise SettingsError(f"{where}: {name} has {sorted(strange)}; it may have {known}")
    return ReminderRule(
        Way(table.way), table.template_id, table.fields, table.url, table.page, table.program
    )


def matters(messages: Iterable[OutboundMessage]) -> bool:
    """Whether a customer is reminded of these: people's words, never the bot's."""
    return any(
        message.author == "agent" or (message.author == "system" and message.kind in MATTERS)
        for message in messages
    )


def reminder_body(
    rule: ReminderRule, open_id: str, send_id: str, *, words: str, reference: str, now: datetime
) -> dict[str, Any]:
    """Return the body of the call that reminds.

    Args:
        rule: how the account reminds.
        open_id: whom.
        send_id: our name for this reminder, the same for each try.
        words: what it says.
        reference: the number of the ticket, or of the conversation.
        now: when, told in Beijing's time.
    """
    there = now.astimezone(BEIJING)
    values = {
        "words": words,
        "reference": reference[:LONGEST_REFERENCE],
        "time": f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}",
    }
    body: dict[str, Any] = {
        "touser": open_id,
        "template_id": rule.template_id,
        "data": {name: {"value": text.format(**values)} for name, text in rule.fields.items()},
    }
    if rule.program:
        body["miniprogram"] = {"appid": rule.program, "pagepath": rule.page}
    elif rule.page:
        body["page"] = rule.page
    if rule.way is Way.TEMPLATE:
        body["client_msg_id"] = send_id
        if rule.url:
            body["url"] = rule.url
    return body
