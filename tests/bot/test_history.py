"""A cut tracker must lead to the same dialogue: the same words, slots and form, turn for turn."""

import random

import pytest
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    FollowupAction,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from support import ASSISTANT, an_agent

from bot.history import bounded_events
from bot.request import TurnRequest
from bot.turn import run_turn

DOMAIN = Domain.load(str(ASSISTANT / "domain.yml"))
THINGS_SAID = [
    "你好",
    "我是贵宾",
    "怎么查话费",
    "接着说",
    "我家宽带断了",
    "红灯一直闪",
    "三里屯路 5 号",
    "转人工",
    "取消",
    "/restart",
    "/back",
]


def listen():
    return ActionExecuted("action_listen")


def says(text, intent="greet", message_id=None):
    return UserUttered(text, {"name": intent}, message_id=message_id or f"id-{text}")


def a_turn(text, *events, intent="greet"):
    return [listen(), says(text, intent), *events]


def a_tracker(*events):
    return DialogueStateTracker.from_events("c", list(events), DOMAIN.slots)


def bounded(tracker, keep_turns):
    return a_tracker(*bounded_events(tracker, keep_turns))


def state(tracker):
    return {
        **{key: value for key, value in tracker.current_state().items()},
        "latest_event_time": None,
        "states": tracker.past_states(DOMAIN)[-4:],
    }


def assert_same_dialogue(tracker, keep_turns=2):
    """Compare as Rasa would find them when it reads them back."""
    cut = bounded(tracker, keep_turns)
    assert state(cut) == state(a_tracker(*tracker.events))
    return cut


def small_talk(turns):
    return [
        event
        for turn in range(turns)
        for event in a_turn(f"你好 {turn}", ActionExecuted("utter_greet"), BotUttered("您好！"))
    ]


def test_a_short_conversation_is_kept_as_it_is():
    tracker = a_tracker(*small_talk(2), listen())
    assert bounded_events(tracker, keep_turns=2) == list(tracker.events)


def test_the_newest_turns_are_kept_as_they_were():
    tracker = a_tracker(*small_talk(9), listen())
    newest = list(tracker.events)[-9:]

    cut = assert_same_dialogue(tracker)

    assert list(cut.events)[-9:] == newest
    assert len(cut.events) == 9


def test_slots_set_long_ago_stand():
    tracker = a_tracker(
        *a_turn("我是贵宾", ActionExecuted("action_vip"), SlotSet("vip", True)),
        *small_talk(9),
        listen(),
    )
    assert assert_same_dialogue(tracker).get_slot("vip") is True


def test_a_slot_that_was_emptied_again_stays_empty():
    tracker = a_tracker(
        *a_turn("甲", SlotSet("misses", 3.0)),
        *a_turn("乙", SlotSet("misses", None)),
        *small_talk(9),
    )
    assert assert_same_dialogue(tracker).get_slot("misses") is None


def a_form(*turns):
    return [
        *a_turn("我家宽带断了", ActionExecuted("fault_form"), ActiveLoop("fault_form")),
        SlotSet("requested_slot", "symptom"),
        BotUttered("是什么现象？"),
        *turns,
    ]


def an_interruption(number):
    return [
        *a_turn(f"怎么查话费 {number}", ActionExecutionRejected("fault_form"), intent="enquiry"),
        ActionExecuted("action_answer"),
        BotUttered("发短信。"),
        ActionExecuted("fault_form"),
        BotUttered("是什么现象？"),
    ]


def an_abandonment(number):
    return [
        *a_turn(f"转人工 {number}", intent="request_human"),
        ActionExecuted("utter_human"),
        BotUttered("正在转人工。"),
    ]


@pytest.mark.parametrize("keep_turns", [1, 2, 3, 4])
def test_a_form_stays_active_across_the_cut(keep_turns):
    interruptions = [event for number in range(7) for event in an_interruption(number)]
    tracker = a_tracker(*small_talk(3), *a_form(*interruptions), listen())

    cut = assert_same_dialogue(tracker, keep_turns)

    assert cut.active_loop_name == "fault_form"
    assert cut.get_slot("requested_slot") == "symptom"


@pytest.mark.parametrize("keep_turns", [1, 2, 3])
@pytest.mark.parametrize("rejected", [True, False])
@pytest.mark.parametrize("abandoned", [1, 2, 5])
def test_returning_to_a_form_left_before_the_cut_is_the_same(keep_turns, rejected, abandoned):
    left = [event for number in range(abandoned) for event in an_abandonment(number)]
    if rejected:
        left.insert(2, ActionExecutionRejected("fault_form"))
    back = [*a_turn("红灯", intent=None), ActionExecuted("fault_form"), SlotSet("symptom", "红灯")]
    tracker = a_tracker(*a_form(*left), *back, listen())

    assert_same_dialogue(tracker, keep_turns)


