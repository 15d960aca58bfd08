"""Builders that show only what matters to a test."""

from datetime import UTC, datetime

from tickets.model import NewTicket, TicketType

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai, a Tuesday


def a_new_ticket(**changes):
    fields = {
        "conversation_id": "webchat-01",
        "contact_id": "contact-1",
        "channel": "webchat",
        "type": TicketType.FAULT,
        "fault_type": "broadband",
        "symptom": "宽带断了",
        "since": "昨晚",
        "place": "望江路8号3栋502",
        "contact_name": "李雷",
        "phone": "13800138000",
        "hoped_time": "明天下午",
    }
    return NewTicket(**fields | changes)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now=NOON):
        self.now = now

    def __call__(self):
        return self.now
