"""What staff decide about a customer."""

from __future__ import annotations

from common import events
from common.auth import User
from common.db import Database
from common.errors import InvalidInput
from common.times import Clock, utc_now
from handoff import contact_store, person_store
from handoff.model import Level


class Contacts:
    """One method, one transaction."""

    def __init__(self, db: Database, *, now: Clock = utc_now) -> None:
        self._db = db
        self._now = now

    async def set_level(self, contact_id: str, level: str, user: User) -> Level:
        """Write a customer's level, on all accounts of theirs.

        Raises:
            InvalidInput: no such level (`level_unknown`).
            NotFound: no such contact (`contact_unknown`).
        """
        if level not in list(Level):
            raise InvalidInput("level must be vip or empty", code="level_unknown")
        async with self._db.begin() as conn:
            # Whoever is not there cannot be held.
            await contact_store.get_contact(conn, contact_id)
            person_id, contact_ids = await person_store.hold_person(conn, contact_id)
            before = await contact_store.get_contact(conn, contact_id)
            if before.level != level:
                await contact_store.save_contact_details(conn, contact_ids, {"level": level})
                await events.append(
                    conn,
                    "contact.level_changed",
                    actor=f"user:{user.id}",
                    data={"contact_id": contact_id, "person_id": person_id, "level": level},
                    now=self._now(),
                )
        return Level(level)
