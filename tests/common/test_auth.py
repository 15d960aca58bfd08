"""Signing in: right ones get in, wrong ones learn nothing, guessing does not pay."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from common import auth
from common.auth import FAILURES_BEFORE_PAUSE, Accounts, sign_ins, users
from common.db import Database
from common.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from tests.conftest import NOON

PASSWORD = "correct horse"


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def accounts(db: Database, clock: Clock) -> Accounts:
    accounts = Accounts(db, lasts=timedelta(hours=1), now=clock)
    await accounts.add("lin", "小林", "agent", PASSWORD)
    return accounts


async def test_the_right_password_signs_in_and_the_token_names_the_user(accounts: Accounts):
    user, token = await accounts.sign_in("lin", PASSWORD)

    assert (user.username, user.role) == ("lin", "agent")
    assert await accounts.user_of(token) == user


@pytest.mark.parametrize(("username", "password"), [("lin", "wrong"), ("nobody", PASSWORD)])
async def test_a_wrong_name_and_a_wrong_password_are_refused_alike(
    accounts: Accounts, username: str, password: str
):
    with pytest.raises(Unauthenticated) as refusal:
        await accounts.sign_in(username, password)
    assert refusal.value.code == "wrong_credentials"


async def test_after_wrong_passwords_in_a_row_even_the_right_one_has_to_wait(
    accounts: Accounts, clock: Clock
):
    for _ in range(FAILURES_BEFORE_PAUSE):
        with pytest.raises(Unauthenticated):
            await accounts.sign_in("lin", "wrong")
    with pytest.raises(Unauthenticated) as refusal:
        await accounts.sign_in("lin", PASSWORD)
    # Nobody learns from the answer that there is such a user.
    assert refusal.value.code == "wrong_credentials"

    clock.time += timedelta(minutes=2)
    assert await accounts.sign_in("lin", PASSWORD)


async def test_a_sign_in_ends_with_its_time(accounts: Accounts, clock: Clock):
    _, token = await accounts.sign_in("lin", PASSWORD)
    clock.time += timedelta(hours=2)

    assert await accounts.user_of(token) is None


async def test_signing_out_ends_the_sign_in(accounts: Accounts):
    _, token = await accounts.sign_in("lin", PASSWORD)
    await accounts.sign_out(token)

    assert await accounts.user_of(token) is None


async def test_a_new_password_ends_the_sign_ins_of_the_old_one(accounts: Accounts):
    _, token = await accounts.sign_in("lin", PASSWORD)
    await accounts.set_password("lin", "battery staple")

    assert await accounts.user_of(token) is None
    assert await accounts.sign_in("lin", "battery staple")


async def test_the_database_keeps_no_token_that_would_sign_in(accounts: Accounts, db: Database):
    _, token = await accounts.sign_in("lin", PASSWORD)
    async with db.connect() as conn:
        kept = (await conn.execute(sa.select(sign_ins.c.token_hash))).scalar_one()

    assert kept != token
    assert await accounts.user_of(kept) is None


async def test_a_taken_name_a_short_password_and_an_unknown_role_are_refused(accounts: Accounts):
    with pytest.raises(Conflict):
        await accounts.add("lin", "另一个小林", "agent", PASSWORD)
    with pytest.raises(InvalidInput):
        await accounts.add("zhou", "小周", "agent", "short")
    with pytest.raises(InvalidInput):
        await accounts.add("zhou", "小周", "king", PASSWORD)
    with pytest.raises(NotFound):
        await accounts.set_password("zhou", PASSWORD)


@pytest.mark.parametrize("token", [None, "", "x" * 500, "令牌"])
async def test_a_token_that_is_none_is_nobody(accounts: Accounts, token: str | None):
    assert await accounts.user_of(token) is None


async def test_many_guesses_at_once_are_no_more_chances_than_one_after_another(
    accounts: Accounts, db: Database
):
    guesses = [accounts.sign_in("lin", f"guess number {n}") for n in range(19)]
    await asyncio.gather(*guesses, return_exceptions=True)

    async with db.connect() as conn:
        judged = (await conn.execute(sa.select(users.c.failures))).scalar_one()
    assert judged == FAILURES_BEFORE_PAUSE


async def test_a_crowd_that_signs_in_is_told_to_come_back(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(auth, "_NOBODY", PasswordHasher().hash("slow, as in earnest"))
    monkeypatch.setattr(auth, "MOST_WAITING_SIGN_INS", 3)
    crowd = [accounts.sign_in(f"nobody{n}", PASSWORD) for n in range(12)]
    results = await asyncio.gather(*crowd, return_exceptions=True)

    assert {r.code for r in results} == {"wrong_credentials", "too_many_sign_ins"}


async def test_several_users_are_made_all_or_none(accounts: Accounts):
    with pytest.raises(Conflict):
        await accounts.add_all(
            [("zhou", "小周", "agent", PASSWORD), (" lin ", "另一个", "agent", PASSWORD)]
        )

    assert [user.username for user in await accounts.list_users()] == ["lin"]
