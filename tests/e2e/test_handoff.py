"""From the bot to a person and back: queue, packet, conversation, rating."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.e2e.people import Customer, Staff, buttons
from tests.whole import Product

pytestmark = pytest.mark.e2e

A_SECOND = 1.0


def wait_in_queue(customer: Customer) -> str:
    """Ask for a person; returns the conversation's id."""
    customer.says("转人工")
    customer.hears(data__kind="queued")
    return customer.conversation()["id"]


def serve(agent: Staff, customer: Customer) -> str:
    """Bring the customer and the agent together; returns the conversation's id."""
    conversation_id = wait_in_queue(customer)
    assert agent.accepts(conversation_id).status_code == 200
    customer.hears(data__kind="accepted")
    return conversation_id


def test_within_a_second_the_agent_sees_the_conversation_with_its_packet(
    customer: Customer, agent: Staff
):
    customer.asks("怎么查话费")
    customer.chooses("没解决")
    conversation_id = customer.conversation()["id"]
    began = time.monotonic()
    customer.says("转人工")

    requested = agent.sees("handoff.requested", A_SECOND, conversation_id=conversation_id)
    whole = agent.opens(conversation_id)

    assert time.monotonic() - began < A_SECOND
    assert requested["data"]["reason"] == "not_solved"
    assert whole["conversation"]["status"] in ("queued", "offered")
    packet = whole["packet"]
    assert packet["reason"] == "not_solved"
    assert "怎么查话费" in packet["summary"]
    assert [(a["question"], a["verdict"]) for a in packet["answers_tried"]] == [
        ("怎么查话费", "not_solved")
    ]
    assert packet["candidate_articles"][0]["question"] == "怎么查话费"
    assert packet["ticket"] is None
    assert [m["text"] for m in whole["messages"]][:1] == ["怎么查话费"]
    assert [m["seq"] for m in whole["messages"]] == list(range(1, len(whole["messages"]) + 1))


def test_inside_the_form_the_packet_holds_what_was_said_so_far(customer: Customer, agent: Staff):
    customer.asks("我家宽带断了")
    customer.chooses("没解决")
    customer.asks("昨晚八点开始的，海棠路8号2栋301，电话13800138000")

    packet = agent.opens(wait_in_queue(customer))["packet"]

    slots = {slot["name"]: slot["value"] for slot in packet["slots"]}
    assert slots["symptom"] == "我家宽带断了"
    assert slots["place"] == "海棠路8号2栋301"
    assert slots["phone"] == "138****8000"
    assert {slot["name"] for slot in packet["missing"]} == {
        "shown",
        "contact_name",
        "hoped_time",
    }
    assert packet["candidate_articles"][0]["question"] == "宽带断网怎么办"


def test_what_was_cancelled_is_not_in_the_packet(customer: Customer, agent: Staff):
    customer.asks("我家宽带断了")
    customer.chooses("没解决")
    customer.asks("昨晚八点开始的，海棠路8号2栋301")
    customer.asks("取消")

    packet = agent.opens(wait_in_queue(customer))["packet"]

    assert packet["slots"] == []


def test_the_packet_shows_the_ticket(customer: Customer, agent: Staff):
    customer.asks("我家宽带断了")
    customer.chooses("没解决")
    customer.asks(
        "昨晚八点开始的，海棠路8号2栋301，光猫亮红灯，我姓王，电话13800138000，明天上午来"
    )
    registered = customer.chooses("对，提交")[-1]

    packet = agent.opens(wait_in_queue(customer))["packet"]

    assert packet["ticket"]["number"] == registered["data"]["number"]


def test_the_customer_hears_the_place_in_the_queue_and_asking_twice_keeps_it(
    new_customer: Callable[[], Customer], agent: Staff, product: Product
):
    first, second = new_customer(), new_customer()
    first_id, second_id = wait_in_queue(first), wait_in_queue(second)
    assert first.conversation()["position"] == 1
    assert second.conversation()["position"] == 2
    assert "前面还有 1 位" in second.messages()[-1]["text"]

    first.says("转人工")

    listed = product.place.frontdoor_json("queue", "list", "--json")
    assert [one["id"] for one in listed] == [first_id, second_id]
    assert [one["position"] for one in listed] == [1, 2]

    agent.accepts(first_id)
    second.sees("conversation", conversation__position=1)


def test_what_is_written_while_queued_is_shown_and_the_bot_is_silent(
    customer: Customer, agent: Staff
):
    conversation_id = wait_in_queue(customer)
    customer.says("怎么查话费")
    agent.sees("message.created", conversation_id=conversation_id, data__author="contact")

    agent.accepts(conversation_id)
    customer.says("还在吗")

    transcript = agent.opens(conversation_id)["messages"]
    assert [(m["author"], m["text"]) for m in transcript if m["author"] != "system"] == [
        ("contact", "转人工"),
        ("contact", "怎么查话费"),
        ("contact", "还在吗"),
    ]


