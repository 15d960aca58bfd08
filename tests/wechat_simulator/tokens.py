"""Access tokens of one account, by both ways of getting them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from tests.wechat_simulator.clock import Clock
from tests.wechat_simulator.refusals import Refused
from tests.wechat_simulator.rules import Rules


@dataclass
class Issued:
    """One token and when it stops working."""

    value: str
    dies_at: float
    replaced: bool = False


class Tokens:
    """/token and /stable_token do not touch each other's tokens."""

    def __init__(self, clock: Clock, rules: Rules) -> None:
        self._clock, self._rules = clock, rules
        self._issued: dict[str, Issued] = {}
        self._plain: Issued | None = None
        self._stable: Issued | None = None
        self._forced: list[tuple[str, float]] = []
        self.fetches = 0
        """How often one was given out, new or not."""
        self.always_bad = False
        """Every token is refused, however new: an account in trouble."""

    def plain(self) -> dict[str, Any]:
        """Give a new token; the one before works for a while yet."""
        if self._plain is not None:
            self._replace(self._plain, self._rules.token_overlap)
        self._plain = self._new()
        return self._given(self._plain)

    def stable(self, *, force: bool) -> dict[str, Any]:
        """Give the same token while it is good.

        Raises:
            Refused: 45009 forced too often today, 45011 too soon after the last time.
        """
        now, current = self._clock.now(), self._stable
        if force:
            self._may_force()
            if current is not None:
                self._replace(current, 0)
            current = None
        if current is None or current.dies_at - now <= self._rules.token_overlap:
            current = self._stable = self._new()
        return self._given(current)

    def check(self, value: str) -> None:
        """Accept a token.

        Raises:
            Refused: 40014 never given out, 42001 too old, 40001 replaced or revoked.
        """
        issued = self._issued.get(value)
        if issued is None:
            raise Refused(40014)
        if self.always_bad:
            raise Refused(40001)
        if self._clock.now() >= issued.dies_at:
            raise Refused(40001 if issued.replaced else 42001)

    def knows(self, value: str) -> bool:
        """Whether this account was given the token, good or not."""
        return value in self._issued

    def revoke(self) -> None:
        """Make all tokens bad at once, as when the secret is reset."""
        for issued in self._issued.values():
            self._replace(issued, 0)
        self._plain = self._stable = None

    def _may_force(self) -> None:
        today = self._clock.day()
        self._forced = [(day, at) for day, at in self._forced if day == today]
        if len(self._forced) >= self._rules.force_per_day:
            raise Refused(45009)
        now = self._clock.now()
        if self._forced and now - self._forced[-1][1] < self._rules.force_apart:
            raise Refused(45011)
        self._forced.append((today, now))

    def _new(self) -> Issued:
        # As long as WeChat says that they may get.
        issued = Issued(secrets.token_urlsafe(384), self._clock.now() + self._rules.token_lives)
        self._issued[issued.value] = issued
        return issued

    def _given(self, issued: Issued) -> dict[str, Any]:
        self.fetches += 1
        return {
            "access_token": issued.value,
            "expires_in": int(issued.dies_at - self._clock.now()),
        }

    def _replace(self, issued: Issued, after: float) -> None:
        issued.dies_at = min(issued.dies_at, self._clock.now() + after)
        issued.replaced = True
