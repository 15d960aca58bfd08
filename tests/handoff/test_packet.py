"""The packet says in one line what an agent needs to know."""

from __future__ import annotations

from typing import Any

from handoff import packet
from handoff.texts import texts


def a_packet(**changes: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "reason": "customer_request",
        "facts": {},
        "fault_label": "",
        "rows": [],
        "missing": [],
        "ticket": None,
        "earlier_tickets": [],
        "answers": [],
        "candidates": [],
        "words": "",
        "texts": texts("zh-CN"),
    }
    return packet.build(**{**known, **changes})


def test_the_summary_tells_the_fault_when_where_and_what_was_tried():
    summary = a_packet(
        facts={"symptom": "光猫红灯", "since": "昨晚八点", "place": "望江路8号"},
        fault_label="宽带",
        answers=[{"question": "宽带断网怎么办", "verdict": "not_solved"}],
        ticket={"number": "20260310-0001"},
    )["summary"]

    assert summary == (
        "宽带：光猫红灯；开始时间 昨晚八点；地点 望江路8号；"
        "已看过《宽带断网怎么办》，没解决；已登记工单 20260310-0001"
    )


def test_without_a_fault_it_quotes_the_customer_shortly():
    summary = a_packet(words="我\n" + "想" * 100)["summary"]

    assert summary.startswith("客户说：我 想想")
    assert summary.endswith("…")
    assert len(summary) < 70


def test_an_answer_nobody_judged_is_called_so():
    summary = a_packet(answers=[{"question": "怎么查话费", "verdict": None}])["summary"]

    assert summary == "已看过《怎么查话费》，未表态"


def test_every_language_says_the_same_things():
    chinese, english = texts("zh-CN"), texts("en")

    assert {section: set(names) for section, names in chinese.items()} == {
        section: set(names) for section, names in english.items()
    }
