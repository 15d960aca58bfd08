"""The page of events names every event that the code writes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from common.settings import ROOT
from tests.conftest import NOON
from webhooks import model
from webhooks.model import THINGS

FOLDERS = ("actions", "channels", "handoff", "knowledgebase", "tickets", "server")
# What is written: the first words in quotes after a call that writes an event.
WRITTEN = re.compile(r'(?:append|tell|note)\(\s*conn,\s*"([a-z_]+)\.[a-z_]+"')


def source_of(*folders: str) -> str:
    files = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return "".join(path.read_text("utf-8") for path in files)


def events_in_code() -> set[str]:
    """Whatever looks like an event's name: some are handed on before they are written."""
    things = "|".join(THINGS)
    return set(re.findall(rf'"((?:{things})\.[a-z_]+)"', source_of(*FOLDERS)))


def test_every_event_is_on_the_page():
    page = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
    found = events_in_code()

    assert len(found) > 20
    assert sorted(type for type in found if f"`{type}`" not in page) == []


def test_every_thing_there_are_events_of_can_be_asked_for():
    things = set(WRITTEN.findall(source_of(*FOLDERS)))

    assert len(things) > 5
    assert things <= set(THINGS)


def test_every_event_of_webhooks_themselves_is_on_the_page():
    page = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
    found = set(re.findall(r'"(webhook\.[a-z_]+)"', source_of("webhooks")))

    assert "webhook.disabled" in found
    assert sorted(type for type in found if f"`{type}`" not in page) == []


def test_the_receivers_example_knows_our_calls_and_no_others(monkeypatch: pytest.MonkeyPatch):
    page = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
    example: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)[0], example)
    is_ours = example["is_ours"]
    webhook = model.Webhook("w1", "", "", (), model.new_secret(), "0-0", NOON)
    changed = model.with_new_secret(webhook, NOON)
    delivery = model.Delivery("d1", "w1", 1, "ticket.urged", '{"a":1}', NOON)
    headers = model.signed_headers(changed, delivery, NOON)
    monkeypatch.setattr("time.time", lambda: NOON.timestamp() + 10)

    assert is_ours(changed.secret, headers, b'{"a":1}')
    assert is_ours(webhook.secret, headers, b'{"a":1}')
    assert not is_ours(model.new_secret(), headers, b'{"a":1}')
    assert not is_ours(changed.secret, headers, b'{"a":2}')
    monkeypatch.setattr("time.time", lambda: NOON.timestamp() + 400)
    assert not is_ours(changed.secret, headers, b'{"a":1}')
