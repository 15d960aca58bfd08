"""Phone numbers a customer can be reached on: Chinese mobiles and landlines.

`phonenumbers` (Google's data) says which numbers exist. Why one does not is said by our own rules,
so that the customer hears what to change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

from common.errors import InvalidInput
from tickets.text import Span, fold

NOT_A_NUMBER = "phone_not_a_number"
TOO_SHORT = "phone_too_short"
TOO_LONG = "phone_too_long"
AREA_CODE_MISSING = "phone_area_code_missing"
FOREIGN = "phone_foreign"
UNKNOWN = "phone_unknown"
NOT_REACHABLE = "phone_not_reachable"

_LANDLINES = (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_EXTENSION = r"\s*(?:;ext=|转|分机号?|ext\.?|#|x)\s*(\d{1,6})"
# After a whole landline a further hyphen leads to its extension: 0571-88886666-801.
_HYPHEN_EXTENSION = re.compile(r"(\(?0\d{2,3}\)?[- ]?\d{7,8})-(\d{1,6})")
_IN_TEXT = re.compile(
    r"(?<![\d-])(?:"
    r"(?:(?:\+|00)?86[ -]?)?0?1[3-9]\d(?:[ -]?\d){8}"
    r"|(?:(?:\+|00)?86[ -]?\(?0?|\(?0)(?:10|2\d|[3-9]\d{2})\)?[ -]?\d{3,4}[ -]?\d{4}"
    rf"(?:{_EXTENSION}|-\d{{1,6}})?"
    r")(?!\d)"
)
_NUMBER_LIKE = re.compile(r"[+(]{0,2}\d(?:[ ()-]{0,2}\d)*" + f"(?:{_EXTENSION})?")


@dataclass(frozen=True)
class Phone:
    """A number that exists. `national` is how people in China write it."""

    e164: str
    national: str
    kind: str
    extension: str = ""

    @property
    def stored(self) -> str:
        """The form kept in the database: E.164, with `;ext=` for an extension (RFC 3966)."""
        return f"{self.e164};ext={self.extension}" if self.extension else self.e164


@dataclass(frozen=True)
class PhoneInText:
    """A phone number and where in the text it stands."""

    span: Span
    phone: Phone


def parse(text: str) -> Phone:
    """Return the phone number that the text is.

    Raises:
        InvalidInput: it is none; the code says why (`phone_…`).
    """
    result = check(text)
    if isinstance(result, str):
        raise InvalidInput(f"not a phone number we can call: {result}", code=result)
    return result


def check(text: str) -> Phone | str:
    """Return the phone number that the text is, or the code of what is wrong with it."""
    folded = fold(text).strip()
    extension = ""
    if match := re.fullmatch(rf"(.*?){_EXTENSION}", folded) or _HYPHEN_EXTENSION.fullmatch(folded):
        folded, extension = match.groups()
    if not (re.fullmatch(r"[\d\s()+.-]+", folded) and any(map(str.isdigit, folded))):
        return NOT_A_NUMBER
    digits = _national_digits(folded)
    if digits is None:
        return FOREIGN
    if problem := _length_problem(digits):
        return problem
    if digits[0] not in "01":
        digits = "0" + digits
    return _existing(digits, extension) or UNKNOWN


def find_phones(text: str) -> list[PhoneInText]:
    """Return the phone numbers in free words, in order; what only looks like one is left out."""
    return [
        PhoneInText(match.span(), phone)
        for match in _IN_TEXT.finditer(fold(text))
        if isinstance(phone := check(match.group()), Phone)
    ]


def problem_in(text: str) -> str:
    """Return why there is no usable phone number in an answer that should have held one."""
    likeliest = max(_number_likes(text), key=_count_digits, default="")
    if _count_digits(likeliest) < 3:
        return NOT_A_NUMBER
    result = check(likeliest)
    return result if isinstance(result, str) else UNKNOWN


def is_landline(text: str) -> bool:
    """Whether the text is a number of the fixed network."""
    result = check(text)
    return isinstance(result, Phone) and result.kind == "landline"


def readable(stored: str) -> str:
    """Return the national form of a stored number; what is none is returned as it is."""
    result = check(stored) if stored else stored
    return result.national if isinstance(result, Phone) else stored


def mask(text: str) -> str:
    """Return a number with its middle hidden, `138****8000`; nothing of what is no number."""
    if not text:
        return ""
    phone = check(text)
    if isinstance(phone, str):
        return "****"
    if phone.kind == "mobile":
        return f"{phone.national[:3]}****{phone.national[-4:]}"
    area, _, local = phone.national.partition("转")[0].partition("-")
    return f"{area}-{'*' * (len(local) - 4)}{local[-4:]}"


def mask_in(text: str) -> str:
    """Return free words with every phone number in them masked."""
    for found in reversed(find_phones(text)):
        start, end = found.span
        text = text[:start] + mask(text[start:end]) + text[end:]
    return text


def _number_likes(text: str) -> Iterator[str]:
    return (match.group().strip() for match in _NUMBER_LIKE.finditer(fold(text)))


def _count_digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _national_digits(text: str) -> str | None:
    """Return the digits without China's country code, or None for another country's number."""
    digits = re.sub(r"\D", "", text)
    international = text.startswith(("+", "00"))
    if international:
        digits = digits.lstrip("0")
        if not digits.startswith("86"):
            return None
        digits = digits[2:]
    elif digits.startswith("86") and 12 <= len(digits) <= 14:
        digits = digits[2:]
    if re.fullmatch(r"01[3-9]\d{9}", digits):  # an old habit: 0 before a mobile of elsewhere
        digits = digits[1:]
    return digits


def _length_problem(digits: str) -> str | None:
    """Return what the number of digits and the first ones say, or None when they may be right."""
    length = len(digits)
    if re.fullmatch(r"(?:400|800)\d{7}|1[012]\d{1,3}|9[56]\d{3,4}", digits):
        return NOT_REACHABLE
    if digits.startswith("1"):
        low, high = 11, 11
    elif digits.startswith("0"):
        low, high = (11, 11) if digits[1:2] in ("1", "2") else (11, 12)
    elif length in (7, 8):
        return AREA_CODE_MISSING
    else:
        low, high = 9, 11
    if length < low:
        return TOO_SHORT
    return TOO_LONG if length > high else None


def _existing(digits: str, extension: str) -> Phone | str | None:
    """Return the number if it is in use, or the nearest reason why not, or None."""
    number = phonenumbers.parse(digits, "CN")
    kind = phonenumbers.number_type(number)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if kind == PhoneNumberType.MOBILE:
        return Phone(e164, digits, "mobile")
    if kind in _LANDLINES:
        area = 3 if digits[1] in "12" else 4
        national = f"{digits[:area]}-{digits[area:]}" + (f"转{extension}" if extension else "")
        return Phone(e164, national, "landline", extension)
    # Cities have 7 or 8 digits; a number of the wrong one gets its true reason.
    if digits[0] == "0" and _is_landline(digits + "0"):
        return TOO_SHORT
    if digits[0] == "0" and _is_landline(digits[:-1]):
        return TOO_LONG
    return None


def _is_landline(digits: str) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(digits, "CN")) in _LANDLINES
