"""The simulator's own cryptography, against published answers and another library."""

from __future__ import annotations

import pytest
from wechatpy.crypto import WeChatCrypto

from tests.wechat_simulator import xmlform
from tests.wechat_simulator.sealing import BadSealError, seal, seal_raw, signature, unseal
from tests.wechat_simulator.tests.conftest import VECTORS

SEALED = [each for each in VECTORS.values() if "encrypt" in each]
SIGNED = [each for each in VECTORS.values() if "msg_signature" in each]
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def _receiver(vector):
    return vector.get("appid") or vector["receiveid"]


@pytest.mark.parametrize("vector", SEALED, ids=lambda each: each["id"])
def test_a_published_message_is_sealed_and_opened_to_the_byte(vector):
    made = seal(
        vector["encoding_aes_key"], _receiver(vector), vector["msg"], vector["random"].encode()
    )
    assert made == vector["encrypt"]
    opened = unseal(vector["encoding_aes_key"], _receiver(vector), vector["encrypt"])
    assert opened.decode() == vector["msg"]


@pytest.mark.parametrize("vector", SIGNED, ids=lambda each: each["id"])
def test_a_published_message_signature_is_found_again(vector):
    sealed = vector.get("encrypt") or vector["echostr"]
    parts = (vector["token"], vector["timestamp"], vector["nonce"], sealed)
    assert signature(*parts) == vector["msg_signature"]


@pytest.mark.parametrize("name", ["V1", "V2", "V3", "V5"])
def test_a_published_plain_signature_is_found_again(name):
    vector = VECTORS[name]
    parts = (vector["token"], vector["timestamp"], vector["nonce"])
    assert signature(*parts) == vector["signature"]


def test_the_published_echo_is_opened():
    vector = VECTORS["V9"]
    opened = unseal(vector["encoding_aes_key"], vector["receiveid"], vector["echostr"])
    assert opened.decode() == vector["echo_plain"]


@pytest.mark.parametrize("length", range(0, 70, 3))
def test_another_library_opens_every_length(length):
    text = "<xml><a>" + "x" * length + "</a></xml>"
    sealed = seal(KEY, "wx1", text)
    signed = signature("pamtest", "1", "2", sealed)
    body = xmlform.write({"ToUserName": "gh_1", "Encrypt": sealed})
    assert WeChatCrypto("pamtest", KEY, "wx1").decrypt_message(body, signed, "1", "2") == text


@pytest.mark.parametrize(
    ("sealed", "why"),
    [
        ("%%%", "not base64"),
        ("AAAA", "whole blocks"),
        ("", "whole blocks"),
        (seal(KEY, "wx2", "hello"), "another receiver"),
        (seal_raw(KEY, bytes(31) + b"\x21"), "padding"),
        (seal_raw(KEY, bytes(16) + b"\x7f\xff\xff\xff" + b"hi" + bytes([10]) * 10), "longer"),
    ],
    ids=["no base64", "one block short", "empty", "another receiver", "padding", "too long"],
)
def test_an_envelope_that_is_not_right_is_not_opened(sealed, why):
    with pytest.raises(BadSealError, match=why):
        unseal(KEY, "wx1", sealed)


def test_words_that_end_a_cdata_section_survive_the_xml():
    fields = {"Content": "a]]>b<c>&d", "Number": 7, "Deep": {"List": [{"A": "1"}]}}
    assert xmlform.read(xmlform.write(fields)) == {
        "Content": "a]]>b<c>&d",
        "Number": "7",
        "Deep": {"List": {"A": "1"}},
    }


@pytest.mark.parametrize(
    "text",
    ["", "{}", "<html/>", "<xml><a/><a/></xml>", "<!DOCTYPE xml []><xml/>", "<xml>\x01</xml>"],
)
def test_xml_that_wechat_would_not_read_is_refused(text):
    with pytest.raises(xmlform.BadXmlError):
        xmlform.read(text)
