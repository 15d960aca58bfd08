"""WeChat's XML and JSON, read and written. Pure.

What is read becomes a flat mapping: only the outermost elements matter to us, and of one that is
repeated the first. DTDs and entities are refused before anything is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import ParseError

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
        fields.setdefault(element.tag, (element.text or "").strip())
    return fields


def _read_json(body: bytes) -> dict[str, str]:
    try:
        content: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _invalid("is no JSON") from None
    # PostgreSQL takes no NUL, and half a surrogate pair cannot be stored at all.
    return {
        _NO_XML.sub("", name): _NO_XML.sub("", value) if isinstance(value, str) else str(value)
        for name, value in content.items()
        if isinstance(value, str | int | float)
    }


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
    safe = _NO_XML.sub("", value).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{safe}]]>"
