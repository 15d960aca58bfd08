"""Every published vector, both ways; wechatpy as an independent judge; and what must be refused."""

from __future__ import annotations

import base64
import json
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.wechat.crypto import Envelope, check_signature, decrypt_with, sign
from common.errors import Forbidden

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def with_fields(*names: str):
    found = [vector for vector in VECTORS if all(name in vector for name in names)]
    return pytest.mark.parametrize("vector", found, ids=lambda vector: vector["id"])


def app_id(vector: dict) -> str:
    return vector.get("appid") or vector["receiveid"]


def message(vector: dict) -> bytes:
    return (vector.get("msg", vector.get("echo_plain"))).encode()


def encrypted(vector: dict) -> str:
    return vector.get("encrypt") or vector["echostr"]


def test_no_vector_is_left_out():
    assert [vector["id"] for vector in VECTORS] == [
        *(f"V{n}" for n in range(1, 12)),
        *(f"D{n}" for n in range(1, 5)),
    ]


@with_fields("signature", "nonce")
def test_a_clear_request_is_signed_as_published(vector: dict):
    assert sign(vector["token"], vector["timestamp"], vector["nonce"]) == vector["signature"]


@with_fields("msg_signature")
def test_an_encrypted_request_is_signed_as_published(vector: dict):
    parts = (vector["token"], vector["timestamp"], vector["nonce"], encrypted(vector))
    assert sign(*parts) == vector["msg_signature"]
    check_signature(vector["msg_signature"], *parts)


@with_fields("encoding_aes_key")
def test_what_was_published_is_decrypted(vector: dict):
    envelope = Envelope(vector["encoding_aes_key"], app_id(vector))
    assert envelope.decrypt(encrypted(vector)) == message(vector)


@with_fields("encoding_aes_key", "random")
def test_the_same_random_bytes_encrypt_to_what_was_published(vector: dict):
    envelope = Envelope(vector["encoding_aes_key"], app_id(vector))
    assert envelope.encrypt(message(vector), vector["random"].encode()) == encrypted(vector)


def judge(part: str):
    """wechatpy's own class; its old dependencies warn when they are imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from wechatpy import crypto

        return getattr(crypto, part)


@settings(max_examples=60, deadline=None)
@given(words=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_wechatpy_reads_what_we_write_and_we_read_what_it_writes(words: str):
    theirs = judge("PrpCrypto")(base64.b64decode(f"{KEY}="))
    envelope = Envelope(KEY, "wxb11529c136998cb6")

    assert theirs.decrypt(envelope.encrypt(words.encode()), "wxb11529c136998cb6") == words
    assert envelope.decrypt(theirs.encrypt(words, "wxb11529c136998cb6").decode()) == words.encode()


def test_wechatpy_accepts_our_signature():
    encrypted = Envelope(KEY, "wxb11529c136998cb6").encrypt("<xml>你好</xml>".encode())
    body = f"<xml><ToUserName>gh</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
    signature = sign("token", "1714036504", "nonce", encrypted)

    theirs = judge("WeChatCrypto")("token", KEY, "wxb11529c136998cb6")
    read = theirs.decrypt_message(body, signature, "1714036504", "nonce")

    assert read == "<xml>你好</xml>"


@pytest.mark.parametrize("given", ["", "0" * 40, "签名", "é"])
def test_a_wrong_signature_is_refused_whatever_its_characters(given: str):
    with pytest.raises(Forbidden, match="not signed"):
        check_signature(given, "token", "1", "2")


def test_the_last_key_still_opens_and_the_reply_goes_under_the_key_that_did():
    old, new = Envelope(OTHER_KEY, "wx1"), Envelope(KEY, "wx1")
    opened, envelope = decrypt_with((new, old), old.encrypt("旧".encode()))

    assert (opened, envelope) == ("旧".encode(), old)
    with pytest.raises(Forbidden):
        decrypt_with((new,), old.encrypt("旧".encode()))


def garbled() -> dict[str, str]:
    good = Envelope(KEY, "wx1").encrypt("你好".encode())
    raw = base64.b64decode(good)
    flipped = bytearray(raw)
    flipped[-1] ^= 1
    return {
        "empty": "",
        "not base64": "不是base64",
        "padding cut off": good[:-1],
        "something behind": good + "!",
        "a byte short": base64.b64encode(raw[:-1]).decode(),
        "one block": base64.b64encode(raw[:16]).decode(),
        "a bit flipped": base64.b64encode(bytes(flipped)).decode(),
        "for another account": Envelope(KEY, "wx2").encrypt("你好".encode()),
        "under another key": Envelope(OTHER_KEY, "wx1").encrypt("你好".encode()),
    }


@pytest.mark.parametrize("wrong", garbled().values(), ids=garbled())
def test_what_is_garbled_or_meant_for_another_is_refused_with_one_error(wrong: str):
    with pytest.raises(Forbidden) as error:
        Envelope(KEY, "wx1").decrypt(wrong)
    assert str(error.value) == "This is not signed by WeChat for this account."


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_and_none_crashes(content: bytes):
    with pytest.raises(Forbidden):
        Envelope(KEY, "wx1").decrypt(base64.b64encode(content).decode())


@pytest.mark.parametrize("key", ["", "short", "A" * 44, "A" * 42 + "!", "中" * 43])
def test_a_key_that_cannot_be_one_is_refused(key: str):
    with pytest.raises(ValueError):
        Envelope(key, "wx1")
