"""`frontdoor user`: who may sign in."""

from __future__ import annotations

import click

from common.auth import MIN_PASSWORD_LENGTH, USER_ROLES, Accounts
from server.commands.running import print_json, run


@click.group()
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
