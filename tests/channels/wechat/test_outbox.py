"""From the desk to WeChat: in order, within the budget, never the same thing twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from channels import outbox_store
from channels.outbox_store import OutboxRow
from channels.wechat import account_store, customer_store
from channels.wechat.customer import Customer
from channels.wechat.inbound import Kind
from common.events import events as EVENTS
from tests.channels.wechat.conftest import APP_ID, OPEN_ID, USER_ID, Line

BUSY = httpx.Response(502, text="bad gateway")


async def customer(line: Line) -> Customer:
    async with line.db.connect() as conn:
        found = await customer_store.find_customer(conn, USER_ID)
    assert found is not None
    return found


async def events(line: Line) -> list[str]:
    async with line.db.connect() as conn:
        return list((await conn.execute(sa.select(EVENTS.c.type).order_by(EVENTS.c.id))).scalars())


async def test_replies_of_a_turn_go_out_as_one_message_and_cost_one(line: Line):
    await line.customer("你好")
    await line.says("您好。")
    await line.says("请问怎么称呼？")

    await line.carry()

    assert line.weixin.texts == ["您好。\n\n请问怎么称呼？"]
    assert line.weixin.sent[0]["touser"] == OPEN_ID
    assert await line.delivery() == {
        "left": 4,
        "of": 5,
        "until": "2026-03-12T04:00:00.000Z",
        "subscribed": True,
        "waiting": [],
        "not_sent": [],
        "reminder": None,
    }
    assert await events(line) == ["message.sent"]


async def test_nothing_goes_out_twice(line: Line):
    await line.customer()
    await line.says("您好。")
    await line.carry()
    await line.carry()

    assert line.weixin.texts == ["您好。"]


async def test_one_message_is_kept_back_from_the_bot_for_the_word_that_a_person_comes(line: Line):
    await line.customer()
    for n in range(6):
        await line.says(f"第{n}句")
        await line.carry()
    assert line.weixin.texts == [f"第{n}句" for n in range(4)]
    assert (await line.delivery())["waiting"] == [5, 6]

    await line.says("客服小林为您服务。", author="system")
    await line.carry()

    assert line.weixin.texts[4:] == ["第4句\n\n第5句\n\n客服小林为您服务。"]
    assert (await line.delivery())["waiting"] == []


async def test_the_rest_of_a_long_answer_gives_way_to_the_word_that_a_person_comes(line: Line):
    await line.customer()
    await line.says("。".join(chr(0x4E00 + n) * 600 for n in range(9)))
    await line.carry()
    assert (len(line.weixin.texts), (await line.delivery())["waiting"]) == (4, [1])
    await line.says("客服小林为您服务。", author="system")
    await line.carry()

    assert line.weixin.texts[4:] == ["客服小林为您服务。"]
    assert [one["status"] for one in (await line.delivery())["not_sent"]] == ["failed"]


async def test_the_word_that_a_person_comes_may_take_the_last_one(line: Line):
    await line.customer()
    for n in range(4):
        await line.says(f"第{n}句")
        await line.carry()
    await line.says("正在为您转接人工客服。", author="system")
    await line.carry()

    assert line.weixin.texts[-1] == "正在为您转接人工客服。"
    assert (await line.delivery())["left"] == 0


async def test_what_the_budget_does_not_allow_waits_for_the_customers_next_word(line: Line):
    await line.customer()
    for n in range(7):
        await line.says(f"第{n}句", author="agent")
        await line.carry()
    shown = await line.delivery()
    assert (shown["left"], shown["until"], shown["waiting"]) == (0, None, [6, 7])
    assert "message.held" in await events(line)

    await line.customer("还在吗")
    await line.carry()

    assert line.weixin.texts[5:] == ["第5句\n\n第6句"]
    assert (await line.delivery())["left"] == 4


async def test_after_two_days_nothing_is_sent(line: Line):
    await line.customer()
    line.clock.forward(hours=48)
    await line.says("您的问题处理好了。", author="agent")
    await line.carry()

    assert line.weixin.sent == []
    assert (await line.delivery())["waiting"] == [1]


async def test_a_long_answer_goes_on_where_it_stopped(line: Line):
    await line.customer()
    await line.says("。".join(chr(0x4E00 + n) * 600 for n in range(9)), author="agent")
    await line.carry()
    assert (len(line.weixin.texts), (await line.delivery())["waiting"]) == (5, [1])

    await line.customer("继续")
    await line.carry()

    assert "".join(line.weixin.texts) == "。".join(chr(0x4E00 + n) * 600 for n in range(9))
    assert (await line.delivery())["waiting"] == []


async def test_a_send_that_got_no_answer_is_unclear_and_never_repeated(line: Line):
    await line.customer()
    line.weixin.script = [httpx.ReadTimeout("slow")]
    await line.says("甲")
    await line.carry()
    await line.says("乙")
    await line.carry()

    assert line.weixin.texts == ["乙"]
    assert [(one["seq"], one["status"]) for one in (await line.delivery())["not_sent"]] == [
        (1, "unclear")
    ]
    assert (await line.delivery())["left"] == 3


@pytest.mark.parametrize("answer", [BUSY, httpx.Response(200, text="<html>")])
async def test_an_answer_that_says_nothing_is_unclear_too(line: Line, answer: httpx.Response):
    await line.customer()
    line.weixin.script = [answer]
    await line.says("甲")
    await line.carry()
    assert [one["status"] for one in (await line.delivery())["not_sent"]] == ["unclear"]


async def test_what_never_reached_wechat_is_sent_again_and_costs_nothing(line: Line):
    await line.customer()
    line.weixin.script = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")]
    await line.says("甲")
    await line.carry()
    await line.carry()
    assert (line.weixin.texts, (await line.delivery())["left"]) == ([], 5)
    line.clock.forward(seconds=1)
    await line.carry()
    line.clock.forward(seconds=2)
    await line.carry()

    assert (line.weixin.texts, (await line.delivery())["left"]) == (["甲"], 4)


async def test_a_busy_wechat_is_asked_three_times_and_then_it_is_unclear(line: Line):
    await line.customer()
    line.weixin.script = [-1, -1, -1]
    await line.says("甲")
    for _ in range(5):
        await line.carry()
        line.clock.forward(seconds=10)

    assert (line.weixin.texts, line.weixin.script) == ([], [])
    assert [one["status"] for one in (await line.delivery())["not_sent"]] == ["unclear"]


async def test_too_often_is_tried_again_later(line: Line):
    await line.customer()
    line.weixin.script = [45011, 45011]
    await line.says("甲")
    for _ in range(4):
        await line.carry()
        line.clock.forward(seconds=5)

    assert (line.weixin.texts, (await line.delivery())["left"]) == (["甲"], 4)


async def test_a_budget_that_lags_behind_the_customers_word_is_asked_once_more(line: Line):
    await line.customer()
    line.weixin.script = [45047]
    await line.says("甲")
    await line.carry()
    line.clock.forward(seconds=1)
    await line.carry()

    assert (line.weixin.texts, (await line.delivery())["left"]) == (["甲"], 4)


@pytest.mark.parametrize("errcode", [45015, 45047])
async def test_wechats_own_count_is_right_and_the_message_waits(line: Line, errcode: int):
    await line.customer()
    line.clock.forward(minutes=1)
    line.weixin.script = [errcode]
    await line.says("甲")
    await line.carry()
    assert ((await line.delivery())["left"], (await line.delivery())["waiting"]) == (0, [1])
    line.clock.forward(hours=1)
    await line.carry()
    assert line.weixin.texts == []

    await line.customer("在吗")
    await line.carry()

    assert line.weixin.texts == ["甲"]


async def test_an_account_without_menus_sends_numbers_from_the_first_refusal_on(line: Line):
    await line.customer()
    line.weixin.script = [40200]
    await line.says("有帮助吗？", "解决了", "没解决")
    await line.carry()
    await line.says("还有别的吗？", "有", "没有")
    await line.carry()

    assert line.weixin.texts[0] == "有帮助吗？\n\n回复数字即可：\n1. 解决了\n2. 没解决"
    assert [one["msgtype"] for one in line.weixin.sent] == ["text", "text"]
    assert (await line.delivery())["left"] == 3


@pytest.mark.parametrize("errcode", [40003, 43004, 43019])
async def test_who_cannot_be_reached_gets_nothing_and_the_agent_sees_why(line: Line, errcode: int):
    await line.customer()
    line.weixin.script = [errcode]
    await line.says("甲")
    await line.says("乙", author="agent")
    await line.carry()

    assert [(one["seq"], one["problem"]) for one in (await line.delivery())["not_sent"]] == [
        (1, errcode),
        (2, errcode),
    ]
    assert all(one["advice"] for one in (await line.delivery())["not_sent"])


async def test_a_refused_message_does_not_hold_up_the_next(line: Line):
    await line.customer()
    line.weixin.script = [45002]
    await line.says("甲", author="agent")
    await line.carry()
    await line.says("乙", author="agent")
    await line.carry()

    assert line.weixin.texts == ["乙"]
    assert [(o["status"], o["problem"]) for o in (await line.delivery())["not_sent"]] == [
        ("failed", 45002)
    ]


async def test_a_wrong_secret_stops_the_account_with_advice_and_costs_nobody_anything(line: Line):
    await line.customer()
    line.weixin.token_answer = {"errcode": 40125, "errmsg": "invalid appsecret"}
    await line.says("甲")
    await line.carry()
    await line.carry()
    (state,) = await line.wechat.account_states()
    assert (state["problem"], "AppSecret" in state["advice"]) == (40125, True)
    assert line.weixin.tokens_given == 1

    line.weixin.token_answer = None
    line.clock.forward(minutes=6)
    await line.carry()

    assert (line.weixin.texts, (await line.delivery())["left"]) == (["甲"], 4)
    (state,) = await line.wechat.account_states()
    assert (state["problem"], state["paused_until"]) == (None, None)
    assert [one for one in await events(line) if one.startswith("wechat.")] == [
        "wechat.paused",
        "wechat.resumed",
    ]


async def test_a_used_up_day_goes_on_after_midnight_in_beijing(line: Line):
    await line.customer()  # at noon there
    line.weixin.script = [45009]
    await line.says("甲")
    await line.carry()
    line.clock.forward(hours=11, minutes=59)
    await line.carry()
    assert line.weixin.texts == []

    line.clock.forward(minutes=3)
    await line.carry()

    assert line.weixin.texts == ["甲"]


async def test_a_token_refused_twice_stops_the_account_after_one_retry(line: Line):
    await line.customer()
    line.weixin.script = [40001, 40001, 40001]
    await line.says("甲")
    await line.carry()
    await line.carry()

    assert line.weixin.tokens_given == 2
    assert line.weixin.asked.count("/cgi-bin/message/custom/send") == 2
    assert (await line.delivery())["waiting"] == [1]


async def test_a_process_that_died_while_sending_leaves_it_unclear_and_the_rest_goes_on(line: Line):
    await line.customer()
    await line.says("甲" * 700 + "。" + "乙" * 500, author="agent")
    dead = replace(
        await customer(line),
        outbox_owner="dead",
        outbox_until=line.clock() + timedelta(seconds=40),
        batch_to=1,
        in_flight=True,
    )
    async with line.db.begin() as conn:
        await customer_store.save_customer(conn, dead)
    await line.carry()
    assert line.weixin.texts == []  # it may only be slow

    line.clock.forward(seconds=41)
    await line.carry()

    assert ["甲" in text for text in line.weixin.texts] == [True]
    assert "乙" in line.weixin.texts[0]
    assert [one["status"] for one in (await line.delivery())["not_sent"]] == ["unclear"]


async def test_a_lease_that_was_lost_writes_nothing_more(line: Line):
    await line.customer()
    await line.says("甲", author="agent")

    async def steal(*_: object) -> None:
        async with line.db.begin() as conn:
            held = await customer_store.lock_customer(conn, USER_ID)
            assert held is not None
            await customer_store.save_customer(conn, replace(held, outbox_owner="another"))

    real = line.wechat._client.call

    async def call(*args: object, **kwargs: object) -> object:
        answer = await real(*args, **kwargs)  # type: ignore[arg-type]
        await steal()
        return answer

    line.wechat._client.call = call  # type: ignore[method-assign,assignment]
    await line.carry()

    after = await customer(line)
    assert (after.outbox_owner, after.in_flight) == ("another", True)


async def test_two_workers_at_once_send_it_once(line: Line):
    await line.customer()
    await line.says("甲")
    await asyncio.gather(*(line.wechat.outbox.sweep() for _ in range(8)))
    await line.wechat.outbox.drain()

    assert line.weixin.texts == ["甲"]


async def test_writing_while_a_send_is_under_way_keeps_the_new_budget(line: Line):
    await line.customer()
    await line.says("甲", author="agent")
    real = line.wechat._client.call

    async def call(*args: object, **kwargs: object) -> object:
        await line.customer("又说了一句")
        return await real(*args, **kwargs)  # type: ignore[arg-type]

    line.wechat._client.call = call  # type: ignore[method-assign,assignment]
    line.clock.forward(minutes=1)
    line.weixin.script = [45047]
    await line.carry()

    after = await customer(line)
    assert (after.budget.left(line.clock()), (await line.delivery())["waiting"]) == (5, [1])


async def test_who_writes_while_we_are_refused_is_tried_again_until_wechat_knows_of_it(line: Line):
    await line.customer()
    await line.says("甲", author="agent")
    real = line.wechat._client.call

    async def call(*args: object, **kwargs: object) -> object:
        line.wechat._client.call = real  # type: ignore[method-assign]
        await line.customer("又说了一句")
        return await real(*args, **kwargs)  # type: ignore[arg-type]

    line.wechat._client.call = call  # type: ignore[method-assign,assignment]
    line.clock.forward(minutes=1)
    line.weixin.script = [45047, 45047]
    await line.carry()
    await line.carry()
    assert line.weixin.script == [45047]  # not at once
    for _ in range(2):
        line.clock.forward(seconds=1)
        await line.carry()

    assert (line.weixin.texts, (await line.delivery())["left"]) == (["甲"], 4)


async def test_whose_time_to_be_tried_again_was_put_off_meanwhile_is_not_claimed(line: Line):
    await line.customer()
    now = line.clock()
    later = replace(await customer(line), retry_at=now + timedelta(seconds=1))
    async with line.db.begin() as conn:
        await customer_store.save_customer(conn, later)
    for at, claimed in ((now, []), (now + timedelta(seconds=1), [USER_ID])):
        async with line.db.begin() as conn:
            until = at + timedelta(seconds=40)
            got = await customer_store.claim_outboxes(conn, [USER_ID], "lease", at, until)
        assert got == claimed


@pytest.mark.parametrize("answer", [0, httpx.ReadTimeout("slow")])
async def test_what_arrives_after_a_word_said_meanwhile_counts_against_the_new_budget(
    line: Line, answer: object
):
    await line.customer()
    await line.says("甲", author="agent")
    real = line.wechat._client.call

    async def call(*args: object, **kwargs: object) -> object:
        await line.customer("又说了一句")
        return await real(*args, **kwargs)  # type: ignore[arg-type]

    line.wechat._client.call = call  # type: ignore[method-assign,assignment]
    line.clock.forward(minutes=1)
    line.weixin.script = [answer]
    await line.carry()

    assert (await line.delivery())["left"] == 4


async def do_once_after_looking(
    line: Line, monkeypatch: pytest.MonkeyPatch, kind: Kind, text: str
) -> None:
    """Let the customer do something after the outbox looked and before it holds their row."""
    real = outbox_store.list_unsent

    async def list_unsent(*args: Any, **named: Any) -> list[OutboxRow]:
        rows = await real(*args, **named)
        monkeypatch.setattr(outbox_store, "list_unsent", real)
        await line.customer(text, kind)
        return rows

    monkeypatch.setattr(outbox_store, "list_unsent", list_unsent)
    await line.carry()


async def test_who_comes_back_while_we_look_gets_what_waits(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    await line.customer()
    await line.customer("", Kind.UNSUBSCRIBE)
    await line.says("甲", author="agent")
    await do_once_after_looking(line, monkeypatch, Kind.TEXT, "我回来了")

    assert (line.weixin.texts, (await line.delivery())["not_sent"]) == (["甲"], [])


async def test_who_leaves_while_we_look_gets_nothing_more(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    await line.customer()
    await line.says("甲", author="agent")
    await do_once_after_looking(line, monkeypatch, Kind.UNSUBSCRIBE, "")

    not_sent = (await line.delivery())["not_sent"]
    assert (line.weixin.texts, [one["status"] for one in not_sent]) == ([], ["failed"])


async def test_an_account_taken_out_of_the_settings_sends_nothing(line: Line):
    await line.customer()
    await line.says("甲")
    line.wechat.outbox._accounts.clear()
    await line.carry()
    assert line.weixin.texts == []


async def test_a_paused_account_holds_up_no_other(line: Line):
    await line.customer()
    await line.says("甲")
    async with line.db.begin() as conn:
        later = line.clock() + timedelta(hours=1)
        await account_store.save_problem(conn, "another", 40164, later, line.clock())
        assert await account_store.list_paused(conn, line.clock()) == ["another"]
    await line.carry()
    assert line.weixin.texts == ["甲"]
    assert APP_ID != "another"
