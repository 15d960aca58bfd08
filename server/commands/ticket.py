"""`frontdoor ticket`: looking tickets up."""

from __future__ import annotations

import click

from server.commands.running import print_json, run
from tickets.service import Tickets
from tickets.view import to_json


@click.group()
def ticket() -> None:
    """Tickets."""


@ticket.command("show")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True)
def ticket_show(number: str, as_json: bool) -> None:
    """Show one ticket."""
    found = run(lambda settings, db: Tickets(db).get_by_number(number))
    content = to_json(found)
    if as_json:
        print_json(content)
        return
    details = {name: row["value"] for name, row in content.pop("details").items()}
    for name, value in {**content, **details}.items():
        if value not in ("", None, [], ()):
            click.echo(f"{name:<18} {value}")


@ticket.command("list")
@click.option("--status", default=None, help="Only tickets in this status.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def ticket_list(status: str | None, as_json: bool) -> None:
    """Show the newest tickets."""
    page = run(lambda settings, db: Tickets(db).list(status=status, page_size=100))
    for one in page.tickets:
        content = to_json(one)
        if as_json:
            print_json(content)
        else:
            click.echo(
                f"{content['number']}  {content['priority_label']}  {content['status_label']}  "
                f"{content['type_label']}  {content['symptom'][:40]}"
            )
