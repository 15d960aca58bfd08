"""Signatures and encryption of what WeChat and we send each other. Pure.

AES-256-CBC whose key is the EncodingAESKey and whose first block is the IV; inside are 16 random
bytes, the length, the message, and the AppID it is meant for. Whatever does not fit raises the
same error with no detail: it tells an attacker nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from common.errors import Forbidden

PADDED_TO = 32
RANDOM_BYTES = 16
KEY_LENGTH = 43


def refusal() -> Forbidden:
    """Return the one error for whatever is not WeChat's."""
    return Forbidden("This is not signed by WeChat for this account.", code="callback_refused")


def sign(*parts: str) -> str:
    """Return WeChat's signature over the parts (the token among them), in hexadecimal."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def check_signature(given: str, *parts: str) -> None:
    """Make sure that `given` is the signature over the parts.

    Raises:
        Forbidden: it is not (`callback_refused`).
    """
    # As bytes: compare_digest refuses text beyond ASCII.
    if not hmac.compare_digest(given.encode(), sign(*parts).encode()):
        raise refusal()


class Envelope:
    """Encrypts and decrypts for one AppID with one EncodingAESKey."""

    def __init__(self, encoding_aes_key: str, app_id: str) -> None:
        """Read the key.

        Raises:
            ValueError: it is not 43 characters of base64.
        """
        if len(encoding_aes_key) != KEY_LENGTH:
            raise ValueError(f"an EncodingAESKey has {KEY_LENGTH} characters")
        # Most keys' last character carries bits too many: strict decoders refuse them.
        key = base64.b64decode(f"{encoding_aes_key}=")
        if len(key) != 32:
            raise ValueError("an EncodingAESKey consists of letters and digits")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        self._app_id = app_id.encode()

    def encrypt(self, message: bytes, random: bytes | None = None) -> str:
        """Return the message encrypted, as base64; `random` is for tests with known answers."""
        prefix = secrets.token_bytes(RANDOM_BYTES) if random is None else random
        plain = prefix + len(message).to_bytes(4, "big") + message + self._app_id
        padder = PKCS7(PADDED_TO * 8).padder()
        encryptor = self._cipher.encryptor()
        padded = padder.update(plain) + padder.finalize()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """Return the message inside.

        Raises:
            Forbidden: another key's, another AppID's, or garbled (`callback_refused`).
        """
        try:
            content = base64.b64decode(encrypted, validate=True)
            decryptor = self._cipher.decryptor()
            padded = decryptor.update(content) + decryptor.finalize()
            unpadder = PKCS7(PADDED_TO * 8).unpadder()
            plain = unpadder.update(padded) + unpadder.finalize()
        except (ValueError, binascii.Error):
            raise refusal() from None
        start = RANDOM_BYTES + 4
        end = start + int.from_bytes(plain[RANDOM_BYTES:start], "big")
        if len(plain) < start or end > len(plain):
            raise refusal()
        if not hmac.compare_digest(plain[end:], self._app_id):
            raise refusal()
        return plain[start:end]


def decrypt_with(envelopes: tuple[Envelope, ...], encrypted: str) -> tuple[bytes, Envelope]:
    """Return the message inside and the envelope that opened it: the current key's or the last's.

    Raises:
        Forbidden: none of them opens it (`callback_refused`).
    """
    for envelope in envelopes:
        try:
            return envelope.decrypt(encrypted), envelope
        except Forbidden:
            continue
    raise refusal()