def test_a_form_left_long_ago_is_still_left():
    left = [event for number in range(8) for event in an_abandonment(number)]
    left.insert(2, ActionExecutionRejected("fault_form"))

    cut = assert_same_dialogue(a_tracker(*a_form(*left), listen()))

    assert cut.is_active_loop_rejected


def test_answers_inside_a_form_do_not_make_it_grow():
    answers = [
        event
        for number in range(200)
        for event in [
            *a_turn(f"现象 {number}", SlotSet("symptom", None), intent=None),
            ActionExecuted("fault_form"),
            SlotSet("symptom", None),
            BotUttered("是什么现象？"),
        ]
    ]
    tracker = a_tracker(*small_talk(1), *a_form(*answers), listen())

    cut = assert_same_dialogue(tracker, keep_turns=4)

    assert len(cut.events) < 60


def test_messages_not_understood_do_not_push_understood_ones_out():
    reverted = [
        event
        for number in range(9)
        for event in [
            *a_turn(f"天书 {number}", ActionExecuted("action_default_fallback"), intent=None),
            BotUttered("没听懂。"),
            UserUtteranceReverted(),
        ]
    ]
    tracker = a_tracker(*small_talk(5), *reverted, listen())

    cut = assert_same_dialogue(tracker, keep_turns=3)

    understood = [event.text for event in cut.applied_events() if isinstance(event, UserUttered)]
    assert understood == ["你好 2", "你好 3", "你好 4"]


def test_going_back_after_the_cut_undoes_the_same_turns():
    tracker = a_tracker(*small_talk(8), listen())
    cut = bounded(tracker, keep_turns=3)
    for each in (tracker, cut):
        each.update(UserUtteranceReverted())
        each.update(UserUtteranceReverted())
        each.update(listen())

    assert state(cut)["states"][-2:] == state(tracker)["states"][-2:]


def test_going_back_before_the_cut_brings_back_the_form():
    summary_of_an_earlier_cut = [
        listen(),
        UserUttered("我家宽带断了", {"name": "report_fault"}),
        ActionExecuted("fault_form"),
        ActiveLoop("fault_form"),
    ]
    tracker = a_tracker(
        *summary_of_an_earlier_cut,
        *a_turn("取消", ActionExecuted("action_deactivate_loop"), ActiveLoop(None)),
        *a_turn("天书", ActionExecuted("action_default_fallback"), UserUtteranceReverted()),
        *a_turn("后退", UserUtteranceReverted(), UserUtteranceReverted()),
        *a_turn("转人工", ActionExecuted("utter_human")),
        listen(),
    )
    assert assert_same_dialogue(tracker).active_loop_name == "fault_form"


def test_a_followup_that_waits_and_a_paused_bot_stay_so():
    paused = a_turn("转人工", ConversationPaused())
    tracker = a_tracker(*paused, *small_talk(6), FollowupAction("action_answer"))

    cut = assert_same_dialogue(tracker)

    assert cut.is_paused()
    assert cut.followup_action == "action_answer"


def test_cutting_again_and_again_is_like_cutting_once():
    whole = a_tracker()
    stored = a_tracker()
    for event in [*a_form(), *[e for n in range(30) for e in an_interruption(n)], listen()]:
        whole.update(event)
        stored.update(event)
        if isinstance(event, ActionExecuted) and event.action_name == "action_listen":
            stored = bounded(stored, keep_turns=2)

    assert state(stored) == state(a_tracker(*whole.events))
    assert len(stored.events) < 40


@pytest.mark.parametrize("seed", range(8))
async def test_a_long_conversation_goes_on_as_if_nothing_had_been_cut(seed, model, actions, store):
    store._keep_turns = 3
    cut = an_agent(model, actions, store)
    whole = an_agent(model, actions, InMemoryTrackerStore(None))
    chance = random.Random(seed)
    last = ""
    for number in range(60):
        # Going back further than was kept is the one thing that cannot be the same.
        text = chance.choice(THINGS_SAID[:-1] if last == "/back" else THINGS_SAID)
        last = text
        wanted = TurnRequest(f"c{seed}", f"m{number}", text, {"said": text})
        answers = []
        for agent in (cut, whole):
            answer = await run_turn(agent, wanted)
            tracker = await agent.tracker_store.retrieve(wanted.conversation_id)
            answers.append((answer, tracker.active_loop_name, tracker.get_slot("requested_slot")))
        assert answers[0] == answers[1], f"turn {number}: {text}"
    assert len((await store.retrieve(f"c{seed}")).events) < 80
