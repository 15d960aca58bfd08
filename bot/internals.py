"""The one way we change Rasa from outside: loudly, and only the version we know."""

from __future__ import annotations

from typing import Any, Callable

import rasa
from rasa.shared.exceptions import RasaException

KNOWN_VERSION = "3.6.21"


def require_known_version() -> None:
    """Refuse to run on a Rasa whose inside we have not read.

    Raises:
        RasaException: another version is installed.
    """
    if rasa.__version__ != KNOWN_VERSION:
        raise RasaException(
            f"bot/ relies on the inside of Rasa {KNOWN_VERSION}, but {rasa.__version__} is "
            "installed. Read the functions that bot/ replaces, then change KNOWN_VERSION."
        )


def replace(owner: Any, name: str, function: Callable[..., Any]) -> None:
    """Put `function` in the place of `owner.name`.

    Raises:
        RasaException: another version of Rasa is installed, or it has no such function.
    """
    require_known_version()
    if not callable(getattr(owner, name, None)):
        raise RasaException(f"Rasa {KNOWN_VERSION} should have {owner.__name__}.{name}.")
    setattr(owner, name, function)
