import copy

import pytest
import rasa
from jsonschema import ValidationError, validate
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.slots import FloatSlot
from rasa.shared.exceptions import RasaException

from bot import internals, speedups

ACTION = RemoteAction("action_answer", None)
GOOD = {
    "events": [
        {"event": "slot", "name": "phone", "value": None, "timestamp": None},
        {"event": "slot", "name": "misses", "value": 2.0},
        {"event": "action", "name": "action_listen", "policy": None, "confidence": None},
        {"event": "followup", "name": "action_x"},
        {"event": "active_loop", "name": None},
        {"event": "user", "text": "好", "parse_data": {"intent": {"name": "a", "confidence": 1.0}}},
        {"event": "bot", "text": "好", "data": {}},
        {"event": "undo"},
    ],
    "responses": [{"text": "您好"}],
}


def changed(change):
    reply = copy.deepcopy(GOOD)
    change(reply)
    return reply


BAD = {
    "no object": ["events"],
    "events are no list": changed(lambda reply: reply.update(events={})),
    "an event is no object": changed(lambda reply: reply["events"].append("slot")),
    "an event has no kind": changed(lambda reply: reply["events"].append({"name": "x"})),
    "an unknown kind": changed(lambda reply: reply["events"].append({"event": "nonsense"})),
    "a slot without a name": changed(lambda reply: reply["events"][0].pop("name")),
    "a time that is a text": changed(lambda reply: reply["events"][0].update(timestamp="now")),
    "responses are no list": changed(lambda reply: reply.update(responses="x")),
    "a response is no object": changed(lambda reply: reply.update(responses=["x"])),
}


@pytest.mark.parametrize("reply", [GOOD, {}, {"events": []}, {"responses": []}], ids=str)
def test_what_rasa_accepts_is_accepted(reply):
    validate(reply, RemoteAction.action_response_format_spec())
    assert speedups._validate_action_result(ACTION, reply)


@pytest.mark.parametrize("reply", BAD.values(), ids=BAD.keys())
def test_what_rasa_refuses_is_refused(reply):
    with pytest.raises(ValidationError):
        validate(reply, RemoteAction.action_response_format_spec())
    with pytest.raises(ValidationError, match="action_answer"):
        speedups._validate_action_result(ACTION, reply)


def test_every_kind_of_event_is_found_and_an_unknown_one_is_not():
    assert speedups._resolve_by_type("slot") is SlotSet
    assert speedups._resolve_by_type("slot") is SlotSet
    assert speedups._resolve_by_type("user", default=SlotSet) is UserUttered
    assert speedups._resolve_by_type("nonsense", default=SlotSet) is SlotSet
    with pytest.raises(ValueError, match="nonsense"):
        speedups._resolve_by_type("nonsense")


async def test_one_connection_serves_one_action_after_the_other(door, actions):
    for number in range(3):
        await door.say("c1", "怎么查话费", message_id=f"m{number}")
    assert len({call["connection"] for call in actions.calls}) == 1


async def test_an_action_server_that_was_restarted_is_reached_again(door, actions):
    await door.say("c1", "怎么查话费")
    await actions.restart()
    assert (await door.say("c1", "怎么查话费"))["replies"]


def test_another_version_of_rasa_is_refused(monkeypatch):
    monkeypatch.setattr(rasa, "__version__", "3.6.22")
    with pytest.raises(RasaException, match="3.6.22"):
        internals.replace(Event, "resolve_by_type", speedups._resolve_by_type)


def test_a_function_that_is_gone_is_missed():
    with pytest.raises(RasaException, match="no_such"):
        internals.replace(Event, "no_such", speedups._resolve_by_type)


def test_a_copied_slot_is_a_slot_of_its_own():
    slot = FloatSlot("misses", [], initial_value=1.0, influence_conversation=False)
    twin = copy.copy(slot)
    twin.value = 5.0

    assert (type(twin), twin.name, twin.value, slot.value) == (FloatSlot, "misses", 5.0, 1.0)
    twin.reset()
    assert twin.value == 1.0


def test_only_an_empty_domain_is_empty():
    assert Domain.empty().is_empty()
    assert not Domain.from_dict({"intents": ["greet"]}).is_empty()
