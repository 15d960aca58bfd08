"""WeChat's signatures and its AES envelope, on their own: the product's are not looked at."""

from __future__ import annotations

import base64
import hashlib
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
"""Padding goes up to 32 bytes although AES has blocks of 16."""


class BadSealError(Exception):
    """The envelope can't be opened; the text says why."""


def signature(*parts: str) -> str:
    """Return the hexadecimal SHA-1 over the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def seal(key43: str, receiver: str, message: str | bytes, random: bytes | None = None) -> str:
    """Encrypt for a receiver (AppID, CorpID); `random` is for known answers."""
    words = message.encode() if isinstance(message, str) else message
    plain = (random or os.urandom(16)) + struct.pack(">I", len(words)) + words + receiver.encode()
    fill = BLOCK - len(plain) % BLOCK
    return seal_raw(key43, plain + bytes([fill]) * fill)


def seal_raw(key43: str, padded: bytes) -> str:
    """Encrypt bytes that are padded already, rightly or (for an attack) wrongly."""
    encryptor = _cipher(key43).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def unseal(key43: str, receiver: str, sealed: str) -> bytes:
    """Decrypt what was meant for this receiver.

    Raises:
        BadSealError: not base64, not whole blocks, wrong padding, length or receiver.
    """
    try:
        cipher_text = base64.b64decode(sealed, validate=True)
    except ValueError as error:
        raise BadSealError(f"not base64: {error}") from error
    if not cipher_text or len(cipher_text) % BLOCK:
        raise BadSealError(f"{len(cipher_text)} bytes are not whole blocks of {BLOCK}")
    decryptor = _cipher(key43).decryptor()
    plain = decryptor.update(cipher_text) + decryptor.finalize()
    fill = plain[-1]
    if not 1 <= fill <= BLOCK or plain[-fill:] != bytes([fill]) * fill:
        raise BadSealError("wrong padding")
    plain = plain[:-fill]
    (length,) = struct.unpack(">I", plain[16:20])
    if length > len(plain) - 20:
        raise BadSealError("the message is longer than its envelope")
    message, meant_for = plain[20 : 20 + length], plain[20 + length :]
    if meant_for != receiver.encode():
        raise BadSealError("meant for another receiver")
    return message


def _cipher(key43: str) -> Cipher[modes.CBC]:
    # 43 characters carry two bits too many, which need not be zero.
    key = base64.b64decode(key43 + "=")
    return Cipher(algorithms.AES256(key), modes.CBC(key[:16]))
