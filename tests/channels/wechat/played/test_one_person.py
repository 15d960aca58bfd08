"""A person on two accounts, as WeChat plays them: their unionid makes them one."""

from __future__ import annotations

from tests.channels.wechat.played.conftest import Stage


async def test_who_waits_on_one_account_and_asks_on_the_other_is_served_there(stage: Stage):
    lin = await stage.an_agent()
    first = await stage.served("shop", "amy", lin)
    await stage.accounts["phone"].customer("amy").says("你好")
    await stage.rest()
    second = await stage.newest()

    await stage.site.world.handoffs.request(second, "customer_request")
    await stage.rest()

    shown = await stage.site.world.desk.conversation(second, lin)
    assert shown["conversation"]["agent"]["id"] == lin.id
    assert [(one["id"], one["close_reason"]) for one in shown["earlier"]] == [(first, "merged")]
    assert "继续为您服务" in stage.accounts["phone"].customer("amy").texts[-1]


async def test_people_of_accounts_that_are_bound_to_nothing_stay_apart(stage: Stage):
    stage.accounts["shop"].linked = stage.accounts["phone"].linked = False
    lin = await stage.an_agent()
    first = await stage.served("shop", "amy", lin)
    second = await stage.served("phone", "amy", lin)
    shown = await stage.site.world.desk.conversation(first, lin)
    assert (shown["conversation"]["status"], shown["earlier"]) == ("active", [])
    assert second != first
