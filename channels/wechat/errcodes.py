"""What WeChat's error codes mean, and what is done about each. Pure.

Only `errcode` decides, never `errmsg`: that one carries a request id and changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Remedy(StrEnum):
    """What is done after an error."""

    NEW_TOKEN = "new_token"
    """Fetch another token and try once more."""
    LATER = "later"
    """Try again after a pause."""
    NEXT_DAY = "next_day"
    """The account's quota is used up: go on after midnight in Beijing."""
    WAIT_FOR_CUSTOMER = "wait_for_customer"
    """Nothing may be sent until the customer says something."""
    NUMBERED = "numbered"
    """The account has no menus: send its choices as a numbered list."""
    UNREACHABLE = "unreachable"
    """This customer cannot be written to."""
    STOP = "stop"
    """The account is set up wrongly: stop, and tell the operator."""
    DROP = "drop"
    """This message is refused; the next may pass."""
    IGNORE = "ignore"
    """Nothing depends on it."""


@dataclass(frozen=True)
class ErrCode:
    """A code's remedy, and what to tell an operator."""

    remedy: Remedy
    advice: str


_TOKEN = ErrCode(Remedy.NEW_TOKEN, "access_token 已失效，系统会自动重新获取。")
_SECRET = "AppID 或 AppSecret 不对：到公众平台“设置与开发 → 开发接口管理”核对。"
_IP = "服务器 IP 不在白名单：到公众平台“开发接口管理 → IP 白名单”加上本机出口 IP。"
_NO_RIGHT = "公众号没有这个接口的权限：到“开发接口管理 → 接口权限”查看，服务号需完成认证。"
_REFUSED = ErrCode(Remedy.DROP, "消息内容被微信拒收。")
_NOTICE = ErrCode(Remedy.DROP, "这条模板或订阅通知没有发出。")

ERRCODES = {
    -1: ErrCode(Remedy.LATER, "微信系统繁忙，系统会稍后再试。"),
    40001: _TOKEN,
    40014: _TOKEN,
    42001: _TOKEN,
    41001: _TOKEN,
    40003: ErrCode(Remedy.UNREACHABLE, "这位客户的 openid 无效，可能属于另一个公众号。"),
    40007: ErrCode(Remedy.DROP, "媒体文件已过期（微信只保存 3 天）。"),
    40013: ErrCode(Remedy.STOP, _SECRET),
    40125: ErrCode(Remedy.STOP, _SECRET),
    40164: ErrCode(Remedy.STOP, _IP),
    40200: ErrCode(Remedy.NUMBERED, "未认证的公众号不能发菜单消息，系统已改发数字选项。"),
    40243: ErrCode(Remedy.STOP, "AppSecret 已被冻结：请管理员到公众平台解冻。"),
    89503: ErrCode(Remedy.STOP, "等待管理员在微信里确认调用接口的 IP。"),
    43004: ErrCode(Remedy.UNREACHABLE, "客户没有关注公众号。"),
    43019: ErrCode(Remedy.UNREACHABLE, "客户在公众号的黑名单里。"),
    44002: _REFUSED,
    44004: _REFUSED,
    45001: _REFUSED,
    45002: _REFUSED,
    45008: _REFUSED,
    45009: ErrCode(Remedy.NEXT_DAY, "今天的接口调用次数用完了，零点后恢复；也可在公众平台清零。"),
    45011: ErrCode(Remedy.LATER, "发送太频繁，系统会稍后再试。"),
    45015: ErrCode(Remedy.WAIT_FOR_CUSTOMER, "客户超过 48 小时没有说话，等客户再说话才能发。"),
    45047: ErrCode(Remedy.WAIT_FOR_CUSTOMER, "这轮的消息条数用完了，等客户再说话才能发。"),
    45072: ErrCode(Remedy.IGNORE, "“正在输入”没有显示。"),
    45080: ErrCode(Remedy.IGNORE, "“正在输入”没有显示。"),
    45081: ErrCode(Remedy.IGNORE, "“正在输入”没有显示。"),
    48001: ErrCode(Remedy.STOP, _NO_RIGHT),
    48002: ErrCode(Remedy.UNREACHABLE, "客户拒收公众号的消息。"),
    48004: ErrCode(Remedy.STOP, "公众号的接口被封禁：到公众平台查看通知。"),
    50002: ErrCode(Remedy.UNREACHABLE, "客户的帐号受限。"),
    65400: ErrCode(Remedy.STOP, "公众号没有开通客服功能：到“功能 → 客服”开通。"),
    40037: _NOTICE,
    40241: _NOTICE,
    43101: _NOTICE,
    43117: _NOTICE,
}
_UNKNOWN = ErrCode(Remedy.DROP, "微信返回了没见过的错误码：到微信开放文档的“全局返回码”查看。")


def look_up(errcode: int) -> ErrCode:
    """Return what is known of a code."""
    return ERRCODES.get(errcode, _UNKNOWN)
