"""The words and names in `domain.yml` fit the code that uses them."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
import yaml

import actions
import tickets
from actions.base import FrontDoorAction
from actions.slots import FAULT_DRAFT, FAULT_FIELDS
from tickets.draft import MEANINGS
from tickets.model import FaultType
from tickets.questions import QUESTIONS

ROOT = Path(__file__).parents[2]
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
CODE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "actions").glob("*.py"))
RULES = "\n".join(
    path.read_text(encoding="utf-8") for path in (ROOT / "data" / "rules").glob("*.yml")
)


def action_names() -> set[str]:
    for module in pkgutil.iter_modules(actions.__path__):
        importlib.import_module(f"actions.{module.name}")
    return {action().name() for action in FrontDoorAction.__subclasses__()}


def test_every_action_is_in_the_domain_and_the_other_way_round():
    assert action_names() == set(DOMAIN["actions"])


def test_every_response_named_in_code_or_rules_exists():
    named = set(re.findall(r"utter_[a-z_]+(?=[\"'\s])", CODE + RULES))

    assert named - set(DOMAIN["responses"]) == set()


def test_every_response_has_exactly_one_text_for_each_kind_of_fault_or_message():
    for name, variations in DOMAIN["responses"].items():
        conditions = [variation.get("condition") for variation in variations]
        kinds = [condition[0]["value"] for condition in conditions if condition]
        assert conditions.count(None) == 1, name
        assert len(kinds) == len(set(kinds)) == len(variations) - 1, name
        by_slot = {c[0]["name"] for c in conditions if c}
        assert by_slot <= {"fault_type"} or by_slot == {"message_type"}, name
        known = set(FaultType) if by_slot <= {"fault_type"} else {"callback", "callback_known"}
        assert set(kinds) <= known, name


def test_every_question_of_every_kind_of_fault_has_its_words_and_a_slot():
    for question in QUESTIONS:
        assert f"utter_ask_fault_form_{question}" in DOMAIN["responses"]
    assert {*FAULT_FIELDS, *FAULT_DRAFT, *MEANINGS} <= set(DOMAIN["slots"])


def test_every_problem_the_intake_may_report_has_its_words():
    folder = Path(tickets.__path__[0])
    source = "\n".join(
        (folder / name).read_text(encoding="utf-8")
        for name in ("intake.py", "answers.py", "phones.py", "corrections.py", "collecting.py")
    )
    codes = set(
        re.findall(
            r"\"((?:phone|symptom|place|name|since|hoped_time|what|confirm|shown|device_model"
            r"|serial|imei|purchase|amount)_(?!at\b|number\b|date\b)[a-z_]+)\"",
            source,
        )
    )
    codes -= {"phone_problem"}
    worded = {
        name.removeprefix("utter_problem_")
        for name in DOMAIN["responses"]
        if name.startswith("utter_problem_")
    }

    assert codes - worded == set()


@pytest.mark.parametrize("form", list(DOMAIN["forms"]))
def test_every_slot_of_a_form_is_asked_for(form):
    for slot in DOMAIN["forms"][form]["required_slots"]:
        assert (
            f"utter_ask_{form}_{slot}" in DOMAIN["responses"]
            or f"action_ask_{slot}" in DOMAIN["actions"]
        )


def test_every_button_leads_to_an_intent():
    intents = {next(iter(i)) if isinstance(i, dict) else i for i in DOMAIN["intents"]}
    payloads = {
        button["payload"]
        for variations in DOMAIN["responses"].values()
        for button in variations[0].get("buttons", [])
    }

    assert {payload.removeprefix("/") for payload in payloads} <= intents


def test_no_customer_facing_words_are_in_the_code():
    quoted = re.findall(
        r'"[^"\n]*[\u4e00-\u9fff][^"\n]*"', re.sub(r'""".*?"""', "", CODE, flags=re.S)
    )
    without_comments = [words for words in quoted if "#" not in words]

    assert without_comments == []
