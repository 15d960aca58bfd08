"""What is particular to each kind of account: one table, looked up by `Account.dialect`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from channels.wechat.budget import BY_EVENT, Quota
from channels.wechat.customer import Customer
from channels.wechat.kinds import AccountKind
from channels.wechat.outbound import Part, body_of
from channels.wechat.reminding import Way

Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class ApiRequest:
    """One call: with a `body` by POST, without one by GET."""

    path: str
    params: dict[str, str] | None = None
    body: dict[str, Any] | None = None


@dataclass(frozen=True)
class Letter:
    """One part on its way to a customer.

    `send_id` is our name for this part: the same for each try, another for anything else.
    """

    part: Part
    customer: Customer
    send_id: str
    menus: bool


@dataclass(frozen=True)
class Dialect:
    """How WeChat is spoken with for one kind of account.

    `send` and `typing` are paths of the API; without `typing` there is no such hint. A `repeatable`
    letter carries its `send_id`: WeChat shows it once, however often it is sent. `sealed` accounts
    are asked for an encrypted echo. What customers do is posted to us, or `pulled` by us after a
    notice. By `identity`, if it has any, WeChat is asked who a customer is on all accounts.
    `reminders` are the paths by which one may be reminded outside the window, `by_event` is what a
    press or a visit gives; where `taps_are_words` a tap on a choice of ours gives what any word
    does. Without `menus` choices are always numbered.
    """

    api: str
    token: Callable[[str, str], ApiRequest]
    send: str
    body: Callable[[Letter, Words], dict[str, Any]]
    typing: str = ""
    repeatable: bool = False
    sealed: bool = False
    pulled: bool = False
    identity: Callable[[str], ApiRequest] | None = None
    reminders: Mapping[Way, str] = field(default_factory=dict)
    by_event: Quota = BY_EVENT
    taps_are_words: bool = False
    menus: bool = True


def _stable_token(app_id: str, secret: str) -> ApiRequest:
    body = {
        "grant_type": "client_credential",
        "appid": app_id,
        "secret": secret,
        "force_refresh": False,
    }
    return ApiRequest("/cgi-bin/stable_token", body=body)


def _company_token(corp_id: str, secret: str) -> ApiRequest:
    return ApiRequest("/cgi-bin/gettoken", params={"corpid": corp_id, "corpsecret": secret})


def _user_info(open_id: str) -> ApiRequest:
    return ApiRequest("/cgi-bin/user/info", params={"openid": open_id})


def _kf_customer(open_id: str) -> ApiRequest:
    return ApiRequest("/cgi-bin/kf/customer/batchget", body={"external_userid_list": [open_id]})


def _body(letter: Letter, words: Words) -> dict[str, Any]:
    return body_of(letter.part, letter.customer.open_id, words, menus=letter.menus)


def _kf_body(letter: Letter, words: Words) -> dict[str, Any]:
    body = _body(letter, words)
    if menu := body.get("msgmenu"):
        menu["list"] = [{"type": "click", "click": choice} for choice in menu["list"]]
    return {**body, "open_kfid": letter.customer.account_id, "msgid": letter.send_id}


DIALECTS = {
    AccountKind.SERVICE: Dialect(
        api="https://api.weixin.qq.com",
        token=_stable_token,
        send="/cgi-bin/message/custom/send",
        body=_body,
        typing="/cgi-bin/message/custom/typing",
        identity=_user_info,
        reminders={
            Way.TEMPLATE: "/cgi-bin/message/template/send",
            Way.SUBSCRIPTION: "/cgi-bin/message/subscribe/bizsend",
        },
    ),
    AccountKind.MINIPROGRAM: Dialect(
        api="https://api.weixin.qq.com",
        token=_stable_token,
        send="/cgi-bin/message/custom/send",
        body=_body,
        typing="/cgi-bin/message/custom/typing",
        reminders={Way.SUBSCRIPTION: "/cgi-bin/message/subscribe/send"},
        by_event=Quota(2, timedelta(minutes=1)),
        menus=False,
    ),
    AccountKind.KF: Dialect(
        api="https://qyapi.weixin.qq.com",
        token=_company_token,
        send="/cgi-bin/kf/send_msg",
        body=_kf_body,
        repeatable=True,
        sealed=True,
        pulled=True,
        identity=_kf_customer,
        taps_are_words=True,
    ),
}
