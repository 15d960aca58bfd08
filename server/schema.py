"""All tables in one place: importing this module declares every one on `metadata`."""

from __future__ import annotations

import channels.outbox_store
import channels.wechat.account_store
import channels.wechat.customer_store
import channels.wechat.inbox_store
import channels.wechat.kf_store
import channels.wechat.media_store
import channels.wechat.reminder_store
import channels.wechat.union_store
import common.auth
import common.events
import handoff.agent_store
import handoff.canned_store
import handoff.contact_store
import handoff.desk_store
import handoff.duty_store
import handoff.note_store
import handoff.person_store
import handoff.store
import handoff.supervision_store
import handoff.team_store
import knowledgebase.store
import tickets.store
import webhooks.store
from common.db import metadata

__all__ = ["channels", "common", "handoff", "knowledgebase", "metadata", "tickets", "webhooks"]
