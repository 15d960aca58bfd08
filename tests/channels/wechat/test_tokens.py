"""One token for all processes, fetched once, and replaced once when WeChat refuses it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from channels.wechat import account_store
from channels.wechat.client import WechatClient, read_answer
from channels.wechat.failures import NotSent, Refused, Unanswered
from channels.wechat.tokens import SharedTokens
from common.db import Database
from tests.channels.wechat.conftest import APP_ID, FakeWechat, an_account
from tests.handoff.conftest import Clock


@pytest.fixture
def weixin() -> FakeWechat:
    return FakeWechat()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def a_process(db: Database, weixin: FakeWechat, clock: Clock) -> SharedTokens:
    return SharedTokens(db, weixin.client(), clock)


async def test_many_sends_in_many_processes_fetch_one_token(
    db: Database, weixin: FakeWechat, clock: Clock
):
    processes = [a_process(db, weixin, clock) for _ in range(4)]
    tokens = await asyncio.gather(
        *(process.token(an_account()) for process in processes for _ in range(10))
    )

    assert (set(tokens), weixin.tokens_given) == ({"token-1"}, 1)


async def test_a_token_is_fetched_anew_five_minutes_before_it_ends(
    db: Database, weixin: FakeWechat, clock: Clock
):
    tokens = a_process(db, weixin, clock)
    await tokens.token(an_account())
    clock.forward(seconds=6899)
    assert (await tokens.token(an_account()), weixin.tokens_given) == ("token-1", 1)

    weixin.token = "token-2"
    clock.forward(seconds=1)

    assert (await tokens.token(an_account()), weixin.tokens_given) == ("token-2", 2)


async def test_a_token_that_ends_soon_is_still_used_a_while(
    db: Database, weixin: FakeWechat, clock: Clock
):
    weixin.expires_in = 301
    tokens = a_process(db, weixin, clock)
    await tokens.token(an_account())
    await tokens.token(an_account())

    assert weixin.tokens_given == 1


async def test_forgetting_an_old_token_leaves_the_new_one(
    db: Database, weixin: FakeWechat, clock: Clock
):
    tokens = a_process(db, weixin, clock)
    await tokens.token(an_account())
    await tokens.forget(an_account(), "token-0")
    await tokens.token(an_account())
    assert weixin.tokens_given == 1

    await tokens.forget(an_account(), "token-1")
    await tokens.token(an_account())
    assert weixin.tokens_given == 2


async def test_a_process_that_died_fetching_holds_nobody_up_for_long(
    db: Database, weixin: FakeWechat, clock: Clock
):
    async with db.begin() as conn:
        await account_store.make_account(conn, APP_ID)
        later = clock() + timedelta(seconds=15)
        assert await account_store.claim_fetching(conn, APP_ID, clock(), later)
        assert not await account_store.claim_fetching(conn, APP_ID, clock(), later)
    waiting = asyncio.create_task(a_process(db, weixin, clock).token(an_account()))
    await asyncio.sleep(0.3)
    assert not waiting.done()

    clock.forward(seconds=15)

    assert await waiting == "token-1"


async def test_a_refusal_reaches_the_caller_and_the_next_may_try(
    db: Database, weixin: FakeWechat, clock: Clock
):
    tokens = a_process(db, weixin, clock)
    weixin.token_answer = {"errcode": 40164, "errmsg": "invalid ip"}
    with pytest.raises(Refused) as error:
        await tokens.token(an_account())
    assert error.value.errcode == 40164

    weixin.token_answer = None
    assert await tokens.token(an_account()) == "token-1"


async def test_a_token_that_did_not_come_leaves_the_message_unsent(
    db: Database, weixin: FakeWechat, clock: Clock
):
    weixin.token_answer = {"nothing": 1}
    with pytest.raises(NotSent):
        await a_process(db, weixin, clock).token(an_account())


async def test_a_refused_token_is_replaced_once_and_the_message_goes_out(
    db: Database, weixin: FakeWechat, clock: Clock
):
    tokens, client = a_process(db, weixin, clock), weixin.client()
    await tokens.token(an_account())
    weixin.token = "token-2"  # WeChat forgot the first

    await client.call(an_account(), tokens, "/cgi-bin/message/custom/send", {"touser": "o1"})

    assert (weixin.sent, weixin.tokens_given) == ([{"touser": "o1"}], 2)


async def test_it_is_asked_for_as_wechat_wants_it():
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"access_token": "t", "expires_in": 7200})

    client = WechatClient(httpx.MockTransport(answer))
    account = an_account(api="http://127.0.0.1:9800")

    assert await client.fetch_token(account) == ("t", 7200)
    assert str(asked[0].url) == "http://127.0.0.1:9800/cgi-bin/stable_token"
    assert b'"secret":"a secret"' in asked[0].content


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b'{"errcode":40003,"errmsg":"x rid: 1"}', Refused),
        (b"", Unanswered),
        (b"<html>", Unanswered),
        (b"[]", Unanswered),
        (b'{"errcode":"40003"}', Unanswered),
        (b"\xff\xfe", Unanswered),
        (b"[" * 100_000, Unanswered),
    ],
)
def test_only_a_clear_answer_counts(content: bytes, error: type[Exception]):
    with pytest.raises(error):
        read_answer(content)


def test_line_ends_inside_wechats_texts_do_no_harm():
    assert read_answer(b'{"errcode":0,"errmsg":"ok\n rid"}')["errmsg"] == "ok  rid"


async def test_an_endless_answer_is_given_up():
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b" " * 200_000)

    with pytest.raises(Unanswered):
        await WechatClient(httpx.MockTransport(answer)).fetch_token(an_account())
