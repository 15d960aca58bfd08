"""What the product is sent, and what its answers do."""

from __future__ import annotations

import asyncio
import json

import pytest
from defusedxml.ElementTree import fromstring
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply

from tests.wechat_simulator import kinds, xmlform
from tests.wechat_simulator.attacks import ATTACKS, ODDITIES, attack, puzzle
from tests.wechat_simulator.sealing import signature
from tests.wechat_simulator.tests.conftest import URL, violated


def _reply(account, openid, text="好的", sender=""):
    fields = {"ToUserName": openid, "FromUserName": sender or account.original_id}
    return xmlform.write(fields | {"CreateTime": 1, "MsgType": "text", "Content": text})


def _sealed_reply(account, amy, text="好的"):
    crypto = WeChatCrypto(account.token, account.aes_key, account.appid)
    return crypto.encrypt_message(_reply(account, amy.openid, text), "12345", "1700000000")


async def test_words_arrive_sealed_and_signed_as_another_library_reads_them(amy, account, product):
    delivery = await amy.says("流量不够用]]>😀")
    message = product.opened(account)
    assert (message.type, message.content) == ("text", "流量不够用]]>😀")
    assert (message.source, message.target) == (amy.openid, account.original_id)
    assert message.id == delivery.fields["MsgId"]
    query = product.query()
    plain = signature(account.token, query["timestamp"], query["nonce"])
    assert (query["signature"], query["openid"]) == (plain, amy.openid)
    assert query["encrypt_type"] == "aes"
    assert set(xmlform.read(product.requests[-1].content)) == {"ToUserName", "Encrypt"}
    assert (delivery.outcome, amy.world.violations) == ("ok", [])


async def test_every_kind_of_message_and_event_is_readable(amy, account, product):
    await amy.sends_image()
    assert product.opened(account).image.endswith(product.opened(account).media_id)
    await amy.sends_voice()
    assert (product.opened(account).format, product.opened(account).recognition) == ("amr", None)
    await amy.sends_video()
    assert product.opened(account).type == "video"
    await amy.sends_location(31.2, 121.4, "上海")
    assert product.opened(account).location == ("31.2", "121.4")
    await amy.sends_link("标题", "https://example.com", "说明")
    assert product.opened(account).url == "https://example.com"
    await amy.sends_sticker()
    assert product.opened(account).content == kinds.UNSUPPORTED
    await amy.clicks("menu-1")
    assert (product.opened(account).event, product.opened(account).key) == ("click", "menu-1")
    await amy.subscribes("42")
    assert product.opened(account).event == "subscribe_scan"
    await amy.scans("42")
    assert product.opened(account).scene_id == "42"
    await amy.unsubscribes()
    assert product.opened(account).event == "unsubscribe"
    await amy.event(kinds.template_finished(7, "success"))
    assert product.opened(account).status == "success"
    await amy.answers_notices({"template-progress": True})
    answers = product.opened(account)._data["SubscribeMsgPopupEvent"]["List"]
    assert (answers["TemplateId"], answers["SubscribeStatusString"]) == (
        "template-progress",
        "accept",
    )
    await amy.sends({"MsgType": "hologram", "Beam": "1"})
    assert product.opened(account).type == "unknown"
    assert amy.world.violations == []


async def test_compatible_mode_carries_both_and_plain_mode_only_the_clear_copy(
    amy, account, product
):
    account.mode = "compatible"
    await amy.says("两份")
    outer = xmlform.read(product.requests[-1].content)
    assert (outer["Content"], product.opened(account).content) == ("两份", "两份")
    account.mode = "plain"
    await amy.says("一份")
    assert parse_message(product.requests[-1].content).content == "一份"
    assert set(product.query()) == {"signature", "timestamp", "nonce", "openid"}


async def test_a_mini_program_gets_json_and_may_have_ids_of_words(world, product):
    account = world.account("wx2", URL, mini=True, data_format="json", mode="plain", text_ids=True)
    await account.customer("bob").says("你好")
    told = json.loads(product.requests[-1].content)
    assert (told["Content"], told["MsgId"].startswith("49d72d_")) == ("你好", True)


async def test_the_previous_key_is_used_while_the_account_still_has_it(amy, account, product):
    account.previous_aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    account.uses_previous_key = True
    await amy.says("旧钥匙")
    with pytest.raises(ValueError):
        product.opened(account)
    account.aes_key = account.previous_aes_key
    assert product.opened(account).content == "旧钥匙"


async def test_a_product_that_is_late_is_asked_three_times_and_the_customer_told(amy, product):
    product.asleep = [1, 1, 1]
    delivery = await amy.says("在吗")
    assert [each.verdict for each in delivery.attempts] == ["late"] * 3
    assert amy.screen[-1].text == "该公众号暂时无法提供服务，请稍后再试"
    assert violated(amy.world) == ["unavailable"]


async def test_a_retry_is_the_same_message_in_a_new_envelope(amy, account, product):
    product.asleep = [1]
    product.script = [(500, "")]
    delivery = await amy.says("在吗")
    # The first was cut off before it came to its answer.
    assert [each.verdict for each in delivery.attempts] == ["late", "status", "ok"]
    ids = {product.opened(account, number).id for number in range(3)}
    assert len(ids) == 1
    assert len({product.query(number)["nonce"] for number in range(3)}) == 3
    assert amy.world.violations == []
    amy.world.rules.same_envelope = True
    product.script = [(500, "")]
    await amy.says("再来")
    assert product.query(-1) == product.query(-2)


