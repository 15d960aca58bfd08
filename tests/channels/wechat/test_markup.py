"""XML and JSON of WeChat's: what is read, what is refused, and that words stay words."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.wechat.markup import read_fields, write_xml
from common.errors import InvalidInput

BOMB = b"""<!DOCTYPE xml [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><xml><Content>&b;</Content></xml>"""
OUTSIDE = (
    b"""<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>"""
)


def test_fields_are_read_with_and_without_cdata():
    body = "<xml>\n<Content><![CDATA[退货😀A&B<c>]]></Content>\n<MsgId>605</MsgId>\n<New/></xml>"
    assert read_fields(body.encode()) == {"Content": "退货😀A&B<c>", "MsgId": "605", "New": ""}


def test_of_a_repeated_element_the_first_counts():
    body = b"<xml><MsgType>text</MsgType><MsgType>event</MsgType></xml>"
    assert read_fields(body) == {"MsgType": "text"}


def test_json_is_read_as_a_mini_program_sends_it():
    body = '{"MsgType": "text", "CreateTime": 1714112445, "Content": "你\\u0000好", "List": [1]}'
    assert read_fields(body.encode()) == {
        "MsgType": "text",
        "CreateTime": "1714112445",
        "Content": "你好",
        "List": "[1]",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"<xml><a></xml>",
        b"<html/>",
        b"plain words",
        b"\xff\xfe\x00",
        b"{",
        b'{"a": "\\ud83d"',
        b'<?xml version="1.0" encoding="nonsense"?><xml/>',
        b"<xml>\x00</xml>",
        b"<xml><!DOCTYPE xml></xml>",
        BOMB,
        OUTSIDE,
        b"<!DOCTYPE xml><xml><Content>hi</Content></xml>",
    ],
)
def test_what_is_no_document_or_has_a_dtd_is_refused(body: bytes):
    with pytest.raises(InvalidInput) as error:
        read_fields(body)
    assert error.value.code == "callback_invalid"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(body: bytes):
    with contextlib.suppress(InvalidInput):
        read_fields(body)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_words_cannot_become_elements(words: str):
    read = read_fields(write_xml({"Content": words, "CreateTime": 12}))

    assert set(read) == {"Content", "CreateTime"}
    # Line ends are read as \n; characters XML cannot carry are left out.
    if words.isprintable():
        assert read["Content"] == words.strip()


def test_the_end_of_cdata_inside_words_is_kept():
    words = "a]]><Content>b"
    assert read_fields(write_xml({"Content": words}))["Content"] == words
