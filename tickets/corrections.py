"""Fields named in free words: “电话不对，是13800138000”, “地址改成…”, “名字写错了，是李雷”."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tickets import names, phones, places, timewords
from tickets.text import Span, blank, fold
from tickets.timewords import Direction

_FIELD = re.compile(
    r"(?P<since>开始(?:的)?时间|发生(?:的)?时间|故障时间|(?:什么)?时候开始)"
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
_AND = re.compile(r"\s*(?:和|跟|与|及|以及|还有|,|，|、)\s*")
_STATES = re.compile(r"^(?:就|应该)?(?:是|为|叫|:|：|用|填|写|留)")
# Words between a field and its new value.
_LINK = re.compile(
    r"^(?:号码?|写|填|给|说|记|输|报|打|弄|搞|留|又|也|都|全|好像|那里|这里|错|不对|有误"
    r"|不正确|不是|了|的|啦|啊|呀|改|换|变|更正|修改|重新|一下|下|成|为|到|掉|个"
    r"|应该|应|要|请|帮我|把|其实|就|是|叫|用|:|：|,|，|。|;|；|\s|\0)+"
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
    cues = list(_FIELD.finditer(folded))
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
        source = text if cue.lastgroup == "phone" else no_phones
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


def _read(
    name: str, segment: str, requested: str | None, slots: Mapping[str, Any]
) -> tuple[str, str]:
    words = _TAIL.sub("", _LINK.sub("", segment)).strip()
    if name == "phone":
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
    return _read_time(name, segment, words, requested, slots)


def _read_time(
    name: str, segment: str, words: str, requested: str | None, slots: Mapping[str, Any]
) -> tuple[str, str]:
    times = timewords.find_times(segment)
    if name == "time":
        directions = {time.direction for time in times}
        if Direction.PAST in directions:
            name = "since"
        elif Direction.FUTURE in directions:
            name = "hoped_time"
        elif requested in ("since", "hoped_time"):
            name = requested
        else:
            name = "hoped_time" if slots.get("hoped_time") or not slots.get("since") else "since"
    if times:
        return name, times[0].text
    return name, re.split(r"[,，。;；\0]", words)[0].strip()
