"""All tables in one place: importing this module declares every one on `metadata`."""

from __future__ import annotations

import common.auth
import common.events
import handoff.agent_store
import handoff.desk_store
import handoff.note_store
import handoff.store
import handoff.team_store
import knowledgebase.store
import tickets.store
from common.db import metadata

__all__ = ["common", "handoff", "knowledgebase", "metadata", "tickets"]
