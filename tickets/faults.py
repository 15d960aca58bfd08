"""What is broken, out of free words: the kind of fault, and the customer's words for it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tickets.model import FaultType
from tickets.text import fold
from tickets.timewords import Direction, TimeWords

# Points for each kind; the most points win, of equals the one listed first. A word counts once.
_SIGNS: dict[FaultType, tuple[tuple[int, str], ...]] = {
    FaultType.IPTV: (
        (5, r"iptv|机顶盒|电视|频道|点播|回看|遥控"),
        (1, r"花屏|马赛克|黑屏|看不了"),
    ),
    FaultType.LANDLINE: (
        (4, r"座机|固话|固定电话|市话|电话机|话机|听筒|家里(?:的)?电话|办公电话|小灵通"),
        (1, r"杂音|电流声|没有?拨号音"),
    ),
    FaultType.BILLING: (
        (
            5,
            (
                r"扣(?:了|我|掉|去)?[^,，。]{0,6}(?:费|钱|块|元)|多扣|乱扣|错扣|重复扣|扣款|乱收费|多收"
                r"|话费(?:不对|多|异常|没了)|账单|收费(?:不对|不合理|有误)|计费|退费|退钱"
            ),
        ),
        (2, r"欠费|话费|月租|套餐费|流量费|增值(?:业务|服务)费|充值(?:没|未|不)到|没到账|未到账"),
    ),
    FaultType.SIGNAL: (
        (
            3,
            (
                r"没有?信号|无信号|信号(?:差|弱|不好|很差|太差|不稳|时有时无|没了)|无服务|不在服务区"
                r"|掉话|通话(?:断|中断|听不|质量)|基站|仅限?紧急呼叫"
            ),
        ),
        (
            3,
            (
                r"(?:手机|流量|[45]g|数据)[^,，。]{0,6}(?:上不了网|上不去|没网|用不了|很慢|太慢|连不上)"
                r"|(?:收|发)不(?:到|了|出)(?:短信|验证码)"
            ),
        ),
        (2, r"打不(?:出|通|了)(?:去)?(?:电话)?|接不(?:到|通|了)(?:电话)?"),
        (1, r"信号|[345]g|手机卡|sim卡"),
    ),
    FaultType.DEVICE: (
        (
            4,
            (
                r"(?:手机|平板|手表|耳机|电脑|充电器|屏幕?|主板|电池|摄像头)[^,，。]{0,6}(?:坏|碎|裂"
                r"|开不了|不能开|充不(?:进|了)|不充电|死机|卡死|重启|发烫|进水|没反应|失灵|黑屏|花屏"
                r"|闪屏|掉漆|鼓包)"
            ),
        ),
        (
            3,
            (
                r"开不了机|无法开机|不能开机|充不进电|不充电|充不了电|触屏|碎屏|死机|自动重启|屏幕|电池"
                r"|保修|摔(?:了|坏)|进水"
            ),
        ),
        (1, r"手机|平板|手表|耳机|充电"),
        (2, r"iphone|ipad|mate ?\d|小米|红米|荣耀|oppo|vivo|三星|一加|华为(?!光猫|路由)"),
    ),
    FaultType.BROADBAND: (
        (2, r"wi-?fi|无线网|路由"),
        (4, r"宽带|光猫|wi-?fi|无线网|路由器?|光纤|光缆|网线|拨号|los"),
        (
            2,
            (
                r"断网|没有?网|无网络|网络|上不了网|上不去网|上网|网上不去|网速|掉线|网(?:断|慢|卡|不好"
                r"|坏|好慢|太慢)|(?:打|玩)游戏(?:卡|延迟)|延迟|红灯|连不上网"
            ),
        ),
        (2, r"网页|网站|视频"),
        (1, r"网"),
    ),
}
_COMPILED = {
    kind: tuple((points, re.compile(pattern)) for points, pattern in signs)
    for kind, signs in _SIGNS.items()
}
_TROUBLE = re.compile(
    r"断|坏|没(?:有)?(?:网|信号|声音|图像|画面|反应|到账|电|了)|无(?:网络|信号|服务|法"
    r"|声音)|不(?:了(?!解)|去|上|到|通|出|进|好用|能用|能上|稳|亮|行|灵|显示|清楚?|动|转|开"
    r"|充电|正常|好使|见)"
    r"|慢|卡|掉线|掉话|花屏|马赛克|黑屏|蓝屏|闪屏|死机|重启|红灯|亮红|闪烁?|故障|异常|失败"
    r"|错误|报错|提示|杂音|噪音|断断续续|时好时坏|时断时续"
    r"|多扣|乱扣|错扣|扣了|扣我|多收|乱收|碎|裂|进水|发烫|发热|失灵|瘫|弱|差(?!不多)|延迟"
    r"|显示[^,，。]{0,6}(?:[a-z]?\d{2}|错|失败|异常)|转圈|打转|多(?:了|出|算)[^,，。]{0,8}(?:元|块|钱)|停(?:机|了)|(?:话费|费用|账单|金额|收费|套餐|钱)[^,，。]{0,3}不对|(?:信号|网|画面"
    r"|声音|质量|效果)[^,，。]{0,3}不好|(?:有|出)(?:问题|毛病)|打不|接不|连不|上不|看不"
    r"|收不|登不|用不|开不|充不|漏|丢|没法"
)
# “有没有断”, “断网怎么办” ask; “没断过” denies.
_NO_TROUBLE = re.compile(
    r"没(?:有)?(?:断|坏|卡|故障|问题|异常)|不(?:卡|慢|断)|没什么问题|不清楚|不知道|差不多|不是"
)
_EMPTY = re.compile(
    r"(?:我|我们|我家|你们|家里|这里|现在|今天|就是|就|都|又|还|老|请|麻烦|帮|帮忙|给|要|想"
    r"|需要|报|报修|报障|修|维修|修理|一下|个|的|了|有|出|点|些|啊|吧|呀|呢|嘛|哦|嗯|呃|额"
    r"|那个|这个"
    r"|问题|毛病|故障|情况|不好|不行|不对|不好用|坏|坏掉|用|东西|设备|怎么办|快|赶紧|急"
    r"|很急|谢谢|你好|您好|在吗|喂|hello|hi|\s|[,，.。!！?？~…、:：;；])+"
)
_FAULT_WORD = re.compile(r"报修|报障|坏|问题|故障|毛病|不好|不行|修")
_THING = re.compile(
    r"宽带|网络|网(?!络)|电视机?|座机|固话|电话|手机|信号|光猫|路由器?|机顶盒|wi-?fi|流量"
    r"|话费|账单|短信"
)
_CLAUSE_END = re.compile(r"[,，。;；!！\n]+")
_PROCEDURE = re.compile(r"(?:怎么|如何|咋)(?:查|办理|开通|取消|缴|交|充值|买|退订)|多少钱")
_ASIDE = re.compile(
    r"[?？]|吗$|请问|谢谢|什么时候|几点|派人|上门|来修|过来|联系我|打我|找我|安排|尽快|不是$|(?:买|购买|购入|入手)的?$"
)
_DEVICE_WORD = re.compile(
    r"宽带|网|电视|座机|固话|电话|手机|信号|光猫|路由|机顶盒|wi-?fi|流量|话费|扣|账|屏|卡"
    r"|短信|电池|充电|遥控|频道|声音|图像|灯"
)


def find_fault_type(text: str) -> FaultType | None:
    """Return the kind of fault the words speak of, or None when they name nothing."""
    folded = fold(text)
    points = {
        kind: sum(value for value, pattern in signs if pattern.search(folded))
        for kind, signs in _COMPILED.items()
    }
    best = max(points, key=lambda kind: points[kind])
    return best if points[best] else None


def tells_trouble(text: str) -> bool:
    """Whether the words say that something does not work."""
    return _TROUBLE.search(_NO_TROUBLE.sub("", fold(text))) is not None


def mentions_fault(text: str) -> bool:
    """Whether the words speak of a fault at all, however vaguely (“有问题”, “我要报修”)."""
    folded = fold(text)
    return (_FAULT_WORD.search(folded) or _THING.search(folded)) is not None


def is_empty_talk(text: str) -> bool:
    """Whether a technician would learn nothing from the words (“坏了”, “我要报修”)."""
    folded = fold(text)
    if not any(character.isalnum() for character in folded):
        return True
    if _EMPTY.fullmatch(folded) and not _DEVICE_WORD.search(folded):
        return True
    # A thing alone (“电视”, “我要报修宽带”) says what, and not what is wrong with it.
    return _EMPTY.fullmatch(_THING.sub("的", folded)) is not None and not tells_trouble(folded)


def find_symptom(rest: str, times: Iterable[TimeWords] = ()) -> str:
    """Return the clauses that say what does not work, in the customer's words; "" when none does.

    Clauses that only greet, wish, ask or say when are left out.

    Args:
        rest: the message with other facts blanked out (NUL).
        times: the times in it.
    """
    clauses = [
        clause.replace("\0", "").strip().lstrip("的是") for clause in _CLAUSE_END.split(rest)
    ]
    kept: list[str] = []
    for clause in clauses:
        bare = clause
        for time in times:
            bare = bare.replace(time.text, "")
        hopes = any(time.direction is Direction.FUTURE and time.text in clause for time in times)
        trouble = tells_trouble(clause)
        if is_empty_talk(bare) or (hopes and not trouble) or _PROCEDURE.search(bare):
            continue
        if trouble or (not _ASIDE.search(bare) and (kept or _DEVICE_WORD.search(clause))):
            kept.append(clause)
    symptom = "，".join(kept)
    return symptom if tells_trouble(symptom) else ""
