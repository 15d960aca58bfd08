"""The API of 微信客服."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.wechat_simulator import checks, sending
from tests.wechat_simulator.customer import Customer
from tests.wechat_simulator.kf import BOT, ENDED, HUMAN, NEW, NEXT, POOL, KfAccount
from tests.wechat_simulator.refusals import Refused

if TYPE_CHECKING:
    from tests.wechat_simulator.wire import Ask

TYPES = {"text", "image", "voice", "video", "file", "link", "miniprogram", "msgmenu", "location"}
MENU_ITEMS = {"click", "view", "miniprogram", "text"}
_MESSAGE_ID = re.compile(r"[0-9a-zA-Z_-]{1,32}")


def gettoken(ask: Ask) -> Any:
    """Give the application's token.

    Raises:
        Refused: 40013 no such company, 40125 another secret.
    """
    account = ask.world.accounts.get(ask.query("corpid"))
    if not isinstance(account, KfAccount):
        raise Refused(40013)
    if ask.query("corpsecret") != account.secret:
        raise Refused(40125)
    ask.account = account
    return {"errcode": 0, "errmsg": "ok", **account.tokens.stable(force=False)}


def sync_msg(ask: Ask) -> Any:
    """Give a page of what happened, from a cursor.

    Raises:
        Refused: 95007 the notice's token is unknown or too old, 40058 limit or cursor.
    """
    said, account, now = ask.json(), _kf(ask), ask.world.clock.now()
    _check_kfid(account, said)
    token = said.get("token", "")
    if token and account.notice_tokens.get(token, 0.0) <= now:
        raise Refused(95007)
    limit, cursor = said.get("limit", ask.world.rules.kf_page), str(said.get("cursor", ""))
    if not 1 <= limit <= ask.world.rules.kf_page or not re.fullmatch(r"|sim-[0-9]+", cursor):
        raise Refused(40058)
    start = int(cursor[4:]) if cursor else 0
    if account.empty_pages:
        account.empty_pages -= 1
        return {"next_cursor": cursor or "sim-0", "has_more": 1, "msg_list": []}
    oldest = now - ask.world.rules.kf_history
    page = account.items[start : start + limit]
    after = start + len(page)
    return {
        "next_cursor": f"sim-{after}",
        "has_more": int(after < len(account.items)),
        "msg_list": [item for at, item in page if at >= oldest],
    }


def send_msg(ask: Ask) -> Any:
    """Show a customer a message; that it was taken does not mean that it arrives.

    Raises:
        Refused: 95018 state, 95001 count, 40058 msgid, and those of custom/send.
    """
    message, account = ask.json(), _kf(ask)
    openid = str(message.get("touser", ""))
    try:
        _check_kfid(account, message)
        customer = account.find(openid)
        _check_form(ask, message, {"touser", "open_kfid", "msgid", "msgtype"})
        message_id = str(message.get("msgid", ""))
        if "msgid" in message and not _MESSAGE_ID.fullmatch(message_id):
            ask.world.violate("bad_msgid", message_id, openid)
            raise Refused(40058)
        # A repeated id is how a product finds out that its first try got through.
        if message_id and message_id in account.used_ids:
            raise Refused(40058)
        if account.session(openid).state not in (NEW, BOT):
            raise Refused(95018)
    except Refused as refused:
        if refused.code in sending.FAULTY:
            ask.world.violate(sending.FAULTY[refused.code], str(refused), openid)
        raise
    _take(ask, customer)
    made = message_id or f"sim{len(account.used_ids)}"
    account.used_ids.add(made)
    if account.next_fail is not None:
        account.add_event(openid, "msg_send_fail", fail_msgid=made, fail_type=account.next_fail)
        account.next_fail = None
        ask.world.spawn(account.notify())
    else:
        _show(ask, customer, message)
    return {"msgid": made}


def send_msg_on_event(ask: Ask) -> Any:
    """Show one message on the right of a code.

    Raises:
        Refused: 95007 the code is unknown, used or too old; form.
    """
    message, account = ask.json(), _kf(ask)
    if message.get("msgtype") not in ("text", "msgmenu"):
        raise Refused(40008)
    _check_form(ask, message, {"code", "msgid", "msgtype"})
    customer = account.use_code(str(message.get("code", "")))
    _show(ask, customer, message)
    return {"msgid": str(message.get("msgid", "sim-event"))}


def get_state(ask: Ask) -> Any:
    """Tell where a customer stands."""
    said, account = ask.json(), _kf(ask)
    _check_kfid(account, said)
    session = account.session(account.find(said.get("external_userid")).openid)
    return {"service_state": session.state, "servicer_userid": session.servicer}


def change_state(ask: Ask) -> Any:
    """Move a customer on.

    Raises:
        Refused: 95016 no such way, 95014 that person does not receive, 95013 ended.
    """
    said, account = ask.json(), _kf(ask)
    _check_kfid(account, said)
    openid = account.find(said.get("external_userid")).openid
    session, state = account.session(openid), said.get("service_state")
    if session.state == ENDED:
        raise Refused(95013)
    if state not in NEXT[session.state]:
        raise Refused(95016)
    servicer = str(said.get("servicer_userid", ""))
    if state == HUMAN and not account.servicers.get(servicer, False):
        raise Refused(95014)
    was, session.state = session.state, state
    session.servicer = servicer if state == HUMAN else ""
    if was == HUMAN or state == HUMAN:
        change = {ENDED: 3, HUMAN: 2 if was == HUMAN else 1}[state]
        account.add_event(openid, "session_status_change", change_type=change)
        ask.world.spawn(account.notify())
    rules = ask.world.rules
    if state == ENDED:
        return {"msg_code": account.code(openid, rules.kf_short_code)}
    if was in (NEW, BOT) and state in (POOL, HUMAN):
        return {"msg_code": account.code(openid, rules.kf_servicers_code)}
    return {}


def batchget(ask: Ask) -> Any:
    """Tell who customers are: here they have names."""
    account, found, unknown = _kf(ask), [], []
    for openid in ask.json().get("external_userid_list", []):
        who = account.customers.get(openid)
        if who is None:
            unknown.append(openid)
            continue
        found.append(
            {"external_userid": openid, "nickname": who.name, "avatar": "", "gender": 0}
            | ({"unionid": who.unionid} if who.unionid else {})
        )
    return {"customer_list": found, "invalid_external_userid": unknown}


def _kf(ask: Ask) -> KfAccount:
    account = ask.of
    if not isinstance(account, KfAccount):
        raise Refused(48001)
    return account


def _check_kfid(account: KfAccount, said: dict[str, Any]) -> None:
    if said.get("open_kfid") != account.open_kfid:
        raise Refused(95000)


def _check_form(ask: Ask, message: dict[str, Any], known: set[str]) -> None:
    kind = str(message.get("msgtype"))
    openid = str(message.get("touser", ""))
    for name in sorted(set(message) - known - {kind}):
        ask.world.violate("unknown_field", name, openid)
    payload = message.get(kind)
    if kind not in TYPES:
        raise Refused(40008)
    if not isinstance(payload, dict):
        raise Refused(47003, f"{kind} is missing")
    if kind == "text":
        checks.check_text(payload.get("content"), ask.world.rules)
        for wrong, detail in checks.wrong_with_text(payload["content"]):
            ask.world.violate(wrong, detail, openid)
    elif kind == "msgmenu":
        _check_menu(payload)
    if "media_id" in payload:
        ask.of.media.find(payload["media_id"])


def _check_menu(menu: dict[str, Any]) -> None:
    items = menu.get("list", [])
    if len(items) > 10 or len(str(menu.get("head_content", "")).encode()) > 1024:
        raise Refused(45002)
    for item in items:
        kind = item.get("type")
        if kind not in MENU_ITEMS or not isinstance(item.get(kind), dict):
            raise Refused(47003, "a menu item needs a type and what is under it")
        if kind == "click":
            name, words = str(item["click"].get("id", "")), str(item["click"].get("content", ""))
            if len(name.encode()) > 64 or not 1 <= len(words.encode()) <= 128:
                raise Refused(45002)


def _take(ask: Ask, customer: Customer) -> None:
    try:
        customer.window.take(ask.world.rules.lag)
    except Refused as refused:
        if customer.window.product_could_know(refused.code):
            ask.world.violate(sending.FAULTY[refused.code], "95001", customer.openid)
        raise Refused(95001) from refused


def _show(ask: Ask, customer: Customer, message: dict[str, Any]) -> None:
    kind = str(message["msgtype"])
    content = message[kind]
    if kind == "msgmenu":
        clicks = [item["click"] for item in content.get("list", []) if item["type"] == "click"]
        content = content | {"list": clicks}
    ask.shown = customer.show(kind, content, author="account", way="custom")
