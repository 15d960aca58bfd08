"""“对方正在输入…”: shown when an answer takes a while, and never more than WeChat allows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from channels.wechat.access import Access
from channels.wechat.failures import Refused
from channels.wechat.typing import Typing
from tests.channels.wechat.conftest import CONTACT, OPEN_ID, Line


@dataclass
class Calls:
    """A WeChat that only hears of typing."""

    bodies: list[Any] = field(default_factory=list)
    error: Exception | None = None

    async def call(
        self, account: Any, tokens: Any, path: str, body: Any, *_: Any, **__: Any
    ) -> None:
        assert path == "/cgi-bin/message/custom/typing"
        self.bodies.append(body)
        if self.error:
            raise self.error


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def typing(line: Line, calls: Calls) -> Typing:
    accounts = {line.account.app_id: line.account}
    access = Access(line.db, accounts, calls, line.wechat.tokens, line.clock)  # type: ignore[arg-type]
    return Typing(access, after=0.02)


async def passes() -> None:
    await asyncio.sleep(0.1)


async def test_a_customer_who_just_wrote_sees_it_once_while_it_shows(
    line: Line, typing: Typing, calls: Calls
):
    await line.customer()
    typing.begins(CONTACT)
    typing.begins(CONTACT)
    await passes()
    typing.begins(CONTACT)
    await passes()
    assert calls.bodies == [{"touser": OPEN_ID, "command": "Typing"}]

    line.clock.forward(seconds=16)
    typing.begins(CONTACT)
    await passes()
    assert len(calls.bodies) == 2


async def test_a_quick_answer_needs_none(line: Line, typing: Typing, calls: Calls):
    await line.customer()
    typing.begins(CONTACT)
    typing.ends(CONTACT)
    await passes()
    assert calls.bodies == []


async def test_who_wrote_long_ago_or_on_the_web_gets_none(line: Line, typing: Typing, calls: Calls):
    await line.customer()
    line.clock.forward(seconds=31)
    typing.begins(CONTACT)
    typing.begins("somebody on the web")
    await passes()
    assert calls.bodies == []


async def test_a_refusal_is_no_trouble(line: Line, typing: Typing, calls: Calls):
    await line.customer()
    calls.error = Refused(45081)
    typing.begins(CONTACT)
    await passes()
    await typing.stop()
    assert len(calls.bodies) == 1
