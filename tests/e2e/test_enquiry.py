"""A customer asks, gets the approved answer, and says whether it helped."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.people import Customer, Staff, buttons
from tests.whole import Product

pytestmark = pytest.mark.e2e


def messages(events: list[dict]) -> list[dict]:
    return [event["message"] for event in events if event["type"] == "message"]


def test_the_terminal_shows_one_json_object_for_every_event(
    product: Product, approved: dict[str, str]
):
    events = product.place.frontdoor_json("chat", "--json", say="怎么查话费\n:1\n")

    assert [event["type"] for event in events[:2]] == ["session", "ready"]
    asked, answer, pressed, thanks = messages(events)
    assert asked["text"] == "怎么查话费"
    assert answer["author"] == "bot"
    assert answer["text"] == approved["怎么查话费"]
    assert buttons(answer) == ["解决了", "没解决"]
    assert (pressed["author"], pressed["text"]) == ("contact", "解决了")
    assert thanks["author"] == "bot"
    assert [m["seq"] for m in messages(events)] == [1, 2, 3, 4]


def test_the_terminal_can_stay_the_same_customer(product: Product):
    first = product.place.frontdoor_json("chat", "--json", "--session", "twice", say="你好\n")
    second = product.place.frontdoor_json("chat", "--json", "--session", "twice", say="再见\n")

    assert first[0]["contact_id"] == second[0]["contact_id"]
    assert messages(second)[0]["seq"] == messages(first)[-1]["seq"] + 1


def test_the_terminal_says_what_was_refused(product: Product):
    done = product.place.frontdoor("chat", "--json", say="好" * 2001 + "\n")

    assert done.returncode == 1
    assert '"code": "text_too_long"' in done.stdout


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        ("怎么查话费", "怎么查话费"),
        ("我家宽带断了", "宽带断网怎么办"),
        ("查话费", "怎么查话费"),
    ],
)
def test_an_answer_is_the_approved_one_word_for_word(
    customer: Customer, approved: dict[str, str], asked: str, question: str
):
    answer = customer.asks(asked)[-1]

    assert answer["text"] == approved[question]
    assert answer["data"]["kind"] == "answer"


@pytest.mark.parametrize(("pressed", "verdict"), [("解决了", "solved"), ("没解决", "not_solved")])
def test_the_verdict_is_kept_and_shown_to_the_agent(
    customer: Customer, agent: Staff, pressed: str, verdict: str
):
    customer.asks("怎么查话费")
    customer.chooses(pressed)
    customer.says("转人工")
    customer.hears(data__kind="queued")

    packet = agent.opens(customer.conversation()["id"])["packet"]

    (tried,) = packet["answers_tried"]
    assert tried["question"] == "怎么查话费"
    assert tried["query"] == "怎么查话费"
    assert tried["verdict"] == verdict


def test_the_same_verdict_pressed_twice_does_no_harm(customer: Customer):
    customer.asks("怎么查话费")
    customer.chooses("没解决")
    assert customer.chooses("没解决")


def test_a_question_without_an_answer_is_admitted_and_kept_for_the_content_staff(
    customer: Customer, admin: Staff
):
    words = "海王星上的鲸鱼几点唱歌"
    first = customer.asks(words)[-1]
    second = customer.asks("土星上的鲸鱼几点唱歌呢")[-1]

    assert first["data"] == {}
    assert "转人工" in buttons(second)
    kept = admin.http.get("/api/kb/unanswered").json()["questions"]
    assert words in [question["text"] for question in kept]


def test_what_is_published_answers_the_next_customer_at_once(
    new_customer: Callable[[], Customer], admin: Staff
):
    before = new_customer().asks("灯塔夜航套餐是什么")[-1]
    assert before["data"].get("kind") != "answer"

    admin.publishes(
        "灯塔夜航套餐是什么", "灯塔夜航套餐是演示用的。\n第二行 😀", "灯塔夜航套餐怎么收费"
    )

    after = new_customer().asks("灯塔夜航套餐怎么收费")[-1]
    assert after["text"] == "灯塔夜航套餐是演示用的。\n第二行 😀"
