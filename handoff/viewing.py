"""Who has which conversation open: hints between consoles, true for some seconds, kept nowhere.

Every process hears of all consoles, its own and the others' (signals of `common.hub`), and each
console says again and again what it shows; so a process that dies leaves nothing behind for long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

LASTS_SECONDS = 50.0
"""More than two heartbeats of a console: one that is lost makes nobody disappear."""


@dataclass(frozen=True)
class Sight:
    """What one console shows, and whose it is."""

    conversation_id: str
    user_id: str
    name: str
    until: float


class Viewers:
    """What all consoles show, as this process heard it."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._sights: dict[str, Sight] = {}

    def saw(self, console: str, user_id: str, name: str, conversation_id: str | None) -> set[str]:
        """Take down what a console shows now, None for nothing.

        Returns:
            The conversations whose viewers are others now.
        """
        before = self._sights.pop(console, None)
        if conversation_id is not None:
            until = self._clock() + LASTS_SECONDS
            self._sights[console] = Sight(conversation_id, user_id, name, until)
        was = before.conversation_id if before else None
        changed = {was, conversation_id} if was != conversation_id else set()
        return {one for one in changed if one is not None} | self._forget_old()

    def of(self, conversation_id: str) -> list[dict[str, Any]]:
        """Return who has the conversation open, each once."""
        names = {
            sight.user_id: sight.name
            for sight in self._sights.values()
            if sight.conversation_id == conversation_id
        }
        return [{"id": user_id, "name": name} for user_id, name in names.items()]

    def _forget_old(self) -> set[str]:
        now = self._clock()
        old = [console for console, sight in self._sights.items() if sight.until <= now]
        return {self._sights.pop(console).conversation_id for console in old}
