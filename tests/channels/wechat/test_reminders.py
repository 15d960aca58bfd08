"""Whoever people's words wait for is reminded: once, as far as WeChat allows it exactly once."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from channels.wechat import reminder_store
from channels.wechat.inbound import Incoming, Kind
from channels.wechat.reminder_store import opt_ins, reminders
from channels.wechat.reminding import NOT_ALLOWED, ReminderRule, Way
from channels.wechat.reports import Report, Told
from common import events
from common.db import Database
from tests.channels.wechat.conftest import OPEN_ID, USER_ID, Line, build_line

TEMPLATE, SUBSCRIPTION = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"
FIELDS = {"thing1": "{words}", "character_string2": "{reference}", "time3": "{time}"}
RULE = ReminderRule(Way.TEMPLATE, "template-1", FIELDS, url="https://shop.example/")
ON_REQUEST = ReminderRule(Way.SUBSCRIPTION, "template-1", FIELDS)


class Templates:
    """WeChat's answers to reminders, in the order of `script`, then well."""

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.sent: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        step = self.script.pop(0) if self.script else 0
        if isinstance(step, Exception):
            raise step
        self.sent.append(json.loads(request.content))
        if isinstance(step, int):
            return httpx.Response(200, json={"errcode": step, "msgid": 4001})
        return step


def reminding(db: Database, folder: Path, rule: ReminderRule = RULE) -> tuple[Line, Templates]:
    line, templates = build_line(db, folder, reminder=rule), Templates()
    play = line.weixin

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path in (TEMPLATE, SUBSCRIPTION):
            play.asked.append(request.url.path)
            return templates(request)
        return play(request)

    line.wechat._client._http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return line, templates


@pytest.fixture
def told(db: Database, tmp_path: Path) -> tuple[Line, Templates]:
    return reminding(db, tmp_path)


@pytest.fixture
def on_request(db: Database, tmp_path: Path) -> tuple[Line, Templates]:
    return reminding(db, tmp_path, ON_REQUEST)


async def a_reply_is_held(line: Line, text: str = "师傅明天上午到。", **more: Any) -> None:
    """The customer wrote three days ago; now an agent answers."""
    await line.customer()
    line.clock.forward(days=3)
    await line.says(text, **{"author": "agent", **more})
    await line.carry()


async def allows(line: Line, told: Told = Told.ALLOWED, **more: Any) -> None:
    line.count += 1
    report = Report(told, "template-1", **more)
    incoming = {"key": f"report{line.count}", "open_id": OPEN_ID, "sent_at": line.clock()}
    await line.wechat.reporting.take(
        line.account, Incoming(**incoming, kind=Kind.REPORT, reports=(report,))
    )


async def rows(line: Line) -> list[Any]:
    async with line.db.connect() as conn:
        return list(await conn.execute(sa.select(reminders).order_by(reminders.c.heard_at)))


async def left(line: Line) -> int:
    async with line.db.connect() as conn:
        return (await conn.execute(sa.select(opt_ins.c.left))).scalar_one()


async def happened(line: Line) -> list[str]:
    query = sa.select(events.events.c.type).order_by(events.events.c.id)
    async with line.db.connect() as conn:
        found = list((await conn.execute(query)).scalars())
    return [one for one in found if one.startswith("reminder.")]


# -- what is sent, and when -------------------------------------------------------------------


async def test_a_reply_that_cannot_be_brought_is_told_of_by_template(told: tuple[Line, Templates]):
    line, templates = told
    await a_reply_is_held(line)

    await line.wechat.reminders.run()

    (sent,) = templates.sent
    assert (sent["touser"], sent["template_id"]) == (OPEN_ID, "template-1")
    assert sent["url"] == "https://shop.example/"
    assert sent["data"] == {
        "thing1": {"value": "您咨询的问题有新回复，点开公众号查看"},
        "character_string2": {"value": "20260310-0001"},
        "time3": {"value": "2026年3月13日 12:00"},
    }
    assert sent["client_msg_id"] == (await rows(line))[0].id
    assert (await line.delivery())["reminder"]["status"] == "sent"
    assert await happened(line) == ["reminder.sent"]


async def test_many_replies_are_told_of_once(told: tuple[Line, Templates]):
    line, templates = told
    await a_reply_is_held(line)
    for n in range(3):
        await line.wechat.reminders.run()
        line.clock.forward(hours=1)
        await line.says(f"还有一点：{n}", author="agent")
        await line.carry()
    await line.wechat.reminders.run()

    assert len(templates.sent) == 1


async def test_whoever_came_back_is_reminded_anew_of_what_is_held_next(
    told: tuple[Line, Templates],
):
    line, templates = told
    await a_reply_is_held(line)
    await line.wechat.reminders.run()
    line.clock.forward(hours=1)
    await a_reply_is_held(line, "后天上午到。")
    await line.wechat.reminders.run()

    assert len({one["client_msg_id"] for one in templates.sent}) == 2


