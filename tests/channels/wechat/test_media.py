"""Files of customers: fetched at once, checked by what they are, kept from strangers."""

from __future__ import annotations

import json

import httpx
import pytest

from channels.wechat.inbound import Kind
from channels.wechat.media import LARGEST, type_of
from channels.wechat.media_store import MediaStatus
from common.errors import Conflict, NotFound
from tests.channels.wechat.conftest import Line

PHOTO = b"\xff\xd8\xff\xe0 a photo"
FILM = b"\x00\x00\x00\x20ftypisom a film"


async def sends(line: Line, kind: Kind = Kind.IMAGE) -> str:
    await line.customer("", kind, media_id="media1")
    return next(reversed(line.desk.got))


async def test_a_photo_is_stored_with_the_type_its_bytes_tell(line: Line):
    line.weixin.files["media1"] = httpx.Response(200, content=PHOTO)
    id = await sends(line)
    with pytest.raises(Conflict, match="还在下载"):
        await line.wechat.media.open(id)
    assert (await line.wechat.media.look_up(id)).status is MediaStatus.WAITING

    assert await line.wechat.media.run() == 1
    known = await line.wechat.media.look_up(id)
    assert (known.status, known.content_type) == (MediaStatus.STORED, "image/jpeg")

    path, content_type = await line.wechat.media.open(id)
    assert (path.read_bytes(), content_type) == (PHOTO, "image/jpeg")
    assert path.stat().st_mode & 0o077 == 0
    assert await line.wechat.media.run() == 0


async def test_a_video_comes_by_way_of_its_address(line: Line):
    address = f"{line.account.api}/film"
    line.weixin.token = "token-1"
    line.weixin.files["media1"] = httpx.Response(200, json={"video_url": address})
    real = line.weixin._give_token
    assert real is not None
    line.weixin.files["/film"] = httpx.Response(200, content=FILM)
    allowed = line.weixin.__call__

    def without_token(request: httpx.Request) -> httpx.Response:
        return line.weixin.files["/film"] if request.url.path == "/film" else allowed(request)

    line.wechat._client._http = httpx.AsyncClient(transport=httpx.MockTransport(without_token))
    id = await sends(line, Kind.VIDEO)
    await line.wechat.media.run()

    assert (await line.wechat.media.open(id))[1] == "video/mp4"


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:22/", "http://169.254.169.254/x", "https://qq.com.evil.example/x", "", 7],
)
async def test_an_address_that_is_not_wechats_is_not_followed(line: Line, address: object):
    line.weixin.files["media1"] = httpx.Response(200, json={"video_url": address})
    id = await sends(line, Kind.VIDEO)
    await line.wechat.media.run()

    assert line.weixin.asked[-1] == "/cgi-bin/media/get"
    with pytest.raises(Conflict):
        await line.wechat.media.open(id)


@pytest.mark.parametrize("content", [rb"{\rtf1 bill}", b'{"errcode": 40001}'])
async def test_a_file_of_the_customers_own_is_not_taken_for_an_answer(line: Line, content: bytes):
    line.weixin.files["media1"] = httpx.Response(
        200, content=content, headers={"Content-Disposition": 'attachment; filename="a.rtf"'}
    )
    id = await sends(line, Kind.FILE)
    assert await line.wechat.media.run() == 1

    assert (await line.wechat.media.open(id))[0].read_bytes() == content
    assert (line.weixin.asked[-1], line.weixin.tokens_given) == ("/cgi-bin/media/get", 1)


async def test_only_a_videos_address_is_followed(line: Line):
    written = {"video_url": f"{line.account.api}/film"}
    line.weixin.files |= {
        "media1": httpx.Response(200, json=written),
        "/film": httpx.Response(200, content=FILM),
    }
    id = await sends(line, Kind.FILE)
    assert await line.wechat.media.run() == 1

    assert json.loads((await line.wechat.media.open(id))[0].read_bytes()) == written


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"errcode": 40007, "errmsg": "invalid media_id"}),
        httpx.Response(200, content=b"<html>not a photo"),
        httpx.Response(200, content=b"MZ a program"),
        httpx.Response(200, content=FILM),
        httpx.Response(200, content=b""),
    ],
    ids=["expired", "page", "program", "film", "empty"],
)
async def test_what_is_no_photo_is_lost_and_the_agent_is_told(line: Line, answer: httpx.Response):
    line.weixin.files["media1"] = answer
    id = await sends(line)
    await line.wechat.media.run()

    with pytest.raises(Conflict) as error:
        await line.wechat.media.open(id)
    assert error.value.code == "attachment_lost"
    assert (await line.wechat.media.look_up(id)).status is MediaStatus.FAILED


async def test_a_file_that_did_not_come_is_asked_for_again_until_wechat_forgets_it(line: Line):
    line.weixin.files["media1"] = httpx.Response(502)
    id = await sends(line)
    assert await line.wechat.media.run() == 0
    assert await line.wechat.media.run() == 0
    line.weixin.files["media1"] = httpx.Response(200, content=PHOTO)
    line.clock.forward(minutes=3)
    assert await line.wechat.media.run() == 1
    assert (await line.wechat.media.open(id))[1] == "image/jpeg"


async def test_after_three_days_it_is_given_up(line: Line):
    line.weixin.files["media1"] = httpx.Response(502)
    id = await sends(line)
    line.clock.forward(days=3, minutes=3)
    await line.wechat.media.run()
    with pytest.raises(Conflict) as error:
        await line.wechat.media.open(id)
    assert error.value.code == "attachment_lost"


async def test_a_file_without_end_is_not_read_to_the_end(line: Line):
    line.weixin.files["media1"] = httpx.Response(200, content=PHOTO + b"x" * LARGEST)
    await sends(line)
    assert await line.wechat.media.run() == 0


async def test_there_is_no_file_of_another_name(line: Line):
    for id in ("none", "../secret", ".."):
        with pytest.raises(NotFound):
            await line.wechat.media.open(id)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (PHOTO, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
        (b"#!AMR\n", "audio/amr"),
        (b"ID3\x03", "audio/mpeg"),
        (FILM, "video/mp4"),
        (b"<svg onload=alert(1)>", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_tell_what_it_is(content: bytes, content_type: str):
    assert type_of(content) == content_type
