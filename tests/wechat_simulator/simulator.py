"""WeChat as the product sees it: accounts, a clock, troubles, and a list of what was wrong."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import httpx

from tests.wechat_simulator.account import Account
from tests.wechat_simulator.clock import Clock
from tests.wechat_simulator.faults import Faults, Trouble
from tests.wechat_simulator.kf import KfAccount
from tests.wechat_simulator.refusals import Refused
from tests.wechat_simulator.rules import Rules


@dataclass(frozen=True)
class Violation:
    """Something the product did against the protocol."""

    kind: str
    detail: str
    openid: str = ""


@dataclass(frozen=True)
class Call:
    """One call of the product's; without tokens and secrets."""

    at: float
    path: str
    body: bytes
    openid: str
    code: int
    """The errcode; 0 is done. What a fault did to the answer is in `fault`."""
    fault: str = ""


class Simulator:
    """Everything a test or the page works with.

    `violations` is what a test asserts to be empty; `calls` is the product's calls in order.
    `transport` is for a product in this process, reached without a socket.
    """

    def __init__(
        self,
        rules: Rules | None = None,
        clock: Clock | None = None,
        seed: int = 1,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.rules = rules or Rules()
        self.clock = clock or Clock()
        self.random = random.Random(seed)
        self.faults = Faults(seed)
        self.trouble = Trouble(seed=seed)
        self.accounts: dict[str, Account] = {}
        self.violations: list[Violation] = []
        self.calls: deque[Call] = deque(maxlen=100_000)
        self.answer_seconds: list[float] = []
        """How long the product took for each callback it answered."""
        self.late = 0
        """How many callbacks were cut off."""
        self.url = ""
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._by_minute: Counter[tuple[str, str, int]] = Counter()

    def account(self, appid: str, callback_url: str, **settings: Any) -> Account:
        """Set an account up; what is not said is made up."""
        made = Account(self, appid, callback_url=callback_url, **(self._made_up() | settings))
        self.accounts[appid] = made
        return made

    def kf(self, corpid: str, callback_url: str, **settings: Any) -> KfAccount:
        """Set a 微信客服 up."""
        made = KfAccount(self, corpid, callback_url=callback_url, **(self._made_up() | settings))
        self.accounts[corpid] = made
        return made

    def _made_up(self) -> dict[str, str]:
        return {
            "secret": self.random.randbytes(16).hex(),
            "token": self.random.randbytes(8).hex(),
            "aes_key": self.random.randbytes(32).hex()[:43],
        }

    @property
    def http(self) -> httpx.AsyncClient:
        """Return what callbacks are posted with."""
        if self._http is None:
            # WeChat's own limits are kept by whoever calls; here only no endless waiting.
            # Waiting for a free connection would look like a product that is late.
            # Certificates are not looked at: the product is on this machine.
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
            self._http = httpx.AsyncClient(
                timeout=30, limits=limits, trust_env=False, verify=False, transport=self._transport
            )
        return self._http

    def by_token(self, token: str) -> Account:
        """Return whose token it is.

        Raises:
            Refused: 41001 none, 40014, 40001, 42001 no good.
        """
        if not token:
            raise Refused(41001)
        for account in self.accounts.values():
            if account.tokens.knows(token):
                account.tokens.check(token)
                return account
        raise Refused(40014)

    def count(self, account: Account, path: str) -> None:
        """Count a call against the day's and the minute's quota.

        Raises:
            Refused: 45009, 45011.
        """
        minute = int(self.clock.now() // 60)
        daily, rapid = self.rules.daily.get(path), self.rules.per_minute.get(path)
        used, lately = (self.clock.day(), path), (account.appid, path, minute)
        if daily is not None and account.used_today[used] >= daily:
            raise Refused(45009)
        if rapid is not None and self._by_minute[lately] >= rapid:
            raise Refused(45011)
        account.used_today[used] += 1
        self._by_minute[lately] += 1

    def violate(self, kind: str, detail: str, openid: str = "") -> None:
        """Note what the product did wrong."""
        self.violations.append(Violation(kind, detail, openid))

    def violations_besides(self, *kinds: str) -> list[Violation]:
        """Return what was wrong apart from what a test brings about on purpose."""
        return [violation for violation in self.violations if violation.kind not in kinds]

    def calls_of(self, path: str) -> list[Call]:
        """Return the calls whose path ends so."""
        return [call for call in self.calls if call.path.endswith(path)]

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something beside what is going on."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait for what was begun beside."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def reset(self) -> None:
        """Forget customers, calls and violations; accounts and rules stay."""
        self.violations.clear()
        self.calls.clear()
        self.answer_seconds.clear()
        self.late = 0
        self.faults.clear()
        self.trouble = Trouble()
        self.clock.ahead = 0.0
        for account in self.accounts.values():
            account.forget()

    async def close(self) -> None:
        """Stop what was begun beside, and let go of connections."""
        for task in list(self._tasks):
            task.cancel()
        if self._http is not None:
            await self._http.aclose()
            self._http = None
