"""What WeChat customer service tells beside customers' words."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from channels.wechat import kf_store
from channels.wechat.kf_rules import HUMAN
from common.events import events as EVENTS
from tests.channels.wechat.kf.conftest import KfLine
from tests.wechat_simulator import kinds
from tests.wechat_simulator.faults import Fault

ON_EVENT = "/cgi-bin/kf/send_msg_on_event"


async def types(kf: KfLine) -> list[str]:
    async with kf.db.connect() as conn:
        return list((await conn.execute(sa.select(EVENTS.c.type).order_by(EVENTS.c.id))).scalars())


async def enter(kf: KfLine) -> None:
    await kf.lin.event(kinds.event("enter_session"))
    await kf.rest()


async def test_who_comes_in_is_welcomed_and_it_costs_nothing(kf: KfLine):
    await enter(kf)
    await enter(kf)
    await kf.customer_says("断网了")

    assert kf.lin.texts == ["您好，请讲。"]
    assert ((await kf.delivery())["left"], kf.world.violations) == (5, [])


async def test_a_welcome_that_is_too_late_is_left(kf: KfLine):
    kf.notices_are_lost = True
    await kf.lin.event(kinds.event("enter_session"))
    kf.clock.forward(seconds=21)
    await kf.wechat.puller.sweep()
    await kf.rest()

    assert kf.world.calls_of(ON_EVENT) == []


async def test_a_welcome_that_fails_holds_up_nothing(kf: KfLine):
    kf.world.faults.add(Fault("http", path=ON_EVENT, code=502))
    await enter(kf)
    await kf.customer_says("断网了")

    assert (kf.lin.texts, kf.desk.words) == ([], ["断网了"])


@pytest.mark.parametrize("fail_type", [4, 5, 6])
async def test_what_came_too_late_or_was_too_much_waits_for_the_next_word(
    kf: KfLine, fail_type: int
):
    await kf.customer_says("断网了")
    kf.corp.next_fail = fail_type
    await kf.says("马上来看。")
    await kf.carry()
    shown = await kf.delivery()
    assert (kf.lin.texts, shown["waiting"], shown["left"]) == ([], [1], 0)
    await kf.customer_says("人呢")
    await kf.carry()

    assert kf.lin.texts == ["马上来看。"]
    assert kf.world.violations == []


async def test_what_the_customer_refuses_has_failed_and_is_told(kf: KfLine):
    await kf.customer_says("断网了")
    kf.corp.next_fail = 10
    await kf.says("马上来看。")
    await kf.carry()

    (failed,) = (await kf.delivery())["not_sent"]
    assert (failed["status"], failed["problem"], "拒收" in failed["advice"]) == (
        "failed",
        950_010,
        True,
    )
    await kf.customer_says("人呢")
    await kf.carry()
    assert kf.lin.texts == []
    assert (await types(kf)).count("message.failed") == 1


async def test_the_failure_may_be_told_before_the_send_has_ended(
    kf: KfLine, monkeypatch: pytest.MonkeyPatch
):
    await kf.customer_says("断网了")
    kf.corp.next_fail = 6
    whole = "。".join(chr(0x4E00 + n) * 600 for n in range(2))
    await kf.says(whole)
    conclude = kf.wechat.outbox._conclude

    async def late(*args):
        await kf.rest()
        return await conclude(*args)

    monkeypatch.setattr(kf.wechat.outbox, "_conclude", late)
    await kf.carry()
    assert (kf.lin.texts, (await kf.delivery())["waiting"]) == ([], [1])
    await kf.customer_says("人呢")
    await kf.carry()

    assert "".join(kf.lin.texts) == whole


async def test_who_wrote_meanwhile_does_not_wait_though_we_died(
    kf: KfLine, monkeypatch: pytest.MonkeyPatch
):
    await kf.customer_says("断网了")
    kf.corp.next_fail = 6
    await kf.says("马上来看。")
    conclude = kf.wechat.outbox._conclude

    async def late(*args):
        await kf.rest()
        await kf.customer_says("人呢")
        await conclude(*args)
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(kf.wechat.outbox, "_conclude", late)
        await kf.carry()
    kf.clock.forward(seconds=41)
    await kf.carry()

    assert kf.lin.texts == ["马上来看。"]
    assert (await kf.delivery())["waiting"] == []


async def test_what_arrived_in_part_is_not_sent_again(kf: KfLine):
    await kf.customer_says("断网了")
    await kf.says("。".join(chr(0x4E00 + n) * 600 for n in range(2)))
    call = kf.wechat._client.call

    async def second_fails(account, tokens, path, body, *more, **named):
        if str(body.get("msgid", "")).endswith("-1"):
            kf.corp.next_fail = 6
        return await call(account, tokens, path, body, *more, **named)

    kf.wechat._client.call = second_fails  # type: ignore[method-assign]
    await kf.carry()
    await kf.customer_says("人呢")
    await kf.carry()

    assert len(kf.lin.texts) == 1
    assert [one["status"] for one in (await kf.delivery())["not_sent"]] == ["failed"]


async def test_when_a_person_of_wecom_takes_the_customer_we_let_go(kf: KfLine):
    await kf.customer_says("断网了")
    await kf.says("请稍等。")
    await kf.carry()
    await kf.says("一")
    kf.corp.session(kf.lin.openid).state = 3
    kf.corp.add_event(kf.lin.openid, "session_status_change", change_type=1)
    await kf.corp.notify()
    await kf.rest()

    assert kf.desk.gone == ["contact1"]
    shown = await kf.delivery()
    assert [(one["seq"], one["problem"]) for one in shown["not_sent"]] == [(2, 95018)]
    # What is said to nobody while the person has them does not come out behind their back.
    await kf.customer_says("好的")
    await kf.says("二")
    await kf.carry()
    kf.corp.session(kf.lin.openid).state = 4
    kf.corp.add_event(kf.lin.openid, "session_status_change", change_type=3)
    await kf.corp.notify()
    await kf.rest()
    await kf.customer_says("又断了")
    await kf.says("三")
    await kf.carry()
    assert kf.lin.texts == ["请稍等。", "三"]


async def test_who_is_taken_right_after_their_first_word_is_let_go_too(kf: KfLine):
    kf.notices_are_lost = True
    await kf.lin.says("断网了")
    kf.corp.add_event(kf.lin.openid, "session_status_change", change_type=1)
    await kf.wechat.puller.sweep()
    await kf.rest()

    assert (kf.desk.words, kf.desk.gone) == (["断网了"], ["contact1"])
    assert (await kf.customer()).session == HUMAN


async def test_a_change_that_is_pulled_again_changes_nothing(kf: KfLine):
    await kf.customer_says("断网了")
    for change in (3, 1, 3):
        kf.corp.add_event(kf.lin.openid, "session_status_change", change_type=change)
    await kf.corp.notify()
    await kf.rest()
    await kf.customer_says("又断了")
    await kf.says("马上来看。")
    async with kf.db.begin() as conn:
        await kf_store.save_pull(conn, kf.corp.open_kfid, cursor="")
    await kf.corp.notify()
    await kf.rest()
    await kf.carry()

    assert (kf.lin.texts, kf.desk.gone) == (["马上来看。"], ["contact1"])


async def test_a_failure_told_after_the_customers_next_word_leaves_its_budget(kf: KfLine):
    await kf.customer_says("断网了")
    await kf.says("马上来看。")
    kf.notices_are_lost = True
    kf.corp.next_fail = 6
    await kf.carry()
    kf.clock.forward(seconds=2)
    await kf.lin.says("人呢")
    kf.corp.items[-2:] = reversed(kf.corp.items[-2:])
    kf.notices_are_lost = False
    await kf.corp.notify()
    await kf.rest()
    shown = await kf.delivery()
    assert (shown["left"], shown["waiting"]) == (5, [1])
    await kf.carry()

    assert kf.lin.texts == ["马上来看。"]
    assert kf.world.violations == []


async def test_what_is_recalled_in_time_is_not_brought_to_the_desk(kf: KfLine):
    kf.notices_are_lost = True
    await kf.lin.says("我的密码是 123")
    recalled = kf.corp.items[-1][1]["msgid"]
    await kf.lin.says("断网了")
    kf.corp.add_event(kf.lin.openid, "user_recall_msg", recall_msgid=recalled)
    await kf.wechat.puller.sweep()
    await kf.rest()

    assert kf.desk.words == ["断网了"]
