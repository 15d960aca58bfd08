"""A clock that can be put forward, so that 48 hours need not be waited for."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


class Clock:
    """The real time and however much it was put forward.

    A product that is told the time by this clock too (`shared`) is held to it. One that has its
    own can't know that time was put forward: what it is told and judged by is the real time.
    """

    def __init__(self, *, shared: bool = False) -> None:
        self.shared = shared
        self.ahead = 0.0

    def __call__(self) -> datetime:
        """Return the time as an aware UTC instant: what a product that shares it is given."""
        return datetime.fromtimestamp(self.now(), UTC)

    def now(self) -> float:
        """Return the seconds since 1970."""
        return time.time() + self.ahead

    def told(self) -> float:
        """Return the seconds since 1970 as the product sees them."""
        return self.now() if self.shared else time.time()

    def forward(self, **span: float) -> None:
        """Put it forward, as in `forward(hours=48)`."""
        self.ahead += timedelta(**span).total_seconds()

    def day(self) -> str:
        """Return the date in Beijing, where daily quotas begin anew."""
        return datetime.fromtimestamp(self.now(), BEIJING).date().isoformat()
