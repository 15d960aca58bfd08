"""What users of other products complain about, and the traps others fell into: each is a test.

`TESTED` says where. What was not tested anywhere else is tested here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conversations.script import heard, is_not_helped, is_sent_to_a_person
from tests.e2e.people import Customer, Staff
from tests.e2e.test_handoff import serve
from tests.whole import ROOT, Product

pytestmark = pytest.mark.e2e

CHAOS = "chaos/test_chaos.py test_whatever_is_killed_nothing_is_lost_or_doubled_and_nobody_is_stuck"
TESTED = {
    "waiting in limbo; a queue that is no queue": (
        CHAOS,
        "handoff/test_assignment.py test_who_begins_to_wait_is_offered_to_a_free_agent_at_once",
        "handoff/test_assignment.py test_the_sweep_brings_together_what_a_crash_left_apart",
        "handoff/test_routing.py test_of_equal_priority_the_longest_wait_comes_first",
        "handoff/test_leaving.py test_who_waits_too_long_is_told_once_and_keeps_the_place",
    ),
    "assigned to someone who is away, and never taken back": (
        "handoff/test_assignment.py test_nobody_who_is_away_is_offered_anything",
        "handoff/test_assignment.py test_what_is_not_accepted_in_time_goes_to_the_next",
        "handoff/test_assignment.py test_an_agent_who_is_gone_loses_the_conversation_to_the_front",
        "handoff/test_assignment.py test_an_agent_who_does_not_answer_loses_the_conversation",
        "handoff/test_assignment.py test_who_signs_off_gives_back_at_once_what_they_had",
    ),
    "no position, no estimate, no way out while waiting": (
        "e2e/test_handoff.py"
        " test_the_customer_hears_the_place_in_the_queue_and_asking_twice_keeps_it",
        "handoff/test_estimate.py test_the_customer_hears_what_was_measured",
        "handoff/test_waiting.py test_who_is_told_the_place_is_shown_the_ways_out",
        "browser/test_desk.py test_who_waits_may_ask_the_bot_meanwhile_and_leave_with_one_tap",
    ),
    "messages lost around reconnects, or typed while queued and never shown": (
        CHAOS,
        "e2e/test_bad_input.py test_a_socket_that_comes_back_resumes_with_no_gap_and_no_double",
        "e2e/test_handoff.py test_what_is_written_while_queued_is_shown_and_the_bot_is_silent",
        "browser/test_desk.py"
        " test_a_customer_who_loses_the_network_misses_nothing_and_sees_nothing_twice",
        "browser/test_desk.py test_an_agent_who_loses_the_network_catches_up",
    ),
    "bot and human talk over each other; a bot that will not stop, or never comes back": (
        "handoff/test_turns.py test_a_reply_after_a_person_took_over_is_dropped",
        "handoff/test_waiting.py test_the_bot_falls_silent_when_an_agent_takes_over",
        "e2e/test_handoff.py"
        " test_after_the_close_the_customer_rates_and_the_next_message_is_the_bots",
        "e2e/test_what_others_get_wrong.py"
        " test_a_bot_that_was_given_the_customer_back_serves_them_and_does_not_hand_over_again",
    ),
    "a person is hard to reach": (
        "e2e/conversations/test_giving_up.py test_a_third_miss_brings_a_person_and_says_why",
        "e2e/conversations/test_giving_up.py test_an_offered_person_is_fetched_with_a_bare_yes",
        "e2e/conversations/test_form.py test_a_person_is_had_at_once_with_what_was_said",
        "e2e/test_what_others_get_wrong.py test_a_person_is_had_by_whatever_words_and_by_button",
    ),
    "a silent handoff: the customer is not told, agents not alerted, the wrong team": (
        "handoff/test_service.py test_the_customer_hears_the_place_in_the_queue",
        "e2e/test_handoff.py test_within_a_second_the_agent_sees_the_conversation_with_its_packet",
        "handoff/test_teams.py test_a_case_is_offered_to_its_team_and_to_nobody_else",
    ),
    "nobody online: the message is not kept, and the bot stops serving": (
        "e2e/test_handoff.py test_with_nobody_online_a_message_is_left_and_becomes_a_ticket",
        "handoff/test_service.py test_with_nobody_online_the_bot_keeps_the_customer",
        "e2e/conversations/test_form.py test_with_nobody_online_the_registration_goes_on",
    ),
    "holidays, lunch breaks, shifts; “we are closed” while the bot is answering": (
        "handoff/test_hours.py test_people_come_by_the_chinese_calendar",
        "handoff/test_hours.py test_a_time_to_come_is_told_as_people_say_it",
        "actions/test_handoff.py test_who_cannot_have_a_person_is_told_why_and_what_else_there_is",
    ),
    "WeChat is missing, or says “该公众号提供的服务出现故障”": (
        "channels/wechat/test_callback.py"
        " test_success_is_said_at_once_while_rasa_is_down_and_the_answer_comes_later",
        "channels/wechat/test_callback.py"
        " test_from_the_first_word_to_the_rating_with_a_person_in_between",
    ),
    "approved answers not given word for word; no “I don't know”; a hit test that differs": (
        "e2e/test_enquiry.py test_an_answer_is_the_approved_one_word_for_word",
        "e2e/test_enquiry.py"
        " test_a_question_without_an_answer_is_admitted_and_kept_for_the_content_staff",
        "knowledgebase/test_service.py test_every_save_is_kept_with_who_and_when",
        "e2e/test_what_others_get_wrong.py test_the_hit_test_says_what_the_chat_does",
    ),
    "handoffs and resolutions counted twice; bot time counted as human time": (
        "e2e/test_what_others_get_wrong.py"
        " test_two_passages_to_a_person_are_one_conversation_with_one_end",
    ),
    "phone numbers visible to every agent": (
        "handoff/test_desk.py test_numbers_are_masked_in_lists_and_packets",
        "handoff/test_desk.py test_who_may_see_a_number_sees_it_and_that_is_noted",
        "handoff/test_supervision.py test_no_number_is_shown_in_full",
    ),
    "Chinese substring search that finds nothing": (
        "knowledgebase/test_service.py test_articles_are_listed_by_words_status_and_category",
        "handoff/test_supervision.py"
        " test_conversations_are_found_by_status_team_agent_reason_and_words",
    ),
    # Traps.
    "escalating on a slow acknowledgement instead of a failed one": (
        "handoff/test_turns.py test_a_failed_turn_is_tried_again_and_answered_once",
        "e2e/test_outages.py"
        " test_a_message_written_while_rasa_is_dead_is_kept_and_answered_when_it_comes_back",
    ),
    "magic words in text as the handoff signal": (
        "e2e/test_bad_input.py test_a_typed_command_is_only_words",
    ),
    "assigning only when a conversation is created": (
        "handoff/test_assignment.py test_who_comes_online_is_offered_those_who_wait_next_first",
        "handoff/test_assignment.py test_closing_one_makes_room_for_the_next",
    ),
    "presence that lapses in 20 s": (
        "handoff/test_assignment.py test_sixty_seconds_of_silence_of_a_console_are_no_absence",
    ),
    "a flaky agent's chats sent to the tail of the queue": (
        "handoff/test_assignment.py test_an_agent_who_is_gone_loses_the_conversation_to_the_front",
    ),
    "throttles per address behind carrier NAT": (
        "e2e/test_what_others_get_wrong.py test_many_customers_behind_one_address_are_all_served",
    ),
    "derived state in a column with several writers": (
        "handoff/test_races.py test_accepts_of_many_conversations_at_once_keep_an_agents_capacity",
        "handoff/test_teams.py test_places_are_counted_within_a_team",
    ),
    "a dedup key set before the work is stored": (
        "e2e/test_bad_input.py test_the_same_message_sent_many_times_at_once_is_stored_once",
        "e2e/test_outages.py"
        " test_a_server_killed_between_message_and_answer_answers_once_after_its_restart",
    ),
    "Rasa's in-memory lock store with several workers": (
        "handoff/test_turns.py"
        " test_a_run_whose_lease_ran_out_stores_nothing_even_in_the_same_process",
        CHAOS,
    ),
}


@pytest.mark.parametrize("complaint", TESTED)
def test_what_others_get_wrong_is_tested(complaint: str):
    for place in TESTED[complaint]:
        file, name = place.split()
        source = (ROOT / "tests" / file).read_text("utf-8")
        assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), place


# -- bot and human ----------------------------------------------------------------------------


def test_a_bot_that_was_given_the_customer_back_serves_them_and_does_not_hand_over_again(
    customer: Customer, agent: Staff
):
    for words in ("余额", "套餐", "积分"):
        told = is_not_helped(customer, words)
    assert told["data"]["kind"] == "queued"
    conversation_id = customer.conversation()["id"]
    agent.accepts(conversation_id)
    customer.hears(data__kind="accepted")

    agent.http.post(f"/api/desk/conversations/{conversation_id}/return", json={})
    customer.hears(author="system")

    # The misses that led to a person are forgotten, and the bot is as patient as at first.
    assert heard([is_not_helped(customer, "余额")]) == ["no_answer"]
    assert heard([customer.asks("怎么查话费")[-1]]) == ["answer"]
    assert customer.conversation()["status"] == "bot"


@pytest.mark.parametrize(
    "words", ["转人工", "我要人工客服", "找个真人", "人工", "别让机器人跟我说了，叫客服来"]
)
def test_a_person_is_had_by_whatever_words_and_by_button(
    customer: Customer, agent: Staff, words: str
):
    conversation_id = is_sent_to_a_person(customer, words)

    agent.sees("handoff.requested", conversation_id=conversation_id)


def test_two_passages_to_a_person_are_one_conversation_with_one_end(
    customer: Customer, agent: Staff, product: Product
):
    first = serve(agent, customer)
    agent.http.post(f"/api/desk/conversations/{first}/return", json={})
    customer.hears(author="system")
    again = serve(agent, customer)
    agent.writes(again, "处理好了")
    agent.closes(again)
    customer.hears(data__kind="rating")

    assert again == first
    told = agent.http.get(f"/api/desk/conversations/{first}").json()
    kinds = [m["data"].get("kind") for m in told["messages"]]
    assert kinds.count("accepted") == 2  # each passage has its own beginning
    assert kinds.count("rating") == 1
    closed = agent.http.get("/api/desk/conversations?view=closed").json()["conversations"]
    assert [each["id"] for each in closed].count(first) == 1


# -- answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["怎么查话费", "查话费", "我家宽带断了", "流量不够用咋办", "套餐", "海王星上的鲸鱼"]
)
def test_the_hit_test_says_what_the_chat_does(customer: Customer, admin: Staff, words: str):
    found = admin.http.post("/api/kb/search", json={"query": words}).json()

    said = customer.asks(words)[-1]

    if found["decision"] == "answer":
        assert said["text"] == found["hits"][0]["answer"]
    elif found["decision"] == "suggest":
        offered = [button["title"] for button in said["buttons"]]
        assert found["hits"][0]["question"] in offered
        assert "都不是" in offered
    else:
        assert said["data"].get("kind") != "answer"


# -- many at once -----------------------------------------------------------------------------


def test_many_customers_behind_one_address_are_all_served(
    new_customer: Callable[[], Customer],
):
    customers = [new_customer() for _ in range(60)]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda each: each.asks("怎么查话费")[-1], customers))

    assert {answer["data"].get("kind") for answer in answers} == {"answer"}
