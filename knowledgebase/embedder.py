"""What turns a text into a vector whose direction is its meaning.

`bundled` is multilingual-e5-small, carried whole by a package and run on the CPU; an address is an
OpenAI-compatible endpoint; `none` leaves the search to words. Whoever embeds must be ready for
`EmbedderFailed`: the search then goes on by words.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import httpx
import numpy as np

from knowledgebase.arrays import Floats
from knowledgebase.text import spoken

_BATCH = 64


class EmbedderFailed(Exception):
    """No vectors this time. The message is for operators and holds no text of a customer."""


class Embedder(Protocol):
    """Gives unit vectors. Called in threads."""

    name: str
    """Names model and way of use: vectors of different names are never compared."""
    dimension: int | None
    """Length of a vector; None until the first one is there."""
    floor: float | None
    """The cosine of texts that have nothing in common; None when it is not known."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return a unit vector for every text, in order.

        Raises:
            EmbedderFailed: it cannot be had now.
        """
        ...


class BundledEmbedder:
    """multilingual-e5-small in 4 bits, loaded on first use (0.6 s, 150 MB)."""

    name = "e5-small-q4/query"
    dimension: int | None = 384
    floor: float | None = 0.75

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._model: Any = None

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return the vectors, both questions and articles embedded as queries.

        Raises:
            EmbedderFailed: the package or its engine cannot be loaded here.
        """
        with self._loading:
            if self._model is None:
                self._model = _load_bundled()
        # As a query on both sides: as a passage an article's question loses 4 to 6 points.
        return np.asarray(self._model.query([spoken(text) for text in texts]), np.float32)


class EndpointEmbedder:
    """An OpenAI-compatible `/v1/embeddings` endpoint."""

    floor: float | None = None

    def __init__(
        self, url: str, *, model: str, key: str = "", timeout_seconds: float = 3.0
    ) -> None:
        """Prepare; nothing is sent before the first text.

        Args:
            url: of the endpoint, with or without `/v1/embeddings`.
            model: as the endpoint names it.
            key: sent as a bearer token; none when empty.
            timeout_seconds: for one request; a customer waits for it.
        """
        base = url.rstrip("/")
        self._url = (
            base if base.endswith("/embeddings") else f"{base.removesuffix('/v1')}/v1/embeddings"
        )
        self._model = model
        self.name = f"endpoint/{model}"[:64]
        self.dimension: int | None = None
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(timeout=timeout_seconds, headers=headers)

    def embed(self, texts: Sequence[str]) -> Floats:
        """Ask the endpoint.

        Raises:
            EmbedderFailed: it does not answer, refuses, or answers something else.
        """
        batches = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        matrix = np.concatenate([self._ask(batch) for batch in batches])
        norms = np.linalg.norm(matrix, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or not (norms > 0).all():
            raise EmbedderFailed("the endpoint answered with something that is no vector")
        if self.dimension not in (None, matrix.shape[1]):
            raise EmbedderFailed(
                f"the endpoint's vectors changed from {self.dimension} to {matrix.shape[1]} numbers"
            )
        self.dimension = matrix.shape[1]
        return np.asarray(matrix / norms, np.float32)

    def _ask(self, texts: Sequence[str]) -> Floats:
        body = {
            "model": self._model,
            "input": [spoken(text) for text in texts],
            "encoding_format": "float",
        }
        try:
            response = self._client.post(self._url, json=body)
            response.raise_for_status()
            rows = sorted(response.json()["data"], key=lambda row: row["index"])
            matrix = np.array([row["embedding"] for row in rows], np.float32)
        except httpx.HTTPStatusError as error:
            # The body may repeat what was sent: only the status is told.
            raise EmbedderFailed(f"the endpoint answered {error.response.status_code}") from None
        except httpx.HTTPError as error:
            raise EmbedderFailed(
                f"the endpoint cannot be reached: {type(error).__name__}"
            ) from None
        except (KeyError, TypeError, ValueError):
            raise EmbedderFailed("the endpoint's answer is not the one of /v1/embeddings") from None
        if matrix.ndim != 2 or len(matrix) != len(texts):
            raise EmbedderFailed("the endpoint gave another number of vectors than of texts")
        return matrix


def create_embedder(
    choice: str, *, model: str = "", key: str = "", timeout_seconds: float = 3.0
) -> Embedder | None:
    """Return the embedder a setting asks for; None for `none`.

    Args:
        choice: `bundled`, `none`, or an endpoint's address.
        model: an endpoint's model.
        key: an endpoint's key.
        timeout_seconds: an endpoint's time for one request.

    Raises:
        ValueError: the choice is none of these.
    """
    if choice == "none":
        return None
    if choice == "bundled":
        return BundledEmbedder()
    if choice.startswith(("https://", "http://")):
        return EndpointEmbedder(choice, model=model, key=key, timeout_seconds=timeout_seconds)
    raise ValueError(f"{choice!r} is neither bundled, nor none, nor an address")


def _load_bundled() -> Any:
    try:
        # Only now: who searches by words alone needs none of its libraries.
        from knowledgebase.e5 import E5

        return E5()
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        raise EmbedderFailed(f"the bundled embedder cannot be loaded: {error}") from None
