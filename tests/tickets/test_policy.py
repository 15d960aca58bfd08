import pytest

from tests.tickets.builders import a_new_ticket
from tickets.model import Priority, TicketType
from tickets.policy import Impact, PriorityPolicy, decide_priority, impact_of


@pytest.mark.parametrize(
    ("words", "impact"),
    [
        ("我们整栋楼都断网了", Impact.WIDE),
        ("小区里的邻居都上不了网", Impact.WIDE),
        ("公司专线断了", Impact.WIDE),
        ("门店收银系统连不上", Impact.WIDE),
        ("核心数据访问不了", Impact.WIDE),
        ("宽带断了", Impact.DOWN),
        ("网上不去了", Impact.DOWN),
        ("手机没信号", Impact.DOWN),
        ("电视黑屏", Impact.DOWN),
        ("时断时续", Impact.PART),
        ("经常掉线", Impact.PART),
        ("只能接不能打", Impact.PART),
        ("有的频道看不了", Impact.PART),
        ("没有断网，就是有点慢", Impact.SLIGHT),
        ("网速慢", Impact.SLIGHT),
        ("话费怎么查", Impact.SLIGHT),
    ],
)
def test_the_impact_shows_in_the_words(words, impact):
    assert impact_of(words) is impact


@pytest.mark.parametrize(
    ("changes", "priority"),
    [
        ({"symptom": "整栋楼都断网了"}, Priority.URGENT),
        ({"symptom": "专线断了", "level": "enterprise"}, Priority.URGENT),
        ({"symptom": "宽带断了", "level": "enterprise"}, Priority.URGENT),
        ({"symptom": "宽带断了"}, Priority.MAJOR),
        ({"symptom": "宽带断了", "level": "vip"}, Priority.MAJOR),
        ({"symptom": "经常掉线"}, Priority.MAJOR),
        ({"symptom": "网速慢"}, Priority.NORMAL),
        ({"symptom": "网速慢", "level": "vip"}, Priority.MAJOR),
        ({"symptom": "网速慢", "level": "enterprise"}, Priority.NORMAL),
        ({"symptom": "网速慢", "affects": "孩子在考试，等不了"}, Priority.MAJOR),
        ({"symptom": "很急！网速慢"}, Priority.MAJOR),
        ({"symptom": "服务态度差", "type": TicketType.COMPLAINT}, Priority.MAJOR),
        ({"symptom": "全小区都没信号", "type": TicketType.COMPLAINT}, Priority.URGENT),
        ({"symptom": "多扣了钱", "fault_type": "billing"}, Priority.MAJOR),
        ({"symptom": "账单不清楚", "fault_type": "billing"}, Priority.NORMAL),
        (
            {"symptom": "钱扣光了，电话都打不出", "fault_type": "billing", "level": "enterprise"},
            Priority.MAJOR,
        ),
        ({"symptom": "整栋楼都断网了怎么办", "type": TicketType.ENQUIRY}, Priority.NORMAL),
        ({"symptom": "想办个套餐", "type": TicketType.SERVICE}, Priority.NORMAL),
        ({"symptom": "请回电", "type": TicketType.ENQUIRY, "sensitive": True}, Priority.URGENT),
        ({"symptom": "请回电", "type": TicketType.ENQUIRY, "level": "vip"}, Priority.NORMAL),
    ],
)
def test_priority_follows_impact_urgency_and_customer_level(changes, priority):
    assert decide_priority(a_new_ticket(**changes)) is priority


def test_an_operator_may_set_other_words_and_levels():
    policy = PriorityPolicy(down=("gone",), core_levels=frozenset({"gold"}))
    assert decide_priority(a_new_ticket(symptom="it is gone", level="gold"), policy) is (
        Priority.URGENT
    )
