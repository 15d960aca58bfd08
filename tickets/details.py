"""Smaller facts of a fault, out of free words: what a lamp or screen shows, an amount, an account.

The words stay the customer's.
"""

from __future__ import annotations

import re

from tickets.devices import Found
from tickets.text import fold

_CLAUSE = r"[^,，。;；!！?？\n\0]"
_LAMPS = re.compile(
    rf"(?:光猫|猫|路由器?|机顶盒|los|pon|光信号|宽带)?{_CLAUSE}{{0,4}}?"
    rf"(?:(?:los|pon|光信号|信号|电源|指示)灯?{_CLAUSE}{{0,4}}(?:红|闪|灭|不亮|常亮)|[红黄橙蓝绿]灯|红光"
    rf"|灯(?:都?是?)?(?:红|灭|不亮|全?灭|闪)){_CLAUSE}{{0,6}}"
)
_MESSAGES = re.compile(
    rf"(?:(?:屏幕|手机|电视|电脑|上面|画面|一直|总是|老是)*"
    rf"(?:提示|显示|弹出|报错|写着|错误代?码|故障代?码|代码"
    rf"|报(?=\s*[a-z]?\d))(?!什么|啥|一下|正常|没)"
    rf"(?:[是为:“\"'‘]|\s)*{_CLAUSE}{{1,40}})"
    r"|(?<![a-z0-9])(?:error ?|e)\d{2,6}(?!\d)|无服务|仅限?紧急(?:呼叫|通话)|不在服务区"
    r"|(?:信号)?(?:只有|就)?[一二两三0-3]格(?:信号)?"
)
_OTHER_PHONE = re.compile(
    rf"(?:换(?:了|过|成|用)?(?:一?[部台个张只]|别的|别人的|其他|其它|另外?)*(?:一?[部台个张只])?"
    rf"(?:手机|机子|电话卡|卡)|(?:别的|别人的|其他|其它|家人的?|朋友的?|同事的?|另外?一[部台个])手机)"
    rf"{_CLAUSE}{{0,20}}|没(?:有)?换过?(?:手机|机子)?(?:试)?(?:过)?"
)
_NUMBER = r"(?:\d+(?:,\d{3})*(?:\.\d{1,2})?|[一二两三四五六七八九十百千几]+)"
_AMOUNT = re.compile(
    rf"(?:[￥¥$]\s*{_NUMBER}"
    # “被扣了200多”: after a word for paying a bare number is money.
    r"|(?:(?<=扣)|(?<=[扣收]了)|(?<=[扣收退]我)|(?<=多了))\d+(?:\.\d{1,2})?多?"
    r"(?!\.?\d|[元块毛角次天个条月号gm])"
    rf"|好?{_NUMBER}(?:多|几|来)?(?:个)?(?:元|块(?![儿屏板地电去])|毛钱?|角|rmb)(?:多)?"
    r"(?:[一二两三四五六七八九\d]毛?(?![\d天号月年个]))?(?:钱)?)"
)
_ACCOUNT = re.compile(
    r"(?:(?:我的)?(?:宽带|上网|电视|iptv|业务)?(?:账号|帐号|账户|帐户|用户名|户号)(?:不对|写?错了)?"
    r"[,，]?\s*(?:应该|就)?(?:是|为|改成|改为|:)?\s*)(?P<value>[a-z0-9](?:[a-z0-9@._-]){4,39})"
)


def find_shown(text: str) -> Found | None:
    """Return what lamps and screens show: 光猫亮红灯, 提示“无服务”, 错误代码691."""
    folded = fold(text)
    lamp, message = _LAMPS.search(folded), _MESSAGES.search(folded)
    first = _found(text, lamp)
    if lamp and message and message.start() >= lamp.end():
        both = text[lamp.start() : message.end()].replace("\0", "").strip()
        return Found(both, (lamp.start(), message.end()))
    return first or _found(text, message)


def find_other_phone(text: str) -> Found | None:
    """Return what came of trying another phone: 换了手机也没信号, 没换过."""
    return _found(text, _OTHER_PHONE.search(fold(text)))


def find_amount(text: str) -> Found | None:
    """Return the amount of money in free words: 二十块, 38.5元."""
    return _found(text, _AMOUNT.search(fold(text)))


def find_account(text: str) -> Found | None:
    """Return the account that is named as one (“宽带账号 …”)."""
    match = _ACCOUNT.search(fold(text))
    return Found(text[slice(*match.span("value"))], match.span()) if match else None


def _found(text: str, match: re.Match[str] | None) -> Found | None:
    words = text[slice(*match.span())].replace("\0", "").strip() if match else ""
    return Found(words, match.span()) if match and words else None
