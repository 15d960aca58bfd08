"""Fields named in free words: “电话不对，是13800138000”, “地址改成…”, “名字写错了，是李雷”."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tickets import details, devices, names, phones, places, timewords
from tickets.text import Span, blank, fold
from tickets.timewords import Direction

_FIELD = re.compile(
    r"(?P<device_model>(?:手机|设备|光猫|路由器?|机顶盒)?(?:型号|机型))"
    r"|(?P<serial_number>序列号码?|机身号码?|(?<![a-z])sn码?(?![a-z]))"
    r"|(?P<imei>imei码?号?|串[号码])"
    r"|(?P<purchase_date>(?:购买|购机)(?:的)?(?:日期|时间))"
    r"|(?P<amount>(?:扣费|涉及|多扣的?)?金额)"
    r"|(?P<service_number>(?:业务|故障|涉及的?|有问题的?)号码)"
    r"|(?P<account>(?:宽带|上网|电视)?(?:账号|帐号|户号))"
    r"|(?P<shown>指示灯|提示(?:信息|内容)|错误代?码)"
    r"|(?P<since>开始(?:的)?时间|发生(?:的)?时间|故障时间|(?:什么)?时候开始)"
    r"|(?P<hoped_time>(?:希望|上门|处理|预约|维修|期望)(?:的)?(?:处理|上门|维修)?(?:的)?时间)"
    r"|(?P<time>时间)"
    r"|(?P<phone>(?:联系)?(?:电话|手机|座机)(?:号码?)?|号码|联系方式)"
    r"|(?P<contact_name>联系人|姓名|名字|称呼)"
    r"|(?P<place>(?:详细|具体|安装)?(?:地址|地点|位置|住址|门牌号?))"
    r"|(?P<symptom>故障(?:现象|描述|内容)?|问题(?:描述)?|现象|症状|描述)"
)
_CHANGE_AFTER = re.compile(
    r"^(?:(?:号码?|也|都|又|全|好像|应该|那|写|填|给|说|记|输|报|打|弄|搞|留|的|是|,|，|\s)*)"
    r"(?:错|少[写打输报]|多[写打输报]|漏|不对|有误|不正确|不是|不准|改|换|变|更正|修改|重新)"
)
_CHANGE_BEFORE = re.compile(
    r"(?:改|换|更正|修改|变更|重填|重写)(?:一下|下|个|成|掉|了)?(?:我的|那个|新的?|联系)?$"
)
# “要改哪一项？” — “电话”, “我要改地址”, “那个名字吧”.
_ONLY_A_FIELD = re.compile(
    r"(?:我|要|想|帮我|请|把|改一下|修改|更改|更正|改|换|一下|那个|就是|就|是|的|\s)*"
    r"(?P<field>.+?)(?:要改|改一下|改|不对|错了|有误|那项|这项|一项|那个|吧|啊|呀|的|了|[,，.。!！~\s])*"
)
_AND = re.compile(r"\s*(?:和|跟|与|及|以及|还有|,|，|、)\s*")
_STATES = re.compile(r"^(?:就|应该)?(?:是|为|叫|:|：|用|填|写|留)")
# Words between a field and its new value.
_LINK = re.compile(
    r"^(?:号码?|写|填|给|说|记|输|报|打|弄|搞|留|又|也|都|全|好像|那里|这里|错|不对|有误"
    r"|不正确|不是|了|的|啦|啊|呀|改|换|变|更正|修改|重新|一下|下|成|为|到|掉|个"
    r"|应该|应|要|请|帮我|把|其实|就|是|叫|用|:|：|,|，|。|;|；|!|！|\s|\0)+"
)
_TAIL = re.compile(
    r"(?:谢谢|吧|啊|呀|哦|哈|呢|了|就行|就好|才对|才是|不过|但是?|然后|还有|另外|其他(?:都"
    r"|的)?(?:对|没错|没问题).*|别的.*|[,，.。!！;；~\s\0])+$"
)


@dataclass
class Corrections:
    """What a message says about fields it names, and where.

    `unset` are wrong, and no better value was given.
    """

    values: dict[str, str] = field(default_factory=dict)
    unset: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    phone_problem: str | None = None


def read_corrections(text: str, requested: str | None, slots: Mapping[str, Any]) -> Corrections:
    """Return the fields that the text names together with what they should be.

    A field counts only with a word of change (错, 不对, 改) or a plain statement (是, ：) beside
    it: “电话打不出去” is a symptom, not a wrong number.
    """
    folded = fold(text)
    other_phone = details.find_other_phone(text)
    # “换了手机也没信号” changes no number.
    readable = blank(folded, [other_phone.span] if other_phone else [])
    cues = list(_FIELD.finditer(readable))
    # A number is nothing but a number: no other field may swallow it.
    no_phones = blank(text, [one.span for one in phones.find_phones(text)])
    result = Corrections()
    changes = False
    for index, cue in reversed(list(enumerate(cues))):
        end = cues[index + 1].start() if index + 1 < len(cues) else len(text)
        after, before = folded[cue.end() : end], folded[max(0, cue.start() - 8) : cue.start()]
        # “名字和电话都错了”: what is said of the last field holds for those joined to it.
        joined = changes and _AND.fullmatch(after) is not None
        changes = bool(joined or _CHANGE_AFTER.search(after) or _CHANGE_BEFORE.search(before))
        if not changes and not (_STATES.search(after) and cue.lastgroup != "symptom"):
            continue
        result.spans.append((cue.start(), end))
        numbered = cue.lastgroup in ("phone", "service_number", "imei")
        source = text if numbered else no_phones
        segment = source[cue.end() : end]
        slot, value = _read(str(cue.lastgroup), segment, requested, slots)
        if slot == "phone" and not value and re.search(r"\d{3}", folded[cue.end() : end]):
            result.phone_problem = phones.problem_in(segment)
        if value:
            result.values[slot] = value
        elif changes:
            result.unset.append(slot)
    result.unset = [slot for slot in dict.fromkeys(result.unset) if slot not in result.values]
    return result


def names_phone(text: str) -> bool:
    """Whether the words speak of the number to call (“联系电话不对，是…”)."""
    return any(cue.lastgroup == "phone" for cue in _FIELD.finditer(fold(text)))


def only_a_field(text: str, slots: Mapping[str, Any]) -> str | None:
    """Return the field that a reply names and says nothing else of: “电话”, “改地址”."""
    match = _ONLY_A_FIELD.fullmatch(fold(text).strip())
    cue = _FIELD.fullmatch(match["field"]) if match else None
    if cue is None:
        return None
    name = str(cue.lastgroup)
    return _which_time("", None, slots) if name == "time" else name


def _read(
    name: str, segment: str, requested: str | None, slots: Mapping[str, Any]
) -> tuple[str, str]:
    words = _TAIL.sub("", _LINK.sub("", segment)).strip()
    if name in ("phone", "service_number"):
        found = phones.find_phones(segment)
        return name, found[0].phone.national if found else ""
    if name == "contact_name":
        return name, names.read_bare_name(re.split(r"[,，。;；\0]", words)[0]) or ""
    if name == "place":
        place = places.find_place(words)
        bare = re.split(r"[。;；!！\0]", words)[0].strip()
        return name, place.text if place else places.read_bare_place(bare) or ""
    if name == "symptom":
        words = words.replace("\0", "").strip()
        return name, words if len(words) > 1 else ""
    if name in _DETAIL_READERS:
        return name, _DETAIL_READERS[name](words.replace("\0", "")) or ""
    return _read_time(name, segment, words, requested, slots)


def _found(found: devices.Found | None) -> str | None:
    return found.text if found else None


def _first_clause(words: str) -> str:
    return re.split(r"[,，。;；!！]", words)[0].strip()


_DETAIL_READERS: dict[str, Callable[[str], str | None]] = {
    "device_model": lambda words: _found(devices.find_model(words)) or _first_clause(words),
    "serial_number": devices.read_bare_serial,
    "imei": lambda words: _found(devices.find_imei(words)),
    "amount": lambda words: _found(details.find_amount(words)) or _first_clause(words),
    "account": _first_clause,
    "shown": _first_clause,
}


def _read_time(
    name: str, segment: str, words: str, requested: str | None, slots: Mapping[str, Any]
) -> tuple[str, str]:
    times = timewords.find_times(segment)
    if name == "time":
        name = _which_time(segment, requested, slots)
    if times:
        return name, times[0].text
    return name, re.split(r"[,，。;；\0]", words)[0].strip()


def _which_time(segment: str, requested: str | None, slots: Mapping[str, Any]) -> str:
    """Return which field “时间” means: by the time's direction, what is asked, what is known."""
    directions = {time.direction for time in timewords.find_times(segment)}
    if Direction.PAST in directions:
        return "since"
    if Direction.FUTURE in directions:
        return "hoped_time"
    if requested in ("since", "hoped_time"):
        return requested
    return "hoped_time" if slots.get("hoped_time") or not slots.get("since") else "since"
