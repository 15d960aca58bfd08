"""The callback over HTTP on the real server, and what follows from it up to WeChat's own API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import pytest

from channels.wechat.crypto import Envelope, sign
from channels.wechat.markup import read_fields, write_xml
from common.errors import UpstreamError
from handoff.model import Message
from handoff.rasa import BotTurn, Reply
from tests.channels.wechat.conftest import APP_ID, KEY, OPEN_ID, FakeWechat
from tests.handoff.conftest import says
from tests.server.conftest import Site, running_site

OLD_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
TOKEN = "pamtest"
PHOTO = b"\xff\xd8\xff\xe0" + b"photo" * 100
ids = count(1)


@dataclass
class Follower:
    """A customer on WeChat: what they do comes to us as WeChat sends it."""

    site: Site
    weixin: FakeWechat
    open_id: str = OPEN_ID
    envelope: Envelope = field(default_factory=lambda: Envelope(KEY, APP_ID))

    def body(self, **fields: str | int) -> bytes:
        return write_xml(
            {
                "ToUserName": "gh_1",
                "FromUserName": self.open_id,
                "CreateTime": int(time.time()),
                **fields,
            }
        )

    async def post(self, body: bytes, path: str = "/wechat/main/callback", **query: str):
        """Send a body encrypted and signed as WeChat does; `query` replaces what it adds."""
        encrypted = self.envelope.encrypt(body)
        timestamp, nonce = str(int(time.time())), str(next(ids))
        params = {
            "signature": sign(TOKEN, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": self.open_id,
            "encrypt_type": "aes",
            "msg_signature": sign(TOKEN, timestamp, nonce, encrypted),
            **query,
        }
        sealed = write_xml({"ToUserName": "gh_1", "Encrypt": encrypted})
        async with self.site.client() as http:
            return await http.post(path, params=params, content=sealed)

    async def does(self, **fields: str | int) -> httpx.Response:
        return await self.post(self.body(**fields))

    async def says(self, text: str, **more: str | int) -> httpx.Response:
        return await self.does(
            **{"MsgType": "text", "Content": text, "MsgId": str(next(ids)), **more}
        )

    async def sees(self) -> list[str]:
        """Let everything under way come to rest; return what the customer has read so far."""
        world = self.site.world
        await world.wechat.intake.drain(30)
        await world.turns.drain(30)
        while await world.wechat.outbox.sweep():
            await world.wechat.outbox.drain()
        return self.weixin.texts


@pytest.fixture
async def follower(tmp_path: Path) -> AsyncIterator[Follower]:
    (tmp_path / "secret").write_text("the app's secret\n")
    (tmp_path / "wechat.toml").write_text(
        f"""
        [accounts.main]
        app_id = "{APP_ID}"
        token = "{TOKEN}"
        secret_file = "secret"
        aes_key = "{KEY}"
        previous_aes_key = "{OLD_KEY}"
        [accounts.main.clicks]
        HUMAN = "转人工"
        [accounts.clear]
        app_id = "wxclear"
        token = "{TOKEN}"
        secret = "x"
        mode = "plain"
        """
    )
    env = {"FRONTDOOR_WECHAT_FILE": str(tmp_path / "wechat.toml")}
    async with running_site(tmp_path, **env) as site:
        weixin = FakeWechat()
        client = site.world.wechat._client
        await client.close()
        client._http = httpx.AsyncClient(transport=httpx.MockTransport(weixin))
        site.world.wechat.outbox._pace = 0
        yield Follower(site, weixin)


def error_code(response: httpx.Response) -> str:
    return response.json()["error"]["code"]


async def test_wechat_is_shown_that_the_address_is_ours(follower: Follower):
    params = {"timestamp": "1714036504", "nonce": "15", "echostr": "4375120948345356249"}
    params["signature"] = sign(TOKEN, "1714036504", "15")
    async with follower.site.client() as http:
        right = await http.get("/wechat/main/callback", params=params)
        wrong = await http.get("/wechat/main/callback", params={**params, "nonce": "16"})
        none = await http.get("/wechat/other/callback", params=params)

    assert (right.status_code, right.text) == (200, "4375120948345356249")
    assert (wrong.status_code, error_code(wrong)) == (403, "callback_refused")
    assert (none.status_code, error_code(none)) == (404, "account_unknown")


async def test_a_customer_says_something_and_reads_the_answer(follower: Follower):
    answer = await follower.says("怎么查话费")

    assert (answer.status_code, answer.text) == (200, "success")
    assert await follower.sees() == ["答：怎么查话费"]


async def test_the_same_message_delivered_three_times_is_answered_once(follower: Follower):
    body = follower.body(MsgType="text", Content="你好", MsgId="7")
    answers = await asyncio.gather(*(follower.post(body) for _ in range(3)))
    await follower.sees()
    await follower.post(body)

    assert {answer.text for answer in answers} == {"success"}
    assert await follower.sees() == ["答：你好"]


async def test_success_is_said_at_once_while_rasa_is_down_and_the_answer_comes_later(
    follower: Follower,
):
    follower.site.bot.script = [UpstreamError("down")]
    begun = time.monotonic()
    answer = await follower.says("断网了")

    assert (answer.text, time.monotonic() - begun < 1) == ("success", True)
    assert await follower.sees() == ["答：断网了"]


async def test_without_a_database_there_is_no_success(follower: Follower, monkeypatch):
    async def away(*_: object) -> None:
        raise ConnectionError("database is away")

    monkeypatch.setattr("channels.wechat.inbox_store.insert_item", away)
    answer = await follower.says("断网了")
    assert (answer.status_code >= 500, "success" in answer.text) == (True, False)

    monkeypatch.undo()
    await follower.says("断网了")
    assert await follower.sees() == ["答：断网了"]


async def test_the_previous_key_still_opens(follower: Follower):
    follower.envelope = Envelope(OLD_KEY, APP_ID)
    assert (await follower.says("你好")).text == "success"
    assert await follower.sees() == ["答：你好"]


async def test_what_wechat_did_not_send_is_refused_and_stores_nothing(follower: Follower):
    now = str(int(time.time()))
    body = follower.body(MsgType="text", Content="你好", MsgId="1")
    clear = {"signature": sign(TOKEN, now, "1"), "timestamp": now, "nonce": "1"}
    old = str(int(time.time()) - 2 * 86400)
    async with follower.site.client() as http:
        refused = [
            await follower.post(body, msg_signature="0" * 40),
            await follower.post(body, msg_signature="签名"),
            await follower.post(body, nonce="another"),
            # Under an old signature of the clear parts, without encryption.
            await http.post("/wechat/main/callback", params=clear, content=body),
            await http.post(
                "/wechat/main/callback", params={**clear, "encrypt_type": "raw"}, content=body
            ),
        ]
        stranger = Follower(follower.site, follower.weixin, envelope=Envelope(KEY, "wxother"))
        refused.append(await stranger.says("你好"))
        encrypted = follower.envelope.encrypt(body)
        stale = {
            "timestamp": old,
            "nonce": "1",
            "msg_signature": sign(TOKEN, old, "1", encrypted),
        }
        refused.append(
            await http.post(
                "/wechat/main/callback",
                params=stale,
                content=write_xml({"Encrypt": encrypted}),
            )
        )

    assert [(one.status_code, error_code(one)) for one in refused] == [
        (403, "callback_refused")
    ] * len(refused)
    assert await follower.sees() == []


async def test_the_clear_fields_beside_the_encrypted_ones_are_not_looked_at(follower: Follower):
    body = follower.body(MsgType="text", Content="真的", MsgId="1")
    encrypted, now = follower.envelope.encrypt(body), str(int(time.time()))
    params = {"timestamp": now, "nonce": "1", "encrypt_type": "aes"}
    params["msg_signature"] = sign(TOKEN, now, "1", encrypted)
    both = follower.body(MsgType="text", Content="假的", MsgId="2", Encrypt=encrypted)
    async with follower.site.client() as http:
        answer = await http.post("/wechat/main/callback", params=params, content=both)

    assert answer.text == "success"
    assert await follower.sees() == ["答：真的"]


async def test_an_account_in_plain_mode_takes_clear_messages(follower: Follower):
    now = str(int(time.time()))
    params = {"signature": sign(TOKEN, now, "1"), "timestamp": now, "nonce": "1"}
    body = follower.body(MsgType="text", Content="你好", MsgId="1")
    async with follower.site.client() as http:
        right = await http.post("/wechat/clear/callback", params=params, content=body)
        wrong = await http.post(
            "/wechat/clear/callback", params={**params, "signature": "0"}, content=body
        )
    assert (right.text, wrong.status_code) == ("success", 403)
    assert await follower.sees() == ["答：你好"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"<xml>", 422),
        (b"<html/>", 422),
        (b"{}", 403),
        (b"<xml/>", 403),
        (b"<xml><Encrypt>abc</Encrypt></xml>", 403),
        (b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>', 422),
        (b"<xml>" + b"x" * 300_000 + b"</xml>", 413),
    ],
)
async def test_a_body_that_is_none_is_refused(follower: Follower, content: bytes, status: int):
    async with follower.site.client() as http:
        answer = await http.post("/wechat/main/callback", content=content)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"<xml><MsgType>text</MsgType></xml>",
        b"not xml at all",
        b'{"MsgType": "text"}',
        b"<!DOCTYPE xml><xml/>",
    ],
)
async def test_nonsense_inside_a_good_envelope_is_refused_and_crashes_nothing(
    follower: Follower, body: bytes
):
    answer = await follower.post(body)
    assert (answer.status_code, error_code(answer)) == (422, "callback_invalid")


async def test_a_new_follower_is_welcomed_in_the_answer_itself_encrypted(follower: Follower):
    answer = await follower.does(MsgType="event", Event="subscribe", EventKey="")

    sealed = read_fields(answer.content)
    parts = (TOKEN, sealed["TimeStamp"], sealed["Nonce"], sealed["Encrypt"])
    assert sealed["MsgSignature"] == sign(*parts)
    inside = read_fields(follower.envelope.decrypt(sealed["Encrypt"]))
    assert (inside["ToUserName"], inside["FromUserName"]) == (OPEN_ID, "gh_1")
    assert "欢迎关注" in inside["Content"]
    assert await follower.sees() == []


@pytest.mark.parametrize("event", ["VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", "brand_new"])
async def test_an_event_that_asks_nothing_of_us_is_a_success(follower: Follower, event: str):
    assert (await follower.does(MsgType="event", Event=event)).text == "success"


async def test_a_menu_of_the_account_and_choices_by_click_and_by_number(follower: Follower):
    buttons = ({"title": "解决了", "payload": "/solved"}, {"title": "没有", "payload": "/no"})
    offer = BotTurn((Reply("请看说明。有帮助吗？", buttons),), {})
    follower.site.bot.script = [offer, says("太好了"), offer, says("抱歉")]

    await follower.does(MsgType="event", Event="CLICK", EventKey="HUMAN")
    await follower.sees()
    menu = follower.weixin.sent[0]["msgmenu"]["list"]
    await follower.says("解决了", bizmsgmenuid=menu[0]["id"])
    await follower.sees()
    await follower.says("怎么查话费")
    await follower.sees()
    await follower.says("2")

    assert (await follower.sees())[1::2] == ["太好了", "抱歉"]
    assert follower.site.bot.heard == ["转人工", "/solved", "怎么查话费", "/no"]


async def test_a_photo_is_fetched_and_only_agents_see_it(follower: Follower):
    follower.weixin.files = {"media1": httpx.Response(200, content=PHOTO)}
    await follower.does(MsgType="image", MediaId="media1", PicUrl="http://x", MsgId="1")
    seen = await follower.sees()
    assert await follower.site.world.wechat.media.run() == 1

    assert (len(seen), "图片收到了" in seen[0], follower.site.bot.heard) == (1, True, [])
    agent = await follower.site.sign_in("lin")
    listed = (await agent.get("/api/desk/conversations?view=bot")).json()["conversations"]
    whole = (await agent.get(f"/api/desk/conversations/{listed[0]['id']}")).json()
    (attachment,) = whole["messages"][0]["data"]["attachments"]
    photo = await agent.get(f"/api/wechat/media/{attachment['id']}")
    assert (photo.content, photo.headers["content-type"]) == (PHOTO, "image/jpeg")
    assert photo.headers["x-content-type-options"] == "nosniff"
    part = await agent.get(f"/api/wechat/media/{attachment['id']}", headers={"Range": "bytes=4-8"})
    assert (part.status_code, part.content) == (206, b"photo")
    status = await agent.get(f"/api/wechat/media/{attachment['id']}/status")
    assert status.json()["attachment"] == {
        **attachment,
        "status": "stored",
        "content_type": "image/jpeg",
    }
    path = f"/api/desk/conversations/{listed[0]['id']}"
    assert (await agent.get(f"{path}/attachments")).json() == {"attachments": [attachment]}
    delivery = (await agent.get(f"{path}/delivery")).json()["delivery"]
    assert (delivery["left"], delivery["of"], delivery["waiting"]) == (4, 5, [])
    assert delivery == whole["delivery"]
    async with follower.site.client() as stranger:
        refused = await stranger.get(f"/api/wechat/media/{attachment['id']}")
        assert refused.status_code == 401
    for unknown in ("none", "none/status"):
        assert (await agent.get(f"/api/wechat/media/{unknown}")).status_code == 404


async def test_from_the_first_word_to_the_rating_with_a_person_in_between(follower: Follower):
    site = follower.site

    class Asks:
        async def take_turn(self, message: Message) -> BotTurn:
            await site.world.handoffs.request(message.conversation_id, "customer_request")
            return says()

    agent = await site.sign_in("lin")
    await agent.post("/api/desk/presence", json={"presence": "online"})
    site.world.turns._bot = Asks()
    await follower.says("转人工")
    assert "您是下一位" in (await follower.sees())[0]
    listed = (await agent.get("/api/desk/conversations?view=queue")).json()["conversations"]
    path = f"/api/desk/conversations/{listed[0]['id']}"
    assert (await agent.post(f"{path}/accept")).status_code == 200
    await follower.sees()

    reply = {"client_message_id": "a1", "text": "您好，请问是哪里断网？"}
    assert (await agent.post(f"{path}/messages", json=reply)).status_code == 202
    assert (await follower.sees())[-1] == "您好，请问是哪里断网？"
    assert follower.weixin.texts[-2] == "客服 客服lin 为您服务。"
    shown = (await agent.get(path)).json()["delivery"]
    assert (shown["left"], shown["of"], shown["waiting"]) == (2, 5, [])

    await follower.says("人民路1号3单元")
    await follower.sees()
    shown = (await agent.get(path)).json()
    assert (shown["delivery"]["left"], shown["messages"][-1]["text"]) == (5, "人民路1号3单元")
    assert (await agent.post(f"{path}/close", json={})).status_code == 200
    await follower.sees()
    menu = follower.weixin.sent[-1]["msgmenu"]["list"]
    assert menu[0]["content"] == "非常满意"

    await follower.says("非常满意", bizmsgmenuid=menu[0]["id"])
    seen = await follower.sees()
    await follower.says("满意", bizmsgmenuid=menu[1]["id"])  # a second thought changes nothing

    assert "评价收到了" in seen[-1]
    assert await follower.sees() == seen
    whole = (await agent.get(path)).json()
    assert whole["conversation"]["status"] == "closed"


async def test_who_unfollows_while_waiting_leaves_the_queue(follower: Follower):
    site = follower.site
    agent = await site.sign_in("lin")
    await follower.says("你好")
    await follower.sees()
    (row,) = (await agent.get("/api/desk/conversations?view=bot")).json()["conversations"]
    await site.world.handoffs.request(row["id"], "bot_unavailable")
    await follower.does(MsgType="event", Event="unsubscribe")
    await follower.sees()

    assert (await agent.get("/api/desk/conversations?view=queue")).json()["conversations"] == []
    (closed,) = (await agent.get("/api/desk/conversations?view=closed")).json()["conversations"]
    whole = (await agent.get(f"/api/desk/conversations/{closed['id']}")).json()
    assert whole["delivery"]["subscribed"] is False


async def test_a_conversation_on_the_web_has_nothing_to_be_carried(follower: Follower):
    visitor = await follower.site.visitor()
    await visitor.says("你好")
    await follower.sees()
    agent = await follower.site.sign_in("lin")
    (row,) = (await agent.get("/api/desk/conversations?view=bot")).json()["conversations"]
    assert (await agent.get(f"/api/desk/conversations/{row['id']}")).json()["delivery"] is None


async def test_supervisors_see_what_is_wrong_with_an_account(follower: Follower):
    follower.weixin.token_answer = {"errcode": 40164, "errmsg": "invalid ip 1.2.3.4"}
    await follower.says("你好")
    assert await follower.sees() == []

    boss = await follower.site.sign_in("boss", "supervisor")
    states = (await boss.get("/api/wechat/accounts")).json()["accounts"]

    main = next(one for one in states if one["name"] == "main")
    assert (main["problem"], "白名单" in main["advice"]) == (40164, True)
    assert "secret" not in str(states) and TOKEN not in str(states)
    agent = await follower.site.sign_in("lin")
    assert (await agent.get("/api/wechat/accounts")).status_code == 403


async def test_thirty_customers_at_once_each_read_their_own_answer_once(follower: Follower):
    crowd = [
        Follower(follower.site, follower.weixin, open_id=f"o{n}", envelope=follower.envelope)
        for n in range(30)
    ]
    await asyncio.gather(*(one.says(f"我是{n}号") for n, one in enumerate(crowd)))
    await follower.sees()
    await follower.sees()

    read = {one["touser"]: one["text"]["content"] for one in follower.weixin.sent}
    assert read == {f"o{n}": f"答：我是{n}号" for n in range(30)}
    assert len(follower.weixin.sent) == 30
