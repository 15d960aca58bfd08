"""Who a customer is on all accounts is asked once, behind everything else."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from channels.wechat.dialects import DIALECTS
from channels.wechat.kinds import AccountKind
from channels.wechat.unions import MOST_TRIES, union_id_in
from tests.channels.wechat.conftest import CONTACT, Line

PATH = "/cgi-bin/user/info"
UNION = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"


def answers(line: Line, **answer: Any) -> None:
    line.weixin.files[PATH] = httpx.Response(200, json=answer)


def asked(line: Line) -> int:
    return line.weixin.asked.count(PATH)


async def test_whoever_writes_first_is_asked_for_once(line: Line):
    answers(line, subscribe=1, openid="o", unionid=UNION)
    await line.customer()
    await line.customer("还在吗")

    assert await line.wechat.unions.run() == 1
    line.clock.forward(days=2)
    assert await line.wechat.unions.run() == 0

    assert line.desk.joined == [(CONTACT, UNION)]
    assert asked(line) == 1


async def test_a_callback_waits_for_no_such_question(line: Line):
    await line.customer()
    assert asked(line) == 0


@pytest.mark.parametrize("answer", [{"subscribe": 0, "openid": "o"}, {"subscribe": 1}])
async def test_of_an_account_that_is_bound_to_nothing_there_is_none_to_know(
    line: Line, answer: dict[str, Any]
):
    answers(line, **answer)
    await line.customer()

    assert await line.wechat.unions.run() == 0
    line.clock.forward(days=2)
    await line.wechat.unions.run()

    assert (line.desk.joined, asked(line)) == ([], 1)


@pytest.mark.parametrize(
    "trouble",
    [httpx.Response(502), httpx.Response(200, json={"errcode": -1}), httpx.Response(200, text="?")],
    ids=["502", "busy", "garbage"],
)
async def test_what_fails_is_asked_again_later(line: Line, trouble: httpx.Response):
    line.weixin.files[PATH] = trouble
    await line.customer()
    await line.wechat.unions.run()
    await line.wechat.unions.run()
    assert asked(line) == 1

    answers(line, subscribe=1, unionid=UNION)
    line.clock.forward(seconds=6)
    assert await line.wechat.unions.run() == 1


async def test_a_process_that_dies_in_the_middle_leaves_it_to_another(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    answers(line, subscribe=1, unionid=UNION)
    await line.customer()
    with monkeypatch.context() as patch:
        patch.setattr(line.desk, "same_person", None)  # dies just before the desk is told
        with pytest.raises(TypeError):
            await line.wechat.unions.run()

    assert await line.wechat.unions.run() == 0
    line.clock.forward(minutes=3)
    assert await line.wechat.unions.run() == 1
    assert line.desk.joined == [(CONTACT, UNION)]


async def test_it_is_given_up_after_many_tries(line: Line):
    line.weixin.files[PATH] = httpx.Response(502)
    await line.customer()
    for _ in range(MOST_TRIES + 5):
        await line.wechat.unions.run()
        line.clock.forward(hours=7)
    assert asked(line) == MOST_TRIES


async def test_the_log_names_nobody(line: Line, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, "channels")
    answers(line, subscribe=1, unionid=UNION)
    await line.customer()
    await line.wechat.unions.run()
    assert UNION not in caplog.text


def test_a_customer_of_wechat_customer_service_is_read_too():
    listed = {"customer_list": [{"external_userid": "wm1", "unionid": UNION}]}
    assert union_id_in(listed) == UNION
    assert union_id_in({"customer_list": [], "invalid_external_userid": ["wm1"]}) == ""


def test_each_kind_asks_in_its_own_way():
    asks = {kind: one.identity("o1") for kind, one in DIALECTS.items() if one.identity}
    assert asks[AccountKind.SERVICE].params == {"openid": "o1"}
    assert asks[AccountKind.KF].body == {"external_userid_list": ["o1"]}
