from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)

from bot.turn import events_of_turn


def says(message_id):
    return UserUttered("你好", {"name": "greet"}, message_id=message_id)


def listen():
    return ActionExecuted("action_listen")


def words(events, message_id):
    turn = events_of_turn(events, message_id)
    return turn and [event.text for event in turn if isinstance(event, BotUttered)]


def test_a_message_that_was_not_seen_has_no_turn():
    assert events_of_turn([listen(), says("m1"), BotUttered("甲")], "m2") is None


def test_a_turn_ends_where_the_next_message_begins():
    events = [listen(), says("m1"), BotUttered("甲"), listen(), says("m2"), BotUttered("乙")]
    assert words(events, "m1") == ["甲"]
    assert words(events, "m2") == ["乙"]


def test_a_turn_without_words_was_a_turn():
    assert words([listen(), says("m1"), listen()], "m1") == []


def test_what_greets_a_new_session_belongs_to_the_message_that_began_it():
    session = [
        ActionExecuted("action_session_start"),
        SessionStarted(),
        BotUttered("欢迎"),
        listen(),
    ]
    events = [*session, says("m1"), BotUttered("甲"), *session, says("m2"), BotUttered("乙")]
    assert words(events, "m1") == ["欢迎", "甲"]
    assert words(events, "m2") == ["欢迎", "乙"]


def test_a_message_that_an_action_puts_back_does_not_end_the_turn():
    events = [
        *(listen(), says("m1"), BotUttered("甲"), listen(), says("m2"), BotUttered("乙")),
        *(UserUtteranceReverted(), listen(), says("m1"), BotUttered("丙")),
    ]
    assert words(events, "m1") == ["甲"]
    assert words(events, "m2") == ["乙", "丙"]


def test_a_message_without_an_id_does_not_end_the_turn():
    assert words([listen(), says("m1"), BotUttered("甲"), says(None), BotUttered("乙")], "m1") == [
        "甲",
        "乙",
    ]
