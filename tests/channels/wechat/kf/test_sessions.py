"""WeChat's states of a session follow our conversations."""

from __future__ import annotations

import pytest

from channels.wechat.kf_rules import BOT, ENDED, HUMAN, NEW, POOL, next_state, state_after_word
from tests.channels.wechat.kf.conftest import KfLine
from tests.wechat_simulator.faults import Fault

MOVE = "/cgi-bin/kf/service_state/trans"


def told(kf: KfLine) -> int:
    return kf.corp.session(kf.lin.openid).state


async def closed_a_while_ago(kf: KfLine) -> None:
    kf.desk.open.clear()
    kf.clock.forward(seconds=61)


@pytest.mark.parametrize(
    ("state", "after"), [(None, NEW), (ENDED, NEW), (NEW, NEW), (BOT, BOT), (HUMAN, HUMAN)]
)
def test_a_word_begins_anew_what_had_ended(state: int | None, after: int):
    assert state_after_word(state) == after


@pytest.mark.parametrize(
    ("state", "is_open", "wanted"),
    [
        (NEW, True, BOT),
        (NEW, False, BOT),
        (BOT, True, None),
        (BOT, False, ENDED),
        (POOL, False, None),
        (HUMAN, True, None),
        (None, False, None),
    ],
)
def test_a_session_is_the_assistants_until_we_close(
    state: int | None, is_open: bool, wanted: int | None
):
    assert next_state(state, is_open=is_open) == wanted


async def test_from_the_first_word_to_the_close(kf: KfLine):
    await kf.customer_says("断网了")
    assert told(kf) == NEW
    assert await kf.wechat.sessions.run() == 1
    assert (told(kf), await kf.wechat.sessions.run()) == (BOT, 0)
    await closed_a_while_ago(kf)
    assert (await kf.wechat.sessions.run(), told(kf)) == (1, ENDED)

    await kf.customer_says("又断了")
    await kf.wechat.sessions.run()
    assert told(kf) == BOT
    assert len(kf.world.calls_of(MOVE)) == 3
    assert all(call.code == 0 for call in kf.world.calls_of(MOVE))


async def test_while_our_people_talk_it_stays_where_we_may_speak(kf: KfLine):
    await kf.customer_says("转人工")
    await kf.wechat.sessions.run()
    kf.clock.forward(hours=2)
    await kf.wechat.sessions.run()
    await kf.says("您好，我是小林。")
    await kf.carry()

    assert (told(kf), kf.lin.texts) == (BOT, ["您好，我是小林。"])


async def test_the_question_for_a_rating_goes_out_before_the_end(kf: KfLine):
    await kf.customer_says("谢谢")
    await kf.wechat.sessions.run()
    await kf.says("请打个分。", author="system", kind="rating")
    await closed_a_while_ago(kf)
    assert await kf.wechat.sessions.run() == 0
    await kf.carry()
    await kf.wechat.sessions.run()

    assert (len(kf.lin.texts), told(kf)) == (1, ENDED)
    kf.desk.rates_seq = 1
    await kf.lin.taps("满意")
    await kf.rest()
    await kf.says("谢谢您！", author="system")
    await kf.carry()
    assert kf.lin.texts[-1] == "谢谢您！"


async def test_who_wrote_a_moment_ago_is_not_cut_off(kf: KfLine):
    await kf.customer_says("谢谢")
    await kf.wechat.sessions.run()
    kf.desk.open.clear()
    assert (await kf.wechat.sessions.run(), told(kf)) == (0, BOT)


@pytest.mark.parametrize("fault", ["http_done", "http"])
async def test_a_move_nobody_heard_of_is_made_sure_of(kf: KfLine, fault: str):
    await kf.customer_says("谢谢")
    await kf.wechat.sessions.run()
    await closed_a_while_ago(kf)
    kf.world.faults.add(Fault(fault, path=MOVE, code=502))
    assert [await kf.wechat.sessions.run(), await kf.wechat.sessions.run()] == [0, 0]
    kf.clock.forward(seconds=6)

    assert await kf.wechat.sessions.run() == 1
    assert (told(kf), (await kf.customer()).session) == (ENDED, None)


async def test_who_writes_just_as_it_ends_begins_a_new_one(
    kf: KfLine, monkeypatch: pytest.MonkeyPatch
):
    await kf.customer_says("谢谢")
    await kf.wechat.sessions.run()
    await closed_a_while_ago(kf)
    reach = kf.wechat.sessions._reach

    async def slow_reach(*args):
        state = await reach(*args)
        await kf.customer_says("还有一件事")
        return state

    with monkeypatch.context() as patch:
        patch.setattr(kf.wechat.sessions, "_reach", slow_reach)
        await kf.wechat.sessions.run()
    kf.desk.open.add("contact1")
    await kf.wechat.sessions.run()

    assert (told(kf), (await kf.customer()).session) == (BOT, BOT)


async def test_a_session_that_wecom_took_is_left_to_it(kf: KfLine):
    await kf.customer_says("断网了")
    kf.corp.session(kf.lin.openid).state = HUMAN
    await kf.wechat.sessions.run()
    await kf.wechat.sessions.run()

    assert (told(kf), (await kf.customer()).session) == (HUMAN, HUMAN)
    assert len(kf.world.calls_of(MOVE)) == 1


async def test_a_right_that_is_missing_is_not_asked_for_again_and_again(kf: KfLine):
    await kf.customer_says("断网了")
    kf.world.faults.add(Fault("errcode", path="/cgi-bin/kf/service_state", code=95011, times=None))
    for _ in range(3):
        await kf.wechat.sessions.run()

    assert len(kf.world.calls_of(MOVE)) == 1
    await kf.says("您好。")
    await kf.carry()
    assert kf.lin.texts == ["您好。"]