def test_both_write_in_real_time_with_typing_shown(customer: Customer, agent: Staff):
    conversation_id = serve(agent, customer)

    customer.listener.send({"type": "typing"})
    agent.sees_typing(conversation_id)
    said = customer.says("网还是不通")
    agent.sees("message.created", A_SECOND, conversation_id=conversation_id, data__seq=said["seq"])

    assert agent.is_typing(conversation_id).status_code == 204
    assert customer.sees("typing", A_SECOND)["author"] == "agent"
    agent.writes(conversation_id, "我来看看 😀")
    heard = customer.hears(A_SECOND, author="agent")
    assert heard["text"] == "我来看看 😀"
    assert heard["author_name"] == agent.user["name"]


def test_after_the_close_the_customer_rates_and_the_next_message_is_the_bots(
    customer: Customer, agent: Staff, approved: dict[str, str]
):
    conversation_id = serve(agent, customer)
    agent.writes(conversation_id, "处理好了")

    assert agent.closes(conversation_id).status_code == 200

    invitation = customer.hears(data__kind="rating")
    assert invitation["data"]["conversation_id"] == conversation_id
    assert customer.rates(conversation_id, 5).status_code == 200
    received = agent.sees("csat.received", conversation_id=conversation_id)
    assert received["data"]["score"] == 5
    assert customer.rates(conversation_id, 1).json()["error"]["code"] == "already_rated"

    answer = customer.asks("怎么查话费")[-1]
    assert answer["text"] == approved["怎么查话费"]
    assert answer["conversation_id"] != conversation_id
    assert customer.conversation()["status"] == "bot"


def test_only_one_agent_gets_the_conversation_and_only_they_may_answer(
    customer: Customer, agent: Staff, sign_in: Callable[[str], Staff]
):
    conversation_id = serve(agent, customer)
    other = sign_in("agent2")

    taken = other.accepts(conversation_id)
    foreign = other.writes(conversation_id, "我也来说两句")

    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "conversation_taken")
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "not_your_conversation")
    assert "我也来说两句" not in [m["text"] for m in customer.messages()]


def test_with_nobody_online_a_message_is_left_and_becomes_a_ticket(
    customer: Customer, product: Product
):
    offer = customer.asks("转人工")[-1]
    assert buttons(offer) == ["留言", "请给我回电", "不用了"]
    assert customer.conversation()["status"] == "bot"

    customer.chooses("留言")
    customer.asks("发票抬头开错了，请帮我重开")
    registered = customer.asks("13800138000")[-1]

    number = registered["data"]["number"]
    (ticket,) = product.place.frontdoor_json("ticket", "show", number, "--json")
    assert ticket["type"] == "enquiry"
    assert ticket["symptom"] == "发票抬头开错了，请帮我重开"
    assert ticket["phone"] == "138****8000"


def test_with_nobody_online_one_may_ask_to_be_called(customer: Customer, product: Product):
    customer.asks("转人工")
    asked = customer.chooses("请给我回电")[-1]
    assert "打哪个号码" in asked["text"]

    registered = customer.asks("13800138000，明天下午三点以后")[-1]

    assert "明天下午三点以后" in registered["text"]
    number = registered["data"]["number"]
    (ticket,) = product.place.frontdoor_json("ticket", "show", number, "--json")
    assert (ticket["phone"], ticket["hoped_time"]) == ("138****8000", "明天下午三点以后")


def test_who_is_helped_while_they_wait_is_out_of_the_queue_with_one_tap(
    customer: Customer, agent: Staff
):
    wait_in_queue(customer)
    customer.presses(customer.heard[-1], "先问智能客服")
    customer.asks("怎么查话费")

    customer.chooses("解决了")

    assert customer.conversation()["status"] == "bot"
    assert agent.queue() == []
    assert "排队已经帮您取消" in customer.messages()[-1]["text"]


def test_a_complaint_with_nobody_online_is_written_down(customer: Customer, product: Product):
    customer.asks("我要投诉，上个月的话费扣了我两次")
    registered = customer.asks("不用")[-1]

    (ticket,) = product.place.frontdoor_json(
        "ticket", "show", registered["data"]["number"], "--json"
    )
    assert ticket["type"] == "complaint"


def test_a_conversation_in_the_terminal_with_a_person_is_rated_there(
    product: Product, agent: Staff
):
    def talk(*lines: str) -> list[dict]:
        say = "".join(f"{line}\n" for line in lines)
        return product.place.frontdoor_json("chat", "--json", "--session", "rated", say=say)

    talk("转人工")
    (waiting,) = agent.queue()
    agent.accepts(waiting["id"])
    agent.writes(waiting["id"], "您好")
    agent.closes(waiting["id"])

    events = talk("谢谢")
    told = [e["message"] for e in events if e["type"] == "message"]
    assert told[0]["seq"] > 1
    assert told[-1]["conversation_id"] != waiting["id"]
