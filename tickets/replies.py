"""How a short reply is meant: yes, no, I don't know, a question, or something else altogether.

The words decide together with the intent. An intent alone is a guess of the classifier, which
has never seen 李雷 or 望江路8号: it may not throw an answer away that the words do not give up.
"""

from __future__ import annotations

import re

from tickets.text import fold

_OUTER = " \t\n,，.。!！~～…、;；\0"
_YES = re.compile(
    r"(?:嗯+|恩+|唔|哦|噢|昂)?(?:是|对|没错|没有错|不错|正确|确认|确定|可以|好|行|成|中|ok"
    r"|okay|yes|yep|y|没问题|没有问题|无误|准确|提交|就这样|就是这样|就这些|就这么|同意|妥"
    r"|得|没毛病)"
    r"(?:的|了|啦|啊|呀|哈|嘛|吧|滴|呢|哒|对|是|无误|提交|确认|没错|没问题|可以|好|一下"
    r"|[,，。!！~\s])*"
)
_YES_START = re.compile(
    r"(?:嗯+|恩+|哦|噢)?[,，\s]*(?:是的|对的?|没错|没有错|正确|确认|可以|好的?|行|ok|没问题"
    r"|无误|全对|都对|信息(?:都)?(?:正确|对|没错|无误)|全部正确|都是对的|都没错|都没问题"
    r"|都正确)"
)
_BARE_YES = re.compile(
    r"(?:嗯+|恩+|1|y|yes|👌|👍|✅|是|要得|搞吧|提交吧|快提交|赶紧提交)(?:的|啊|呀|吧|了)*"
)
_NO = re.compile(
    r"不对|不是(?!很急)|不正确|有误|错(?:了|的|误|啦|啊)|有错|填错|写错|记错|不行|不可以"
    r"|不准确|不确认|先别|别提交|不要提交|等一下|等等|要改|改一下|修改|改改|更正|重新填"
    r"|重填|^(?:no|n|nope|不|否|非|错|2)$"
)
_NOT_NO = re.compile(r"没(?:有)?(?:什么)?(?:错|误|问题|不对)|不对吗|对不对|是不是|不错|没写错|无误")
_UNKNOWN = re.compile(
    r"不(?:太|大|是很|怎么)?(?:知道|清楚|晓得|记得|确定|了解|懂|好说)|记不(?:得|清|起|住)"
    r"|忘(?:了|记)|没(?:有)?(?:注意|留意|印象|概念)|说不(?:上|清|准|好)|没谱|(?:哪|谁)(?:里"
    r"|儿|还|能)*(?:记得|知道|晓得)|搞不清|弄不清|随便|随意|都行|都可以|都好|无所谓|没所谓"
    r"|没要求|没(?:有)?(?:特别|什么)?要求"
    r"|看(?:你们|师傅|着)|你们(?:定|安排|看着办|方便)|听你们|不(?:太)?(?:着)?急|不限|任意"
    r"|any\s*time|don'?t know|no idea|whatever"
)
_TELLS_WHEN = re.compile(
    r"之后|以后|后就|后来|之前|以前|的时候|那会|那次|那天|开始|起[，,。]?$|就这样"
)
_REFUSES = re.compile(
    r"没有?(?:电话|手机|号码|座机)|不(?:想|愿意?|能|方便|需要|用)?(?:给|说|留|提供|告诉|填"
    r"|写)|保密|隐私"
)
_VISIT = re.compile(
    r"(?<![从起原后出近])来(?!不及|着|的时候)|上门|过来|修|处理|派人|有空|在家|方便"
)
_HAS_NONE = re.compile(r"没有|没了|看不(?:到|清|见)|找不到|查不到|磨(?:掉|没|损)|丢了|扔了|打不开")
_SAME_NUMBER = re.compile(
    r"本机|(?:就|也)?是(?:这|那|刚才|上面|同)(?:一)?个|(?:这|同一|刚才那?)个?(?:号码?|电话|手机)|一样|同上"
    r"|^(?:对|是|是的|对的|嗯+|就它|这个)(?:的|啊|呀|吧)*$"
)
_CALL_ME = re.compile(r"回电|[打回](?:我|给我)?个?电话|打给我|call\s*me")
_FILLER = re.compile(
    r"(?:我|这个|这|也|真|真的|就|吧|了|啊|呀|哦|嘛|哈|的|具体|时间|时候|什么|是|反正|都|呢"
    r"|唉|哎|嗯|这边|[,，.。!！?？~…\s])*"
)
_QUESTION_END = re.compile(r"(?:[?？]|吗|呢|么|嘛|不)[\s。.!！~]*$")
_QUESTION_WORD = re.compile(
    r"怎么|怎样|如何|多少|多久|什么|为啥|为何|哪(?:里|个|些|儿|天|家)|几(?:点|天|块|元|个)"
    r"|能不能|可不可以|是不是|有没有|要不要|会不会|咋|请问|想问|问一下|凭什么|干嘛|干吗|谁"
)
_STRONG_QUESTION = re.compile(
    r"[?？]\s*$|吗[\s。.!！~]*$|^(?:请问|想问|问一下|我想问|怎么|如何|为什么|为啥|凭什么"
    r"|多少|哪里|什么是|能不能|可不可以|干嘛)|怎么(?:查|办理|开通|取消|缴|交|充)|多少钱"
    r"|(?:干嘛|干吗|干什么|做什么|干啥)[呀啊呢]?\s*$"
)
_PLEASANTRY = re.compile(
    r"(?:你好|您好|hi|hello|hey|哈喽|嗨|在吗|在不在|在么|有人吗|喂|早上好|下午好|晚上好"
    r"|谢谢|多谢|感谢|辛苦了?|谢了|thanks?|thank you|再见|拜拜|bye|88|哈哈+|呵呵+|你|您|们"
    r"|啊|呀|了|啦|[,，.。!！?？~\s])+"
)
_TAKES_BACK = re.compile(
    r"(?:说|写|打|填|记|输|报|弄|搞|发)错|^(?:不对|错了|不是|等等|等一下)|错了|更正|改成"
    r"|改为|改到|改一下|换成|应该是|不是[^,，。]{1,30}[,，\s]*(?:而?是|应该是)|其实是|才对"
)
# What the words must hold before the classifier is believed that this is no answer.
_CONTROL_WORDS = {
    "request_human": (
        r"人工|真人|客服|座席|坐席|转接|转人|活人|经理|主管|领导|(?:找|要|换|来)[^,，。]{0,3}人"
        r"|agent|human|person|operator"
    ),
    "cancel": (
        r"取消|算了|不(?:用|想|要|需要)?(?:再)?(?:报|弄|办|修|填|说|搞)|不用了|不需要了|不要了"
        r"|退出|停止|结束|到此为止|别(?:报|弄|填|问)|放弃|下次再|已经好了|自己好了|恢复了"
        r"|cancel|quit|stop"
    ),
    "ticket_status": (
        r"工单|单子|单号|进度|处理(?:得|的)?(?:怎么样|到哪|好了)|到哪(?:一)?步|查(?:一下"
        r"|下)?(?:报修|状态)|之前报|上次报"
    ),
    "urge_ticket": (
        r"催|怎么还(?:没|不)|还要(?:等)?多久|多久(?:能|才)|什么时候(?:能|才|来)|快点(?:来|处理"
        r"|修)|抓紧|赶紧(?:来|处理|修)|工单|单子|加急"
    ),
    "complaint": r"投诉|举报|工信部|12300|12315|曝光|差评|什么态度|太差|骗|坑|告你",
    "not_solved": (
        r"^(?:我?(?:这个?)?(?:问题)?)?(?:还是|根本|都|也|并)?(?:没有?解决|没卵?用|没什么用|不管用|没帮到我?"
        r"|没帮助|不行)(?:啊|呀|了|的|呢|[!！。~])*$"
    ),
    "bot_challenge": r"机器|bot|\bai\b|智能|你是(?:不是)?(?:真|人|谁|什么)|真人|叫什么名字",
    "out_of_scope": r"天气|笑话|唱歌|股票|新闻|你几岁|吃饭|星座|作诗|聊天",
}
_CONTROL = {intent: re.compile(pattern) for intent, pattern in _CONTROL_WORDS.items()}
# These say it by themselves, whatever the classifier thinks: a person at once, or out.
_PLAIN_CONTROL = re.compile(
    r"(?:请|帮我|我要|我想|给我|快|赶紧|马上|麻烦|能不能|可以|直接)*(?:转|找|要|接|换"
    r"|叫)?(?:到|接)?(?:个)?(?:人工|真人|活人)(?:客服|服务|座席|坐席)?(?:吧|啊|呀|谢谢|吗"
    r"|快点|一下)*"
    r"|(?:那|还是|那就)?(?:取消|退出|算了|不报了|不修了|不填了|不弄了|不办了|不用了|不要了"
    r"|投诉|我要投诉|我想投诉)(?:吧|你们|报修|报障|工单|算了|不报了|不用了|不填了|了|啊"
    r"|谢谢|[,，。\s])*"
)


