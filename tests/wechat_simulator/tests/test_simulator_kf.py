"""微信客服: a notice, then a pull; sessions with states; codes for one message."""

from __future__ import annotations

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from tests.wechat_simulator import kinds, xmlform
from tests.wechat_simulator.customer import MP4
from tests.wechat_simulator.tests.conftest import URL, Api

KF = "/cgi-bin/kf"


@pytest.fixture
def corp(world):
    return world.kf("ww0000000000000001", URL)


@pytest.fixture
def lin(corp):
    return corp.customer("lin")


@pytest.fixture
async def kf(api, corp):
    class Kf(Api):
        async def token(self, **more):
            params = {"corpid": corp.appid, "corpsecret": corp.secret}
            return (await self.http.get("/cgi-bin/gettoken", params=params)).json()["access_token"]

        async def ask(self, path, **said):
            return await self.call(f"{KF}/{path}", {"open_kfid": corp.open_kfid} | said)

        async def says(self, who, text="您好", **more):
            body = {"touser": who.openid, "msgtype": "text", "text": {"content": text}, **more}
            return (await self.ask("send_msg", **body))["errcode"]

        async def moves(self, who, state, **more):
            body = {"external_userid": who.openid, "service_state": state, **more}
            return await self.ask("service_state/trans", **body)

    return Kf(api.http, corp)


def _notice(corp, product):
    query = product.query()
    assert set(query) == {"msg_signature", "timestamp", "nonce"}
    crypto = WeChatCrypto(corp.token, corp.aes_key, corp.appid)
    body = product.requests[-1].content
    clear = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    return xmlform.read(clear)


async def test_words_come_as_a_notice_and_are_pulled_with_its_token(kf, lin, corp, product, world):
    await lin.says("没网了")
    notice = _notice(corp, product)
    assert (notice["Event"], notice["OpenKfId"]) == ("kf_msg_or_event", corp.open_kfid)
    page = await kf.ask("sync_msg", token=notice["Token"], limit=1)
    (item,) = page["msg_list"]
    assert (item["text"]["content"], item["origin"], page["has_more"]) == ("没网了", 3, 0)
    assert item["external_userid"] == lin.openid
    await lin.sends_video(MP4)
    later = await kf.ask("sync_msg", cursor=page["next_cursor"])
    assert [each["msgtype"] for each in later["msg_list"]] == ["video"]
    world.clock.forward(minutes=10)
    assert (await kf.ask("sync_msg", token=notice["Token"]))["errcode"] == 95007
    assert world.violations == []


async def test_there_may_be_more_behind_an_empty_page(kf, lin, corp):
    for text in "123":
        await lin.says(text)
    corp.empty_pages = 1
    said, cursor, pages, more = [], "", 0, 1
    while more:
        page = await kf.ask("sync_msg", cursor=cursor, limit=2)
        cursor, more, pages = page["next_cursor"], page["has_more"], pages + 1
        said += [each["text"]["content"] for each in page["msg_list"]]
    assert (said, pages) == (["1", "2", "3"], 3)


async def test_only_three_days_can_be_pulled(kf, lin, world):
    await lin.says("旧的")
    world.clock.forward(days=3, seconds=1)
    await lin.says("新的")
    page = await kf.ask("sync_msg")
    assert [each["text"]["content"] for each in page["msg_list"]] == ["新的"]


@pytest.mark.parametrize("said", [{"limit": 1001}, {"cursor": "made-up"}, {"limit": 0}])
async def test_a_pull_that_asks_wrongly_is_refused(kf, said):
    assert (await kf.ask("sync_msg", **said))["errcode"] == 40058


async def test_five_messages_then_no_more_and_each_id_once(kf, lin, world):
    await lin.says("在吗")
    codes = [await kf.says(lin, msgid=f"m{n}") for n in (1, 1, 2, 3, 4, 5, 6)]
    assert codes == [0, 40058, 0, 0, 0, 0, 95001]
    assert [each.kind for each in world.violations] == ["over_count"]
    assert await kf.says(lin, msgid="不行") == 40058
    assert world.violations[-1].kind == "bad_msgid"


async def test_what_was_taken_may_still_not_arrive(kf, lin, corp, world):
    await lin.says("在吗")
    corp.next_fail = 10
    assert await kf.says(lin, msgid="m1") == 0
    await world.settled()
    event = (await kf.ask("sync_msg"))["msg_list"][-1]
    assert event["event"]["event_type"] == "msg_send_fail"
    assert (event["event"]["fail_msgid"], event["event"]["fail_type"]) == ("m1", 10)
    assert ("external_userid" in event, event["event"]["external_userid"]) == (False, lin.openid)
    assert lin.received == []


