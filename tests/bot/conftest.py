"""Fixtures for the tests of bot/, which run in Rasa's environment and are passed over in ours."""

from __future__ import annotations

import importlib.util
import logging
import os
import uuid

import pytest

collect_ignore_glob = [] if importlib.util.find_spec("rasa") else ["test_*.py", "support.py"]

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/postgres")


@pytest.fixture(scope="session", autouse=True)
def quiet_log():
    """Rasa's command line turns its debug log off; a test must do it itself."""
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A small assistant with a form, trained once: the rules of a conversation, no statistics."""
    import rasa
    from support import ASSISTANT

    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    result = rasa.train(
        str(ASSISTANT / "domain.yml"),
        str(ASSISTANT / "config.yml"),
        [str(ASSISTANT / "nlu.yml"), str(ASSISTANT / "rules.yml")],
        str(tmp_path_factory.mktemp("models")),
    )
    assert result.code == 0, "the test assistant could not be trained"
    return result.model


@pytest.fixture
async def actions():
    """An action server."""
    from support import ActionServer

    from bot.speedups import close_connections

    server = ActionServer()
    await server.start()
    yield server
    await close_connections()
    await server.stop()


@pytest.fixture
def store(tmp_path):
    """A tracker store on SQLite."""
    from bot.tracker_store import BoundedTrackerStore

    store = BoundedTrackerStore(None, f"sqlite:///{tmp_path}/trackers.db")
    yield store
    store.close()


@pytest.fixture
async def door(model, actions, store):
    """The channel, served by Rasa with its tracker store and action server."""
    from support import a_door, an_agent

    async with a_door(an_agent(model, actions, store)) as door:
        yield door


@pytest.fixture
def postgres_url():
    """An empty PostgreSQL database of its own."""
    import sqlalchemy as sa

    server = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    name = f"frontdoor_bot_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    except sa.exc.OperationalError as error:
        reason = f"no PostgreSQL at {POSTGRES}"
        if os.environ.get("CI"):
            pytest.fail(f"{reason} (and under CI nothing is skipped): {error}")
        pytest.skip(reason)
    yield sa.engine.make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()
