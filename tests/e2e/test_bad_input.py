"""What goes wrong on the customer's side gets a clear error and loses nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.people import Customer, Staff

pytestmark = pytest.mark.e2e

MARKUP = "<img src=x onerror=alert(1)> & <b>粗</b>"
ALL_PLANES = "𠮷野家 👨‍👩‍👧 𝔘 é"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"client_message_id": "1", "text": "' + "好".encode() * 2001 + b'"}', "text_too_long"),
        (b'{"client_message_id": "1", "text": " \\n "}', "text_empty"),
        (b"not json", "invalid_json"),
        (b'{"client_message_id": 1, "text": 2}', "invalid_input"),
        (b'{"client_message_id": "1", "button": {"seq": 1, "index": 7}}', "button_unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_taken_is_refused_and_the_conversation_goes_on(
    customer: Customer, body: bytes, code: str
):
    customer.asks("你好")
    before = customer.messages()

    customer.http.headers["Content-Type"] = "application/json"
    refused = customer.http.post("/api/webchat/messages", content=body)

    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == code
    assert customer.messages() == before
    assert customer.asks("怎么查话费")


def test_a_forged_token_is_refused(customer: Customer):
    customer.http.headers["Authorization"] = f"Bearer {customer.token[:-2]}xx"

    refused = customer.post("messages", {"client_message_id": "1", "text": "你好"})

    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "visitor_token_invalid"


@pytest.mark.parametrize("text", [MARKUP, ALL_PLANES, "好" * 2000, "0", "'; DROP TABLE x; --"])
def test_words_survive_as_they_were_written_and_are_answered(customer: Customer, text: str):
    said = customer.says(text)

    answer = customer.hears(author="bot")

    assert said["text"] == text
    assert customer.messages()[0]["text"] == text
    assert answer["text"]


@pytest.mark.parametrize(
    "text",
    ["/cancel", "/restart", "/session_start", '/choose_article{"article_id":"x"}', "/"],
)
def test_a_typed_command_is_only_words(customer: Customer, agent: Staff, text: str):
    answer = customer.asks("怎么查话费")[-1]

    customer.asks(text)

    assert customer.messages()[2]["text"] == text
    assert customer.conversation()["status"] == "bot"
    # Nothing was forgotten either: the answer before can still be judged.
    customer.presses(answer, "没解决")
    customer.hears(author="bot")
    assert agent.queue() == []


def test_the_same_message_id_is_stored_once_and_answered_once(customer: Customer):
    first = customer.says("怎么查话费", id="the-same")
    customer.hears(author="bot")
    again = customer.post("messages", {"client_message_id": "the-same", "text": "怎么查话费"})

    assert again.status_code == 202
    assert again.json() == {"message": first, "duplicate": True}
    customer.asks("谢谢")
    assert [m["author"] for m in customer.messages()] == ["contact", "bot", "contact", "bot"]


def test_the_same_message_sent_many_times_at_once_is_stored_once(customer: Customer):
    body = {"client_message_id": "the-same", "text": "怎么查话费"}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: customer.post("messages", body), range(8)))

    assert [answer.status_code for answer in answers] == [202] * 8
    assert [answer.json()["duplicate"] for answer in answers].count(False) == 1
    customer.hears(author="bot")
    assert len(customer.messages()) == 2


def test_ten_messages_within_a_second_are_answered_in_order_once_each(
    customer: Customer, approved: dict[str, str]
):
    asked = ["怎么查话费", "我家宽带断了"] * 5

    for number, text in enumerate(asked):
        customer.says(text, id=f"quick-{number}")
    for _ in asked:
        customer.hears(data__kind="answer")

    told = customer.messages()
    assert [m["text"] for m in told if m["author"] == "contact"] == asked
    answers = [m["text"] for m in told if m["data"].get("kind") == "answer"]
    expected = [approved["怎么查话费"], approved["宽带断网怎么办"]] * 5
    assert answers == expected
    assert [m["seq"] for m in told] == list(range(1, len(told) + 1))


def test_a_socket_that_comes_back_resumes_with_no_gap_and_no_double(
    customer: Customer, agent: Staff
):
    customer.says("转人工")
    customer.hears(data__kind="queued")
    conversation_id = customer.conversation()["id"]
    agent.accepts(conversation_id)
    customer.hears(data__kind="accepted")

    customer.disconnect()
    for number in range(5):
        agent.writes(conversation_id, f"断线期间 {number}")
    customer.says("我这边也写了一句")
    customer.connect()
    agent.writes(conversation_id, "回来了")

    customer.hears(text="回来了")  # checks the numbers on the way
    assert customer.heard == customer.messages()
