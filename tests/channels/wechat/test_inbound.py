"""What callbacks say, of every kind, and which of them are the same."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.wechat.inbound import UNSUPPORTED, Kind, read_incoming
from common.errors import InvalidInput

COMMON = {"ToUserName": "gh_1", "FromUserName": "oABC-_1", "CreateTime": "1714112445"}


def incoming(app_id: str = "wx1", **fields: str):
    return read_incoming({**COMMON, **fields}, app_id)


def test_words_are_read_with_who_and_when():
    read = incoming(MsgType="text", Content="流量不够用", MsgId="605")

    assert (read.open_id, read.kind, read.text) == ("oABC-_1", Kind.TEXT, "流量不够用")
    assert read.sent_at == datetime(2024, 4, 26, 6, 20, 45, tzinfo=UTC)
    assert read.renews_messages and not read.renews_events


@pytest.mark.parametrize(
    ("fields", "kind", "text", "media_id"),
    [
        ({"MsgType": "image", "MediaId": "m1", "PicUrl": "http://x"}, Kind.IMAGE, "", "m1"),
        ({"MsgType": "voice", "MediaId": "m1", "Format": "amr"}, Kind.VOICE, "", "m1"),
        ({"MsgType": "voice", "MediaId": "m1", "Recognition": "断网"}, Kind.VOICE, "断网", "m1"),
        ({"MsgType": "video", "MediaId": "m1", "ThumbMediaId": "t"}, Kind.VIDEO, "", "m1"),
        ({"MsgType": "shortvideo", "MediaId": "m1"}, Kind.VIDEO, "", "m1"),
        (
            {"MsgType": "location", "Location_X": "31.2", "Location_Y": "121.5", "Label": "人民路"},
            Kind.LOCATION,
            "人民路",
            "",
        ),
        (
            {"MsgType": "location", "Location_X": "31.2", "Location_Y": "121.5", "Label": ""},
            Kind.LOCATION,
            "31.2, 121.5",
            "",
        ),
        (
            {"MsgType": "link", "Title": "公告", "Url": "https://x"},
            Kind.LINK,
            "公告\nhttps://x",
            "",
        ),
        ({"MsgType": "text", "Content": UNSUPPORTED}, Kind.OTHER, "", ""),
        ({"MsgType": "text", "Content": "  "}, Kind.OTHER, "", ""),
        ({"MsgType": "image"}, Kind.OTHER, "", ""),
        ({"MsgType": "hologram"}, Kind.OTHER, "", ""),
        ({"MsgType": "event", "Event": "subscribe", "EventKey": ""}, Kind.SUBSCRIBE, "", ""),
        ({"MsgType": "event", "Event": "unsubscribe"}, Kind.UNSUBSCRIBE, "", ""),
        ({"MsgType": "event", "Event": "SCAN", "EventKey": "7"}, Kind.SCAN, "7", ""),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "HUMAN"}, Kind.CLICK, "HUMAN", ""),
        ({"MsgType": "event", "Event": "VIEW", "EventKey": "https://x"}, Kind.NOTHING, "", ""),
        ({"MsgType": "event", "Event": "LOCATION", "Latitude": "1"}, Kind.NOTHING, "", ""),
        ({"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH"}, Kind.REPORT, "", ""),
        ({"MsgType": "event", "Event": "something_new"}, Kind.NOTHING, "", ""),
        ({"MsgType": "event"}, Kind.NOTHING, "", ""),
    ],
)
def test_every_kind_is_read(fields: dict[str, str], kind: Kind, text: str, media_id: str):
    read = incoming(**fields)
    assert (read.kind, read.text, read.media_id) == (kind, text, media_id)


def test_a_click_on_a_choice_counts_as_an_event_and_not_as_words():
    read = incoming(MsgType="text", Content="解决了", bizmsgmenuid="301", MsgId="1")
    assert (read.menu_id, read.renews_messages, read.renews_events) == ("301", False, True)


def test_a_message_is_the_same_by_account_sender_time_and_its_id_which_may_be_no_number():
    first = incoming(MsgType="text", Content="你好", MsgId="49d72d_1555684067")

    assert incoming(MsgType="text", Content="你好", MsgId="49d72d_1555684067").key == first.key
    for other in (
        incoming(MsgType="text", Content="你好", MsgId="606"),
        incoming("wx2", MsgType="text", Content="你好", MsgId="49d72d_1555684067"),
        incoming(MsgType="text", Content="你好", MsgId="49d72d_1555684067", FromUserName="o2"),
        incoming(MsgType="text", Content="你好", MsgId="49d72d_1555684067", CreateTime="1"),
    ):
        assert other.key != first.key


def test_two_events_of_one_second_are_two_and_one_delivered_twice_is_one():
    click = {"MsgType": "event", "Event": "CLICK"}
    assert incoming(**click, EventKey="A").key != incoming(**click, EventKey="B").key
    assert incoming(**click, EventKey="A").key == incoming(**click, EventKey="A").key
    done = {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "Status": "success"}
    assert incoming(**done, MsgID="1").key != incoming(**done, MsgID="2").key


def test_without_an_id_the_same_content_is_the_same_message():
    assert incoming(MsgType="text", Content="a").key == incoming(MsgType="text", Content="a").key
    assert incoming(MsgType="text", Content="a").key != incoming(MsgType="text", Content="b").key


@pytest.mark.parametrize(
    "wrong",
    [
        {"FromUserName": ""},
        {"FromUserName": "中文"},
        {"FromUserName": "o" * 65},
        {"MsgType": ""},
        {"CreateTime": "yesterday"},
        {"CreateTime": "9" * 30},
        {"CreateTime": "-1"},
    ],
)
def test_without_sender_type_or_time_it_is_refused(wrong: dict[str, str]):
    with pytest.raises(InvalidInput) as error:
        incoming(**{"MsgType": "text", "Content": "a", "MsgId": "1", **wrong})
    assert error.value.code == "callback_invalid"


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["MsgType", "Event", "Content", "MsgId"]), st.text()))
def test_no_fields_crash_the_reader(fields: dict[str, str]):
    try:
        assert isinstance(incoming(**fields).kind, Kind)
    except InvalidInput as error:
        assert error.code == "callback_invalid"
