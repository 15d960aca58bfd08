"""Whatever is posted to the callback: no crash, no 5xx, nothing stored that WeChat did not sign."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.wechat.crypto import Envelope, decrypt_with, sign
from channels.wechat.inbound import Incoming, read_incoming
from channels.wechat.markup import read_fields, write_xml
from common.errors import FrontDoorError
from tests.channels.wechat.conftest import APP_ID, KEY
from tests.channels.wechat.test_callback import Follower, follower

__all__ = ["follower"]

NAMES = [
    *("FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event", "EventKey", "MediaId"),
    *("bizmsgmenuid", "Recognition", "Location_X", "Label", "Title", "Status", "Encrypt", "New"),
]
GOOD = {"FromUserName": "o1", "CreateTime": "1714112445", "MsgType": "text", "Content": "你好"}
VALUES = [
    "text",
    "event",
    "image",
    "subscribe",
    "CLICK",
    "o1",
    "1714112445",
    "-1",
    "0",
    "😀",
    "]]>",
]
ENVELOPE = Envelope(KEY, APP_ID)


def take(body: bytes) -> Incoming | None:
    """What the callback does with a body that came in a good envelope."""
    try:
        return read_incoming(read_fields(body), APP_ID)
    except FrontDoorError as error:
        assert error.status < 500
        return None


def mutated(body: bytes, chance: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[at:at] = chance.randbytes(chance.randrange(1, 8))
            case 1:
                del changed[at : at + chance.randrange(1, 20)]
            case 2:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                changed[at:at] = chance.choice(
                    [b"<![CDATA[", b"]]>", b"</xml>", b"&a;", b"<!DOCTYPE"]
                )
    return bytes(changed)


@pytest.mark.parametrize("bodies", [5_000, pytest.param(100_000, marks=pytest.mark.e2e)])
def test_no_body_crashes_anything(bodies: int):
    chance = random.Random(20261122)
    read = 0
    for _ in range(bodies):
        changed = chance.sample(NAMES, chance.randrange(0, 4))
        body = write_xml({**GOOD, **{name: chance.choice(VALUES) for name in changed}})
        read += take(body if chance.random() < 0.3 else mutated(body, chance)) is not None
    assert bodies * 0.2 < read < bodies * 0.9  # it is neither all nor nothing that gets through


def test_envelopes_that_were_tampered_with_open_for_nobody():
    chance = random.Random(7)
    good = ENVELOPE.encrypt(b"<xml><MsgType>text</MsgType></xml>")
    for _ in range(5_000):
        try:
            decrypt_with((ENVELOPE,), mutated(good.encode(), chance).decode("latin-1"))
        except FrontDoorError as error:
            assert error.status == 403


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40), max_size=8))
def test_any_fields_are_read_or_refused(fields: dict[str, str]):
    take(write_xml(fields))


async def test_the_server_answers_strange_requests_with_4xx_and_stores_nothing(follower: Follower):
    chance = random.Random(5)
    good = follower.body(MsgType="text", Content="你好", MsgId="1")
    now = str(int(time.time()))
    seen = set()
    async with follower.site.client() as http:
        for _ in range(150):
            encrypted = ENVELOPE.encrypt(good)
            signature = sign("pamtest", now, "1", encrypted)
            params = {"timestamp": now, "nonce": "1", "msg_signature": signature}
            params[chance.choice(list(params))] = chance.choice(["", "x", "é", "9" * 50, "-1"])
            sealed = mutated(write_xml({"Encrypt": encrypted}), chance)
            answer = await http.post("/wechat/main/callback", params=params, content=sealed)
            seen.add(answer.status_code)

    assert seen <= {403, 413, 422}
    assert await follower.sees() == []