async def test_a_sealed_reply_is_shown(amy, account, product):
    product.script = [(200, _sealed_reply(account, amy))]
    assert (await amy.says("在吗")).outcome == "reply"
    assert (amy.texts, amy.received[0].way) == (["好的"], "passive")


async def test_a_plain_reply_is_shown_in_plain_mode(amy, account, product):
    account.mode = "plain"
    reply = TextReply(content="您好", source=account.original_id, target=amy.openid)
    product.script = [(200, reply.render())]
    await amy.says("在吗")
    assert amy.texts == ["您好"]


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda account, amy: "ok", "bad_answer"),
        (lambda account, amy: '{"msg": "success"}', "bad_answer"),
        (lambda account, amy: _reply(account, amy.openid), "reply_not_sealed"),
        (lambda account, amy: _sealed_reply(account, amy).replace("12345", "1"), "reply_signature"),
        (lambda account, amy: _sealed_reply(account, amy, "中" * 683), "too_long"),
    ],
)
async def test_an_answer_wechat_cannot_use_is_the_customers_loss(
    amy, account, product, spoil, kind
):
    product.script = [(200, spoil(account, amy))]
    assert (await amy.says("在吗")).outcome == "bad"
    assert violated(amy.world) == [kind, "unavailable"]
    assert amy.screen[-1].author == "wechat"


async def test_a_reply_to_somebody_else_or_sealed_for_another_is_refused(amy, account, product):
    other = WeChatCrypto(account.token, account.aes_key, "wx-other")
    sealed = other.encrypt_message(_reply(account, amy.openid), "1", "2")
    product.script = [(200, sealed)]
    await amy.says("在吗")
    account.mode = "plain"
    product.script = [(200, _reply(account, amy.openid, sender="gh_other"))]
    await amy.says("在吗")
    product.script = [(200, _reply(account, amy.openid, text="a").replace("text", "hologram"))]
    await amy.says("在吗")
    kinds_found = [kind for kind in violated(amy.world) if kind != "unavailable"]
    assert kinds_found == ["reply_seal", "bad_answer", "bad_answer"]


async def test_duplicates_come_when_asked_for_and_by_chance(amy, account, product):
    delivery = await amy.says("一次")
    await delivery.again(copies=2)
    assert {product.opened(account, number).id for number in range(3)} == {delivery.fields["MsgId"]}
    amy.world.trouble.duplicated = 1.0
    await amy.says("两次")
    assert len(product.requests) == 5


async def test_an_answer_that_is_lost_is_asked_for_again(amy, product):
    amy.world.trouble.cut = 1.0
    delivery = await amy.says("在吗")
    assert [each.verdict for each in delivery.attempts] == ["unheard"] * 3
    # The product did all it could: it is no fault of its own.
    assert (len(product.requests), amy.world.violations) == (3, [])


async def test_later_words_overtake_earlier_ones_when_they_are_held_back(amy, account, product):
    amy.world.trouble.held_seconds = 0.03
    await asyncio.gather(*(amy.says(str(number)) for number in range(8)))
    said = [product.opened(account, number).content for number in range(8)]
    assert sorted(said) == [str(number) for number in range(8)] != said


async def test_the_url_is_checked_by_an_echo_to_the_byte(account, product):
    assert await account.verify()
    product.echoes = False
    assert not await account.verify()
    assert violated(account.world) == ["echo"]


async def test_while_tencents_desk_has_the_customer_the_product_hears_nothing(
    amy, account, product, world
):
    account.mode = "plain"
    reply = xmlform.write(
        {
            "ToUserName": amy.openid,
            "FromUserName": account.original_id,
            "CreateTime": 1,
            "MsgType": "transfer_customer_service",
        }
    )
    product.script = [(200, reply)]
    await amy.says("人工")
    await world.settled()
    assert parse_message(product.requests[-1].content).event == "kf_create_session"
    assert (await amy.says("有人吗")).outcome == "kept_by_desk"
    world.clock.forward(minutes=31)
    await amy.says("还在吗")
    events = [xmlform.read(each.content).get("Event") for each in product.requests]
    assert events == [None, "kf_create_session", "kf_close_session", None]


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_that_is_not_refused_is_noted(amy, product, name):
    product.script = [(200, "success"), (401, "")]
    await attack(amy, name)
    assert violated(amy.world) == ["attack_not_refused"]
    await attack(amy, name)
    assert len(amy.world.violations) == 1


async def test_attacks_are_what_another_library_chokes_on(amy, account, product):
    # Those wechatpy lets through: padding it does not check, and queries it never sees.
    lets_through = {"padding whose bytes differ", "no timestamp", "no nonce"}
    for name in ATTACKS:
        product.script = [(401, "")]
        await attack(amy, name)
        if name in lets_through:
            continue
        with pytest.raises(Exception):  # noqa: B017 - it raises whatever comes
            product.opened(account)


@pytest.mark.parametrize("name", ODDITIES)
async def test_an_oddity_arrives_readable_and_a_product_that_stumbles_is_noted(
    amy, account, product, name
):
    product.script = [(500, ""), (200, "success")]
    await puzzle(amy, name)
    query = product.query()
    crypto = WeChatCrypto(account.token, account.aes_key, account.appid)
    body = product.requests[-1].content
    clear = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    assert fromstring(clear).tag == "xml"
    assert violated(amy.world) == ["stumbled"]
    await puzzle(amy, name)
    assert len(amy.world.violations) == 1
