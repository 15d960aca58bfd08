"""Ways to look at one message: all of it, and each of its clauses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from knowledgebase.lexicon import Lexicon
from knowledgebase.sounds import Homophones
from knowledgebase.text import fold, spoken

_SHORT = 20
"""A message of so few characters is looked at as a whole only."""
_SHORTEST_CLAUSE = 4
_CLAUSES = 2
"""How many clauses are looked at: each costs as much as a message."""
_ENDS = re.compile(r"[，。！？；,!?;\n…]+|\s{2,}|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")


@dataclass(frozen=True)
class View:
    """One way to look at a message."""

    core: str
    """Folded, without politeness, homophones put right."""
    text: str
    """What is embedded."""


class Viewer:
    """Looks at messages with what the articles' words are."""

    def __init__(
        self, lexicon: Lexicon, homophones: Homophones, is_known: Callable[[str], bool]
    ) -> None:
        """Prepare.

        Args:
            lexicon: the words to know about.
            homophones: puts wrong characters right.
            is_known: whether some article has these two characters side by side.
        """
        self._lexicon = lexicon
        self._homophones = homophones
        self._is_known = is_known

    def whole(self, message: str) -> View:
        """Return the message as a whole."""
        core = self._lexicon.core(message)
        right = self._homophones.corrected(core, self._is_known)
        cut = len(fold(message)) - len(core) >= 3
        return View(right, right if cut or right != core else spoken(message))

    def clauses(self, message: str) -> list[View]:
        """Return the clauses of a long message that tell most; none of a short one."""
        if len(fold(message)) <= _SHORT:
            return []
        parts = [self.whole(clause) for clause in _ENDS.split(message)]
        telling = [view for view in parts if len(view.core) >= _SHORTEST_CLAUSE]
        if len(telling) < 2:
            return []
        # What names more of what we know tells more; of equals the last, which holds the request.
        telling.sort(key=lambda view: len(self._lexicon.concepts.of(view.core)))
        return list(reversed(telling[-_CLAUSES:]))
