"""WeChat's XML and JSON, read and written. Pure.

What is read becomes a flat mapping of the outermost elements, of one that is repeated the first; of
the few that hold lists, these are kept as JSON. DTDs and entities are refused before anything is
expanded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from common.errors import InvalidInput

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_fields(body: bytes) -> dict[str, str]:
    """Return the outermost elements of an `<xml>` document, or of a JSON object, as text.

    Raises:
        InvalidInput: neither of them, or with a DTD (`callback_invalid`).
    """
    return _read_json(body) if body.lstrip()[:1] == b"{" else _read_xml(body)


def clean(text: str) -> str:
    """Return the text without what no XML and no database takes."""
    return _NO_XML.sub("", text)


def _read_xml(body: bytes) -> dict[str, str]:
    try:
        root = fromstring(body, forbid_dtd=True)
    # An unknown encoding raises LookupError, one that does not fit the bytes ValueError.
    except (ParseError, DefusedXmlException, LookupError, ValueError):
        raise _invalid("is no XML we read") from None
    if root.tag != "xml":
        raise _invalid("has another root than <xml>")
    fields: dict[str, str] = {}
    for element in root:
        fields.setdefault(element.tag, _lists_in(element) if len(element) else _words(element))
    return fields


def _lists_in(element: Element) -> str:
    """Return the elements within that hold others, each with the words of those."""
    return _as_json([{one.tag: _words(one) for one in child} for child in element if len(child)])


def _words(element: Element) -> str:
    return (element.text or "").strip()


def _read_json(body: bytes) -> dict[str, str]:
    try:
        content: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _invalid("is no JSON") from None
    # PostgreSQL takes no NUL, and half a surrogate pair cannot be stored at all.
    return {
        clean(name): clean(_json_words(value))
        for name, value in content.items()
        if value is not None
    }


def _json_words(value: Any) -> str:
    if isinstance(value, dict | list):
        return _as_json(value)
    return value if isinstance(value, str) else str(value)


def _as_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _invalid(what: str) -> InvalidInput:
    return InvalidInput(f"The body {what}.", code="callback_invalid")


def write_xml(fields: Mapping[str, str | int]) -> bytes:
    """Return an `<xml>` document; words go into CDATA, whatever they contain."""
    return "".join(
        [
            "<xml>",
            *(f"<{name}>{_written(value)}</{name}>" for name, value in fields.items()),
            "</xml>",
        ]
    ).encode()


def _written(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    # What would end the CDATA is cut in two: otherwise a customer's words could add elements.
    safe = clean(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{safe}]]>"
