import asyncio

import pytest
import sqlalchemy as sa
from rasa.shared.exceptions import RasaException
from support import TOKEN, a_door

from bot.channel import FrontDoorInput
from bot.request import TurnRequest


def texts(answer):
    return [reply["text"] for reply in answer["replies"]]


@pytest.mark.parametrize("credentials", [None, {}, {"token": None}, {"token": "  "}])
def test_without_a_token_the_door_does_not_open(credentials):
    with pytest.raises(RasaException, match="FRONTDOOR_RASA_TOKEN"):
        FrontDoorInput.from_credentials(credentials)


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", "令牌"])
async def test_a_wrong_token_is_turned_away_before_the_body_is_read(door, token):
    status, answer = await door.post(b"not json", token=token and token.encode().decode("latin-1"))
    assert (status, answer["error"]["code"]) == (401, "wrong_token")


async def test_a_bad_body_is_told_what_is_wrong(door):
    status, answer = await door.post({"conversation_id": "c", "message_id": "m"})
    assert (status, answer["error"]["code"]) == (422, "invalid_input")
    assert "text" in answer["error"]["message"]


async def test_a_reply_comes_whole_with_its_buttons(door):
    answer = await door.say("c1", "你好")

    assert answer["replies"] == [
        {
            "text": "您好！\n\n请讲。",
            "buttons": [{"title": "查话费", "payload": "/enquiry"}],
            "data": {},
        }
    ]
    assert answer["replayed"] is False


async def test_an_actions_words_buttons_and_data_stay_one_reply(door):
    answer = await door.say("c2", "怎么查话费")

    assert answer["replies"] == [
        {
            "text": "发短信 HF 到 10199。",
            "buttons": [{"title": "解决了", "payload": "/cancel"}],
            "data": {"kind": "answer", "article_id": "a1"},
        }
    ]
    assert answer["slots"] == {"article_id": "a1", "misses": 1.0}


async def test_an_action_sees_conversation_message_and_metadata(door, actions):
    await door.say("c3", "怎么查话费", message_id="m-17", metadata={"contact_id": "k1"})

    tracker = actions.calls[-1]["tracker"]
    assert tracker["sender_id"] == "c3"
    assert tracker["latest_message"]["message_id"] == "m-17"
    assert tracker["latest_message"]["metadata"]["contact_id"] == "k1"
    assert tracker["latest_message"]["metadata"]["said"] == "怎么查话费"


async def test_a_pressed_button_is_understood_as_its_payload(door):
    assert texts(await door.say("c4", "查话费", payload="/enquiry")) == ["发短信 HF 到 10199。"]


async def test_a_typed_command_is_only_text(door):
    assert texts(await door.say("c5", " //enquiry")) == ["没听懂。"]


async def test_the_same_message_again_is_answered_from_memory(door, actions):
    first = await door.say("c6", "怎么查话费", message_id="m1")
    await door.say("c6", "你好", message_id="m2")
    again = await door.say("c6", "怎么查话费", message_id="m1")

    assert again["replayed"] is True
    assert again["replies"] == first["replies"]
    assert len(actions.calls) == 1


async def test_a_message_that_was_not_understood_is_answered_from_memory_too(door):
    first = await door.say("c7", "天书", message_id="m1")  # Rasa reverts such a turn
    again = await door.say("c7", "天书", message_id="m1")

    assert texts(first) == ["没听懂。"]
    assert (again["replayed"], again["replies"]) == (True, first["replies"])


async def test_two_requests_for_one_message_at_once_run_it_once(door, actions):
    answers = await asyncio.gather(
        *(door.say("c8", "怎么查话费", message_id="m1") for _ in range(3))
    )

    assert sorted(answer["replayed"] for answer in answers) == [False, True, True]
    assert answers[0]["replies"] == answers[1]["replies"] == answers[2]["replies"]
    assert len(actions.calls) == 1


async def test_a_message_id_belongs_to_its_conversation(door):
    await door.say("c9", "你好", message_id="m1")
    assert (await door.say("c10", "你好", message_id="m1"))["replayed"] is False


async def test_a_failed_action_fails_the_turn_and_leaves_nothing_behind(door, actions):
    await door.say("c11", "怎么查话费", message_id="m1")
    body = {"conversation_id": "c11", "message_id": "m2", "text": "出错"}
    status, answer = await door.post(body)

    assert (status, answer["error"]["code"]) == (500, "turn_failed")
    tracker = await door.agent.tracker_store.retrieve("c11")
    assert tracker.latest_message.message_id == "m1"


async def test_a_turn_that_failed_is_run_anew_when_asked_again(door, actions):
    actions.is_broken = True
    body = {"conversation_id": "c12", "message_id": "m1", "text": "怎么查话费"}
    assert (await door.post(body))[0] == 500
    actions.is_broken = False

    status, answer = await door.post(body)

    assert (status, answer["replayed"]) == (200, False)
    assert texts(answer) == ["发短信 HF 到 10199。"]


async def test_an_unreachable_action_server_fails_the_turn(door, actions):
    await actions.stop()
    status, answer = await door.post(
        {"conversation_id": "c13", "message_id": "m1", "text": "怎么查话费"}
    )
    assert (status, answer["error"]["code"]) == (500, "turn_failed")


async def test_a_tracker_that_cannot_be_saved_fails_the_turn(door, store):
    with store._engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TRIGGER full BEFORE INSERT ON trackers "
                "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        )
    status, answer = await door.post({"conversation_id": "c14", "message_id": "m1", "text": "你好"})
    assert (status, answer["error"]["code"]) == (500, "turn_failed")


async def test_a_tracker_that_cannot_be_read_is_not_taken_for_a_new_one(door, store):
    await door.say("c15", "你好")
    with store._engine.begin() as connection:
        connection.execute(sa.text("UPDATE trackers SET tracker = '{'"))
    status, answer = await door.post({"conversation_id": "c15", "message_id": "m9", "text": "你好"})
    assert (status, answer["error"]["code"]) == (500, "turn_failed")


async def test_a_caller_who_hangs_up_finds_the_turn_done_when_asking_again(door, actions):
    arrived, may_go_on = asyncio.Event(), asyncio.Event()

    async def slowly(call):
        arrived.set()
        await may_go_on.wait()

    actions.before_reply = slowly
    wanted = TurnRequest("c16", "m1", "怎么查话费", {})
    handler = asyncio.create_task(FrontDoorInput(TOKEN)._run_to_the_end(door.agent, wanted))
    await arrived.wait()
    handler.cancel()  # what Sanic does when the connection is lost
    with pytest.raises(asyncio.CancelledError):
        await handler
    may_go_on.set()

    assert (await door.say("c16", "怎么查话费", message_id="m1"))["replayed"] is True
    assert len(actions.calls) == 1


async def test_health_says_when_no_model_is_loaded():
    async with a_door(agent=None) as door:
        async with door.client.get(door.url + "/health") as response:
            assert response.status == 503
        status, answer = await door.post({})
        assert (status, answer["error"]["code"]) == (503, "not_ready")


async def test_health_is_good_once_a_model_is_loaded(door):
    async with door.client.get(door.url + "/health") as response:
        assert (response.status, await response.json()) == (200, {"status": "ok"})
