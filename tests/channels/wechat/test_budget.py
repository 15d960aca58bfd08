"""How many messages WeChat still takes, and until when; and what its error codes mean."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels.wechat.budget import BY_EVENT, BY_MESSAGE, Budget
from channels.wechat.errcodes import ERRCODES, Remedy, look_up
from tests.conftest import NOON

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def spent(budget: Budget, times: int) -> Budget:
    for _ in range(times):
        budget = budget.spent()
    return budget


def test_nothing_may_be_sent_to_who_never_wrote():
    assert (Budget().left(NOON), Budget().until(NOON)) == (0, None)


def test_words_give_five_messages_for_48_hours():
    budget = Budget().after_message(BY_MESSAGE, NOON)

    assert (budget.left(NOON), budget.until(NOON)) == (5, NOON + 48 * HOUR)
    assert spent(budget, 5).left(NOON) == 0
    assert spent(budget, 9).left(NOON) == 0
    assert budget.left(NOON + 48 * HOUR - SECOND) == 5
    assert budget.left(NOON + 48 * HOUR) == 0


def test_writing_again_fills_up_and_does_not_add_up():
    budget = spent(Budget().after_message(BY_MESSAGE, NOON), 2).after_message(BY_MESSAGE, NOON)
    assert budget.left(NOON) == 5


def test_a_click_gives_three_for_a_minute_beside_what_is_left():
    used_up = spent(Budget().after_message(BY_MESSAGE, NOON), 5).after_event(BY_EVENT, NOON)

    assert (used_up.left(NOON), used_up.until(NOON)) == (3, NOON + timedelta(minutes=1))
    assert used_up.left(NOON + timedelta(minutes=1)) == 0
    fresh = Budget().after_message(BY_MESSAGE, NOON).after_event(BY_EVENT, NOON)
    assert (fresh.left(NOON), spent(fresh, 4).left(NOON)) == (5, 1)


@pytest.mark.parametrize(
    ("errcode", "remedy"),
    [
        (-1, Remedy.LATER),
        (45011, Remedy.LATER),
        (40001, Remedy.NEW_TOKEN),
        (40014, Remedy.NEW_TOKEN),
        (42001, Remedy.NEW_TOKEN),
        (45015, Remedy.WAIT_FOR_CUSTOMER),
        (45047, Remedy.WAIT_FOR_CUSTOMER),
        (45009, Remedy.NEXT_DAY),
        (40013, Remedy.STOP),
        (40125, Remedy.STOP),
        (40164, Remedy.STOP),
        (48001, Remedy.STOP),
        (40003, Remedy.UNREACHABLE),
        (43004, Remedy.UNREACHABLE),
        (40200, Remedy.NUMBERED),
        (45002, Remedy.DROP),
        (45081, Remedy.IGNORE),
        (99999, Remedy.DROP),
    ],
)
def test_every_error_has_its_remedy(errcode: int, remedy: Remedy):
    assert look_up(errcode).remedy is remedy


def test_every_error_tells_an_operator_what_to_do():
    assert all(len(known.advice) >= 8 for known in ERRCODES.values())
