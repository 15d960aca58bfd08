from datetime import datetime
from zoneinfo import ZoneInfo

from tickets import draft, model
from tickets.model import NewTicket

NOW = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_words_for_times_mean_what_they_meant_when_they_were_said():
    said = {"since": "昨晚八点", "hoped_time": "明天上午", "purchase_date": "去年1月"}
    slots = {"symptom": "开不了机", **said, **draft.meanings(said, NOW)}

    fields = draft.ticket_fields(slots)

    assert fields["began"].at == datetime(2026, 3, 9, 20, tzinfo=NOW.tzinfo)
    assert fields["hoped"].at == datetime(2026, 3, 11, 8, tzinfo=NOW.tzinfo)
    assert fields["details"] == {"purchase_date": "去年1月", "warranty": "out"}


def test_words_that_name_no_time_empty_what_was_meant_before():
    assert draft.meanings({"since": "不清楚"}, NOW) == {"since_at": None}
    assert draft.meanings({"purchase_date": "不清楚"}, NOW) == {"warranty": "unknown"}
    assert draft.meanings({"place": "望江路8号"}, NOW) == {}


def test_the_fields_make_a_ticket():
    slots = {"fault_type": "billing", "symptom": "多扣钱", "amount": "二十块", "confirmed": True}
    new = model.checked(NewTicket("c", "k", "webchat", "fault", **draft.ticket_fields(slots)))
    assert (new.symptom, new.fault_type) == ("多扣钱", "billing")
    assert new.details == {"amount": "二十块"}
