"""Messages outside the window: template messages and subscription notices."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from tests.wechat_simulator import kinds
from tests.wechat_simulator.account import Account, Sent
from tests.wechat_simulator.customer import Customer
from tests.wechat_simulator.refusals import Refused

if TYPE_CHECKING:
    from tests.wechat_simulator.wire import Ask

TEMPLATE_FIELDS = {"touser", "template_id", "url", "miniprogram", "client_msg_id", "data"}
NOTICE_FIELDS = {"touser", "template_id", "page", "miniprogram", "data"}
MINI_FIELDS = {"touser", "template_id", "page", "miniprogram_state", "lang", "data"}


def template(ask: Ask) -> Any:
    """Show a template message; what became of it comes as an event.

    Raises:
        Refused: 40037 no such template, 40241 the same again, 43004 no follower, 47003 no data.
    """
    message, account, now = ask.json(), ask.of, ask.world.clock.now()
    _check_form(ask, message, TEMPLATE_FIELDS)
    customer = account.find(message.get("touser"))
    if not customer.subscribed:
        raise Refused(43004)
    if not account.certified or account.mini:
        raise Refused(48001)
    client_id = str(message.get("client_msg_id", ""))
    same_words = {name: message[name] for name in ("template_id", "data")}
    digest = hashlib.sha1(json.dumps(same_words, sort_keys=True).encode()).hexdigest()
    for sent in account.sent_templates:
        if sent.openid != customer.openid:
            continue
        age = now - sent.at
        if client_id and sent.client_id == client_id and age < ask.world.rules.template_once:
            return {"msgid": sent.message_id}
        if sent.digest == digest and age < ask.world.rules.template_same:
            raise Refused(40241)
    message_id = ask.world.random.randrange(10**17, 10**18)
    account.sent_templates.append(Sent(customer.openid, client_id, digest, now, message_id))
    status = "failed:user block" if customer.blocks_templates else account.template_status
    if status == "success":
        ask.shown = _show(customer, message, "template")
    ask.world.spawn(customer.event(kinds.template_finished(message_id, status)))
    return {"msgid": message_id}


def subscribed(ask: Ask) -> Any:
    """Show a notice the customer allowed; each allowance is for one.

    Raises:
        Refused: 40037 no such template, 43101 not allowed, 47003 no data.
    """
    message, account = ask.json(), ask.of
    in_mini = ask.request.path.endswith("/subscribe/send")
    _check_form(ask, message, MINI_FIELDS if in_mini else NOTICE_FIELDS)
    customer = account.find(message.get("touser"))
    name = str(message["template_id"])
    if customer.opt_ins[name] < 1:
        ask.world.violate("notice_not_allowed", name, customer.openid)
        raise Refused(43101)
    customer.opt_ins[name] -= 1
    ask.shown = _show(customer, message, "notice")
    message_id = ask.world.random.randrange(10**17, 10**18)
    ask.world.spawn(customer.event(kinds.notice_sent(name, message_id, 0)))
    return {"msgid": message_id}


def _check_form(ask: Ask, message: dict[str, Any], known: set[str]) -> None:
    account: Account = ask.of
    openid = str(message.get("touser", ""))
    for name in sorted(set(message) - known):
        ask.world.violate("unknown_field", name, openid)
    if message.get("template_id") not in account.templates:
        raise Refused(40037)
    data = message.get("data")
    whole = isinstance(data, dict) and all(
        isinstance(each, dict) and "value" in each for each in data.values()
    )
    if not whole or not data:
        ask.world.violate("missing_field", "data of {name: {value}}", openid)
        raise Refused(47003)


def _show(customer: Customer, message: dict[str, Any], way: str) -> Any:
    words = "\n".join(f"{name}：{each['value']}" for name, each in message["data"].items())
    content = {"content": words, "template_id": message["template_id"], "data": message["data"]}
    return customer.show("text", content, author="account", way=way)
