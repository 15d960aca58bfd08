"""One product, as `frontdoor up` starts it, on a PostgreSQL and a Redis that may be killed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.backing import Postgres, Redis
from tests.whole import Place, Running, need_everything_built

PATIENCE = {
    # Everything has to happen within a minute.
    "FRONTDOOR_OFFER_SECONDS": "5",
    "FRONTDOOR_PRESENCE_GRACE_SECONDS": "30",
    "FRONTDOOR_AGENT_SILENT_SECONDS": "20",
    "FRONTDOOR_SERVER_WORKERS": "2",
    # What computing vectors costs is measured elsewhere; here it would only slow every start.
    "FRONTDOOR_EMBEDDER": "none",
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    postgres = Postgres()
    yield postgres
    postgres.end()


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    redis = Redis()
    yield redis
    redis.end()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, redis: Redis) -> Place:
    need_everything_built()
    return Place.new(
        tmp_path_factory.mktemp("chaos"),
        **PATIENCE,
        FRONTDOOR_DATABASE_URL=postgres.add("frontdoor"),
        FRONTDOOR_TRACKER_URL=postgres.add("frontdoor_rasa"),
        FRONTDOOR_REDIS_URL=redis.url,
    )


@pytest.fixture(scope="module")
def running(place: Place) -> Iterator[Running]:
    """The real processes, as `frontdoor up` starts them and starts them again."""
    running = Running(place)
    try:
        running.wait_for("Ctrl-C stops everything")
        yield running
    finally:
        running.stop()
