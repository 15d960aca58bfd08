"""custom/send and custom/typing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.wechat_simulator import checks
from tests.wechat_simulator.customer import Customer
from tests.wechat_simulator.refusals import Refused

if TYPE_CHECKING:
    from tests.wechat_simulator.wire import Ask

FAULTY = {
    40003: "unknown_openid",
    40007: "unknown_media",
    40008: "unknown_type",
    40033: "bad_utf8",
    44002: "empty_body",
    44004: "empty_text",
    45002: "too_long",
    45008: "too_many_articles",
    45015: "outside_window",
    45047: "over_count",
    47001: "bad_json",
    47003: "missing_field",
}
"""Refusals that are the product's own fault, and what to call them."""


def send(ask: Ask) -> Any:
    """Show a customer a message.

    Raises:
        Refused: form, media, window or count.
    """
    openid = ""
    try:
        message = ask.json()
        openid = str(message.get("touser", ""))
        customer = ask.of.find(openid)
        _check(ask, message, customer)
    except Refused as refused:
        if refused.code in FAULTY:
            ask.world.violate(FAULTY[refused.code], str(refused), openid)
        raise
    _take(ask, customer)
    kind = str(message["msgtype"])
    _watch_repeats(ask, message, customer)
    for wrong, detail in checks.wrong_with(message, mini=ask.of.mini):
        ask.world.violate(wrong, detail, openid)
    ask.shown = customer.show(kind, message[kind], author="account", way="custom")
    return {}


def _check(ask: Ask, message: dict[str, Any], customer: Customer) -> None:
    account = ask.of
    checks.refuse_unsendable(
        message, mini=account.mini, certified=account.certified, rules=ask.world.rules
    )
    payload = message[message["msgtype"]]
    for name in ("media_id", "thumb_media_id"):
        if name in payload and message["msgtype"] != "mpnews":
            account.media.find(payload[name])


def _take(ask: Ask, customer: Customer) -> None:
    if not customer.subscribed and not ask.of.mini:
        if customer.told_of_leaving:
            ask.world.violate("sent_after_unsubscribe", "45015", customer.openid)
        raise Refused(45015)
    lag = ask.world.rules.lag
    try:
        customer.window.take(lag)
    except Refused as refused:
        known = customer.window.product_could_know(refused.code)
        if known and not customer.window.lagging(lag):
            ask.world.violate(FAULTY[refused.code], str(refused), customer.openid)
        raise


def _watch_repeats(ask: Ask, message: dict[str, Any], customer: Customer) -> None:
    kind = message["msgtype"]
    for shown in customer.received:
        same = shown.way == "custom" and shown.kind == kind and shown.content == message[kind]
        if same and not shown.acknowledged:
            ask.world.violate("unclear_send_repeated", shown.text[:60], customer.openid)
            # It is told once.
            shown.acknowledged = True


def typing(ask: Ask) -> Any:
    """Show or hide that somebody is typing.

    Raises:
        Refused: 45072 command, 45080 nothing was said lately, 45081 shown already.
    """
    message = ask.json()
    customer, now = ask.of.find(message.get("touser")), ask.world.clock.now()
    command = message.get("command")
    if command not in ("Typing", "CancelTyping"):
        ask.world.violate("typing_command", repr(command), customer.openid)
        raise Refused(45072)
    if now - customer.last_message_at > ask.world.rules.typing_after:
        raise Refused(45080)
    if command == "CancelTyping":
        customer.typing_until = 0.0
        return {}
    if customer.typing:
        raise Refused(45081)
    customer.typing_until = now + ask.world.rules.typing_lasts
    return {}
