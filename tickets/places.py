"""Where something is broken, out of free words: an address down to building and room."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tickets.text import Span, fold

# Words that hold a place's ending and are none; they are blanked before looking.
_NOT_PLACES = re.compile(
    r"知道|频道|通道|渠道|味道|报道|道歉|道理|难道|路由器?|网路|线路|短路|电路|一路|走路|半路|路上"
    r"|号码|信号|账号|帐号|型号|挂号|几号|单号|[a-z一二三四五六七八九十\d]*号线"
    r"|区别|服务区|城市(?!花园|广场|之)|公里|里面|这里|那里|哪里|家里|屋里|手里|心里|夜里"
    r"|店里|厂里|村里|校园网|农村|县城"
    r"|园区网|楼上|楼下|楼里|楼道|几楼|整栋|整幢|整楼|全楼|整个小区|全小区|小区里|小区(?:都"
    r"|的人)|我们小区|我们楼|我们村|本小区|平台|院长|座机|一座|讲座|店长|店员"
    r"|公司(?:里|的|都)|(?:你们|贵|移动|电信|联通|通信|什么)公司|营业厅|机房|大学生|学校里"
)
MAX_LENGTH = 120
_WORD = r"[\u4e00-\u9fffa-z0-9·]"
_NUMBERED = (
    r"(?:[a-z]?\d{1,5}(?:[-/]\d{1,5}){0,3}[a-z]?|[a-z]|[一二三四五六七八九十百]{1,4}"
    r"|[甲乙丙丁东西南北])"
)
_AREA = r"(?:省|自治区|市|自治州|区|县|旗|镇|乡|街道|村|社区|新区|开发区|高新区)"
_ROAD = r"(?:路|大街|街|大道|道|巷|弄|胡同|里弄|国道|环线|段)"
_SITE = (
    r"(?:小区|花园|花苑|家园|公寓|公馆|新村|新城|苑|庭|府|城|湾|岸|大厦|大楼|写字楼|广场"
    r"|中心|商城|商场|超市|市场"
    r"|酒店|宾馆|饭店|餐厅|医院|学校|小学|中学|大学|学院|幼儿园|工业园|产业园|科技园|园区"
    r"|创业园|公园|工厂|厂|公司|车站|火车站|地铁站|高铁站|机场|码头|营地|宿舍)"
)
_UNIT = r"(?:号楼|号院|号|栋|幢|座|楼|层|单元|室|房|门|户|铺|组|队|屯|期)"
_NAME = rf"(?:{_WORD} ?){{1,12}}?"
_ROAD_NUMBER = re.compile(rf"{_NAME}{_ROAD} ?(?:{_NUMBERED}号|\d{{1,5}}(?!\d))")
_AREA_ROAD = re.compile(rf"{_NAME}{_AREA} ?{_NAME}{_ROAD}")
_SITE_UNIT = re.compile(
    rf"{_NAME}(?:{_SITE}|{_AREA})[, ]?(?:[东西南北]区|[a-z]区|[一二三四五六七八九十\d]期)?"
    rf"{_WORD}{{0,6}}?{_NUMBERED}{_UNIT}|{_NAME}(?:{_SITE}|{_AREA})\d{{1,3}}(?:-\d{{1,4}})+"
)
_ROOM = re.compile(
    rf"{_NUMBERED}(?:栋|幢|号楼|座|单元)[, ]?{_NUMBERED}(?:单元|层"
    rf"|楼)?[, ]?(?:{_NUMBERED}(?:室|房|号)?)?|{_NUMBERED}室"
)
_AREAS = re.compile(rf"(?:(?:{_WORD} ?){{1,8}}?{_AREA} ?){{2,}}")
_ADDRESSES = (_ROAD_NUMBER, _AREA_ROAD, _SITE_UNIT, _AREAS, _ROOM)
_ANY_PLACE = re.compile(rf"{_WORD}(?:{_AREA}|{_ROAD}|{_SITE}|{_UNIT})|{_NUMBERED}(?:{_UNIT}|-\d)")

_CUE = re.compile(
    r"(?:(?:我家|我们|家庭|安装|装机|报修|故障|详细|具体|我的|上门)?(?:住址|地址|位置|地点"
    r"|门牌号?)(?:写?错了|不对|有误)?[, ]?(?:就|应该|要|需要)?(?:改成|改为|改到|改|换成"
    r"|换到|更正为|是|在|为|:)?\s*"
    r"|(?:我家|家|我们|我|人)?(?:就)?住(?!院|宅|户|宿|房)(?:在|址)?(?:是|:)?\s*"
    r"|(?P<weak>)(?<![现正不还存实所自内好都也没人外])(?:位于|坐落于|在)\s*)"
)
_STOP = re.compile(
    r"[,，。;；!！?？\n\0、]|(?:这边|这里|这儿|那边|附近)?的(?:宽带|网|电视|信号|座机|固话"
    r"|电话|用户|客户|家|光猫|机顶盒|iptv|wifi|无线)"
    r"|(?:宽带|网络|电视|信号|座机|固话|光猫|机顶盒|iptv|wifi|上网|手机)|(?:没有?|断|坏"
    r"|不能|上不|打不|连不|看不|用不|都|一直|经常|突然|老是|总是|已经)"
    r"|(?:我叫|我姓|我是|叫|姓名|联系人|电话|手机|联系)|(?:谢谢|麻烦|拜托|请|帮|快点|吧|哈"
    r"|啊|呢|哦|呀|这边|这里|这儿|附近|里面)"
)
_LEAD = re.compile(
    r"(?:你好|您好|喂|那个|嗯|哦|就|是|在|我们?|咱们?|俺|家(?![乐园和家润味得世庭])|的|住"
    r"|到|去|写|这边|这里|公司|单位|地址|位置|改成|改为|改到|换成|应该|写|:|\s|,|，|：|宽带"
    r"|网络?|电视|信号|报修|修|帮|请|麻烦|给)+"
)
_BEFORE_PLACE = re.compile(r"[了的是在吗呢啊:]|没网|断网|上不?了?网|上不去|没信号")
_VAGUE = re.compile(
    r"^(?:就?在)?(?:我|我们|咱|咱们|自己)?(?:的)?"
    r"(?:家里?|家中|屋里?|房间里?|客厅|卧室|公司里?|单位里?|学校里?|宿舍里?|店里|办公室|楼上|楼下"
    r"|这里|这儿|这边|那里|那边|外面|小区里?|村里|老家|城里|到处|全国|哪里|哪都|任何地方|都是|附近)"
    r"(?:都|全|里|的|吧|啊|呢|呀|哈|[^\w]|$)"
)
_BARE_LEAD = re.compile(
    r"(?:你好|您好|那个|嗯+|哦|呃|就|是|在|我家住|我家在|家住|家在|我住|住在|我们?在|地址"
    r"|位置|地点|:|,|\s)+"
)
_INSULT = re.compile(r"垃圾(?!站|场|房|箱|桶)|滚|妈的|他妈|傻|废物|骗子|有病")
_NO_PLACE = re.compile(
    r"快点|赶紧|马上|修|着?急|催|什么|怎么|投诉|为啥|干嘛|凭|关你|烦|别|不想|不给|不告诉|断|坏|慢|你们|自己查"
)


@dataclass(frozen=True)
class Place:
    """A place as the customer wrote it, and where in the text.

    `span` also covers the words that led to it (“地址是”), which belong to nothing else.
    """

    text: str
    span: Span


def find_place(text: str) -> Place | None:
    """Return the place named in free words; None when none is clearly named.

    After a word such as 地址 or 在 one sign of a place is enough; without it an address needs
    two, such as a road with a number or a building with a room.
    """
    folded = _NOT_PLACES.sub(lambda word: "\0" * len(word.group()), fold(text))
    for cue in _CUE.finditer(folded):
        end = _end(folded, cue.end())
        if not _ANY_PLACE.search(folded[cue.end() : end]):
            continue
        place = _trimmed(text, folded, (cue.start(), end), cue.end())
        # “在火车站” says too little; “地址是火车站” is what the customer wants to say.
        if place and (cue.group("weak") is None or len(place.text) >= 4):
            return place
    matches = [match for pattern in _ADDRESSES if (match := pattern.search(folded))]
    if not matches:
        return None
    first = min(matches, key=lambda match: match.start())
    start = _start(folded, first)
    return _trimmed(text, folded, (start, _end(folded, first.end() - 1)), start)


def read_bare_place(text: str) -> str | None:
    """Return the place that an answer to “where” is; "" for one nobody could go to (“我家”).

    None when the words are no place at all.
    """
    folded = fold(text)
    lead = _BARE_LEAD.match(folded)
    bare = text[lead.end() if lead else 0 :].strip()
    if sum(map(str.isalnum, bare)) < 2:
        return "" if _VAGUE.search(folded) else None
    if bare.isascii() and bare.isdigit():
        return ""
    insults = _INSULT.search(folded)
    if _ANY_PLACE.search(_NOT_PLACES.sub("", folded)) and not insults:
        return bare
    if insults or _NO_PLACE.search(folded):
        return None
    return "" if _VAGUE.search(folded) else bare


def _start(folded: str, match: re.Match[str]) -> int:
    """Return where the address around a match begins: before it in its clause, after a verb."""
    start = max(folded.rfind(mark, 0, match.start()) for mark in ",，。;；!！?？\n\0") + 1
    sign = _ANY_PLACE.search(folded, match.start())
    limit = sign.start() + 1 if sign else match.start()
    for word in _BEFORE_PLACE.finditer(folded, start, limit):
        start = word.end()
    lead = _LEAD.match(folded, start, match.end())
    return lead.end() if lead else start


def _end(folded: str, start: int) -> int:
    """Return where an address that begins at `start` is over."""
    end, limit = start, min(len(folded), start + MAX_LENGTH)
    while end < limit:
        stop = _STOP.search(folded, end, limit)
        if stop is None:
            return limit
        # “杭州市，望江路8号，3栋” is one address: a comma goes on when more of it follows.
        rest = folded[stop.end() : stop.end() + MAX_LENGTH]
        if stop.group() in ",，、\n" and stop.start() > start and _goes_on(rest):
            end = stop.end()
            continue
        return stop.start()
    return end


def _goes_on(rest: str) -> bool:
    clause = re.split(r"[,，。;；!！?？\n\0、]", rest, maxsplit=1)[0]
    return bool(
        re.match(rf"\s*(?:{_NUMBERED}(?:{_UNIT}|-\d)|\d{{3,4}}(?:\s*$))", clause)
        or (
            re.match(rf"\s*{_WORD}{{0,8}}?(?:{_AREA}|{_ROAD}|{_SITE})", clause)
            and not _CUE.match(clause.strip())
            and len(clause) <= 30
        )
    )


def _trimmed(text: str, folded: str, span: Span, start: int) -> Place | None:
    end = span[1]
    if lead := _LEAD.match(folded, start, end):
        start = lead.end()
    kept = text[start:end].strip(" \n\t,，.。:：是的、")
    return Place(kept, span) if len(kept) > 1 else None
