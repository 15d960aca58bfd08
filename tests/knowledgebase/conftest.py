"""A knowledge base over an empty database, and embedders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.db import Database
from knowledgebase.embedder import BundledEmbedder
from knowledgebase.service import KnowledgeBase
from tests.conftest import NOON
from tests.knowledgebase.endpoint import Endpoint


@pytest.fixture
def kb(db: Database) -> KnowledgeBase:
    return KnowledgeBase(db, lambda: NOON)


@pytest.fixture(scope="session")
def bundled() -> BundledEmbedder:
    return BundledEmbedder()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    yield server
    server.stop()