async def test_whoever_comes_back_first_is_not_reminded(told: tuple[Line, Templates]):
    line, templates = told
    await a_reply_is_held(line)
    line.clock.forward(seconds=1)
    await line.customer("我来看看")
    await line.carry()

    await line.wechat.reminders.run()

    assert (templates.sent, await rows(line)) == ([], [])
    assert "师傅明天上午到。" in line.weixin.texts


@pytest.mark.parametrize(
    ("author", "kind", "expected"),
    [
        ("bot", "", 0),
        ("bot", "ticket", 0),
        ("system", "queued", 0),
        ("system", "ticket", 1),
        ("agent", "", 1),
    ],
)
async def test_only_peoples_words_and_answers_to_tickets_are_told_of(
    told: tuple[Line, Templates], author: str, kind: str, expected: int
):
    line, templates = told
    await a_reply_is_held(line, author=author, kind=kind)
    await line.wechat.reminders.run()
    assert len(templates.sent) == expected


async def test_an_agents_word_after_one_that_did_not_matter_is_told_of(
    told: tuple[Line, Templates],
):
    line, templates = told
    await a_reply_is_held(line, author="system", kind="queued")
    await line.wechat.reminders.run()
    await line.says("您好，我是客服。", author="agent")
    await line.carry()
    await line.wechat.reminders.run()
    assert len(templates.sent) == 1


async def test_nobody_is_reminded_by_an_account_that_has_no_template(line: Line):
    await a_reply_is_held(line)
    assert await line.wechat.reminders.run() == 0


async def test_who_unfollowed_is_left_alone(told: tuple[Line, Templates]):
    line, templates = told
    await a_reply_is_held(line)
    await line.customer("", kind=Kind.UNSUBSCRIBE)
    await line.wechat.reminders.run()
    assert templates.sent == []


async def test_ten_workers_at_once_send_one(postgres: Database, tmp_path: Path):
    line, templates = reminding(postgres, tmp_path)
    await a_reply_is_held(line)
    await asyncio.gather(*(line.wechat.reminders.run() for _ in range(10)))
    assert len(templates.sent) == 1


# -- what goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize("code", [40037, 40241, 43101, 43117, 43004, 47003])
async def test_what_wechat_refuses_for_good_is_not_tried_again(
    told: tuple[Line, Templates], code: int
):
    line, templates = told
    templates.script = [code]
    await a_reply_is_held(line)
    await line.wechat.reminders.run()
    line.clock.forward(days=1)
    await line.wechat.reminders.run()

    shown = (await line.delivery())["reminder"]
    assert (len(templates.sent), shown["status"], shown["problem"]) == (1, "failed", code)
    assert await happened(line) == ["reminder.failed"]


@pytest.mark.parametrize(
    "trouble",
    [httpx.ConnectError("down"), httpx.ReadTimeout("slow"), httpx.Response(502), -1],
    ids=["down", "slow", "502", "busy"],
)
async def test_a_template_message_is_repeated_under_the_same_id(
    told: tuple[Line, Templates], trouble: Any
):
    line, templates = told
    templates.script = [trouble]
    await a_reply_is_held(line)
    reminder = (await rows(line))[0].id
    await line.wechat.reminders.run()
    line.clock.forward(seconds=2)
    await line.wechat.reminders.run()

    assert {one["client_msg_id"] for one in templates.sent} == {reminder}
    assert (await rows(line))[0].status == "sent"


