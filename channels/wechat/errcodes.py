"""What WeChat's error codes mean, and what is done about each. Pure.

Only `errcode` decides, never `errmsg`: that one carries a request id and changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from channels.wechat.kinds import AccountKind


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


PASSING = (Remedy.LATER, Remedy.NEXT_DAY, Remedy.STOP, Remedy.NEW_TOKEN)
"""The same call may do at another time."""


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
_KF_SECRET = "企业 ID 或 Secret 不对：到企业微信管理后台“应用管理”核对。"
_KF_RIGHT = "应用没有微信客服的权限：到“微信客服 → API”把它加进“可调用接口的应用”。"
_KF_ACCOUNT = "客服帐号 ID（open_kfid）不对，或没有分配给这个应用管理。"
_KF_TAKEN = "会话已结束，或由企业微信里的接待人员接待：请把客服帐号的接待方式设为由 API 接待。"
_KF_LIMIT = "企业未认证或没有绑定视频号，可接待的客户数用完了：到“微信客服”后台查看。"
_KF = {
    40001: ErrCode(Remedy.NEW_TOKEN, _KF_SECRET),
    40013: ErrCode(Remedy.STOP, _KF_SECRET),
    40058: ErrCode(Remedy.DROP, "参数被微信客服拒收。"),
    40091: ErrCode(Remedy.STOP, _KF_SECRET),
    40096: ErrCode(Remedy.UNREACHABLE, "这位客户的 external_userid 无效，可能属于另一个企业。"),
    40125: ErrCode(Remedy.STOP, _KF_SECRET),
    45009: ErrCode(Remedy.LATER, "接口调用太频繁，系统会稍后再试。"),
    48002: ErrCode(Remedy.STOP, _KF_RIGHT),
    60020: ErrCode(Remedy.STOP, "服务器 IP 不在应用的“企业可信 IP”里：到应用详情页加上。"),
    95000: ErrCode(Remedy.STOP, _KF_ACCOUNT),
    95001: ErrCode(Remedy.WAIT_FOR_CUSTOMER, "这轮的消息条数用完了，等客户再说话才能发。"),
    95004: ErrCode(Remedy.STOP, _KF_ACCOUNT),
    95007: ErrCode(Remedy.IGNORE, "通知的凭据已过期，系统会不用它再拉取。"),
    95011: ErrCode(Remedy.STOP, _KF_RIGHT),
    95012: ErrCode(Remedy.STOP, _KF_RIGHT),
    95013: ErrCode(Remedy.WAIT_FOR_CUSTOMER, "会话已结束，等客户再说话才能发。"),
    95014: ErrCode(Remedy.DROP, "指定的接待人员没有在接待。"),
    95017: ErrCode(Remedy.STOP, _KF_RIGHT),
    95018: ErrCode(Remedy.WAIT_FOR_CUSTOMER, _KF_TAKEN),
    # Kinds of `msg_send_fail` (`channels.wechat.kf_rules`): taken by WeChat, and yet not brought.
    950_000: ErrCode(Remedy.DROP, "微信没有送达，没有说原因。"),
    950_001: ErrCode(Remedy.DROP, "客服帐号已被删除。"),
    950_002: ErrCode(Remedy.DROP, "企业微信里的应用已停用。"),
    950_004: ErrCode(Remedy.WAIT_FOR_CUSTOMER, "客户超过 48 小时没有说话，等客户再说话才能发。"),
    950_005: ErrCode(Remedy.WAIT_FOR_CUSTOMER, "会话已结束，等客户再说话才能发。"),
    950_006: ErrCode(Remedy.WAIT_FOR_CUSTOMER, "这轮的消息条数用完了，等客户再说话才能发。"),
    950_007: ErrCode(Remedy.DROP, _KF_LIMIT),
    950_008: ErrCode(Remedy.DROP, _KF_LIMIT),
    950_009: ErrCode(Remedy.DROP, _KF_LIMIT),
    950_010: ErrCode(Remedy.UNREACHABLE, "客户拒收消息。"),
}
_OF_KIND = {AccountKind.KF: _KF}
"""Codes that mean something else, or exist only, with one kind of account."""
_UNKNOWN = ErrCode(Remedy.DROP, "微信返回了没见过的错误码：到微信开放文档的“全局返回码”查看。")


def look_up(errcode: int, kind: AccountKind = AccountKind.SERVICE) -> ErrCode:
    """Return what is known of a code that an account of this kind was answered."""
    return _OF_KIND.get(kind, {}).get(errcode) or ERRCODES.get(errcode, _UNKNOWN)
