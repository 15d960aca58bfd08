"""The command line: `frontdoor`, also `python -m server.cli`."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

import click

from common import log
from common.auth import MIN_PASSWORD_LENGTH, USER_ROLES, Accounts
from common.errors import FrontDoorError, SettingsError
from common.settings import Settings
from common.times import to_local
from handoff.desk import Desk
from handoff.wiring import assignments_of
from server.chat import chat
from server.kb import kb
from server.running import print_json, run
from server.team_commands import team
from tickets.service import Tickets
from tickets.view import to_json


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A conversational front door for after-sales service."""


# -- processes --------------------------------------------------------------------------------


@main.command()
def up() -> None:
    """Start rasa, actions, server and worker under one supervisor."""
    from server.up import up as start_all  # the supervisor is needed by no other command

    sys.exit(start_all(Settings.from_env()))


@main.command()
def serve() -> None:
    """Start the public server."""
    from server.serve import serve as start_server  # Sanic is slow to import

    start_server(Settings.from_env())


@main.command()
def worker() -> None:
    """Start the worker."""
    from server.worker import work

    settings = Settings.from_env()
    log.configure(settings.log_level)
    asyncio.run(work(settings))


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables up to date. Safe to run again."""
    from server.migrate import upgrade

    run(lambda settings, db: upgrade(db))
    click.echo("The database is up to date.")


# -- users ------------------------------------------------------------------------------------


@main.group()
def user() -> None:
    """Who may sign in."""


_password = click.password_option(
    help=f"At least {MIN_PASSWORD_LENGTH} characters; asked for when not given."
)


@user.command("add")
@click.argument("username")
@click.option("--name", required=True, help="As customers and colleagues see it.")
@click.option("--role", type=click.Choice(USER_ROLES), required=True)
@_password
def user_add(username: str, name: str, role: str, password: str) -> None:
    """Make a user."""
    run(lambda settings, db: Accounts(db).add(username, name, role, password))
    click.echo(f"Added {username}.")


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def user_list(as_json: bool) -> None:
    """Show all users."""
    for one in run(lambda settings, db: Accounts(db).list_users()):
        if as_json:
            print_json(one.to_json())
        else:
            click.echo(f"{one.username:<20} {one.role:<12} {one.name}")


@user.command("passwd")
@click.argument("username")
@_password
def user_passwd(username: str, password: str) -> None:
    """Change a password; ends the user's sign-ins."""
    run(lambda settings, db: Accounts(db).set_password(username, password))
    click.echo(f"Changed the password of {username}.")


# -- tickets and the queue --------------------------------------------------------------------


@main.group()
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


@main.group()
def queue() -> None:
    """Customers waiting for a person."""


@queue.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def queue_list(as_json: bool) -> None:
    """Show who waits, longest first."""
    settings = Settings.from_env()
    for one in run(lambda settings, db: Desk(db, assignments_of(db, settings)).queue()):
        if as_json:
            print_json(one)
        else:
            since = to_local(datetime.fromisoformat(one["queued_at"]), settings.time_zone)
            click.echo(f"{one['position']:>3}  {since:%H:%M:%S}  {one['id']}  {one['summary']}")


def entry() -> None:
    """Run the command line; what went wrong is one sentence, not a traceback."""
    main.add_command(kb)
    main.add_command(chat)
    main.add_command(team)
    try:
        main(prog_name="frontdoor")
    except SettingsError as error:
        raise SystemExit(f"frontdoor: {error}") from None
    except FrontDoorError as error:
        raise SystemExit(f"frontdoor: {error} ({error.code})") from None


if __name__ == "__main__":
    entry()
