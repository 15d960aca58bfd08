"""What each kind of fault is asked for, and what is read back."""

import pytest

from tickets import questions
from tickets.model import FaultType

ASKED = {
    "broadband": "symptom since place shown contact_name phone hoped_time",
    "iptv": "symptom since place shown contact_name phone hoped_time",
    "landline": "symptom since place contact_name phone service_number hoped_time",
    "signal": "symptom since place shown device_model contact_name phone",
    "device": "symptom device_model serial_number purchase_date since contact_name phone",
    "billing": "symptom amount since contact_name phone service_number",
    "other": "symptom since place contact_name phone hoped_time",
}


@pytest.mark.parametrize("fault_type", FaultType)
def test_each_kind_of_fault_is_asked_what_its_case_needs_in_order(fault_type):
    assert questions.missing({"fault_type": fault_type}) == ASKED[fault_type].split()


@pytest.mark.parametrize("fault_type", FaultType)
def test_nobody_is_asked_more_than_seven_questions(fault_type):
    assert len(questions.missing({"fault_type": fault_type})) <= 7


def test_without_a_kind_only_what_any_fault_needs_is_asked():
    assert questions.missing({}) == ASKED["other"].split()


def test_what_is_known_is_not_asked():
    known = {"fault_type": "billing", "symptom": "多扣钱", "amount": "二十块", "phone": "1"}
    assert questions.missing(known) == ["since", "contact_name", "service_number"]


def test_an_imei_does_for_a_serial_number():
    known = {"fault_type": "device", "imei": "490154203237518"}
    assert "serial_number" not in questions.missing(known)


@pytest.mark.parametrize(("phone", "asked"), [("13800138000", True), ("0571-88886666", False)])
def test_who_is_called_on_a_landline_means_that_one(phone, asked):
    known = {"fault_type": "landline", "phone": phone}
    assert ("service_number" in questions.missing(known)) is asked


def test_the_form_ends_when_everything_is_known_and_confirmed():
    known = dict.fromkeys(ASKED["billing"].split(), "x") | {"fault_type": "billing"}
    assert questions.next_question({"fault_type": "billing"}) == "symptom"
    assert questions.next_question(known) == "confirmed"
    assert questions.next_question(known | {"confirmed": True}) is None


def test_only_the_rows_of_that_kind_are_read_back():
    said = {
        "fault_type": "device",
        "symptom": "开不了机",
        "place": "望江路8号",
        "hoped_time": "尽快",
        "device_model": "小米14",
        "imei": "490154203237518",
        "purchase_date": "去年1月",
        "warranty": "out",
        "phone": "13800138000",
    }
    assert [(row.label, row.value) for row in questions.read_back(said)] == [
        ("故障现象", "开不了机"),
        ("设备型号", "小米14"),
        ("IMEI", "490154203237518"),
        ("购买时间", "去年1月"),
        ("保修", "可能已过保修期"),
        ("联系电话", "13800138000"),
    ]


def test_a_field_is_called_what_it_is_in_that_kind_of_fault():
    billing = {"fault_type": "billing", "symptom": "多扣钱", "since": "上个月"}
    assert [row.label for row in questions.read_back(billing)] == ["费用问题", "发生时间"]
    assert [row.label for row in questions.read_back(billing, "en")] == ["What was charged", "When"]
    assert questions.field_label("since", {"fault_type": "iptv"}) == "开始时间"
