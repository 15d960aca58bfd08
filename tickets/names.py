"""A contact's name out of free words: 我叫李雷, 联系人：王女士, 姓陈, or a bare 李雷."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tickets.text import Span

MAX_LENGTH = 20
_COMPOUND = (
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|长孙|宇文|夏侯|端木|南宫|西门"
    "|独孤|拓跋|百里|呼延|闻人|轩辕|澹台|赫连"
)
_SINGLE = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊"
    "纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经房裘缪干解应宗丁宣邓郁单杭洪"
    "包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘"
    "钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍却璩桑桂"
    "濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩"
    "厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖闫付代覃佟涂邸尧佘邝官牟仝苟揭岳"
)
_TITLE = r"(?:先生|女士|小姐|太太|师傅|老师|同学|阿姨|大爷|大妈|经理|总|医生|大夫|主任|老板|工)"
_KIN = (
    r"(?:我(?:的)?)?(?:老公|老婆|爱人|先生|太太|爸爸?|妈妈?|父亲|母亲|儿子|女儿|哥哥?|姐姐?"
    r"|弟弟?|妹妹?|同事|朋友|室友)"
)
_SURNAME = rf"(?:{_COMPOUND}|[{_SINGLE}])"
_CJK = r"[\u4e00-\u9fff]"
_END = (
    r"(?=$|[\s,，.。;；!！?？、:：\0()（）\d+]|(?:的)?(?:电话|手机|联系|号码)|不是|就行"
    r"|就好|就可以|可以|好了|即可|吧|啊|呀|谢谢"
    r"|住|在|家里|地址|而不是|才对|才是)"
)
_NAME = (
    rf"(?:{_CJK}{{1,5}}(?:[·•]{_CJK}{{1,6}}){{1,3}}|[小老阿]?{_SURNAME}{_TITLE}?"
    rf"|{_SURNAME}{_CJK}{{1,2}}?{_TITLE}?"
    r"|[a-z]+(?: [a-z]+){0,2})"
)
_LINK = r"(?:叫做?|是|为|改成|改为|改|换成|换|写成|写|填|:|：|\s)"
_CUES = re.compile(
    rf"(?:姓名|名字|联系人|称呼|收件人|机主|户主)(?:写?错了|不对|有误)?[,，]?\s*"
    rf"(?:就|应该|要|请|其实)?{_LINK}?{_LINK}?\s*(?:{_KIN}{_LINK}?)?(?P<named>{_NAME}){_END}"
    r"|(?:[我她他](?:本人)?叫做?|(?<=[,，\s])叫做?|(?:请|可以|就)?(?:叫|称呼|喊)我"
    rf"|我?(?<![贵百老同])姓|敝姓|免贵姓)\s*(?P<called>{_NAME}){_END}"
    rf"|(?:我是|这里是|这边是|找)(?P<name>{_SURNAME}{_TITLE}"
    rf"|{_SURNAME}{_CJK}{{1,2}}?{_TITLE}?){_END}"
    rf"|(?<!{_CJK})(?P<titled>{_SURNAME}{_CJK}{{0,2}}(?:先生|女士|小姐|太太))",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"(?P<place>.*(?:室|\d{{3,4}}))\s*(?P<name>{_SURNAME}{_CJK}{{1,2}}|{_SURNAME}{_TITLE})"
)
_BEFORE = re.compile(rf"(?P<name>{_SURNAME}{_CJK}{{1,2}}|{_SURNAME}{_TITLE})\s+(?P<place>.*)")
# What follows 我是 or looks like a short name, and is none.
_NOT_NAMES = re.compile(
    r"(?:不|没|别|怎|什么|谁|哪|啥|知道|清楚|随便|都行|可以|好的|谢谢|你好|您好|客户|用户"
    r"|老客户|新用户|会员|员工|家属|本人|自己|我|他|她|你|您|他们|机器|人工|客服"
    r"|公司|单位|宽带|网络|电视|电话|手机|信号|故障|断|坏|网|修|报|查|问|江苏|广东|广州"
    r"|河南|河北|云南|山东|山西|广西|安徽|湖|浙江|四川|北京|上海|天津|重庆|租|房|明天|后天"
    r"|今天|昨天|时候|上午|下午|晚上|尽快|马上|现在"
    r"|^[和都及与全单应相时从那后查能别解何用干][的]?$|时间|地址|地点|现象|业主|住户|老公"
    r"|老婆|名字|一下|一个|投诉|咨询|建议|取消|确认|对的|是的|没错|正确|这个|那个|一样|刚才"
    r"|刚刚|嗯|呃|哦|吧|呢|吗|了$|的$)"
)
_FILLER = re.compile(
    rf"^(?:{_KIN}(?=.{{2}})|嗯+|哦+|那|就|是|叫做?|写|填|用|我|的|我的|名字|姓名|联系人"
    r"|称呼|姓|改成|改为|换成|应该|本人|找|联系|:|：|,|，|\s)+|(?:吧|啊|呀|哦|哈|呢|就行"
    r"|就好|就可以|谢谢|的|了|,|，|。|\.|!|！|~|\s)+$"
)


@dataclass(frozen=True)
class Name:
    """A name and where in the text it stands, with the words that led to it."""

    text: str
    span: Span


def find_name(text: str) -> Name | None:
    """Return the name someone says is theirs, or None when nobody does."""
    found = [
        Name(name, match.span())
        for match in _CUES.finditer(text)
        if (name := _group(match)) and not _NOT_NAMES.search(name)
    ]
    # “我姓张，叫张三”: the fuller form is the name.
    return max(found, key=lambda name: len(name.text), default=None)


def read_bare_name(text: str) -> str | None:
    """Return the name that an answer to “what is your name” is; None when it can't be one."""
    name = text.strip()
    while (shorter := _FILLER.sub("", name)) != name:
        name = shorter
    if not name or len(name) > MAX_LENGTH or _NOT_NAMES.search(name):
        return None
    if len(name) == 1 and not starts_with_surname(name):
        return None
    if re.fullmatch(r"[a-z]+(?:[ .'-]+[a-z]+){0,3}\.?", name, re.IGNORECASE):
        return name
    return name if re.fullmatch(rf"{_CJK}+(?:[·•.]{_CJK}+)*", name) and len(name) <= 12 else None


def starts_with_surname(name: str) -> bool:
    """Whether the first character or two are a surname."""
    return re.match(_SURNAME, name) is not None


def split_name(place: str) -> tuple[str, str]:
    """Return an address without the name that stands right before or behind it, and that name."""
    for pattern in (_BEHIND, _BEFORE):
        match = pattern.fullmatch(place)
        if match and not re.search(
            r"[室楼门口层单元路街区市县村东西南北侧旁边后前里外]", match["name"]
        ):
            return match["place"], match["name"]
    return place, ""


def _group(match: re.Match[str]) -> str:
    return next((group.strip() for group in match.groups() if group), "")
