"""What an operator is told of an account, and that a check that ends well sets it going again."""

from __future__ import annotations

from datetime import timedelta

import httpx

from channels.wechat import account_store
from channels.wechat.checking import check_accounts
from channels.wechat.client import WechatClient
from tests.channels.wechat.conftest import APP_ID, Line


async def check(line: Line, client: WechatClient | None = None):
    accounts = {"main": line.account}
    (found,) = await check_accounts(line.db, accounts, client or line.weixin.client(), line.clock)
    return found


async def test_an_account_in_order_is_ok(line: Line):
    found = await check(line)
    assert (found["trouble"], found["callback"], found["waiting"]) == (
        None,
        "/wechat/main/callback",
        0,
    )


async def test_a_wrong_secret_is_found_though_an_old_token_still_works(line: Line):
    await line.wechat.tokens.token(line.account)
    line.weixin.token_answer = {"errcode": 40125, "errmsg": "invalid appsecret"}
    assert "AppSecret" in (await check(line))["trouble"]


async def test_a_wechat_that_cannot_be_reached_is_said_so(line: Line):
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    found = await check(line, WechatClient(httpx.MockTransport(refuse)))
    assert "api.weixin.qq.com" in found["trouble"]


async def test_a_stopped_account_goes_on_after_a_check_that_ends_well(line: Line):
    await line.customer()
    await line.says("甲")
    async with line.db.begin() as conn:
        later = line.clock() + timedelta(hours=1)
        await account_store.save_problem(conn, APP_ID, 40164, later, line.clock())
    await line.carry()
    assert line.weixin.texts == []

    found = await check(line)
    await line.carry()

    assert (found["trouble"], found["problem"], found["waiting"]) == (None, None, 1)
    assert line.weixin.texts == ["甲"]
