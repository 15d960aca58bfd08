import json

import pytest

from bot.request import FULL_WIDTH_SLASH, BadRequest, read_turn_request, without_command


def a_body(**changes):
    body = {
        "conversation_id": "webchat-01j",
        "message_id": "01jabc",
        "text": "怎么查话费",
        "payload": None,
        "metadata": {"contact_id": "c1"},
        **changes,
    }
    return json.dumps(body).encode()


def test_typed_text_reaches_rasa_as_it_is():
    assert read_turn_request(a_body(text="  怎么查话费 ")).words == "怎么查话费"


def test_a_payload_is_what_rasa_gets_and_what_was_said_stays_in_the_metadata():
    wanted = read_turn_request(a_body(text="解决了", payload='/solved{"a": "b"}'))

    assert wanted.words == '/solved{"a": "b"}'
    assert wanted.metadata == {"said": "解决了", "contact_id": "c1"}


def test_what_the_server_says_was_said_goes_first():
    wanted = read_turn_request(a_body(metadata={"said": "没解决"}))
    assert wanted.metadata["said"] == "没解决"


@pytest.mark.parametrize(
    "typed", ["/restart", "  /restart", "\u3000/restart", "\x1f\u2028//  /restart", "\n/\t/restart"]
)
def test_typed_text_is_never_a_command(typed):
    assert without_command(typed) == "restart"


def test_a_slash_further_on_is_left_alone():
    assert without_command("5G/4G 有什么区别") == "5G/4G 有什么区别"


def test_a_text_of_slashes_is_still_a_text():
    assert without_command(" // / ") == FULL_WIDTH_SLASH


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"text": "\\ud83d"}'])
def test_what_is_not_json_is_refused(body):
    with pytest.raises(BadRequest) as refusal:
        read_turn_request(body)
    assert refusal.value.code == "invalid_json"


@pytest.mark.parametrize(
    "changes",
    [
        {"text": None},
        {"text": 7},
        {"text": ""},
        {"text": " \u3000"},
        {"text": "长" * 20_001},
        {"payload": ""},
        {"payload": "solved"},
        {"payload": 1},
        {"conversation_id": ""},
        {"conversation_id": "a b"},
        {"conversation_id": "数"},
        {"conversation_id": None},
        {"message_id": 17},
        {"message_id": "x" * 201},
        {"metadata": []},
        {"metadata": "said"},
    ],
    ids=str,
)
def test_a_wrong_field_is_named(changes):
    with pytest.raises(BadRequest, match=next(iter(changes))) as refusal:
        read_turn_request(a_body(**changes))
    assert refusal.value.code == "invalid_input"


def test_a_body_that_is_no_object_is_refused():
    with pytest.raises(BadRequest, match="object"):
        read_turn_request(b"[]")


def test_letters_outside_the_basic_plane_survive():
    assert read_turn_request(a_body(text="𠮷野家🙂")).words == "𠮷野家🙂"