def says_yes(text: str) -> bool:
    """Whether the reply agrees: 对的, 没错, 确认提交, 嗯嗯."""
    folded = _bare(text)
    if _YES.fullmatch(folded) or _BARE_YES.fullmatch(folded):
        return True
    if says_no(folded):
        return False
    last = re.split(r"[,，。;；!！\s]", folded)[-1]
    return _YES_START.match(folded) is not None or _YES.fullmatch(last) is not None


def says_no(text: str) -> bool:
    """Whether the reply disagrees: 不对, 电话错了, 等一下."""
    return _NO.search(_NOT_NO.sub("", _bare(text))) is not None


def wants_a_call(text: str) -> bool:
    """Whether the words ask to be called: “请回电”, “让客服给我回个电话”."""
    return _CALL_ME.search(fold(text)) is not None


def does_not_know(text: str, *, only: bool = False) -> bool:
    """Whether the reply says that it is unknown or does not matter: 不清楚, 随便, 都行.

    Args:
        text: the reply.
        only: nothing else may be said.
    """
    folded = _bare(text)
    if not only:
        return _UNKNOWN.search(folded) is not None
    return _UNKNOWN.search(folded) is not None and bool(_FILLER.fullmatch(_UNKNOWN.sub("", folded)))


def tells_when(text: str) -> bool:
    """Whether the words place something in time without naming one: 断网之后就这样, 停电那次."""
    return _TELLS_WHEN.search(fold(text)) is not None


