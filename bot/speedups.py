"""Rasa work that is repeated every turn and need not be.

Rasa 3.6 is no longer developed, so these costs will not go away by themselves. Each cure replaces
one function, says why, and is put in place by `apply()`, once, when the channel is imported.
`benchmarks/bench_rasa.py` measures all of them together against Rasa as it is.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any, Dict, List, Optional, Text, Type
from weakref import WeakKeyDictionary

import aiohttp
import dask.core
import ujson
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.constants import DEFAULT_REQUEST_TIMEOUT
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.utils.schemas.events import EVENTS_SCHEMA
from rasa.utils.endpoints import EndpointConfig

from bot.internals import replace

# Shorter than an action server keeps an idle connection open, so that none is used as it closes.
_IDLE_CONNECTION_SECONDS = 4

_rasas_resolve_by_type = Event.resolve_by_type
_event_types: Dict[Text, Type[Event]] = {}
_empty_domain: Dict[Text, Any] = Domain.empty().as_dict()
_connectors: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.TCPConnector] = (
    WeakKeyDictionary()
)


def apply() -> None:
    """Put every cure in place."""
    replace(RemoteAction, "_validate_action_result", _validate_action_result)
    replace(EndpointConfig, "session", _session)
    replace(DaskGraphRunner, "run", _run_graph)
    replace(Event, "resolve_by_type", staticmethod(_resolve_by_type))
    replace(Domain, "is_empty", _is_empty)
    Slot.__copy__ = _copy_slot  # an addition: Rasa's slots have none


def _validate_action_result(self: RemoteAction, result: Any) -> bool:
    """Check an action's reply with validators that are built once.

    `jsonschema.validate` first checks the schema itself against its meta-schema, on every call:
    three quarters of the time of a turn with a custom action. Of the rest, most went into trying
    every kind of event for every event.
    """
    if _is_plainly_valid(result):
        return True
    error = best_match(_validator_of_replies().iter_errors(result))
    if error is None:
        return True
    error.message += f" (in the reply of custom action {self.name()})"
    raise error


def _is_plainly_valid(result: Any) -> bool:
    """Check each event against the schema of its own kind. False: the full check must decide."""
    try:
        events, responses = result.get("events", []), result.get("responses", [])
        return (
            isinstance(events, list)
            and isinstance(responses, list)
            and all(isinstance(response, dict) for response in responses)
            and all(_validators_by_kind()[event["event"]].is_valid(event) for event in events)
        )
    except (AttributeError, KeyError, TypeError):
        return False


@lru_cache(maxsize=1)
def _validators_by_kind() -> Dict[Text, Any]:
    each = {key: value for key, value in EVENTS_SCHEMA["items"].items() if key != "oneOf"}
    return {
        kind["properties"]["event"]["const"]: _validator({"allOf": [each, kind]})
        for kind in EVENTS_SCHEMA["items"]["oneOf"]
    }


@lru_cache(maxsize=1)
def _validator_of_replies() -> Any:
    return _validator(RemoteAction.action_response_format_spec())


def _validator(schema: Dict[Text, Any]) -> Any:
    validator = validator_for(schema)
    validator.check_schema(schema)
    return validator(schema)


def _session(self: EndpointConfig) -> aiohttp.ClientSession:
    """Open a session on connections that outlive it, and write JSON with the faster library.

    Rasa makes a session for every request and closes it with its connection: a new TCP connection
    for every custom action.
    """
    loop = asyncio.get_running_loop()
    if loop not in _connectors:
        _connectors[loop] = aiohttp.TCPConnector(keepalive_timeout=_IDLE_CONNECTION_SECONDS)
    login = self.basic_auth
    return aiohttp.ClientSession(
        headers=self.headers,
        auth=aiohttp.BasicAuth(login["username"], login["password"]) if login else None,
        timeout=aiohttp.ClientTimeout(total=DEFAULT_REQUEST_TIMEOUT),
        connector=_connectors[loop],
        connector_owner=False,
        json_serialize=ujson.dumps,
    )


async def close_connections() -> None:
    """Close the connections that this event loop kept open."""
    connector = _connectors.pop(asyncio.get_running_loop(), None)
    if connector is not None:
        await connector.close()


def _run_graph(
    self: DaskGraphRunner,
    inputs: Optional[Dict[Text, Any]] = None,
    targets: Optional[List[Text]] = None,
) -> Dict[Text, Any]:
    """Run the nodes that lead to `targets`, one after the other.

    They run one after the other in any case; Dask's scheduler for tasks on many threads, which
    Rasa asks for it, takes as long as the smaller nodes themselves.
    """
    wanted = targets or self._graph_schema.target_names
    graph = self._build_dask_graph(self._graph_schema.minimal_graph_schema(wanted))
    self._add_inputs_to_graph(inputs, graph)
    try:
        return dict(dask.core.get(graph, wanted))
    except RuntimeError as error:
        raise GraphRunError("Error running runner.") from error


def _resolve_by_type(
    type_name: Text, default: Optional[Type[Event]] = None
) -> Optional[Type[Event]]:
    """Look an event's class up in a table.

    Rasa walks all subclasses of `Event` for every event of every tracker it reads.
    """
    known = _event_types.get(type_name)
    if known is None:
        known = _rasas_resolve_by_type(type_name, default)
        if known is not None and known is not default:
            _event_types[type_name] = known
    return known


def _is_empty(self: Domain) -> bool:
    """Compare with an empty domain that is made once; Rasa makes one for every message."""
    return self.as_dict() == _empty_domain


def _copy_slot(self: Slot) -> Slot:
    """Copy a slot's attributes, which is all that `copy.copy` does in its roundabout way.

    Every tracker that Rasa makes copies every slot, and it makes about seven a turn.
    """
    twin = object.__new__(type(self))
    twin.__dict__.update(self.__dict__)
    return twin
