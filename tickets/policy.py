"""How urgent a ticket is: a pure rule over impact, urgency, customer level and words.

Source: the after-sales desk's priority table. urgent = the customer's core service is down or key
data cannot be reached; major = part of the service is affected; normal = an enquiry or a slight
fault. What that means for a ticket:

1. The impact is read from the words: WIDE (a whole building, estate or firm is down, or the
   systems a firm lives on), DOWN (one customer has no service), PART (it comes and goes, or one
   function fails), SLIGHT (slow, unclear, a question).
2. WIDE is urgent. DOWN is urgent for an enterprise, whose core service it is, and major at home.
   PART is major. SLIGHT is normal.
3. One step up from normal, never further: the customer is a VIP, something cannot wait (an exam,
   a patient, a shop's till), or it is a complaint, which has its own fast lane.
4. Enquiries, suggestions, service applications and custom requirements are normal.
5. What only people may answer (safety, fraud, the law) is urgent, whatever else it is.

Of the rest only what breaks a service can be urgent: a firm's question about a bill is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from tickets.model import FaultType, NewTicket, Priority, TicketType


class Impact(IntEnum):
    """How much of whose service is gone."""

    SLIGHT = 0
    PART = 1
    DOWN = 2
    WIDE = 3


@dataclass(frozen=True)
class PriorityPolicy:
    """The words that show impact and urgency. An operator may pass others.

    Each tuple holds regular expressions. `wide` says who else is hit and counts only together
    with words of `down` or `part`; `core` stands for itself.
    """

    wide: tuple[str, ...] = (
        r"整(?:栋|幢|个|座|层)(?:楼|小区|单元|大厦|公司|学校|医院|村|片|园区)",
        r"(?:全|整)(?:楼|小区|公司|厂|校|村|院|店|家公司)",
        r"(?:小区|楼里|邻居|附近|周围|公司|单位|办公室)[^,，。;；]{0,4}(?:都|全)",
        r"(?:所有|全部)(?:用户|员工|住户|门店|电话|人)",
        r"大面积|一大片",
    )
    core: tuple[str, ...] = (
        r"(?:专线|机房|服务器|收银|刷卡机|pos机?|核心(?:业务|系统|数据)|业务系统|生产系统|急诊|"
        r"调度|报警(?:电话|系统)|监控中心)[^,，。;；]{0,12}"
        r"(?:断|中断|瘫痪|宕机|不通|用不了|不能用|连不上|访问不了|打不开|掉线|上不去)",
        r"(?:数据|数据库|系统)[^,，。;；]{0,6}(?:访问不了|打不开|瘫痪|宕机|连不上)",
        r"(?:断网|中断|瘫痪|宕机)[^。]{0,10}(?:无法(?:营业|办公|生产)|停产|停业)",
    )
    down: tuple[str, ...] = (
        r"断网|断了|断掉|断线了|中断|没网|无网络|没有网|没信号|没有信号|无信号|无服务|不在服务区",
        (
            r"上不了网|上不去|不能上网|网上不去|连不上|连接不上|拨不上|不通|没反应|没法用|用不了"
            r"|不能用"
        ),
        (
            r"打不(?:出|通|了|进)|接不(?:到|通|了)|黑屏|看不了|看不成|开不了机|无法(?:开机|上网"
            r"|使用|连接|拨打)"
        ),
        r"坏了|坏掉|瘫痪|完全|彻底|los(?:灯)?(?:亮|闪|红)|(?:亮|闪)红灯|红灯(?:亮|闪|一直)",
    )
    part: tuple[str, ...] = (
        (
            r"时断时续|断断续续|时好时坏|时有时无|经常(?:断|掉)|老(?:是|)(?:断|掉)|总(?:是|)(?:断"
            r"|掉)|掉线|掉话"
        ),
        r"只能(?:接|打|收|看)|(?:有的|部分|有些|个别)[^,，。;；]{0,8}(?:不|没|打|看|上)",
        r"花屏|马赛克|没(?:有)?声音|杂音|听不清|多扣|乱扣|乱收|错扣|自动重启|闪退|充不进",
    )
    pressing: tuple[str, ...] = (
        r"很急|急用|特急|急死|着急|十万火急|等不(?:了|及|起)|耽误|考试|网课|开会|抢救|病人|"
        r"急救|救命|孕妇|老人一个人|营业|收银|损失",
    )
    lifting_levels: frozenset[str] = frozenset({"vip"})
    core_levels: frozenset[str] = frozenset({"enterprise"})


DEFAULT_POLICY = PriorityPolicy()
_NEGATED = re.compile(r"(?:没有?|不是|并未|并没有?|未|不会|没怎么)$")
_RATED = (TicketType.FAULT, TicketType.COMPLAINT)


def impact_of(text: str, policy: PriorityPolicy = DEFAULT_POLICY) -> Impact:
    """Return the impact that the customer's words speak of."""
    text = text.lower()
    if _says(policy.core, text):
        return Impact.WIDE
    down, part = _says(policy.down, text), _says(policy.part, text)
    if (down or part) and _says(policy.wide, text):
        return Impact.WIDE
    # “时断时续” holds 断 and is not down: what comes and goes was there in between.
    if part:
        return Impact.PART
    return Impact.DOWN if down else Impact.SLIGHT


def decide_priority(new: NewTicket, policy: PriorityPolicy = DEFAULT_POLICY) -> Priority:
    """Return the priority of a ticket about to be registered (rules in the module's docstring)."""
    if new.sensitive:
        return Priority.URGENT
    if new.type not in _RATED:
        return Priority.NORMAL
    words = f"{new.symptom}。{new.affects}"
    impact = impact_of(words, policy)
    if new.fault_type == FaultType.BILLING:
        # Money can be put right later: nothing is down, however the customer puts it.
        impact = min(impact, Impact.PART)
    enterprise = new.level in policy.core_levels
    if impact is Impact.WIDE or (impact is Impact.DOWN and enterprise):
        return Priority.URGENT
    if impact >= Impact.PART or new.type == TicketType.COMPLAINT:
        return Priority.MAJOR
    lifted = new.level in policy.lifting_levels or _says(policy.pressing, words.lower())
    return Priority.MAJOR if lifted else Priority.NORMAL


def _says(patterns: tuple[str, ...], text: str) -> bool:
    """Whether one of the patterns occurs and is not denied just before (“没有断网”)."""
    return any(
        _NEGATED.search(text[max(0, match.start() - 4) : match.start()]) is None
        for pattern in patterns
        for match in re.finditer(pattern, text)
    )