async def dies_in_the_middle(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process sends a reminder and never writes what became of it."""
    with monkeypatch.context() as patch:
        patch.setattr(line.wechat.reminders, "_conclude", None)
        with pytest.raises(TypeError):
            await line.wechat.reminders.run()


async def test_after_a_death_a_template_message_is_sent_again_while_wechat_knows_it(
    told: tuple[Line, Templates], monkeypatch: pytest.MonkeyPatch
):
    line, templates = told
    await a_reply_is_held(line)
    await dies_in_the_middle(line, monkeypatch)
    assert await line.wechat.reminders.run() == 0  # the claim holds for a minute

    line.clock.forward(minutes=2)
    await line.wechat.reminders.run()

    assert len({one["client_msg_id"] for one in templates.sent}) == 1
    assert (await rows(line))[0].status == "sent"


async def test_after_a_death_long_ago_nobody_knows_and_nothing_is_sent(
    told: tuple[Line, Templates], monkeypatch: pytest.MonkeyPatch
):
    line, templates = told
    await a_reply_is_held(line)
    await dies_in_the_middle(line, monkeypatch)
    line.clock.forward(minutes=11)
    await line.wechat.reminders.run()

    assert (len(templates.sent), (await rows(line))[0].status) == (1, "unclear")


async def test_an_account_that_is_stopped_reminds_when_it_goes_on(told: tuple[Line, Templates]):
    line, templates = told
    templates.script = [40164]
    await a_reply_is_held(line)
    await line.wechat.reminders.run()
    await line.wechat.reminders.run()
    assert len(templates.sent) == 1

    line.clock.forward(minutes=6)
    await line.wechat.reminders.run()
    assert (await rows(line))[0].status == "sent"


# -- subscription messages --------------------------------------------------------------------


async def test_each_permission_is_for_one_message(on_request: tuple[Line, Templates]):
    line, templates = on_request
    await allows(line)
    await allows(line)
    await a_reply_is_held(line)
    await line.wechat.reminders.run()

    assert line.weixin.asked.count(SUBSCRIPTION) == 1
    assert "client_msg_id" not in templates.sent[0]
    assert await left(line) == 1


async def test_without_permission_wechat_is_not_even_asked(on_request: tuple[Line, Templates]):
    line, templates = on_request
    await a_reply_is_held(line)
    await line.wechat.reminders.run()
    assert templates.sent == []
    assert (await line.delivery())["reminder"]["problem"] == NOT_ALLOWED


async def test_a_permission_told_of_twice_counts_once(on_request: tuple[Line, Templates]):
    line, _ = on_request
    incoming = Incoming(
        key="k",
        open_id=OPEN_ID,
        kind=Kind.REPORT,
        sent_at=line.clock(),
        reports=(Report(Told.ALLOWED, "template-1"),),
    )
    await line.wechat.reporting.take(line.account, incoming)
    await line.wechat.reporting.take(line.account, incoming)
    assert await left(line) == 1


async def test_a_permission_taken_back_is_none(on_request: tuple[Line, Templates]):
    line, templates = on_request
    await allows(line)
    await allows(line, Told.REFUSED)
    await a_reply_is_held(line)
    await line.wechat.reminders.run()
    assert (templates.sent, await left(line)) == ([], 0)


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [(httpx.ConnectError("down"), 1), (40037, 1), (43101, 0), (httpx.ReadTimeout("slow"), 0)],
    ids=["down", "template", "refused", "slow"],
)
async def test_a_permission_comes_back_when_surely_nothing_was_shown(
    on_request: tuple[Line, Templates], trouble: Any, expected: int
):
    line, templates = on_request
    templates.script = [trouble]
    await allows(line)
    await a_reply_is_held(line)
    await line.wechat.reminders.run()
    assert await left(line) == expected


@pytest.mark.parametrize("trouble", [httpx.ReadTimeout("slow"), httpx.Response(502), -1])
async def test_a_subscription_message_that_may_have_arrived_is_not_sent_again(
    on_request: tuple[Line, Templates], trouble: Any
):
    line, templates = on_request
    templates.script = [trouble]
    await allows(line)
    await allows(line)
    await a_reply_is_held(line)
    for _ in range(3):
        await line.wechat.reminders.run()
        line.clock.forward(minutes=2)

    assert len([one for one in line.weixin.asked if one == SUBSCRIPTION]) == 1
    assert ((await rows(line))[0].status, await left(line)) == ("unclear", 1)


async def test_a_permission_that_another_system_used_is_gone(on_request: tuple[Line, Templates]):
    line, _ = on_request
    await allows(line)
    await allows(line, Told.DELIVERED, message_id="77")
    assert await left(line) == 0


# -- what WeChat tells afterwards -------------------------------------------------------------


@pytest.mark.parametrize("told_of", [Told.DELIVERED, Told.FAILED])
async def test_wechats_own_word_is_written_down(told: tuple[Line, Templates], told_of: Told):
    line, _ = told
    await a_reply_is_held(line)
    await line.wechat.reminders.run()
    report = Report(told_of, message_id="4001")
    incoming = Incoming(
        key="k", open_id=OPEN_ID, kind=Kind.REPORT, sent_at=line.clock(), reports=(report,)
    )
    await line.wechat.reporting.take(line.account, incoming)

    assert (await line.delivery())["reminder"]["status"] == told_of.value
    assert (await happened(line))[-1] == f"reminder.{told_of.value}"


async def test_wechats_word_before_its_answer_was_read_stays(
    told: tuple[Line, Templates], monkeypatch: pytest.MonkeyPatch
):
    line, _ = told
    await a_reply_is_held(line)
    conclude = line.wechat.reminders._conclude

    async def late(*args: Any) -> None:
        report = Report(Told.DELIVERED, message_id="4001")
        incoming = Incoming(
            key="k", open_id=OPEN_ID, kind=Kind.REPORT, sent_at=line.clock(), reports=(report,)
        )
        await line.wechat.reporting.take(line.account, incoming)
        await conclude(*args)

    monkeypatch.setattr(line.wechat.reminders, "_conclude", late)
    await line.wechat.reminders.run()

    (row,) = await rows(line)
    assert (row.status, row.message_id) == ("delivered", "4001")


async def test_a_report_of_another_systems_template_message_is_nothing_to_us(
    told: tuple[Line, Templates],
):
    line, _ = told
    await a_reply_is_held(line)
    await line.wechat.reminders.run()
    async with line.db.begin() as conn:
        assert await reminder_store.find_reported(conn, USER_ID, "9999", "") is None
