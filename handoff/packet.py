"""The handoff packet: everything known when a person takes over, so that nothing is asked twice.

Pure: it arranges what the service has gathered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LONGEST_QUOTE = 60


def build(
    *,
    reason: str,
    facts: Mapping[str, Any],
    fault_label: str,
    rows: Sequence[Mapping[str, str]],
    missing: Sequence[Mapping[str, str]],
    ticket: Mapping[str, Any] | None,
    earlier_tickets: Sequence[Mapping[str, Any]],
    answers: Sequence[Mapping[str, Any]],
    candidates: Sequence[Mapping[str, Any]],
    words: str,
    texts: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Return the packet as it is stored and shown.

    Args:
        reason: code of why a person was asked for.
        facts: the bot's slots.
        fault_label: name of the kind of fault, empty when none is known.
        rows: the slots worth showing: name, label, value.
        missing: what a ticket would still need: name, label.
        ticket: the conversation's newest ticket as the API shows it, if any.
        earlier_tickets: other tickets of the customer, on any of their accounts, newest first.
        answers: articles given, with the customer's verdicts.
        candidates: articles that may help the agent.
        words: what the customer last wrote.
        texts: the words of the desk in the agent's language.
    """
    return {
        "reason": reason,
        "reason_label": texts["reasons"][reason],
        "summary": _summary(facts, fault_label, ticket, answers, words, texts),
        "slots": [dict(row) for row in rows],
        "ticket": dict(ticket) if ticket else None,
        "earlier_tickets": [dict(one) for one in earlier_tickets],
        "answers_tried": [dict(answer) for answer in answers],
        "candidate_articles": [dict(article) for article in candidates],
        "missing": [dict(row) for row in missing],
    }


def _summary(
    facts: Mapping[str, Any],
    fault_label: str,
    ticket: Mapping[str, Any] | None,
    answers: Sequence[Mapping[str, Any]],
    words: str,
    texts: Mapping[str, Mapping[str, str]],
) -> str:
    say, verdicts = texts["summary"], texts["verdicts"]
    parts = []
    symptom = str(facts.get("symptom") or "")
    if symptom or fault_label:
        parts.append(
            say["fault"].format(fault=fault_label, symptom=symptom)
            if fault_label and symptom
            else symptom or fault_label
        )
    elif words:
        parts.append(say["asked"].format(words=_shorten(words)))
    for slot in ("since", "place"):
        if value := facts.get(slot):
            parts.append(say[slot].format(**{slot: value}))
    for answer in answers[-2:]:
        verdict = verdicts[answer["verdict"] or "unknown"]
        parts.append(say["tried"].format(question=answer["question"], verdict=verdict))
    if ticket:
        parts.append(say["ticket"].format(number=ticket["number"]))
    return "；".join(parts)


def _shorten(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"
