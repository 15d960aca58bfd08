"""`frontdoor db`: the database's tables."""

from __future__ import annotations

import click

from server.commands.running import run
from server.migrate import upgrade


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables up to date. Safe to run again."""
    run(lambda settings, db: upgrade(db))
    click.echo("The database is up to date.")
