"""What all commands share: the database for the time of a command, and JSON lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from common.db import Database
from common.errors import UpstreamError
from common.settings import Settings


def run(work: Callable[[Settings, Database], Coroutine[Any, Any, Any]]) -> Any:
    """Run a command's work on the database, and close it."""

    async def with_database() -> Any:
        settings = Settings.from_env()
        db = Database.from_url(settings.database_url)
        try:
            return await work(settings, db)
        except (OperationalError, ProgrammingError) as error:
            reason = str(error.orig).splitlines()[0]
            raise UpstreamError(
                f"the database cannot be used ({reason}); if it is new: frontdoor db upgrade",
                code="database_unusable",
            ) from None
        finally:
            await db.close()

    return asyncio.run(with_database())


def print_json(content: Any) -> None:
    """Print one JSON object on a line of its own."""
    click.echo(json.dumps(content, ensure_ascii=False))
