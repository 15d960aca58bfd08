"""All facts a customer's message holds, each at most once: pure, and the words stay theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tickets import details, devices, faults, names, phones, places, replies, timewords
from tickets.model import FaultType
from tickets.text import Span, blank, fold, overlaps
from tickets.timewords import Direction, TimeWords

_TICKET_NUMBER = re.compile(r"(?<!\d)(20\d{6}) ?-? ?(\d{4,6})(?!\d)")
_PHONE_LEAD = re.compile(
    r"(?:打|拨|请|我的?|我这|本人|联系)*(?:电话|手机|座机|固话|号码|联系方式|联系|tel|打)(?:号码?"
    r"|电话)?(?:就|应该|要|写)?"
    r"(?:写?错了|不对|有误)?[,，]?(?:改成|改为|改|换成|换|是|为|:|：|我|打)*\s*$"
)
_BOUGHT_BEFORE = re.compile(
    r"(?:买(?:了|的|来|回来)?(?:已经|都|才|有|快|大概|大约)*|(?:购买|购机|购入)(?:日期|时间)?[是为:在]*)\s*$"
)
_BOUGHT_AFTER = re.compile(r"^\s*(?:才|刚|新|左右|的时候)*(?:在[^,，。;；]{1,10})?(?:买|购|入手)")
_EDGE = " \t\n,，.。!！~、;；:："
# “不是A，是B”: A is what it is not. The words stay where they are, only A is blanked.
_DENIED = re.compile(
    r"不(?:是|要|叫|住|(?=姓))(?P<before>[^,，。;；!！?？\n是]{2,40}?)(?=[,，;；\s]*(?:而?是"
    r"|应该是|应是|改成|改为|要|叫|住|姓|$))"
    r"|(?:而)?不是(?P<after>[^,，。;；!！?？\n]{2,40})$"
)


@dataclass(frozen=True)
class Facts:
    """What a message says. `rest` is the text with every fact but the symptom blanked (NUL).

    `details` are the facts that only some kinds of fault need, by the names in
    `tickets.model.DETAILS`. A model and a time stay in the rest, they are part of a symptom too:
    `within` says where they are.
    """

    phone: phones.Phone | None
    ticket_number: str | None
    contact_name: str | None
    place: str | None
    times: tuple[TimeWords, ...]
    fault_type: FaultType | None
    symptom: str
    rest: str
    details: Mapping[str, str] = field(default_factory=dict)
    within: tuple[Span, ...] = ()

    @property
    def bare(self) -> str:
        """What is left when times and models are taken out as well."""
        return blank(self.rest, self.within).replace("\0", "").strip(_EDGE)

    def time(self, *directions: Direction) -> str | None:
        """Return the words of the first time that looks one of these ways."""
        return next((time.text for time in self.times if time.direction in directions), None)


def find_facts(text: str) -> Facts:
    """Return what the customer says, from one message in free words.

    Of several phone numbers the first counts, or the last in a correction; one that is said not to
    be the right one never does. Times stay in the rest: they are part of a symptom, too.
    """
    working = blank(text, _denied_spans(text))
    number = find_ticket_number(working)
    working = blank(working, _spans(_TICKET_NUMBER, working))
    working, found = _take_codes(working)

    numbers = phones.find_phones(working)
    dead = _dead_landline(working, numbers)
    usable = [one for one in numbers if one is not dead]
    # “138…，说错了，是139…”: the later one is right. Else the first is the main one.
    phone = usable[-1 if replies.takes_back(text) else 0].phone if usable else None
    leads = [one.span if one is dead else _with_lead(working, one.span) for one in numbers]
    working = blank(working, leads)
    if dead:
        found["service_number"] = dead.phone.national

    name = names.find_name(working)
    if name is not None:
        working = blank(working, [name.span])

    model = devices.find_model(working)
    # “小米14” is no house number and no date.
    unnamed = blank(working, [model.span]) if model else working
    times = timewords.find_times(unnamed)
    place = places.find_place(unnamed)
    place_text, contact_name = (place.text if place else None), (name.text if name else None)
    if place is not None:
        working = blank(working, [place.span])
        # “3月8号” is no house number and “8号楼” no date: what is in the address is not a time.
        times = [time for time in times if not overlaps(time.span, [place.span])]
        place_text, beside = names.split_name(place.text)
        contact_name = contact_name or beside or None

    bought = next((time for time in times if _is_purchase(working, time)), None)
    times = [time for time in times if time is not bought]
    within = [time.span for time in times] + [one.span for one in (model, bought) if one]
    said = {
        "device_model": model,
        "purchase_date": bought,
        "shown": details.find_shown(working),
        "other_phone": details.find_other_phone(working),
        "amount": details.find_amount(unnamed),
    }
    return Facts(
        phone=phone,
        ticket_number=number,
        contact_name=contact_name,
        place=place_text,
        times=tuple(times),
        fault_type=FaultType.LANDLINE if dead else faults.find_fault_type(working),
        symptom=faults.find_symptom(working, times),
        rest=working,
        details=found | {name: one.text for name, one in said.items() if one},
        within=tuple(within),
    )


def find_ticket_number(text: str) -> str | None:
    """Return the ticket number in free words as `YYYYMMDD-NNNN`, with or without its hyphen."""
    for match in _TICKET_NUMBER.finditer(fold(text)):
        if _is_date(match[1]):
            return f"{match[1]}-{match[2]}"
    return None


def _take_codes(text: str) -> tuple[str, dict[str, str]]:
    """Return the text without the codes that identify a thing, and those codes by name."""
    found: dict[str, str] = {}
    finders = {
        "account": details.find_account,
        "imei": devices.find_imei,
        "serial_number": devices.find_serial,
    }
    for name, find in finders.items():
        if code := find(text):
            found[name] = code.text
            text = blank(text, [code.span])
    return text, found


def _dead_landline(text: str, numbers: list[phones.PhoneInText]) -> phones.PhoneInText | None:
    """Return the landline that the fault is about (“座机0571-…没声音”): nobody answers there."""
    rest = blank(text, [one.span for one in numbers])
    without_leads = blank(text, [_with_lead(text, one.span) for one in numbers])
    # “宽带断了，打我座机0571-…” is about something else. “打不出去” alone sounds like a mobile.
    other = faults.find_fault_type(without_leads)
    if other not in (None, FaultType.LANDLINE, FaultType.SIGNAL):
        return None
    if not faults.tells_trouble(rest) or faults.find_fault_type(rest) is not FaultType.LANDLINE:
        return None
    return next((one for one in numbers if one.phone.kind == "landline"), None)


def _is_purchase(text: str, time: TimeWords) -> bool:
    """Whether the time says when something was bought: “去年双十一买的”, “买了半年”."""
    folded = fold(text)
    before, after = folded[max(0, time.span[0] - 10) : time.span[0]], folded[time.span[1] :]
    return bool(_BOUGHT_BEFORE.search(before) or _BOUGHT_AFTER.search(after))


def _denied_spans(text: str) -> list[Span]:
    return [
        match.span(group)
        for match in _DENIED.finditer(text)
        for group in ("before", "after")
        if match[group]
    ]


def _spans(pattern: re.Pattern[str], text: str) -> list[Span]:
    return [match.span() for match in pattern.finditer(fold(text))]


def _with_lead(text: str, span: Span) -> Span:
    """Return the span of a phone number with the words that led to it (“我的电话是”)."""
    lead = _PHONE_LEAD.search(fold(text[max(0, span[0] - 24) : span[0]]))
    return (span[0] - len(lead.group()), span[1]) if lead else span


def _is_date(digits: str) -> bool:
    try:
        datetime.strptime(digits, "%Y%m%d")
    except ValueError:
        return False
    return True
