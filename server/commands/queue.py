"""`frontdoor queue`: who waits for a person."""

from __future__ import annotations

from datetime import datetime

import click

from common.settings import Settings
from common.times import to_local
from handoff.assignment import AssignmentRules, Assignments
from handoff.desk import Desk
from server.commands.running import print_json, run


@click.group()
def queue() -> None:
    """Customers waiting for a person."""


@queue.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def queue_list(as_json: bool) -> None:
    """Show who waits, longest first."""
    settings = Settings.from_env()
    for one in run(lambda settings, db: Desk(db, Assignments(db, AssignmentRules())).queue()):
        if as_json:
            print_json(one)
        else:
            since = to_local(datetime.fromisoformat(one["queued_at"]), settings.time_zone)
            click.echo(f"{one['position']:>3}  {since:%H:%M:%S}  {one['id']}  {one['summary']}")
