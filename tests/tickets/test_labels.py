import json
from pathlib import Path

import pytest

from tickets import intake, labels
from tickets.model import FaultType, Priority, TicketStatus, TicketType
from tickets.questions import FIELDS
from tickets.warranty import Warranty

CODES = {
    "slot": (*FIELDS, *intake.FORM_SLOTS),
    "warranty": Warranty,
    "type": TicketType,
    "fault_type": FaultType,
    "priority": Priority,
    "status": TicketStatus,
}


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("kind", CODES)
def test_every_code_has_words_in_every_language(kind, locale):
    words = json.loads(Path(labels.__file__).with_name("labels.json").read_text("utf-8"))
    assert set(CODES[kind]) <= set(words[locale][kind])


def test_a_language_without_words_gets_chinese_and_an_unknown_code_itself():
    assert labels.label("priority", "urgent", "fr") == "紧急"
    assert labels.label("priority", "later") == "later"
