"""Vectors of what customers ask: each text once, and never in the way of an answer."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from knowledgebase.arrays import Floats
from knowledgebase.embedder import Embedder, EmbedderFailed
from knowledgebase.text import text_key

logger = logging.getLogger(__name__)

REMEMBERED = 512
PAUSE_SECONDS = 30.0


class Asking:
    """Embeds queries. Threads share it.

    After a failure the embedder is left alone for a while: no customer waits for an endpoint that
    is known to be down, and the search goes on by words.
    """

    def __init__(
        self, embedder: Embedder, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._embedder = embedder
        self._monotonic = monotonic
        self._remembered: OrderedDict[str, Floats] = OrderedDict()
        self._access = threading.Lock()
        self._paused_until = 0.0
        self.failure: str | None = None
        """Why the last attempt failed; None when it did not."""

    def __call__(self, texts: Sequence[str]) -> Floats | None:
        """Return the texts' unit vectors, or None when they cannot be had now."""
        keys = [text_key(text) for text in texts]
        with self._access:
            known = {key: self._remembered[key] for key in keys if key in self._remembered}
            for key in known:
                self._remembered.move_to_end(key)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            vectors = self._embed(list(missing.values()))
            if vectors is None:
                return None
            known |= dict(zip(missing, vectors, strict=True))
            self._remember({key: known[key] for key in missing})
        return np.stack([known[key] for key in keys])

    def _embed(self, texts: list[str]) -> Floats | None:
        if self._monotonic() < self._paused_until:
            return None
        try:
            vectors = self._embedder.embed(texts)
        except EmbedderFailed as error:
            self.note(str(error))
            return None
        self.note(None)
        return vectors

    def note(self, failure: str | None) -> None:
        """Keep how an attempt ended; after a failure there is a pause."""
        if failure is not None:
            self._paused_until = self._monotonic() + PAUSE_SECONDS
            logger.warning("searching by words alone for %.0f s: %s", PAUSE_SECONDS, failure)
        self.failure = failure

    def _remember(self, vectors: dict[str, Floats]) -> None:
        with self._access:
            self._remembered.update(vectors)
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
