"""To customers of WeChat customer service: each message once, whatever was not heard of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.channels.wechat.kf.conftest import SEND, KfLine
from tests.wechat_simulator.faults import Fault


def ids(kf: KfLine) -> list[str]:
    return [json.loads(call.body)["msgid"] for call in kf.world.calls_of("/send_msg")]


async def test_a_turns_replies_arrive_as_one_message_with_an_id_of_ours(kf: KfLine):
    await kf.customer_says("断网了")
    await kf.says("您好。", author="bot")
    await kf.says("请问您的地址？", author="bot")
    await kf.carry()

    assert kf.lin.texts == ["您好。\n\n请问您的地址？"]
    body = json.loads(kf.world.calls_of("/send_msg")[0].body)
    assert (body["touser"], body["open_kfid"]) == (kf.lin.openid, kf.corp.open_kfid)
    assert len(body["msgid"]) <= 32
    assert ((await kf.delivery())["left"], kf.world.violations) == (4, [])


async def test_a_menu_is_tapped_and_understood(kf: KfLine):
    await kf.customer_says("在吗")
    await kf.says("解决了吗？", "解决了", "没有解决", author="bot")
    await kf.carry()
    await kf.lin.taps("没有解决")
    await kf.rest()

    press = list(kf.desk.got.values())[-1].button
    assert press is not None and (press.seq, press.index) == (1, 1)
    assert kf.world.violations == []


async def test_a_tap_gives_what_any_word_gives(kf: KfLine):
    await kf.customer_says("在吗")
    await kf.says("解决了吗？", "解决了", "没有解决", author="bot")
    await kf.carry()
    kf.clock.forward(hours=40)
    await kf.lin.taps("没有解决")
    await kf.rest()
    kf.clock.forward(hours=47)
    assert (await kf.delivery())["left"] == 5
    await kf.says("师傅明天上门。")
    await kf.carry()

    assert kf.lin.texts[-1] == "师傅明天上门。"
    assert kf.world.violations == []


async def test_a_rating_is_tapped_and_taken(kf: KfLine):
    kf.desk.rates_seq = 1
    await kf.customer_says("谢谢")
    await kf.says("请打个分。", author="system", kind="rating")
    await kf.carry()
    await kf.lin.taps("非常满意")
    await kf.rest()

    assert [press.index + 1 for press in kf.desk.ratings] == [5]


@pytest.mark.parametrize("fault", ["http_done", "garbage", "drop_done", "busy_done"])
async def test_what_was_taken_unheard_is_sent_again_under_the_same_id_and_read_once(
    kf: KfLine, fault: str
):
    await kf.customer_says("断网了")
    kf.world.faults.add(Fault(fault, path=SEND, code=502))
    await kf.says("马上来看。")
    await kf.carry()
    assert (await kf.delivery())["waiting"] == [1]
    kf.clock.forward(seconds=2)
    await kf.carry()

    assert kf.lin.texts == ["马上来看。"]
    assert len(ids(kf)) == 2 and len(set(ids(kf))) == 1
    shown = await kf.delivery()
    assert (shown["left"], shown["waiting"], shown["not_sent"]) == (4, [], [])
    assert kf.world.violations == []


@pytest.mark.parametrize("fault", ["http", "drop", "busy"])
async def test_what_was_not_taken_arrives_with_the_second_try(kf: KfLine, fault: str):
    await kf.customer_says("断网了")
    kf.world.faults.add(Fault(fault, path=SEND, code=502))
    await kf.says("马上来看。")
    await kf.carry()
    kf.clock.forward(seconds=2)
    await kf.carry()

    assert kf.lin.texts == ["马上来看。"]
    shown = await kf.delivery()
    assert (shown["left"], shown["not_sent"]) == (4, [])


async def test_doubt_outlasts_a_try_that_never_left(kf: KfLine, monkeypatch: pytest.MonkeyPatch):
    await kf.customer_says("断网了")
    kf.world.faults.add(Fault("http_done", path=SEND, code=502))
    await kf.says("马上来看。")
    await kf.carry()
    with monkeypatch.context() as patch:
        patch.setattr(kf.wechat.outbox, "_accounts", {kf.account.app_id: _unreachable(kf)})
        kf.clock.forward(seconds=2)
        await kf.carry()
    kf.clock.forward(seconds=10)
    await kf.carry()

    assert kf.lin.texts == ["马上来看。"]
    assert (await kf.delivery())["not_sent"] == []


def _unreachable(kf: KfLine):
    return replace(kf.account, api="http://127.0.0.1:1")


async def test_of_a_process_that_died_while_sending_the_next_one_repeats_it(
    kf: KfLine, monkeypatch: pytest.MonkeyPatch
):
    await kf.customer_says("断网了")
    await kf.says("马上来看。")

    async def die(*args: object) -> bool:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(kf.wechat.outbox, "_conclude", die)
        await kf.carry()
    assert kf.lin.texts == ["马上来看。"]
    kf.clock.forward(seconds=41)
    await kf.carry()

    assert (kf.lin.texts, len(set(ids(kf)))) == (["马上来看。"], 1)
    assert ((await kf.delivery())["not_sent"], kf.world.violations) == ([], [])


async def test_five_messages_then_the_customers_next_word(kf: KfLine):
    await kf.customer_says("断网了")
    for n in range(6):
        await kf.says(f"第{n}句")
        await kf.carry()
    assert (await kf.delivery())["waiting"] == [6]
    await kf.customer_says("嗯")
    await kf.carry()

    assert kf.lin.texts == [f"第{n}句" for n in range(6)]
    assert kf.world.violations == []


async def test_when_wechat_has_counted_more_it_waits_for_the_customer(kf: KfLine):
    await kf.customer_says("断网了")
    kf.clock.forward(seconds=11)
    kf.world.faults.add(Fault("errcode", path=SEND, code=95001))
    await kf.says("马上来看。")
    await kf.carry()
    assert (await kf.delivery())["waiting"] == [1]
    await kf.customer_says("嗯")
    await kf.carry()

    assert kf.lin.texts == ["马上来看。"]


async def test_with_a_person_of_wecom_it_waits_and_agents_are_told_why(kf: KfLine):
    await kf.customer_says("断网了")
    kf.clock.forward(seconds=11)
    kf.corp.session(kf.lin.openid).state = 2
    await kf.says("马上来看。")
    await kf.carry()
    shown = await kf.delivery()

    assert (kf.lin.texts, shown["waiting"], shown["left"]) == ([], [1], 0)
    kf.corp.session(kf.lin.openid).state = 4
    await kf.customer_says("还在吗")
    await kf.carry()
    assert kf.lin.texts == ["马上来看。"]


async def test_no_hint_is_shown_that_somebody_writes(kf: KfLine):
    await kf.customer_says("在吗")
    kf.wechat.typing._after = 0
    kf.wechat.typing.begins("contact1")
    await next(iter(kf.wechat.typing._pending.values()))

    assert kf.world.violations == [] and kf.world.calls_of("typing") == []
