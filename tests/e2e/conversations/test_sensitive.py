"""What only people may answer: to them at once, or written down as urgent."""

from __future__ import annotations

import pytest

from tests.e2e.conversations.script import is_sent_to_a_person, packet
from tests.e2e.people import Customer, Staff, buttons
from tests.whole import Product

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("words", ["再不解决我就去工信部投诉", "给你们发抖音曝光你们"])
def test_a_threat_to_take_it_elsewhere_brings_a_person(
    customer: Customer, agent: Staff, words: str
):
    is_sent_to_a_person(customer, words)

    assert packet(agent, customer)["reason"] == "sensitive"


def test_danger_with_nobody_there_is_answered_with_advice_and_becomes_an_urgent_ticket(
    customer: Customer, product: Product
):
    (advice,) = customer.asks("光猫冒烟了")
    assert "断电" in advice["text"]
    assert buttons(advice) == ["给客服留言", "请给我回电"]

    customer.chooses("给客服留言")
    customer.asks("光猫冒烟了，已经断电，请尽快派人")
    registered = customer.asks("13800138000")[-1]

    number = registered["data"]["number"]
    (ticket,) = product.place.frontdoor_json("ticket", "show", number, "--json")
    assert (ticket["priority"], "冒烟" in ticket["symptom"]) == ("urgent", True)
