import asyncio
import time

import pytest
import sqlalchemy as sa
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore, check_if_tracker_store_async
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig
from support import ASSISTANT, an_agent

from bot.failures import refuse_trackers_in_memory
from bot.tracker_store import BoundedTrackerStore

DOMAIN = Domain.load(str(ASSISTANT / "domain.yml"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path}/state/trackers.db"


@pytest.fixture
def any_store(url):
    store = BoundedTrackerStore(DOMAIN, url, keep_turns=3)
    yield store
    store.close()


def a_tracker(sender_id="webchat-1", turns=1):
    tracker = DialogueStateTracker(sender_id, DOMAIN.slots)
    for number in range(turns):
        tracker.update(ActionExecuted("action_listen"))
        tracker.update(UserUttered(f"你好🙂 {number}", {"name": "greet"}, message_id=f"m{number}"))
        tracker.update(ActionExecuted("utter_greet"))
        tracker.update(
            BotUttered("您好！\u0000𠮷", {"buttons": [{"title": "是", "payload": "/a"}]})
        )
    tracker.update(SlotSet("article_id", "a1"))
    tracker.update(ActionExecuted("action_listen"))
    return tracker


async def test_a_tracker_comes_back_as_it_was_saved(any_store):
    tracker = a_tracker()
    await any_store.save(tracker)

    found = await any_store.retrieve("webchat-1")

    assert found == tracker
    assert found.current_state() == tracker.current_state()
    assert await any_store.retrieve_full_tracker("webchat-1") == tracker


async def test_an_unknown_conversation_has_no_tracker(any_store):
    assert await any_store.retrieve("webchat-2") is None
    assert await any_store.exists("webchat-2") is False


async def test_a_new_tracker_takes_no_row_before_something_happened(any_store):
    await any_store.get_or_create_tracker("webchat-3", append_action_listen=False)
    assert await any_store.keys() == []


async def test_there_is_one_row_for_a_conversation(any_store):
    await any_store.save(a_tracker("webchat-1"))
    await any_store.save(a_tracker("webchat-1", turns=2))
    await any_store.save(a_tracker("webchat-2"))

    assert sorted(await any_store.keys()) == ["webchat-1", "webchat-2"]
    assert len((await any_store.retrieve("webchat-1")).events) == 10


async def test_a_row_stays_small_however_long_the_conversation(any_store):
    tracker = a_tracker(turns=3)
    await any_store.save(tracker)
    short = len((await any_store.retrieve("webchat-1")).events)
    await any_store.save(a_tracker(turns=300))

    found = await any_store.retrieve("webchat-1")

    assert len(found.events) <= short + 1
    assert found.get_slot("article_id") == "a1"


async def test_a_tracker_outlives_the_process(url):
    first = BoundedTrackerStore(DOMAIN, url)
    await first.save(a_tracker())
    first.close()
    second = BoundedTrackerStore(DOMAIN, url)

    assert await second.retrieve("webchat-1") == a_tracker()
    second.close()


async def test_conversations_at_once_do_not_disturb_each_other(any_store):
    await asyncio.gather(*(any_store.save(a_tracker(f"webchat-{i}")) for i in range(20)))
    found = await asyncio.gather(*(any_store.retrieve(f"webchat-{i}") for i in range(20)))
    assert [tracker.sender_id for tracker in found] == [f"webchat-{i}" for i in range(20)]


async def test_old_trackers_are_forgotten(any_store):
    await any_store.save(a_tracker("old"))
    await any_store.save(a_tracker("new"))
    with any_store._engine.begin() as connection:
        long_ago = time.time() - 90 * 86_400
        connection.execute(
            sa.text("UPDATE trackers SET updated_at = :at WHERE sender_id = 'old'"),
            {"at": long_ago},
        )

    assert await any_store.forget_older_than(30 * 86_400) == 1
    assert await any_store.keys() == ["new"]


async def test_old_trackers_are_forgotten_by_themselves_when_that_is_wanted(tmp_path):
    store = BoundedTrackerStore(DOMAIN, f"sqlite:///{tmp_path}/t.db", forget_after_days=30)
    with store._engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO trackers VALUES ('old', '{}', 0)"))
    await store.save(a_tracker("new"))

    assert await store.keys() == ["new"]
    store.close()


def test_sqlite_is_set_to_survive_a_power_cut(store):
    with store._engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2


def test_rasa_builds_the_store_from_endpoints_yml(tmp_path):
    store = TrackerStore.create(
        EndpointConfig.from_dict(
            {
                "type": "bot.tracker_store.BoundedTrackerStore",
                "url": f"sqlite+aiosqlite:///{tmp_path}/t.db",
                "keep_turns": 5,
            }
        )
    )
    assert isinstance(store, BoundedTrackerStore)
    assert check_if_tracker_store_async(store)
    store.close()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"host": ""},
        {"host": "mysql://localhost/x"},
        {"host": "sqlite://", "keep_turns": 0},
        {"host": "sqlite://", "keep_turn": 5},
        {"host": "sqlite://", "event_broker": object()},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused(settings):
    with pytest.raises(RasaException):
        BoundedTrackerStore(None, **settings)


async def test_rasas_store_in_memory_is_refused(model, actions, store):
    refuse_trackers_in_memory(an_agent(model, actions, store))
    with pytest.raises(RasaException, match="BoundedTrackerStore"):
        refuse_trackers_in_memory(an_agent(model, actions, InMemoryTrackerStore(None)))
