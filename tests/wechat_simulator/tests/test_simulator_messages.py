"""What custom/send takes, refuses, and notes as wrong; and menus."""

from __future__ import annotations

import json

import pytest

from tests.wechat_simulator.tests.conftest import SEND, violated

MENU = {
    "head_content": "解决了吗？",
    "list": [{"id": "101", "content": "解决了"}, {"id": "102", "content": "没有"}],
    "tail_content": "",
}


@pytest.mark.parametrize(
    ("body", "code", "violation"),
    [
        (b"", 44002, "empty_body"),
        (b"{", 47001, "bad_json"),
        (b'{"touser": "\xff"}', 40033, "bad_utf8"),
    ],
)
async def test_a_body_that_is_no_json_in_utf8_is_refused(api, world, body, code, violation):
    assert (await api.call(SEND, body))["errcode"] == code
    assert violated(world) == [violation]


@pytest.mark.parametrize(
    ("message", "code", "violation"),
    [
        ({"text": "中" * 683}, 45002, "too_long"),
        ({"payload": {"content": ""}}, 44004, "empty_text"),
        ({"msgtype": "hologram"}, 40008, "unknown_type"),
        ({"msgtype": "image", "payload": {"media_id": "x"}}, 40007, "unknown_media"),
        ({"msgtype": "image", "payload": {"id": "x"}}, 47003, "missing_field"),
        ({"msgtype": "news", "payload": {"articles": [{}, {}]}}, 45008, "too_many_articles"),
        ({"text": "a", "subject": "b"}, 0, "unknown_field"),
        ({"payload": {"content": "a", "bold": True}}, 0, "unknown_field"),
        ({"text": '看<a href="https://example.com">这里'}, 0, "broken_link"),
        ({"text": "这里</a>"}, 0, "broken_link"),
        ({"text": "看<a hre"}, 0, "broken_link"),
        ({"text": "坏\ufffd"}, 0, "broken_character"),
        ({"text": "\u200d👩"}, 0, "cut_grapheme"),
        ({"text": "👩\u200d"}, 0, "cut_grapheme"),
        ({"text": "\\u4f60\\u597d"}, 0, "escape_shown"),
        ({"text": "a\x07b"}, 0, "control_character"),
        (
            {"msgtype": "msgmenu", "payload": {"list": [{"id": "a", "content": "b"}]}},
            0,
            "menu_id_not_numeric",
        ),
        (
            {"msgtype": "msgmenu", "payload": {"list": [{"id": "1", "content": "b"}] * 2}},
            0,
            "menu_id_twice",
        ),
    ],
)
async def test_a_message_of_the_wrong_form_is_noted(api, amy, world, message, code, violation):
    await amy.says("在吗")
    assert await api.send(amy, **message) == code
    assert violated(world) == [violation]


@pytest.mark.parametrize(
    "text",
    ["中" * 682, 'a <a href="https://example.com">b</a> c', "1 < 2 <b>", "👨‍👩‍👧‍👦\n👍🏽", "é"],
)
async def test_a_message_of_the_right_form_passes(api, amy, world, text):
    await amy.says("在吗")
    assert (await api.send(amy, text=text), world.violations) == (0, [])
    assert amy.texts == [text]


async def test_escapes_in_the_json_are_noted(api, amy, world):
    await amy.says("在吗")
    body = json.dumps({"touser": amy.openid, "msgtype": "text", "text": {"content": "你\n\x01"}})
    assert (await api.call(SEND, body.encode()))["errcode"] == 0
    assert violated(world) == ["escaped_unicode", "control_character"]


async def test_a_tap_on_a_menu_comes_back_as_words_with_its_number(api, amy, account, product):
    await amy.says("在吗")
    assert await api.send(amy, msgtype="msgmenu", payload=MENU) == 0
    assert amy.texts == ["解决了吗？\n解决了\n没有"]
    await amy.taps("没有")
    message = product.opened(account)
    assert (message.content, message._data["bizmsgmenuid"]) == ("没有", "102")
    # A tap is no message of one's own: it does not open the long window anew.
    assert amy.window.left == 4
    with pytest.raises(LookupError):
        await amy.taps("也许")


async def test_a_menu_id_that_is_no_number_comes_back_as_nought(api, amy, account, product):
    await amy.says("在吗")
    menu = {"list": [{"id": "yes", "content": "是"}]}
    await api.send(amy, msgtype="msgmenu", payload=menu)
    await amy.taps("是")
    assert product.opened(account)._data["bizmsgmenuid"] == "0"


async def test_a_link_in_a_text_may_be_tapped_like_a_menu(api, amy, account, product):
    await amy.says("在吗")
    link = "weixin://bizmsgmenu?msgmenucontent=%E6%98%AF&msgmenuid=7"
    await api.send(amy, text=f'选一个：<a href="{link}">是</a>')
    await amy.taps("7")
    assert (product.opened(account).content, amy.world.violations) == ("是", [])


async def test_an_uncertified_account_has_no_menus(api, amy, world):
    api.account.certified = False
    await amy.says("在吗")
    assert (await api.send(amy, msgtype="msgmenu", payload=MENU), world.violations) == (40200, [])


async def test_a_mini_program_sends_fewer_kinds(api, world):
    api.account.mini = True
    bob = api.account.customer("bob")
    await bob.event({"MsgType": "event", "Event": "user_enter_tempsession"}, "enter")
    assert await api.send(bob, msgtype="voice", payload={"media_id": "x"}) == 40008
    link = {"title": "a", "description": "b", "url": "https://example.com", "thumb_url": ""}
    assert [await api.send(bob, msgtype="link", payload=link) for _ in range(3)] == [0, 0, 45047]
