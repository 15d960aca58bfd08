"""How much an account may still send to one customer, and until when."""

from __future__ import annotations

from tests.wechat_simulator.clock import Clock
from tests.wechat_simulator.refusals import Refused
from tests.wechat_simulator.rules import Grant


class Window:
    """Acts do not add up: each sets count and end to the greater of what is left and is granted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: int | None = 0
        self._ends = 0.0
        self._ends_told = 0.0
        self._acted = 0.0
        self._refusal_before: int | None = 45015

    @property
    def left(self) -> int | None:
        """Return the messages left now; None is no limit."""
        return self._left if self.open else 0

    @property
    def open(self) -> bool:
        """Whether the time has not run out."""
        return self._clock.now() < self._ends

    @property
    def seconds(self) -> float:
        """Return the time left."""
        return max(0.0, self._ends - self._clock.now())

    def grant(self, grant: Grant) -> None:
        """Note what an act of the customer allows."""
        now = self._acted = self._clock.now()
        self._refusal_before = self._refusal()
        if not self.open or (grant.messages is None):
            self._left = grant.messages
        elif self._left is not None and grant.messages is not None:
            self._left = max(self._left, grant.messages)
        self._ends = max(self._ends, now + grant.seconds)
        self._ends_told = max(self._ends_told, self._clock.told() + grant.seconds)

    def take(self, lag: float) -> None:
        """Use one message.

        Raises:
            Refused: 45015 the time has run out, 45047 the count has, or the act is not known yet.
        """
        refusal = self._refusal_before if self.lagging(lag) else self._refusal()
        if refusal is not None:
            raise Refused(refusal)
        if self._left is not None:
            self._left -= 1

    def _refusal(self) -> int | None:
        if not self.open:
            return 45015
        return 45047 if self._left == 0 else None

    def lagging(self, lag: float) -> bool:
        """Whether the last act is so new that custom/send does not know of it."""
        return self._clock.now() - self._acted < lag

    def product_could_know(self, code: int) -> bool:
        """Whether a product with its own clock could have known of the refusal."""
        return code != 45015 or self._clock.told() >= self._ends_told

    def close(self) -> None:
        """End it: the customer unsubscribed."""
        self._left, self._ends, self._ends_told = 0, 0.0, 0.0