def has_none(text: str) -> bool:
    """Whether the reply says that there is none, or that it cannot be found: 没有, 找不到."""
    return _HAS_NONE.search(fold(text)) is not None


def means_the_same_number(text: str) -> bool:
    """Whether the reply points at the number given before: 本机, 就是这个号码, 一样的."""
    return _SAME_NUMBER.search(_bare(text)) is not None


def wishes_a_visit(text: str) -> bool:
    """Whether the words ask for someone to come or to see to it: 明天来修, 周六有空."""
    return _VISIT.search(fold(text)) is not None


def refuses(text: str) -> bool:
    """Whether the reply holds something back: 不知道, 没有电话, 不想给."""
    return does_not_know(text) or _REFUSES.search(fold(text)) is not None


def takes_back(text: str) -> bool:
    """Whether the words take something back that was said before: 说错了, 改成, 不是…是…."""
    return _TAKES_BACK.search(fold(text)) is not None


def asks(text: str) -> bool:
    """Whether the words have the form of a question, at least loosely."""
    folded = fold(text)
    return bool(_QUESTION_END.search(folded) or _QUESTION_WORD.search(folded))


def asks_clearly(text: str) -> bool:
    """Whether the words are a question whatever else is known."""
    return _STRONG_QUESTION.search(fold(text).strip()) is not None


def is_pleasantry(text: str) -> bool:
    """Whether the reply only greets, thanks or says goodbye."""
    return _PLEASANTRY.fullmatch(fold(text)) is not None


def wants_something_else(intent: str, text: str) -> bool:
    """Whether the reply leaves the question: a person, cancel, an old ticket, a complaint."""
    folded = _bare(text)
    if _PLAIN_CONTROL.fullmatch(folded):
        return True
    words = _CONTROL.get(intent)
    return words is not None and words.search(folded) is not None


def _bare(text: str) -> str:
    return fold(text).strip(_OUTER)
