"""Access tokens: how long they live, what ends them, and who gets one."""

from __future__ import annotations

import pytest

from tests.wechat_simulator.tests.conftest import SEND, violated


async def test_a_stable_token_stays_the_same_until_five_minutes_before_its_end(api, world):
    first = await api.stable()
    assert 7198 <= first["expires_in"] <= 7200
    world.clock.forward(seconds=6880)
    again = await api.stable()
    assert again["access_token"] == first["access_token"]
    world.clock.forward(seconds=30)
    new = await api.stable()
    assert new["access_token"] != first["access_token"]
    api.account.tokens.check(first["access_token"])
    world.clock.forward(seconds=300)
    info = {"openid": api.account.customer("amy").openid, "access_token": first["access_token"]}
    told = (await api.http.get("/cgi-bin/user/info", params=info)).json()
    assert told["errcode"] == 42001
    assert api.account.tokens.fetches == 3


async def test_a_forced_refresh_kills_the_old_token_and_is_rationed(api, amy, world):
    # From noon in Beijing, so that no day ends meanwhile.
    world.clock.forward(seconds=(4 * 3600 - world.clock.now()) % 86_400)
    old = await api.token()
    await api.token(force_refresh=True)
    assert await api.send(amy, old) == 40001
    assert (await api.stable(force_refresh=True))["errcode"] == 45011
    for _ in range(19):
        world.clock.forward(seconds=30)
        assert "access_token" in await api.stable(force_refresh=True)
    world.clock.forward(seconds=30)
    assert (await api.stable(force_refresh=True))["errcode"] == 45009


async def test_each_plain_token_ends_the_one_before_after_five_minutes(api, world):
    stable = await api.token()
    first = (await api.plain())["access_token"]
    await api.plain()
    api.account.tokens.check(first)
    world.clock.forward(seconds=301)
    told = await api.call("/cgi-bin/clear_quota", {"appid": "x"}, first)
    assert told["errcode"] == 40001
    api.account.tokens.check(stable)


async def test_plain_tokens_run_out_after_two_thousand_a_day(api, world):
    world.rules.daily["/cgi-bin/token"] = 2
    await api.plain()
    await api.plain()
    assert (await api.plain())["errcode"] == 45009
    world.clock.forward(days=1)
    assert "access_token" in await api.plain()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"appid": "wx-nobody"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"secret": ""}, 41004),
        ({"appid": ""}, 41002),
        ({"grant_type": "password"}, 40002),
    ],
)
async def test_a_token_is_only_for_who_has_the_secret(api, body, code):
    assert (await api.stable(**body))["errcode"] == code


async def test_a_bad_missing_or_revoked_token_is_told_apart(api, amy):
    assert await api.send(amy, "made-up") == 40014
    answer = await api.http.post(SEND, content=b"{}")
    assert (answer.status_code, answer.json()["errcode"]) == (200, 41001)
    token = await api.token()
    api.account.tokens.revoke()
    assert await api.send(amy, token) == 40001


async def test_a_product_that_goes_round_in_circles_is_noted(api, amy, world):
    api.account.tokens.always_bad = True
    assert [await api.send(amy) for _ in range(2)] == [40001, 40001]
    assert violated(world) == []
    await api.send(amy)
    assert violated(world) == ["token_loop"]


async def test_an_account_in_trouble_is_refused_with_its_code(api, amy):
    api.account.forbidden = 40164
    told = await api.stable()
    assert (told["errcode"], "203.0.113.9" in told["errmsg"]) == (40164, True)
