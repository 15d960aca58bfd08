"""From WeChat to the desk: stored once, in order, whatever else is down."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from channels.model import Attachment, ButtonPress
from channels.wechat import inbox_store
from channels.wechat.inbound import Incoming, Kind
from channels.wechat.inbox_store import inbox
from common.errors import InvalidInput, TooMany, Unavailable
from tests.channels.wechat.conftest import OPEN_ID, USER_ID, Line


async def unhandled(line: Line) -> int:
    query = sa.select(sa.func.count()).where(inbox.c.handled_at.is_(None))
    async with line.db.connect() as conn:
        return (await conn.execute(query)).scalar_one()


async def test_words_come_to_the_desk_under_the_accounts_own_name_for_the_customer(line: Line):
    await line.customer("断网了")

    (got,) = line.desk.got.values()
    assert (got.channel, got.user_id, got.text) == ("wechat", USER_ID, "断网了")
    assert await unhandled(line) == 0


async def test_the_same_delivery_is_stored_once(line: Line):
    assert await line.customer("断网了", key="same")
    assert not await line.customer("断网了", key="same")

    assert line.desk.words == ["断网了"]


async def test_what_is_worked_off_keeps_its_key_and_not_its_words(line: Line):
    await line.customer("我的电话是13800138000", key="same")
    async with line.db.connect() as conn:
        (row,) = await conn.execute(sa.select(inbox))

    assert (row.content, row.key) == (None, "same")


async def test_a_desk_that_fails_loses_nothing(line: Line):
    line.desk.errors = [Unavailable()]
    await line.customer("断网了")
    assert (line.desk.words, await unhandled(line)) == ([], 1)
    assert await line.wechat.intake.sweep() == 0  # whoever runs it may only be slow

    line.clock.forward(seconds=31)
    assert await line.wechat.intake.sweep() == 1
    await line.wechat.intake.drain(30)

    assert (line.desk.words, await unhandled(line)) == (["断网了"], 0)


async def test_messages_wait_in_order_while_the_bot_has_too_many(line: Line):
    line.desk.errors = [TooMany("slowly")]
    await line.customer("一")
    await line.customer("二")
    assert line.desk.words == []

    line.clock.forward(seconds=2)
    await line.wechat.intake.sweep()
    await line.wechat.intake.drain(30)

    assert line.desk.words == ["一", "二"]


async def test_what_came_first_by_wechats_clock_is_worked_off_first(line: Line):
    line.desk.errors = [TooMany("slowly")]
    await line.customer("二", sent_at=line.clock() + timedelta(seconds=5))
    await line.customer("一", sent_at=line.clock())
    line.clock.forward(seconds=2)
    await line.wechat.intake.sweep()
    await line.wechat.intake.drain(30)

    assert line.desk.words == ["一", "二"]


async def test_what_the_desk_refuses_does_not_hold_up_what_follows(line: Line):
    line.desk.errors = [InvalidInput("no", code="text_empty")]
    await line.customer("\u0000")
    await line.customer("二")

    assert line.desk.words == ["二"]


async def test_a_text_longer_than_the_desk_takes_comes_as_several(line: Line):
    await line.customer("长" * 4100)

    assert [len(text) for text in line.desk.words] == [2000, 2000, 100]


@pytest.mark.parametrize(
    ("kind", "text"), [(Kind.LOCATION, "人民路1号"), (Kind.LINK, "公告\nhttps://x")]
)
async def test_a_place_and_a_link_are_words(line: Line, kind: Kind, text: str):
    await line.customer(text, kind)
    assert line.desk.words == [text]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [(Kind.IMAGE, "[图片]"), (Kind.VOICE, "[语音]"), (Kind.VIDEO, "[视频]")],
)
async def test_a_file_comes_as_an_attachment_and_is_to_be_fetched(
    line: Line, kind: Kind, shown: str
):
    await line.customer("", kind, media_id="media1")

    (got,) = line.desk.got.values()
    assert (got.text, got.attachment) == (shown, Attachment(got.message_id, kind.value))


async def test_an_unknown_kind_is_kept_too(line: Line):
    await line.customer("", Kind.OTHER)
    (got,) = line.desk.got.values()
    assert (got.text, got.attachment) == (
        "[暂不支持的消息]",
        Attachment(got.message_id, "other"),
    )


async def test_a_key_of_the_accounts_menu_says_what_it_stands_for(line: Line):
    await line.customer("HUMAN", Kind.CLICK)
    await line.customer("SOMETHING", Kind.CLICK)
    assert line.desk.words == ["转人工"]


async def test_subscribing_and_scanning_say_nothing_to_the_desk(line: Line):
    await line.customer("", Kind.SUBSCRIBE)
    await line.customer("7", Kind.SCAN)
    assert (line.desk.words, await unhandled(line)) == ([], 0)


async def test_a_clicked_choice_is_a_press_however_old_its_menu(line: Line):
    await line.customer("解决了", menu_id="1201")
    (got,) = line.desk.got.values()
    assert (got.button, got.text) == (ButtonPress(12, 0), "")


async def test_a_choice_that_is_gone_counts_as_words(line: Line):
    line.desk.errors = [InvalidInput("gone", code="button_unknown")]
    await line.customer("解决了", menu_id="1201")
    assert line.desk.words == ["解决了"]


async def test_a_number_chooses_from_what_was_shown_last_and_only_then(line: Line):
    await line.customer("怎么查话费")
    await line.says("有帮助吗？", "解决了", "没解决")
    await line.carry()

    await line.customer("2")
    await line.customer("2")

    first, second = list(line.desk.got.values())[1:]
    assert (first.button, second.button, second.text) == (ButtonPress(1, 1), None, "2")


async def test_a_number_chooses_nothing_after_something_else_was_said(line: Line):
    await line.customer("转人工")
    await line.says("正在排队", "不等了")
    await line.carry()
    await line.says("您家几口人？", author="agent")
    await line.carry()

    await line.customer("1")

    assert [one.button for one in line.desk.got.values()] == [None, None]


async def test_a_score_is_a_rating_and_no_message(line: Line):
    await line.customer("你好")
    line.desk.rates_seq = await line.says("请打个分。", kind="rating", author="system")
    await line.carry()

    await line.customer("4")

    assert (line.desk.ratings, line.desk.words) == ([ButtonPress(1, 3)], ["你好"])


async def test_who_unsubscribes_is_waited_for_by_nobody(line: Line):
    await line.customer("转人工")
    await line.says("请稍等")
    await line.customer("", Kind.UNSUBSCRIBE)
    await line.carry()

    assert line.desk.gone == ["contact1"]
    assert line.weixin.sent == []
    shown = await line.delivery()
    assert (shown["subscribed"], [one["status"] for one in shown["not_sent"]]) == (
        False,
        ["failed"],
    )


async def test_an_unsubscription_of_a_stranger_is_no_trouble(line: Line):
    await line.customer("", Kind.UNSUBSCRIBE)
    assert (line.desk.gone, await unhandled(line)) == ([], 0)


async def test_old_keys_are_forgotten_and_nothing_that_waits(line: Line):
    await line.customer("一", key="old")
    line.desk.errors = [TooMany("slowly")]
    await line.customer("二")
    line.clock.forward(days=8)

    assert await line.wechat.forget_old() == 1
    assert await unhandled(line) == 1


async def test_two_servers_that_get_the_same_message_at_once_store_it_once(line: Line):
    incoming = Incoming("same", OPEN_ID, Kind.TEXT, line.clock(), "断网了")
    taken = await asyncio.gather(
        *(line.wechat.intake.take(line.account, incoming) for _ in range(10))
    )
    await line.wechat.intake.drain(30)

    assert (sum(taken), line.desk.words) == (1, ["断网了"])


async def test_many_messages_of_one_customer_at_once_all_come_once(line: Line):
    await asyncio.gather(
        *(
            line.wechat.intake.take(
                line.account, Incoming(f"k{n}", OPEN_ID, Kind.TEXT, line.clock(), f"第{n}条")
            )
            for n in range(20)
        )
    )
    await line.wechat.intake.drain(30)

    assert sorted(line.desk.words) == sorted(f"第{n}条" for n in range(20))
    async with line.db.connect() as conn:
        assert await inbox_store.first_unhandled(conn, USER_ID) is None
