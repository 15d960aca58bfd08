"""Failures that Rasa logs and then forgets, and that must reach our server instead.

A customer whose action failed would get no reply at all, and a turn whose tracker was not saved
would count as done. As an error the message is kept by our server and tried again.
"""

from __future__ import annotations

from typing import Any, Awaitable, Callable, NoReturn

from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.agent import Agent
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore
from rasa.shared.exceptions import RasaException

from bot.internals import replace


class ActionFailed(BaseException):
    """A custom action could not be run, or failed.

    Not an `Exception`: `MessageProcessor._run_action` catches those and goes on as if the action
    had had nothing to say.
    """


def _failing_aloud(run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def run_or_fail(self: RemoteAction, *args: Any, **kwargs: Any) -> Any:
        try:
            return await run(self, *args, **kwargs)
        except ActionExecutionRejection:  # not a failure: the action asks for another one
            raise
        except Exception as error:
            raise ActionFailed(f"custom action {self.name()} failed") from error

    return run_or_fail


def _raise(self: FailSafeTrackerStore, error: Exception) -> NoReturn:
    """Pass a database error on, where Rasa would go on with an empty tracker in memory."""
    raise error


def refuse_trackers_in_memory(agent: Agent) -> None:
    """Do not serve without a database.

    Rasa takes its store in memory, with a warning, where endpoints.yml names none or one that it
    cannot import. Every conversation would be forgotten at the next start.

    Raises:
        RasaException: the trackers are kept in memory.
    """
    store = agent.tracker_store
    if isinstance(getattr(store, "_tracker_store", store), InMemoryTrackerStore):
        raise RasaException(
            "Rasa keeps its trackers in memory. Name bot.tracker_store.BoundedTrackerStore in "
            "endpoints.yml, and start Rasa where the package bot can be imported."
        )


def apply() -> None:
    """Make these failures heard."""
    replace(RemoteAction, "run", _failing_aloud(RemoteAction.run))
    replace(FailSafeTrackerStore, "on_tracker_store_error", _raise)
    replace(FailSafeTrackerStore, "on_tracker_store_retrieve_error", _raise)
