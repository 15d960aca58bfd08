"""A crowd tells who was not answered once and in order."""

from __future__ import annotations

import pytest

from tests.wechat_simulator.crowd import Crowd


@pytest.fixture
async def crowd(account):
    crowd = Crowd(account, 2, words=lambda who, turn: f"{who} {turn}", answer="答 {}".format)
    await crowd.talk(messages=2, rate=1000)
    return crowd


async def test_answers_together_or_one_by_one_are_right(crowd, account, api):
    await api.send(account.customer("crowd0"), text="答 crowd0 0\n\n答 crowd0 1")
    assert [line.split(":")[0] for line in crowd.wrong()] == ["crowd1"]
    await api.send(account.customer("crowd1"), text="答 crowd1 0")
    await api.send(account.customer("crowd1"), text="答 crowd1 1")
    assert crowd.wrong() == []
    assert len(crowd.waits()) == 2


@pytest.mark.parametrize(
    "answers",
    [["答 crowd1 1", "答 crowd1 0"], ["答 crowd1 0"], ["答 crowd1 0"] * 2 + ["答 crowd1 1"]],
    ids=["out of order", "lost", "doubled"],
)
async def test_what_is_wrong_is_told(crowd, account, api, answers):
    await api.send(account.customer("crowd0"), text="答 crowd0 0\n\n答 crowd0 1")
    for answer in answers:
        await api.send(account.customer("crowd1"), text=answer)
    assert [line.split(":")[0] for line in crowd.wrong()] == ["crowd1"]
    await crowd.answered(patience=0)
