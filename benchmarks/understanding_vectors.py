"""Vectors for measuring: computed once, kept in var/bench/."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from results import progress

from knowledgebase.arrays import Floats
from knowledgebase.embedder import Embedder
from knowledgebase.meaning import Vectors
from knowledgebase.text import spoken, text_key

BATCH = 32


class KnownVectors:
    """An embedder that remembers, on disk."""

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        """Read what was computed in earlier runs."""
        self.embedder = embedder
        self.computed = 0
        self._file = folder / f"vectors-{embedder.name.replace('/', '-')}.npz"
        self._known: dict[str, Floats] = {}
        if self._file.exists():
            kept = np.load(self._file)
            matrix = kept["matrix"].astype(np.float32)
            self._known = dict(zip(kept["keys"].tolist(), matrix, strict=True))

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Return the texts' vectors."""
        self.compute(texts)
        return np.stack([self._known[text_key(text)] for text in texts])

    def compute(self, texts: Iterable[str], what: str = "") -> None:
        """Embed what is not known yet, telling how far it has got."""
        wanted = {text_key(text): spoken(text) for text in texts}
        missing = [(key, text) for key, text in wanted.items() if key not in self._known]
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            # As they are kept: a second run must not differ from the first.
            matrix = self.embedder.embed([text for _, text in batch]).astype(np.float16)
            matrix = matrix.astype(np.float32)
            self._known.update(zip([key for key, _ in batch], matrix, strict=True))
            self.computed += len(batch)
            if what and (start // BATCH) % 20 == 0:
                progress(f"{what}: {start} of {len(missing)} texts embedded")

    def of(self, texts: dict[str, str]) -> Vectors:
        """Return the vectors of texts by key, for an index."""
        keys = [key for key, text in texts.items() if text]
        self.compute(texts[key] for key in keys)
        matrix = np.stack([self._known[key] for key in keys])
        return Vectors({key: row for row, key in enumerate(keys)}, matrix)

    def keep(self) -> None:
        """Write everything down for the next run."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        keys = np.array(list(self._known))
        draft = self._file.with_suffix(".new.npz")
        np.savez(draft, keys=keys, matrix=np.stack(list(self._known.values())).astype(np.float16))
        draft.replace(self._file)
