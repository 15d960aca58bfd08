"""The lines that understanding is measured with must not be learned."""

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"^    - (.+)$", re.MULTILINE)
INTENT = re.compile(r"^- intent: (\w+)$", re.MULTILINE)
FEWEST = 25


def said(file):
    """What a file's lines say, without punctuation, spaces and case."""
    lines = EXAMPLE.findall(file.read_text("utf-8"))
    folded = {re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", line).lower()) for line in lines}
    return folded - {""}


def test_no_blind_line_is_among_the_training_data():
    learned = set().union(*(said(file) for file in (ROOT / "data" / "nlu").glob("*.yml")))

    assert said(ROOT / "tests" / "nlu" / "blind.yml") & learned == set()


@pytest.mark.parametrize("name", ["blind.yml", "test_nlu.yml"])
def test_every_learned_intent_is_measured_with_enough_lines(name):
    intents = {
        intent
        for file in (ROOT / "data" / "nlu").glob("*.yml")
        for intent in INTENT.findall(file.read_text("utf-8"))
    }
    parts = re.split(
        r"^- intent: (\w+)$", (ROOT / "tests" / "nlu" / name).read_text("utf-8"), flags=re.MULTILINE
    )
    measured = Counter(
        {
            intent: len(EXAMPLE.findall(lines))
            for intent, lines in zip(parts[1::2], parts[2::2], strict=True)
        }
    )

    assert {intent for intent in intents if measured[intent] < FEWEST} == set()
