"""How much may be sent, to whom, until when; and that somebody is typing."""

from __future__ import annotations

import pytest

from tests.wechat_simulator.rules import Grant
from tests.wechat_simulator.tests.conftest import SEND, violated


async def test_words_of_the_customer_open_five_messages_for_48_hours(api, amy, world):
    assert await api.send(amy) == 45015
    await amy.says("在吗")
    world.violations.clear()
    assert [await api.send(amy, text=f"{n}") for n in range(6)] == [0, 0, 0, 0, 0, 45047]
    assert violated(world) == ["over_count"]
    assert amy.texts == ["0", "1", "2", "3", "4"]
    await amy.says("还在吗")
    assert amy.window.left == 5
    world.clock.shared = True
    world.clock.forward(hours=48)
    assert await api.send(amy) == 45015
    assert violated(world) == ["over_count", "outside_window"]


async def test_a_product_with_its_own_clock_is_not_blamed_for_hours_put_forward(api, amy, world):
    await amy.says("在吗")
    world.clock.forward(hours=49)
    assert (await api.send(amy), world.violations) == (45015, [])


@pytest.mark.parametrize("act", ["clicks", "scans", "subscribes"])
async def test_other_acts_open_three_messages_for_a_minute(api, amy, world, act):
    await getattr(amy, act)("1")
    assert [await api.send(amy, text=str(n)) for n in range(4)] == [0, 0, 0, 45047]
    await getattr(amy, act)("1")
    world.clock.forward(seconds=60)
    assert await api.send(amy) == 45015


async def test_acts_set_the_window_anew_and_do_not_add_up(api, amy, world):
    await amy.says("在吗")
    await amy.clicks("1")
    assert (amy.window.left, amy.window.seconds > 172_000) == (5, True)
    for _ in range(4):
        await api.send(amy)
    await amy.clicks("1")
    assert amy.window.left == 3
    world.rules.grants["pay"] = Grant(None, 60)
    await amy.event({"MsgType": "event", "Event": "pay"}, "pay")
    assert [await api.send(amy) for _ in range(8)] == [0] * 8


async def test_a_grant_may_lag_behind_the_act_without_blame(api, amy, world):
    world.rules.lag = 0.2
    await amy.says("在吗")
    assert await api.send(amy) == 45015
    world.clock.forward(seconds=1)
    assert await api.send(amy) == 0
    assert world.violations == []


async def test_who_left_or_never_was_gets_nothing(api, amy, world):
    await amy.says("在吗")
    await amy.unsubscribes()
    assert await api.send(amy) == 45015
    told = await api.call(SEND, {"touser": "nobody", "msgtype": "text", "text": {"content": "a"}})
    assert told["errcode"] == 40003
    assert violated(world) == ["sent_after_unsubscribe", "unknown_openid"]


async def test_typing_shows_for_fifteen_seconds_and_ends_with_a_message(api, amy, world):
    async def typing(command="Typing"):
        body = {"touser": amy.openid, "command": command}
        return (await api.call("/cgi-bin/message/custom/typing", body))["errcode"]

    assert await typing() == 45080
    await amy.says("在吗")
    assert (await typing(), amy.typing) == (0, True)
    assert await typing() == 45081
    assert (await typing("CancelTyping"), amy.typing) == (0, False)
    await typing()
    await api.send(amy)
    assert not amy.typing
    await typing()
    world.clock.forward(seconds=15)
    assert not amy.typing
    assert world.violations == []
    assert (await typing("Dance"), violated(world)) == (45072, ["typing_command"])
