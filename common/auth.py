"""Who works here: users, their passwords and their sign-ins.

A sign-in is a random token in an HttpOnly cookie; the database keeps only its hash, so that a
copy of the database signs nobody in.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from common.db import Database, UtcDateTime, insert_into, metadata
from common.errors import Conflict, InvalidInput, NotFound, TooMany, Unauthenticated
from common.ids import new_id
from common.times import Clock, utc_now

USER_ROLES = ("agent", "supervisor", "editor", "admin")
MIN_PASSWORD_LENGTH = 10
FAILURES_BEFORE_PAUSE = 5
PAUSE = timedelta(minutes=1)
MOST_WAITING_SIGN_INS = 20

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("username", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    sa.Column("paused_until", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Index("ix_sign_ins_user_id", "user_id"),
)

_hasher = PasswordHasher()
_hashing = ThreadPoolExecutor(1, "hashing")
T = TypeVar("T")
# Checked when the user name is unknown, so that the answer takes as long as for a known one.
_NOBODY = _hasher.hash("nobody has this password")


SUPERVISORS = ("supervisor", "admin")
"""Roles that see and move everything on the desk."""


@dataclass(frozen=True)
class User:
    """Someone who may sign in: an agent, supervisor, editor or admin."""

    id: str
    username: str
    name: str
    role: str

    def to_json(self) -> dict[str, Any]:
        """The user as the API shows it."""
        return {
            "id": self.id,
            "username": self.username,
            "name": self.name,
            "role": self.role,
        }


class Accounts:
    """Adding users, signing in and out."""

    def __init__(
        self, db: Database, *, lasts: timedelta = timedelta(hours=12), now: Clock = utc_now
    ) -> None:
        self._db = db
        self._lasts = lasts
        self._now = now

    async def add(self, username: str, name: str, role: str, password: str) -> User:
        """Make a user.

        Raises:
            InvalidInput: no such role, an empty name, or a password that is too short.
            Conflict: the user name is taken.
        """
        return (await self.add_all([(username, name, role, password)]))[0]

    async def add_all(self, people: Iterable[tuple[str, str, str, str]]) -> list[User]:
        """Make several users (user name, name, role, password), all or none.

        Raises:
            InvalidInput: no such role, an empty name, or a password that is too short.
            Conflict: a user name is taken.
        """
        made = []
        for username, name, role, password in people:
            user = _checked(User(new_id(), username.strip(), name.strip(), role))
            made.append((user, await _hash(password)))
        async with self._db.begin() as conn:
            for user, password_hash in made:
                row = {**user.to_json(), "password_hash": password_hash, "failures": 0}
                insert = insert_into(conn, users).values(**row, created_at=self._now())
                if (await conn.execute(insert.on_conflict_do_nothing())).rowcount == 0:
                    raise Conflict(
                        f"there is a user {user.username} already", code="username_taken"
                    )
        return [user for user, _ in made]

    async def list_users(self) -> list[User]:
        """Return all users by user name."""
        async with self._db.connect() as conn:
            rows = await conn.execute(sa.select(users).order_by(users.c.username))
            return [_to_user(row) for row in rows]

    async def set_password(self, username: str, password: str) -> None:
        """Change a password and end all sign-ins made with the old one.

        Raises:
            NotFound: no such user.
            InvalidInput: the password is too short.
        """
        password_hash = await _hash(password)
        async with self._db.begin() as conn:
            changed = await conn.execute(
                sa.update(users)
                .where(users.c.username == username)
                .values(password_hash=password_hash, failures=0, paused_until=None)
                .returning(users.c.id)
            )
            row = changed.one_or_none()
            if row is None:
                raise NotFound(f"no user {username}", code="user_unknown")
            await conn.execute(sa.delete(sign_ins).where(sign_ins.c.user_id == row.id))

    async def sign_in(self, username: str, password: str) -> tuple[User, str]:
        """Return the user and the token for their cookie.

        After some wrong passwords in a row the account pauses for a minute, so that guessing
        does not pay. The answer does not tell a pause or an unknown name from a wrong password.

        Raises:
            Unauthenticated: wrong user name or password, or the account pauses.
            TooMany: so many sign in at once that this one would wait long.
        """
        row = await self._count_try(username)
        kept = _NOBODY if row is None else row.password_hash
        if not await _matches(kept, password) or row is None:
            raise Unauthenticated(
                "用户名或密码不对；连续输错多次，要等一分钟再试。", code="wrong_credentials"
            )
        now = self._now()
        token = secrets.token_urlsafe(32)
        async with self._db.begin() as conn:
            await conn.execute(
                sa.update(users).where(users.c.id == row.id).values(failures=0, paused_until=None)
            )
            await conn.execute(sa.delete(sign_ins).where(sign_ins.c.expires_at < now))
            await conn.execute(
                sa.insert(sign_ins).values(
                    token_hash=_digest(token), user_id=row.id, expires_at=now + self._lasts
                )
            )
        return _to_user(row), token

    async def _count_try(self, username: str) -> sa.Row[Any] | None:
        """Count a try before it is judged, so that many at once are counted too.

        Returns:
            The user, or None when there is none of that name or they pause.
        """
        now = self._now()
        tries = users.c.failures + 1
        pause = sa.case(
            (tries % FAILURES_BEFORE_PAUSE == 0, sa.literal(now + PAUSE, UtcDateTime())),
            else_=users.c.paused_until,
        )
        async with self._db.begin() as conn:
            counted = await conn.execute(
                sa.update(users)
                .where(users.c.username == username)
                .where(sa.or_(users.c.paused_until.is_(None), users.c.paused_until <= now))
                .values(failures=tries, paused_until=pause)
                .returning(users)
            )
            return counted.one_or_none()

    async def user_of(self, token: str | None) -> User | None:
        """Return who is signed in with this token, or None."""
        if not token:
            return None
        query = (
            sa.select(users)
            .join(sign_ins, sign_ins.c.user_id == users.c.id)
            .where(sign_ins.c.token_hash == _digest(token))
            .where(sign_ins.c.expires_at > self._now())
        )
        async with self._db.connect() as conn:
            row = (await conn.execute(query)).one_or_none()
        return None if row is None else _to_user(row)

    async def sign_out(self, token: str | None) -> None:
        """End a sign-in; an unknown one is no error."""
        if token:
            async with self._db.begin() as conn:
                await conn.execute(
                    sa.delete(sign_ins).where(sign_ins.c.token_hash == _digest(token))
                )


def _checked(user: User) -> User:
    if user.role not in USER_ROLES:
        raise InvalidInput(f"role must be one of {', '.join(USER_ROLES)}", code="role_unknown")
    if not (1 <= len(user.username) <= 64 and 1 <= len(user.name) <= 64):
        raise InvalidInput("user name and name need 1 to 64 characters", code="name_invalid")
    return user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def _hash(password: str) -> str:
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InvalidInput(
            f"a password needs at least {MIN_PASSWORD_LENGTH} characters", code="password_short"
        )
    return await _in_hashing_thread(lambda: _hasher.hash(password))


async def _matches(password_hash: str, password: str) -> bool:
    def check() -> bool:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    return await _in_hashing_thread(check)


async def _in_hashing_thread(work: Callable[[], T]) -> T:
    """Run where hashing cannot hold up anything else: it is slow on purpose."""
    if _hashing._work_queue.qsize() >= MOST_WAITING_SIGN_INS:
        raise TooMany("现在登录的人太多，请稍后再试。", code="too_many_sign_ins")
    return await asyncio.get_running_loop().run_in_executor(_hashing, work)


def _to_user(row: sa.Row[Any]) -> User:
    return User(row.id, row.username, row.name, row.role)
