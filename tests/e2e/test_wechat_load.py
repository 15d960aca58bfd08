"""A hundred customers of WeChat at once, and a WeChat that repeats itself and does not answer."""

from __future__ import annotations

import pytest

from tests.wechat_simulator.crowd import SEND, Crowd
from tests.wechat_simulator.faults import Fault, Trouble
from tests.wechat_simulator.simulator import Simulator

pytestmark = pytest.mark.e2e

CUSTOMERS, RATE = 100, 15.0
PATIENCE_SECONDS = 60.0
QUESTIONS = (
    "怎么查话费",
    "怎么查流量还剩多少",
    "怎么查积分",
    "怎么查每个月的账单",
    "怎么查通话详单",
)


async def test_each_of_many_messages_is_answered_once_and_in_order(
    wechat: Simulator, approved: dict[str, str]
):
    crowd = Crowd(
        wechat.accounts["wx-secure"],
        CUSTOMERS,
        words=lambda who, turn: QUESTIONS[turn],
        answer=approved.__getitem__,
    )
    wechat.trouble = Trouble(duplicated=0.2, cut=0.1)
    # Half of what is not answered was done all the same.
    wechat.faults.add(Fault("drop", SEND, times=None, rate=0.05))
    wechat.faults.add(Fault("drop_done", SEND, times=None, rate=0.05))

    await crowd.talk(len(QUESTIONS), RATE)
    await crowd.answered(PATIENCE_SECONDS)

    assert crowd.wrong() == []
