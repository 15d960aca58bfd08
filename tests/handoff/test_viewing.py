"""Who has a conversation open, as consoles say it."""

from __future__ import annotations

import pytest

from handoff.viewing import LASTS_SECONDS, Viewers


class Hand:
    """A clock moved by hand, in seconds."""

    time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def viewers(hand: Hand) -> Viewers:
    return Viewers(hand)


def names(viewers: Viewers, conversation_id: str) -> list[str]:
    return [viewer["name"] for viewer in viewers.of(conversation_id)]


def test_two_who_open_the_same_conversation_are_both_seen_there(viewers: Viewers):
    viewers.saw("console1", "lin", "小林", "c1")
    assert viewers.saw("console2", "zhou", "小周", "c1") == {"c1"}
    assert names(viewers, "c1") == ["小林", "小周"]


def test_who_goes_on_to_another_conversation_is_gone_from_the_first(viewers: Viewers):
    viewers.saw("console1", "lin", "小林", "c1")
    assert viewers.saw("console1", "lin", "小林", "c2") == {"c1", "c2"}
    assert (names(viewers, "c1"), names(viewers, "c2")) == ([], ["小林"])


def test_a_console_that_closes_shows_nothing_any_more(viewers: Viewers):
    viewers.saw("console1", "lin", "小林", "c1")
    assert viewers.saw("console1", "lin", "小林", None) == {"c1"}
    assert names(viewers, "c1") == []


def test_somebody_with_two_windows_is_one_person(viewers: Viewers):
    viewers.saw("console1", "lin", "小林", "c1")
    viewers.saw("console2", "lin", "小林", "c1")
    viewers.saw("console1", "lin", "小林", None)
    assert names(viewers, "c1") == ["小林"]


def test_saying_it_again_changes_nothing_for_the_others(viewers: Viewers):
    viewers.saw("console1", "lin", "小林", "c1")
    assert viewers.saw("console1", "lin", "小林", "c1") == set()


def test_a_console_whose_process_died_is_forgotten_and_the_others_are_told(
    viewers: Viewers, hand: Hand
):
    viewers.saw("console1", "lin", "小林", "c1")
    hand.time = LASTS_SECONDS / 2
    viewers.saw("console2", "zhou", "小周", "c1")
    hand.time = LASTS_SECONDS
    assert viewers.saw("console2", "zhou", "小周", "c1") == {"c1"}
    assert names(viewers, "c1") == ["小周"]
