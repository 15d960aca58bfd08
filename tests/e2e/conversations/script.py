"""Reading a scripted conversation: which response of `domain.yml` each reply is.

So the scripts say what happens, and a better wording breaks none of them.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.e2e.people import Customer, Staff, buttons
from tests.whole import ROOT, Product

_DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"\{\w+\}", text)
    return re.compile(".+".join(re.escape(part) for part in parts), re.DOTALL)


_RESPONSES = [
    (name.removeprefix("utter_"), _pattern(one["text"]))
    for name, variations in _DOMAIN["responses"].items()
    for one in variations
    if "text" in one
]


def heard(replies: list[dict[str, Any]]) -> list[str]:
    """Return the names of the responses, without `utter_`; an approved answer is `answer`."""
    return [_name(reply) for reply in replies]


def _name(reply: dict[str, Any]) -> str:
    if reply["data"].get("kind") == "answer":
        return "answer"
    names = [name for name, pattern in _RESPONSES if pattern.fullmatch(reply["text"])]
    assert names, f"no response of domain.yml reads {reply['text']!r}"
    return names[0]


def asked_for(replies: list[dict[str, Any]]) -> str:
    """Return what the fault form asks for with its last reply; `confirmed` is the read-back."""
    name = _name(replies[-1])
    if name in ("read_back", "problem_confirm_unclear"):
        return "confirmed"
    assert name.startswith("ask_fault_form_"), f"{name}: {replies[-1]['text']}"
    return name.removeprefix("ask_fault_form_")


def rows(replies: list[dict[str, Any]]) -> dict[str, str]:
    """Return what is read back, by field."""
    form = replies[-1]
    assert form["data"].get("kind") == "form", form["text"]
    return {row["name"]: row["value"] for row in form["data"]["rows"]}


def says_in_turn(customer: Customer, *lines: str) -> list[dict[str, Any]]:
    """Say one line after the other; return what the bot says to the last."""
    replies: list[dict[str, Any]] = []
    for line in lines:
        replies = customer.asks(line)
    return replies


def begins_a_fault(customer: Customer, words: str = "我家宽带断了") -> list[dict[str, Any]]:
    """Report a fault, without help from what is suggested first; the form then asks."""
    replies = customer.asks(words)
    if "解决了" in buttons(replies[-1]):
        replies = customer.chooses("没解决")
    elif "都不是" in buttons(replies[-1]):
        replies = customer.chooses("都不是")
    if "报修登记" in buttons(replies[-1]):  # it was taken for a question
        replies = customer.chooses("报修登记")
    return replies


def is_sent_to_a_person(customer: Customer, words: str) -> str:
    """Say something that brings the customer into the queue; returns the conversation's id."""
    customer.says(words)
    customer.hears(data__kind="queued")
    return customer.conversation()["id"]


def is_not_helped(customer: Customer, words: str) -> dict[str, Any]:
    """Ask for what there is no answer to, and refuse what is suggested; returns the last reply."""
    customer.says(words)
    reply = _next_reply(customer)
    if "都不是" in buttons(reply):
        customer.presses(reply, "都不是")
        reply = _next_reply(customer)
    return reply


def _next_reply(customer: Customer) -> dict[str, Any]:
    while (message := customer.hears())["author"] == "contact":
        pass
    return message


def packet(agent: Staff, customer: Customer) -> dict[str, Any]:
    """Return what the agent is given of the customer's conversation."""
    return agent.opens(customer.conversation()["id"])["packet"]


def ticket(product: Product, replies: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the ticket whose number the last reply says."""
    number = replies[-1]["data"]["number"]
    (found,) = product.place.frontdoor_json("ticket", "show", number, "--json")
    return found


def unanswered(admin: Staff, customer: Customer) -> list[tuple[str, str]]:
    """Return what the content staff see of this customer's conversation: words and reason."""
    kept = admin.http.get("/api/kb/unanswered").json()["questions"]
    conversation_id = customer.conversation()["id"]
    mine = [one for one in kept if one["conversation_id"] == conversation_id]
    return sorted((one["text"], one["reason"]) for one in mine)
