"""What customers did is pulled: whole, once, in order, whoever dies and whatever is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from channels.wechat import account_store, kf_store
from channels.wechat.kf_store import Pull
from common.db import Database
from common.events import events as EVENTS
from common.times import iso
from tests.channels.wechat.kf.conftest import SYNC, KfLine, kf_line
from tests.wechat_simulator import kinds
from tests.wechat_simulator.faults import Fault


async def state(kf: KfLine) -> Pull:
    async with kf.db.connect() as conn:
        found = await kf_store.find_pull(conn, kf.corp.open_kfid)
    assert found is not None
    return found


async def sweep(kf: KfLine) -> int:
    begun = await kf.wechat.puller.sweep()
    await kf.rest()
    return begun


async def test_what_a_customer_says_reaches_the_desk_after_the_notice(kf: KfLine):
    await kf.customer_says("断网了")

    (got,) = kf.desk.got.values()
    assert (got.channel, got.user_id, got.text) == ("wechat", kf.user_id, "断网了")
    assert await state(kf) == Pull(
        open_kfid=kf.corp.open_kfid,
        app_id=kf.corp.appid,
        cursor="sim-1",
        since=(await state(kf)).since,
        token=(await state(kf)).token,
        noticed_at=(await state(kf)).noticed_at,
        notices=1,
        answered=1,
        problem=None,
        owner=None,
    )
    assert kf.world.violations == []


async def test_words_of_one_second_keep_their_order(kf: KfLine):
    kf.notices_are_lost = True
    for n in range(30):
        await kf.lin.says(f"第{n}句")
    await sweep(kf)
    assert kf.desk.words == [f"第{n}句" for n in range(30)]


async def test_a_lost_notice_costs_a_minute_at_most(kf: KfLine):
    assert await sweep(kf) == 1
    await kf.customer_says("在吗")
    kf.notices_are_lost = True
    await kf.customer_says("断网了")
    assert await sweep(kf) == 0
    kf.clock.forward(seconds=61)

    assert await sweep(kf) == 1
    assert kf.desk.words == ["在吗", "断网了"]


async def test_what_was_missed_while_all_were_away_is_pulled_at_the_start(kf: KfLine):
    await kf.customer_says("在吗")
    kf.notices_are_lost = True
    await kf.customer_says("断网了")

    assert await sweep(kf) == 1
    assert kf.desk.words == ["在吗", "断网了"]


async def test_pages_follow_one_another_though_some_are_empty(kf: KfLine):
    kf.notices_are_lost = True
    for n in range(120):
        await kf.lin.says(f"{n}")
    kf.corp.empty_pages = 2
    await sweep(kf)

    assert kf.desk.words == [f"{n}" for n in range(120)]
    assert kf.pulls() == 4


async def test_history_is_passed_over_at_the_first_start(kf: KfLine):
    kf.notices_are_lost = True
    await kf.lin.says("昨天的事")
    kf.clock.forward(hours=20)
    await kf.lin.says("今天的事")
    await sweep(kf)

    assert kf.desk.words == ["今天的事"]


async def test_after_a_day_away_nothing_is_missed_and_the_window_is_the_customers(kf: KfLine):
    await kf.customer_says("在吗")
    kf.notices_are_lost = True
    await kf.lin.says("断网了")
    kf.clock.forward(hours=30)
    await sweep(kf)
    await kf.says("我们在。")

    assert kf.desk.words == ["在吗", "断网了"]
    customer = await kf.customer()
    left = customer.budget.until(kf.clock()) - kf.clock()  # type: ignore[operator]
    assert 17.9 < left.total_seconds() / 3600 < 18.1


async def test_the_same_page_again_brings_nothing_twice(kf: KfLine):
    await kf.customer_says("断网了")
    async with kf.db.begin() as conn:
        await kf_store.save_pull(conn, kf.corp.open_kfid, cursor="")
    await kf.lin.event(kinds.event("enter_session"))
    await kf.rest()

    assert (kf.desk.words, (await state(kf)).cursor) == (["断网了"], "sim-2")


async def test_a_process_that_dies_between_pull_and_commit_loses_nothing(
    kf: KfLine, monkeypatch: pytest.MonkeyPatch
):
    save = kf_store.save_pull

    async def die(conn, open_kfid: str, **values: object) -> None:
        await save(conn, open_kfid, **values)
        if "cursor" in values:
            raise RuntimeError("killed")

    monkeypatch.setattr(kf_store, "save_pull", die)
    await kf.customer_says("断网了")
    assert (kf.desk.words, (await state(kf)).cursor) == ([], "")
    monkeypatch.setattr(kf_store, "save_pull", save)
    assert await sweep(kf) == 0  # the dead process's lease
    kf.clock.forward(seconds=41)

    assert await sweep(kf) == 1
    assert (kf.desk.words, (await state(kf)).cursor) == (["断网了"], "sim-1")


async def test_what_a_dead_process_stored_and_did_not_work_off_is_taken_up(
    kf: KfLine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kf.wechat.intake, "begin", lambda stored: None)
    await kf.customer_says("断网了")
    assert kf.desk.words == []
    kf.clock.forward(seconds=31)
    await kf.wechat.intake.sweep()
    await kf.rest()

    assert kf.desk.words == ["断网了"]


async def test_two_processes_that_pull_at_once_take_each_word_once(db: Database, tmp_path: Path):
    async with kf_line(db, tmp_path, processes=2) as kf:
        kf.world.rules.latency = 0.01
        kf.notices_are_lost = True
        for n in range(20):
            await kf.lin.says(f"{n}")
        await asyncio.gather(*(one.puller.sweep() for one in kf.processes))
        await kf.rest()

        assert kf.desk.words == [f"{n}" for n in range(20)]
        assert kf.pulls() == 1


async def test_a_notice_that_comes_during_a_pull_is_followed_by_another(
    kf: KfLine, monkeypatch: pytest.MonkeyPatch
):
    call = kf.wechat._client.call

    async def slow_call(*args, **named):
        page = await call(*args, **named)
        if kf.pulls() == 1:
            await kf.lin.says("二")  # its notice finds us pulling
        return page

    monkeypatch.setattr(kf.wechat._client, "call", slow_call)
    await kf.customer_says("一")

    assert (kf.desk.words, kf.pulls()) == (["一", "二"], 2)
    assert (await state(kf)).owner is None


async def test_a_token_that_is_too_old_is_done_without(kf: KfLine):
    kf.world.rules.kf_token_lives = 0.0
    await kf.customer_says("断网了")

    assert kf.desk.words == ["断网了"]
    assert [call.code for call in kf.world.calls_of(SYNC)] == [95007, 0]


async def test_a_cursor_that_is_refused_is_begun_anew_and_doubles_nothing(kf: KfLine):
    await kf.customer_says("一")
    async with kf.db.begin() as conn:
        await kf_store.save_pull(conn, kf.corp.open_kfid, cursor="of another time")
    await kf.customer_says("二")

    assert kf.desk.words == ["一", "二"]
    assert [call.code for call in kf.world.calls_of(SYNC)] == [0, 40058, 0]


async def test_a_refused_access_token_is_replaced_once(kf: KfLine):
    await kf.customer_says("一")
    kf.world.faults.add(Fault("errcode", path=SYNC, code=42001))
    await kf.customer_says("二")

    assert kf.desk.words == ["一", "二"]
    assert len(kf.world.calls_of("/gettoken")) == 2


async def test_while_wechat_is_away_it_is_tried_again(kf: KfLine):
    await sweep(kf)
    kf.world.faults.add(Fault("http", path=SYNC, code=502))
    await kf.customer_says("断网了")
    assert (kf.desk.words, await sweep(kf)) == ([], 0)
    kf.clock.forward(seconds=6)

    assert await sweep(kf) == 1
    assert kf.desk.words == ["断网了"]


async def test_a_wrong_right_is_told_to_the_operator_until_it_is_put_right(kf: KfLine):
    kf.corp.forbidden = 95011
    await kf.customer_says("断网了")
    (told,) = await kf.wechat.account_states()
    assert (told["kind"], told["problem"], told["paused_until"]) == ("kf", 95011, None)
    assert "可调用接口的应用" in told["advice"]
    kf.corp.forbidden = 0
    kf.clock.forward(seconds=61)
    await sweep(kf)

    (told,) = await kf.wechat.account_states()
    assert (kf.desk.words, told["problem"]) == (["断网了"], None)
    async with kf.db.connect() as conn:
        types = (await conn.execute(sa.select(EVENTS.c.type).order_by(EVENTS.c.id))).scalars()
        assert list(types) == ["wechat.paused", "wechat.resumed"]


async def test_a_message_that_is_sent_leaves_the_pulls_problem_standing(kf: KfLine):
    await kf.customer_says("断网了")
    async with kf.db.begin() as conn:
        await account_store.save_problem(conn, kf.corp.appid, 40164, kf.clock(), kf.clock())
    kf.world.faults.add(Fault("errcode", path=SYNC, code=95011))
    await kf.customer_says("在吗")
    await kf.says("马上来看。")
    kf.clock.forward(seconds=1)
    await kf.carry()

    (told,) = await kf.wechat.account_states()
    assert (kf.lin.texts, told["problem"]) == (["马上来看。"], 95011)


@pytest.mark.parametrize("code", [95011, None])
async def test_what_becomes_of_pulls_lets_a_stopped_account_send_no_sooner(
    kf: KfLine, code: int | None
):
    await sweep(kf)
    if code is None:
        kf.world.faults.add(Fault("errcode", path=SYNC, code=95011))
        await kf.customer_says("断网了")
    until = kf.clock() + timedelta(minutes=5)
    async with kf.db.begin() as conn:
        await account_store.save_problem(conn, kf.corp.appid, 40164, until, kf.clock())
    if code is not None:
        kf.world.faults.add(Fault("errcode", path=SYNC, code=code))
    kf.clock.forward(seconds=62)
    await sweep(kf)

    (told,) = await kf.wechat.account_states()
    assert (told["problem"], told["paused_until"]) == (40164, iso(until))


async def test_a_notice_for_an_account_that_is_not_ours_does_nothing(kf: KfLine):
    await kf.wechat.puller.notice(kf.account, {"OpenKfId": "wk-another", "Token": "t"})
    await kf.rest()
    assert kf.pulls() == 0


async def test_items_nobody_can_read_do_not_stop_those_behind_them(kf: KfLine):
    kf.notices_are_lost = True
    kf.corp.items.append((kf.clock.now(), {"msgtype": "text"}))
    kf.corp.items.append((kf.clock.now(), {"msgid": 1, "send_time": "soon"}))
    kf.corp.add(kf.lin.openid, 5, msgtype="text", text={"content": "a colleague's"})
    await kf.lin.says("断网了")
    await sweep(kf)

    assert kf.desk.words == ["断网了"]
