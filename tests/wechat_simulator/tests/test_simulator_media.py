"""Files, both ways; template messages, notices, and who a user is."""

from __future__ import annotations

import pytest

from tests.wechat_simulator.customer import MP4, PNG
from tests.wechat_simulator.tests.conftest import URL, violated


async def _upload(api, kind, data, field="media"):
    params = {"access_token": await api.token(), "type": kind}
    files = {field: ("a.bin", data, "application/octet-stream")}
    return (await api.http.post("/cgi-bin/media/upload", params=params, files=files)).json()


async def test_a_picture_goes_up_is_sent_and_expires_after_three_days(api, amy, world):
    media = (await _upload(api, "image", PNG))["media_id"]
    await amy.says("在吗")
    assert await api.send(amy, msgtype="image", payload={"media_id": media}) == 0
    world.clock.forward(days=3)
    await amy.says("在吗")
    assert await api.send(amy, msgtype="image", payload={"media_id": media}) == 40007


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("image", b"GIF8" + bytes(10 << 20), 45001),
        ("image", b"%PDF-1.7", 40004),
        ("file", PNG, 40004),
        ("voice", PNG, 40004),
        ("thumb", b"\xff\xd8\xff" + bytes(64 << 10), 45001),
    ],
)
async def test_a_file_of_the_wrong_kind_or_size_is_refused(api, kind, data, code):
    assert (await _upload(api, kind, data))["errcode"] == code


async def test_an_upload_without_its_field_is_refused(api):
    assert (await _upload(api, "image", PNG, field="file"))["errcode"] == 41005
    assert (await _upload(api, "video", MP4))["type"] == "video"


async def test_a_customers_files_come_down_as_wechat_serves_them(api, amy, account, product):
    async def fetch(media_id):
        params = {"access_token": await api.token(), "media_id": media_id}
        return await api.http.get("/cgi-bin/media/get", params=params)

    await amy.sends_image()
    image = product.opened(account)
    answer = await fetch(image.media_id)
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert "attachment" in answer.headers["content-disposition"]
    assert (await api.http.get(image.image)).content == PNG
    await amy.sends_video()
    address = (await fetch(product.opened(account).media_id)).json()["video_url"]
    assert (await api.http.get(address)).content == MP4
    missing = await fetch("nothing")
    assert (missing.status_code, missing.json()["errcode"]) == (200, 40007)


async def _template(api, amy, **more):
    body = {"touser": amy.openid, "template_id": "template-progress"}
    body |= {"data": {"number": {"value": "20260310-0001"}}, **more}
    return await api.call("/cgi-bin/message/template/send", body)


async def test_a_template_message_goes_out_at_any_time_and_once(api, amy, account, product, world):
    first = await _template(api, amy, client_msg_id="t-1")
    again = await _template(api, amy, client_msg_id="t-1")
    await world.settled()
    assert (first["errcode"], again["msgid"]) == (0, first["msgid"])
    assert amy.texts == ["number：20260310-0001"]
    event = product.opened(account)
    assert (event.event, event._data["MsgID"]) == ("templatesendjobfinish", str(first["msgid"]))
    assert (await _template(api, amy, client_msg_id="t-2"))["errcode"] == 40241
    world.clock.forward(seconds=61)
    assert (await _template(api, amy, client_msg_id="t-3"))["errcode"] == 0
    await world.settled()


@pytest.mark.parametrize("status", ["failed:user block", "failed: system failed"])
async def test_a_template_message_may_fail_after_it_was_taken(
    api, amy, account, product, world, status
):
    account.template_status = status
    assert (await _template(api, amy))["errcode"] == 0
    await world.settled()
    assert (product.opened(account).status, amy.received) == (status, [])


async def test_a_template_message_is_refused_to_strangers_and_without_its_template(api, amy, world):
    assert (await _template(api, amy, template_id="other"))["errcode"] == 40037
    assert (await _template(api, amy, data={}))["errcode"] == 47003
    amy.subscribed = False
    assert (await _template(api, amy))["errcode"] == 43004


async def test_a_notice_is_sent_once_for_each_time_it_was_allowed(api, amy, world):
    body = {"touser": amy.openid, "template_id": "template-progress"}
    body["data"] = {"thing1": {"value": "已修好"}}
    path = "/cgi-bin/message/subscribe/bizsend"
    await amy.answers_notices({"template-progress": True})
    assert [(await api.call(path, body))["errcode"] for _ in range(2)] == [0, 43101]
    await world.settled()
    assert (amy.texts, violated(world)) == (["thing1：已修好"], ["notice_not_allowed"])


async def test_a_person_has_one_unionid_over_accounts_and_no_nickname(api, amy, world):
    other = world.account("wx2", URL)
    assert other.customer("a", person="amy").unionid == amy.unionid
    assert other.customer("amy").openid != amy.openid
    params = {"access_token": await api.token(), "openid": amy.openid}
    told = (await api.http.get("/cgi-bin/user/info", params=params)).json()
    assert (told["unionid"], "nickname" in told) == (amy.unionid, False)
    amy.subscribed = False
    told = (await api.http.get("/cgi-bin/user/info", params=params)).json()
    assert told == {"subscribe": 0, "openid": amy.openid}
