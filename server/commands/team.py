"""`frontdoor team …`: keeping teams from the command line."""

from __future__ import annotations

from datetime import timedelta

import click

from common.db import Database
from common.errors import NotFound
from common.settings import Settings
from handoff.model import HandoffReason
from handoff.routing import Team
from handoff.teams import Teams
from server.commands.running import print_json, run
from tickets.model import FaultType


@click.group()
def team() -> None:
    """Teams: which cases come to whom."""


@team.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def team_list(as_json: bool) -> None:
    """Show all teams."""
    for one in run(lambda settings, db: Teams(db).list()):
        if as_json:
            print_json(one)
        else:
            takes = ", ".join([*one["reasons"], *one["categories"]]) or "anything"
            click.echo(f"{one['name']}  takes {takes}  {len(one['members'])} members")


@team.command("save")
@click.argument("name")
@click.option("--reason", multiple=True, type=click.Choice(list(HandoffReason)))
@click.option("--category", multiple=True, type=click.Choice(list(FaultType)))
@click.option("--overflow-seconds", type=int, help="So long only its own people are asked.")
@click.option("--overflow-to", metavar="TEAM", help="Who is asked then; everyone when left out.")
@click.option("--member", multiple=True, metavar="USERNAME")
def team_save(
    name: str,
    reason: tuple[str, ...],
    category: tuple[str, ...],
    overflow_seconds: int | None,
    overflow_to: str | None,
    member: tuple[str, ...],
) -> None:
    """Make a team, or change the one of this name as a whole."""

    async def save(settings: Settings, db: Database) -> None:
        teams = Teams(db)
        ids = {one["name"]: one["id"] for one in await teams.list()}
        if overflow_to is not None and overflow_to not in ids:
            raise NotFound(f"no team {overflow_to}", code="team_unknown")
        wanted = Team(
            id="",
            name=name,
            reasons=frozenset(reason),
            categories=frozenset(category),
            overflow_after=(
                None if overflow_seconds is None else timedelta(seconds=overflow_seconds)
            ),
            overflow_to=ids[overflow_to] if overflow_to else None,
        )
        await teams.save(ids.get(name), wanted, member, by=None)

    run(save)


@team.command("delete")
@click.argument("name")
def team_delete(name: str) -> None:
    """Remove a team; who waits for it is everyone's from then on."""

    async def delete(settings: Settings, db: Database) -> None:
        teams = Teams(db)
        for one in await teams.list():
            if one["name"] == name:
                await teams.delete(one["id"], by=None)
                return
        raise NotFound(f"no team {name}", code="team_unknown")

    run(delete)