async def test_states_go_only_their_ways_and_the_api_is_silent_with_a_human(kf, lin, corp, world):
    await lin.says("人工")
    pooled = await kf.moves(lin, 2)
    assert (pooled["errcode"], await kf.says(lin)) == (0, 95018)
    assert (await kf.moves(lin, 1))["errcode"] == 95016
    assert (await kf.moves(lin, 3, servicer_userid="nobody"))["errcode"] == 95014
    assert (await kf.moves(lin, 3, servicer_userid="zhang"))["errcode"] == 0
    state = await kf.ask("service_state/get", external_userid=lin.openid)
    assert (state["service_state"], state["servicer_userid"]) == (3, "zhang")
    await corp.servicer_says(lin, "zhang", "我来帮您")
    ended = await kf.moves(lin, 4)
    assert (await kf.moves(lin, 1))["errcode"] == 95013
    await world.settled()
    kinds_pulled = [each["origin"] for each in (await kf.ask("sync_msg"))["msg_list"]]
    assert kinds_pulled == [3, 4, 5, 4]

    async def by(code, text="稍等"):
        said = {"code": code, "msgtype": "text", "text": {"content": text}}
        return (await kf.call(f"{KF}/send_msg_on_event", said))["errcode"]

    assert [await by(pooled["msg_code"]), await by(pooled["msg_code"])] == [0, 95007]
    world.clock.forward(seconds=20)
    assert await by(ended["msg_code"]) == 95007
    await lin.says("又来了")
    assert await kf.says(lin) == 0
    assert (lin.texts, world.violations) == (["我来帮您", "稍等", "您好"], [])


async def test_who_comes_in_is_welcomed_once_in_48_hours(kf, lin, world):
    enter = kinds.event("enter_session")
    await lin.event(enter)
    await lin.event(enter)
    world.clock.forward(hours=48)
    await lin.event(enter)
    events = [each["event"] for each in (await kf.ask("sync_msg"))["msg_list"]]
    assert ["welcome_code" in event for event in events] == [True, False, True]


async def test_a_menu_of_buttons_is_tapped(kf, lin, world):
    await lin.says("在吗")
    items = [{"type": "click", "click": {"id": "101", "content": "解决了"}}]
    menu = {"head_content": "解决了吗？", "list": items}
    body = {"touser": lin.openid, "msgtype": "msgmenu", "msgmenu": menu}
    assert (await kf.ask("send_msg", **body))["errcode"] == 0
    await lin.taps("解决了")
    last = (await kf.ask("sync_msg"))["msg_list"][-1]
    assert last["text"] == {"content": "解决了", "menu_id": "101"}
    menu["list"] = items * 11
    assert (await kf.ask("send_msg", **body))["errcode"] == 45002


async def test_customers_have_names_and_the_same_unionid_as_elsewhere(kf, lin, account, world):
    said = {"external_userid_list": [lin.openid, "nobody"]}
    told = await kf.call(f"{KF}/customer/batchget", said)
    (customer,) = told["customer_list"]
    assert (customer["nickname"], told["invalid_external_userid"]) == ("lin", ["nobody"])
    assert customer["unionid"] == account.customer("lin").unionid


async def test_the_echo_is_sealed_and_has_a_second(corp, product, world):
    assert not await corp.verify()  # it came back as it was, not opened
    assert [each.kind for each in world.violations] == ["echo"]
    crypto = WeChatCrypto(corp.token, corp.aes_key, corp.appid)

    def opened(query):
        names = ("msg_signature", "timestamp", "nonce", "echostr")
        return crypto.check_signature(*(query[name] for name in names))

    product.open_echo = opened
    assert await corp.verify()


async def test_a_wrong_secret_or_account_is_refused(kf, api, corp, lin):
    params = {"corpid": corp.appid, "corpsecret": "wrong"}
    assert (await kf.http.get("/cgi-bin/gettoken", params=params)).json()["errcode"] == 40125
    assert (await kf.ask("sync_msg", open_kfid="wk-other"))["errcode"] == 95000
    assert (await api.call(f"{KF}/sync_msg", {}))["errcode"] == 48001
