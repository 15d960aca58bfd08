"""An estimate is measured, a range, and silent while there is too little to go on."""

from __future__ import annotations

from datetime import timedelta

from handoff.estimate import Estimate, Service, estimate
from tests.handoff.conftest import House


def service(*minutes: float, at_once: int = 1) -> Service:
    return Service(tuple(timedelta(minutes=each) for each in minutes), at_once)


EVEN = [4.0] * 10


def test_the_next_waits_about_as_long_as_a_case_takes():
    assert estimate(1, service(*EVEN)) == Estimate(4, 4)


def test_it_grows_with_the_place_and_shrinks_with_the_staff():
    assert estimate(6, service(*EVEN)) == Estimate(24, 24)
    assert estimate(6, service(*EVEN, at_once=8)) == Estimate(3, 3)


def test_uneven_cases_give_a_range():
    found = estimate(2, service(1, 1, 2, 3, 4, 5, 6, 8, 12, 40))
    assert found is not None
    assert found.low < 2 * 4.5 < found.high < 80


def test_nobody_is_promised_less_than_a_minute():
    assert estimate(1, service(*[0.1] * 20, at_once=50)) == Estimate(1, 1)


def test_nine_cases_are_too_few():
    assert estimate(1, service(*[4.0] * 9)) is None


def test_without_staff_nobody_can_say():
    assert estimate(1, service(*EVEN, at_once=0)) is None


async def served(house: House, agent, user: str, minutes: float) -> None:
    receipt = await house.customer_says("转人工", user=user)
    await house.handoffs.request(receipt.message.conversation_id, "customer_request")
    await house.handoffs.accept(receipt.message.conversation_id, agent)
    house.clock.forward(minutes=minutes)
    await house.desk.seen(agent)
    await house.handoffs.close(receipt.message.conversation_id, agent, "resolved")


async def test_the_customer_hears_what_was_measured(house: House):
    lin = await house.an_agent()
    for number in range(10):
        await served(house, lin, f"before{number}", 16)
    waiting = (await house.customer_says("转人工", user="now")).message.conversation_id

    await house.handoffs.request(waiting, "customer_request")

    assert "预计等待 2 分钟" in (await house.transcript(waiting))[-1][1]
    assert (await house.reception.conversation_for("now"))["wait"] == {"low": 2, "high": 2}


async def test_without_measurements_no_time_is_named(house: House):
    await house.an_agent()
    waiting = (await house.customer_says("转人工", user="now")).message.conversation_id

    await house.handoffs.request(waiting, "customer_request")

    assert "分钟" not in (await house.transcript(waiting))[-1][1]
    assert (await house.reception.conversation_for("now"))["wait"] is None
