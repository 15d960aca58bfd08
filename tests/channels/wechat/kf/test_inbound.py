"""Items of `sync_msg` as they are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wechat.client import read_answer
from channels.wechat.inbound import Incoming, Kind
from channels.wechat.kf_inbound import Recall, SendFail, StatusChange, Welcome, read_item
from channels.wechat.kf_rules import fate_of
from channels.wechat.media import type_of
from tests.channels.wechat.kf.conftest import KfLine

AT = 1_767_225_600


def item(msgtype: str = "text", content: Any = None, **other: Any) -> dict[str, Any]:
    whole = {
        "msgid": "from_msgid_4622416642169452483",
        "open_kfid": "wkAJ2GCAAASSm4",
        "external_userid": "wmAJ2GCAAAme1X",
        "send_time": AT,
        "origin": 3,
        "msgtype": msgtype,
        msgtype: content if content is not None else {"content": "断网了"},
    }
    return {**whole, **other}


def event(event_type: str, **fields: Any) -> dict[str, Any]:
    inside = {"event_type": event_type, "external_userid": "wmAJ2GCAAAme1X", **fields}
    whole = item("event", inside, origin=4)
    del whole["external_userid"]
    return whole


@pytest.mark.parametrize(
    ("msgtype", "content", "kind", "text", "media_id"),
    [
        ("text", {"content": "断网了"}, Kind.TEXT, "断网了", ""),
        ("text", {"content": " "}, Kind.OTHER, "", ""),
        ("text", {"content": "断\0网"}, Kind.TEXT, "断网", ""),
        ("image", {"media_id": "m1"}, Kind.IMAGE, "", "m1"),
        ("voice", {"media_id": "m1"}, Kind.VOICE, "", "m1"),
        ("video", {"media_id": "m1"}, Kind.VIDEO, "", "m1"),
        ("file", {"media_id": "m1"}, Kind.FILE, "", "m1"),
        ("image", {}, Kind.OTHER, "", ""),
        (
            "location",
            {"latitude": 31.2, "longitude": 121.5, "name": "国金", "address": "世纪大道 8 号"},
            Kind.LOCATION,
            "国金\n世纪大道 8 号",
            "",
        ),
        ("location", {"latitude": 31.2, "longitude": 121.5}, Kind.LOCATION, "31.2, 121.5", ""),
        (
            "link",
            {"title": "公告", "desc": "停机", "url": "https://x", "pic_url": "https://p"},
            Kind.LINK,
            "公告\n停机\nhttps://x",
            "",
        ),
        ("business_card", {"userid": "u"}, Kind.OTHER, "", ""),
        ("merged_msg", {"title": "聊天记录", "item": [{}]}, Kind.OTHER, "", ""),
        ("hologram", [], Kind.OTHER, "", ""),
    ],
)
def test_every_kind_of_message(msgtype: str, content: Any, kind: Kind, text: str, media_id: str):
    read = read_item(item(msgtype, content), "ww1")

    assert isinstance(read, Incoming)
    assert (read.kind, read.text, read.media_id) == (kind, text, media_id)
    assert (read.open_id, read.sent_at) == ("wmAJ2GCAAAme1X", datetime(2026, 1, 1, tzinfo=UTC))


def test_a_tap_on_a_choice_says_which():
    read = read_item(item(content={"content": "解决了", "menu_id": "101"}), "ww1")
    assert isinstance(read, Incoming)
    assert read.menu_id == "101"


def test_the_key_is_the_message_of_the_company():
    def key(app_id: str, **other: Any) -> str:
        read = read_item(item(**other), app_id)
        assert isinstance(read, Incoming)
        return read.key

    assert key("ww1") == key("ww1", send_time=AT + 1)
    assert len({key("ww1"), key("ww2"), key("ww1", msgid="2")}) == 3


def test_events():
    kinds = [
        read_item(event("enter_session", welcome_code="c", scene="s"), "ww1"),
        read_item(event("msg_send_fail", fail_msgid="b-0", fail_type=4), "ww1"),
        read_item(event("session_status_change", change_type=3), "ww1"),
    ]
    recall = read_item(event("user_recall_msg", recall_msgid=item()["msgid"]), "ww1")
    said = read_item(item(), "ww1")

    assert [type(one) for one in kinds] == [Welcome, SendFail, StatusChange]
    assert isinstance(recall, Recall) and isinstance(said, Incoming)
    assert recall.key == said.key


@pytest.mark.parametrize(
    "ignored",
    [
        item(origin=5),
        item(origin=4),
        item(external_userid=""),
        item(external_userid="a b"),
        item(send_time="soon"),
        item(send_time=10**30),
        item(msgid="\ud800"),
        event("enter_session"),
        event("servicer_status_change", status=1),
        event("reject_customer_msg_switch_change", reject_switch=1),
        event("msg_send_fail", fail_msgid="b-0", fail_type=10**12),
        event("user_recall_msg"),
        item("event", None),
        None,
        [],
        "item",
    ],
)
def test_what_asks_nothing_of_us_or_cannot_be_read(ignored: Any):
    assert read_item(ignored, "ww1") is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*item(), "event", "image"]), _JSON), _JSON)
def test_no_item_whatsoever_does_harm(fields: dict[str, Any], content: Any):
    for whole in (fields, {**item(content=content), **fields}, {**event("x"), **fields}):
        read = read_item(whole, "ww1")
        if isinstance(read, Incoming):
            read.text.encode()
            assert "\0" not in read.text


@pytest.mark.parametrize(
    ("fail_type", "part", "status"),
    [
        (4, "0", "held"),
        (6, "0", "held"),
        (6, "1", "failed"),
        (10, "0", "failed"),
        (0, "", "failed"),
    ],
)
def test_a_failure_is_held_only_if_nothing_arrived_and_time_can_mend_it(
    fail_type: int, part: str, status: str
):
    assert fate_of(fail_type, part)[0] == status


async def test_half_an_emoji_does_not_hold_up_the_page(kf: KfLine, monkeypatch: pytest.MonkeyPatch):
    kf.notices_are_lost = True
    await kf.lin.says("断了")
    await kf.lin.says("还在吗")
    call = kf.wechat._client.call

    async def cut_call(*args: Any, **named: Any) -> dict[str, Any]:
        page = await call(*args, **named)
        page["msg_list"][0]["text"]["content"] += "\ud83d"
        return page

    monkeypatch.setattr(kf.wechat._client, "call", cut_call)
    await kf.wechat.puller.sweep()
    await kf.rest()

    assert kf.desk.words == ["断了", "还在吗"]


@pytest.mark.parametrize(
    ("kind", "data", "content_type"),
    [
        ("image", b"\xff\xd8\xff\xe0jpeg", "image/jpeg"),
        ("video", b"\0\0\0\x18ftypmp42" + bytes(32), "video/mp4"),
        ("file", b"%PDF-1.7 ...", "application/octet-stream"),
        ("file", b'{"orders": []}', "application/octet-stream"),
    ],
)
async def test_what_customers_send_is_fetched_for_the_agents(
    kf: KfLine, kind: str, data: bytes, content_type: str
):
    media = kf.corp.media.keep(kind, data)
    await kf.lin.sends({"MsgType": kind, "MediaId": media.id})
    await kf.rest()
    (got,) = kf.desk.got.values()
    assert got.attachment is not None and got.attachment.kind == kind
    assert await kf.wechat.media.run() == 1

    path, served_as = await kf.wechat.media.open(got.attachment.id)
    assert (path.read_bytes(), served_as) == (data, content_type)
    assert type_of(data) in (served_as, "")


def test_an_answer_with_half_an_emoji_is_read():
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(b'{"a": "\\ud83d"}')
    assert read_answer(b'{"a": "\\ud83d"}') == {"a": "\ud83d"}
