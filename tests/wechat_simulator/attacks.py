"""Callbacks nobody but an attacker sends. A product refuses each with a 4xx and does nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx

from tests.wechat_simulator import kinds, xmlform
from tests.wechat_simulator.account import Account
from tests.wechat_simulator.callbacks import Request
from tests.wechat_simulator.customer import Customer
from tests.wechat_simulator.sealing import seal, seal_raw, signature

BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<xml><MsgType>text</MsgType><Content>&b;</Content></xml>"
)
FILE = (
    '<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
    "<xml><MsgType>text</MsgType><Content>&f;</Content></xml>"
)

NESTED = "]]><MsgType>a</MsgType><![CDATA["


@dataclass(frozen=True)
class Scene:
    """What an attack starts from: a good request of this account's and what it says."""

    account: Account
    good: Request
    clear: str

    def signed(self, sealed: str) -> Request:
        """Return the good request with another cipher text, rightly signed."""
        timestamp, nonce = self.good.params["timestamp"], self.good.params["nonce"]
        signed = signature(self.account.token, timestamp, nonce, sealed)
        body = xmlform.write({"ToUserName": self.account.original_id, "Encrypt": sealed})
        return replace(
            self.good, params=self.good.params | {"msg_signature": signed}, body=body.encode()
        )

    def sealed(self, clear: str | bytes, appid: str = "") -> Request:
        """Return a request with other words, sealed and signed as they should be."""
        return self.signed(seal(self.account.aes_key, appid or self.account.appid, clear))


def _downgraded(scene: Scene) -> Request:
    keep = ("signature", "timestamp", "nonce", "openid")
    return Request({name: scene.good.params[name] for name in keep}, scene.clear.encode())


def _clear_body(scene: Scene) -> Request:
    return replace(scene.good, body=scene.clear.encode())


def _swapped(scene: Scene) -> Request:
    other = seal(scene.account.aes_key, scene.account.appid, scene.clear + " ")
    body = xmlform.write({"ToUserName": scene.account.original_id, "Encrypt": other})
    return replace(scene.good, body=body.encode())


def _with(**params: str) -> Callable[[Scene], Request]:
    return lambda scene: replace(scene.good, params=scene.good.params | params)


def _without(name: str) -> Callable[[Scene], Request]:
    def made(scene: Scene) -> Request:
        kept = {key: value for key, value in scene.good.params.items() if key != name}
        return replace(scene.good, params=kept)

    return made


def _padded_wrongly(scene: Scene) -> Request:
    return scene.signed(seal_raw(scene.account.aes_key, bytes(31) + b"\x21"))


def _padded_unevenly(scene: Scene) -> Request:
    return scene.signed(seal_raw(scene.account.aes_key, bytes(60) + b"\1\2\3\4"))


def _length_lies(scene: Scene) -> Request:
    plain = bytes(16) + b"\x7f\xff\xff\xff" + b"hello"
    fill = 32 - len(plain) % 32
    return scene.signed(seal_raw(scene.account.aes_key, plain + bytes([fill]) * fill))


def _cut_short(scene: Scene) -> Request:
    return scene.signed(base64.b64encode(bytes(24)).decode())


ATTACKS: dict[str, Callable[[Scene], Request]] = {
    "a wrong msg_signature": _with(msg_signature="0" * 40),
    "a msg_signature that is not ASCII": _with(msg_signature="签" * 40),
    "no msg_signature": _without("msg_signature"),
    "an empty msg_signature": _with(msg_signature=""),
    "no timestamp": _without("timestamp"),
    "no nonce": _without("nonce"),
    "a clear message to an account in secure mode": _downgraded,
    "a clear body under a sealed query": _clear_body,
    "another cipher text under an old signature": _swapped,
    "sealed for another AppID": lambda scene: scene.sealed(scene.clear, "wx" + "0" * 16),
    "padding of 33": _padded_wrongly,
    "padding whose bytes differ": _padded_unevenly,
    "a length beyond the end": _length_lies,
    "cipher text that is no whole block": _cut_short,
    "cipher text that is not base64": lambda scene: scene.signed("%%%not base64%%%"),
    "an empty cipher text": lambda scene: scene.signed(""),
    "an entity bomb inside": lambda scene: scene.sealed(BOMB),
    "an external entity inside": lambda scene: scene.sealed(FILE),
    "an entity bomb outside": lambda scene: replace(scene.good, body=BOMB.encode()),
    "no XML inside": lambda scene: scene.sealed("{}"),
    "bytes that are no UTF-8 inside": lambda scene: scene.sealed(b"<xml>\xff\xfe</xml>"),
    "an empty body": lambda scene: replace(scene.good, body=b""),
    "another root": lambda scene: replace(scene.good, body=b"<html></html>"),
    "a body of two megabytes": lambda scene: replace(scene.good, body=b"<xml>" + b"a" * (2 << 20)),
}
"""For an account in secure mode: by name, how the request is made from a good one."""


ODDITIES: dict[str, Callable[[str], str]] = {
    "MsgType twice": lambda clear: clear.replace("<MsgType>", "<MsgType>image</MsgType><MsgType>"),
    "MsgType inside MsgType": lambda clear: clear.replace(
        "text", "]]><MsgType>a</MsgType><![CDATA["
    ),
    "no MsgType": lambda clear: clear.replace("MsgType>", "MsgKind>"),
    "a MsgId of words": lambda clear: clear.replace("<MsgId>", "<MsgId>abc"),
    "no MsgId": lambda clear: clear.replace("MsgId>", "MsgNumber>"),
    "no FromUserName": lambda clear: clear.replace("FromUserName>", "FromNobody>"),
    "a CreateTime of words": lambda clear: clear.replace("<CreateTime>", "<CreateTime>soon"),
    "no element at all": lambda clear: "<xml></xml>",
}
"""Rightly sealed and signed, but not as documented: whatever the answer, it is no 5xx."""


async def attack(customer: Customer, name: str) -> httpx.Response:
    """Post the attack in this customer's name, and note when the product does not refuse it."""
    scene = _scene(customer, name)
    response = await customer.account.callbacks.post(ATTACKS[name](scene))
    if not 400 <= response.status_code < 500:
        detail = f"{name}: {response.status_code}"
        customer.world.violate("attack_not_refused", detail, customer.openid)
    return response


async def puzzle(customer: Customer, name: str) -> httpx.Response:
    """Post the oddity in this customer's name, and note when the product stumbles over it."""
    scene = _scene(customer, name)
    response = await customer.account.callbacks.post(scene.sealed(ODDITIES[name](scene.clear)))
    if response.status_code >= 500:
        detail = f"{name}: {response.status_code}"
        customer.world.violate("stumbled", detail, customer.openid)
    return response


def _scene(customer: Customer, name: str) -> Scene:
    account = customer.account
    fields = {
        "ToUserName": account.original_id,
        "FromUserName": customer.openid,
        "CreateTime": int(customer.world.clock.told()),
        **kinds.text(f"attack: {name}"),
        "MsgId": account.new_message_id(),
    }
    good = account.callbacks.envelope(fields, customer.openid)
    return Scene(account, good, xmlform.write(fields))
