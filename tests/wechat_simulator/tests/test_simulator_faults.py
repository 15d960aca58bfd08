"""Calls that go wrong on purpose, and quotas."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.wechat_simulator.faults import Fault
from tests.wechat_simulator.tests.conftest import SEND, violated


async def _failed(api, amy, text="喂"):
    try:
        return await api.send(amy, await api.token(), text=text)
    except (httpx.HTTPError, ValueError) as error:
        return type(error).__name__


@pytest.mark.parametrize(
    ("fault", "outcome", "arrives"),
    [
        ({"kind": "errcode", "code": 45011}, 45011, False),
        ({"kind": "busy"}, -1, False),
        ({"kind": "busy_done"}, -1, True),
        ({"kind": "http", "code": 503}, "JSONDecodeError", False),
        ({"kind": "http_done"}, "JSONDecodeError", True),
        ({"kind": "hang"}, "ReadTimeout", False),
        ({"kind": "hang_done"}, "ReadTimeout", True),
        ({"kind": "drop"}, "RemoteProtocolError", False),
        ({"kind": "drop_done"}, "RemoteProtocolError", True),
        ({"kind": "garbage"}, "JSONDecodeError", True),
        ({"kind": "slow", "seconds": 0.01}, 0, True),
    ],
)
async def test_a_call_goes_wrong_as_told(api, amy, world, fault, outcome, arrives):
    await amy.says("在吗")
    switched = world.faults.add(Fault(**fault))
    assert await _failed(api, amy) == outcome
    assert (len(amy.received), switched.happened) == (int(arrives), 1)
    assert await _failed(api, amy, "第二条") == 0
    assert world.violations == []


async def test_an_unclear_send_that_is_repeated_is_noted(api, amy, world):
    await amy.says("在吗")
    world.faults.add(Fault("drop_done"))
    await _failed(api, amy)
    assert not amy.received[0].acknowledged
    assert await _failed(api, amy) == 0
    assert violated(world) == ["unclear_send_repeated"]


async def test_a_fault_may_be_for_one_customer_or_some_calls(api, amy, world):
    bob = api.account.customer("bob")
    await asyncio.gather(amy.says("1"), bob.says("2"))
    world.faults.add(Fault("busy", times=None, openid=bob.openid))
    assert [await api.send(amy), await api.send(bob), await api.send(bob)] == [0, -1, -1]
    world.faults.clear()
    half = world.faults.add(Fault("busy", times=None, rate=0.5, path="/cgi-bin/user/info"))
    for _ in range(40):
        params = {"access_token": await api.token(), "openid": amy.openid}
        await api.http.get("/cgi-bin/user/info", params=params)
    assert 8 <= half.happened <= 32


async def test_a_daily_quota_ends_at_midnight_in_beijing_or_is_cleared(api, amy, world):
    await amy.says("在吗")
    world.rules.daily[SEND] = 1
    assert [await api.send(amy), await api.send(amy)] == [0, 45009]
    assert (await api.call("/cgi-bin/clear_quota", {"appid": api.account.appid}))["errcode"] == 0
    assert [await api.send(amy), await api.send(amy)] == [0, 45009]
    world.clock.forward(hours=24)
    assert await api.send(amy) == 0
    del world.rules.daily[SEND]
    world.rules.per_minute[SEND] = 1
    assert [await api.send(amy), await api.send(amy)][-1] == 45011


async def test_sends_to_one_customer_that_overlap_are_noted(api, amy, world):
    await amy.says("在吗")
    world.rules.latency = 0.05
    token = await api.token()
    await asyncio.gather(api.send(amy, token), api.send(amy, token))
    assert violated(world) == ["overlapping_sends"]
