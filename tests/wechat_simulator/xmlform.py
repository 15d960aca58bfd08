"""The XML WeChat writes and reads."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

Fields = dict[str, Any]


class BadXmlError(Exception):
    """Not the XML WeChat reads; the text says why."""


def write(fields: Fields) -> str:
    """Return `<xml>…</xml>`: words in CDATA, numbers bare, a line for each element."""
    return "<xml>" + "\n".join(_element(name, value) for name, value in fields.items()) + "\n</xml>"


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if isinstance(value, dict):
        inside = "".join(_element(each, deeper) for each, deeper in value.items())
    elif isinstance(value, int | float):
        inside = str(value)
    else:
        inside = "<![CDATA[" + str(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"
    return f"<{name}>{inside}</{name}>"


def read(text: str | bytes) -> Fields:
    """Return the elements under `<xml>`; those which hold elements become dicts.

    Raises:
        BadXmlError: not well-formed, a DTD, another root, or an element twice.
    """
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadXmlError(str(error)) from error
    if root.tag != "xml":
        raise BadXmlError(f"the root is <{root.tag}>, not <xml>")
    return _children(root)


def _children(parent: Element) -> Fields:
    fields: Fields = {}
    for child in parent:
        value = _children(child) if len(child) else child.text or ""
        if child.tag != "item" and child.tag in fields:
            raise BadXmlError(f"<{child.tag}> stands there twice")
        if child.tag == "item":
            fields.setdefault("item", []).append(value)
        else:
            fields[child.tag] = value
    return fields
