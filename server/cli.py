"""The command line: `frontdoor`, also `python -m server.cli`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click

from common.errors import FrontDoorError, SettingsError

if TYPE_CHECKING:
    from common.settings import Settings

GROUPS = {
    "chat": "Be a customer, over the public API.",
    "db": "The database.",
    "kb": "The knowledge base.",
    "queue": "Customers waiting for a person.",
    "team": "Teams: which cases come to whom.",
    "ticket": "Tickets.",
    "user": "Who may sign in.",
    "webhook": "Webhooks: telling other systems of events.",
    "wechat": "WeChat: the accounts.",
}
"""Modules of `server.commands`, each with a command of its name, and what they are about."""


class LazyGroup(click.Group):
    """Loads a group's module when it is called: together they take seconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*super().list_commands(ctx), *GROUPS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, loaded if need be."""
        if cmd_name not in GROUPS:
            return super().get_command(ctx, cmd_name)
        found = getattr(import_module(f"server.commands.{cmd_name}"), cmd_name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without loading them."""
        own = {name: command.get_short_help_str() for name, command in self.commands.items()}
        with formatter.section("Commands"):
            formatter.write_dl(sorted((own | GROUPS).items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A conversational front door for after-sales service."""


@main.command()
def up() -> None:
    """Start rasa, actions, server and worker under one supervisor."""
    from server.up import up as start_all

    sys.exit(start_all(_settings()))


@main.command()
def serve() -> None:
    """Start the public server."""
    from server.serve import serve as start_server

    start_server(_settings())


@main.command()
def worker() -> None:
    """Start the worker."""
    from common import log
    from server.worker import work

    settings = _settings()
    log.configure(settings.log_level)
    asyncio.run(work(settings))


def _settings() -> Settings:
    """Read the settings of a process, also what only its feature understands.

    Raises:
        SettingsError: one is malformed; the message names the variable.
    """
    from common.settings import Settings
    from handoff.wiring import waiting_rules_of

    settings = Settings.from_env()
    waiting_rules_of(settings)
    return settings


def entry(words: Sequence[str] | None = None) -> None:
    """Run the command line; what went wrong is one sentence, not a traceback.

    Args:
        words: what stands behind `frontdoor`; what this process was started with when None.
    """
    try:
        main(words, prog_name="frontdoor")
    except SettingsError as error:
        raise SystemExit(f"frontdoor: {error}") from None
    except FrontDoorError as error:
        raise SystemExit(f"frontdoor: {error} ({error.code})") from None


if __name__ == "__main__":
    entry()
