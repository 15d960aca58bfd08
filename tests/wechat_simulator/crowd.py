"""Many customers who write at their own pace, and whether each word was answered once, in order."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable

from tests.wechat_simulator.account import Account
from tests.wechat_simulator.customer import Customer
from tests.wechat_simulator.simulator import Call

SEND = "/cgi-bin/message/custom/send"


class Crowd:
    """Customers of one account.

    `words` says what a customer's message of a number is, and `answer` what must come to it. All
    that is checked is what the product brought, whether or not WeChat then answered or took it.
    """

    def __init__(
        self,
        account: Account,
        size: int,
        words: Callable[[str, int], str],
        answer: Callable[[str], str],
    ) -> None:
        self._account = account
        self._answer = answer
        self._words = words
        self._customers = [account.customer(f"crowd{number}") for number in range(size)]
        self._said: dict[str, list[tuple[float, str]]] = defaultdict(list)
        self._fingers: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def talk(self, messages: int, rate: float) -> None:
        """Let everyone write so many messages, `rate` a second of all, answered or not."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as running:
            for number in range(messages * len(self._customers)):
                await asyncio.sleep(began + number / rate - time.monotonic())
                turn, who = divmod(number, len(self._customers))
                running.create_task(self._say(self._customers[who], turn))

    async def _say(self, customer: Customer, turn: int) -> None:
        text = self._words(customer.name, turn)
        # One after another: which of two that overtake was meant first, nobody could tell.
        async with self._fingers[customer.openid]:
            self._said[customer.openid].append((self._account.world.clock.now(), text))
            await customer.says(text)

    async def answered(self, patience: float) -> None:
        """Wait until all was answered, or nothing more has come for `patience` seconds."""
        calls, came = -1, time.monotonic()
        while self.wrong() and time.monotonic() - came < patience:
            if (now := len(self._account.world.calls)) != calls:
                calls, came = now, time.monotonic()
            await asyncio.sleep(0.5)

    def wrong(self) -> list[str]:
        """Return of each customer whose answers are not those to their words, what came."""
        brought = self._brought()
        found = []
        for customer in self._customers:
            wanted = "".join(self._answer(text) for _, text in self._said[customer.openid])
            came = "".join(_text(call) for call in brought[customer.openid])
            # What is sent together has an empty line in between.
            if _bare(came) != _bare(wanted):
                found.append(f"{customer.name}: {came!r} in place of {wanted!r}")
        return found

    def waits(self) -> list[float]:
        """Return how many seconds each customer waited from their last word to its answer."""
        brought = self._brought()
        return [
            brought[openid][-1].at - said[-1][0]
            for openid, said in self._said.items()
            if brought[openid]
        ]

    def _brought(self) -> dict[str, list[Call]]:
        calls: dict[str, list[Call]] = defaultdict(list)
        for call in self._account.world.calls_of(SEND):
            if not call.code:
                calls[call.openid].append(call)
        return calls


def _text(call: Call) -> str:
    message = json.loads(call.body)
    return str(message.get("text", {}).get("content") or message["msgmenu"]["head_content"])


def _bare(text: str) -> str:
    return "".join(text.split())
