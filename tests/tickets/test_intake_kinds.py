"""The form's brain with the facts that only some kinds of fault need, and with a clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tickets import intake
from tickets.intake import Kind

NOW = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
PHONE = {"fault_type": "device", "symptom": "手机开不了机"}
SIGNAL = {"fault_type": "signal", "symptom": "手机没信号"}
CHARGE = {"fault_type": "billing", "symptom": "多扣了钱", "phone": "13800138000"}
LINE = {"fault_type": "broadband", "symptom": "宽带断了"}
LANDLINE = {"fault_type": "landline", "symptom": "座机没声音", "phone": "13800138000"}
FULL_PHONE = {
    **PHONE,
    "device_model": "华为 Mate 60",
    "serial_number": "AB12CD34",
    "imei": "490154203237518",
    "purchase_date": "去年双十一",
    "since": "昨晚",
    "contact_name": "李磊",
    "phone": "13900139000",
}


def read(requested, text, slots, intent="", now=NOW):
    return intake.read_answer(requested, text, intent, slots, now)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "手机是iPhone 15，充不进电，上个月买的",
            {"fault_type": "device", "device_model": "iPhone 15", "purchase_date": "上个月"},
        ),
        (
            "你们又乱扣费！上个月多扣我38.5元，还钱",
            {"fault_type": "billing", "amount": "38.5元", "since": "上个月"},
        ),
        (
            "小米14在家没信号，显示无服务，换了手机也一样",
            {
                "fault_type": "signal",
                "device_model": "小米14",
                "shown": "显示无服务",
                "other_phone": "换了手机也一样",
            },
        ),
        ("机顶盒显示E04", {"fault_type": "iptv", "shown": "显示E04"}),
        (
            "苹果手机iphone13promax充电没反应，买了不到一年",
            {
                "fault_type": "device",
                "device_model": "苹果手机iphone13promax",
                "purchase_date": "不到一年",
            },
        ),
        ("光猫红灯闪，上不了网", {"fault_type": "broadband", "shown": "光猫红灯闪"}),
        ("座机0571-88886666没声音", {"fault_type": "landline", "service_number": "0571-88886666"}),
        ("宽带账号hz057188上不去网了", {"fault_type": "broadband", "account": "hz057188"}),
    ],
)
def test_the_first_words_fill_what_this_kind_of_fault_needs(text, values):
    said = intake.read_first_words(text, NOW)
    assert said.pop("symptom")
    assert said == values


def test_an_amount_counts_only_where_money_is_the_matter():
    assert "amount" not in intake.read_first_words("手机屏幕碎了，修一次要我500块，没良心", NOW)


@pytest.mark.parametrize(
    ("requested", "slots", "text", "values"),
    [
        ("shown", LINE, "光猫亮红灯", {"shown": "光猫亮红灯"}),
        ("shown", LINE, "没有", {"shown": "没有"}),
        ("shown", LINE, "对，亮红灯", {"shown": "对，亮红灯"}),
        (
            "shown",
            LINE,
            "望江路8号，明天上午来，光猫亮红灯",
            {"shown": "光猫亮红灯", "place": "望江路8号", "hoped_time": "明天上午"},
        ),
        ("shown", LINE, "没注意", {"shown": "没注意"}),
        ("shown", LINE, "我哪知道什么灯！", {"shown": "我哪知道什么灯"}),
        ("shown", LINE, "提示连接失败，代码691", {"shown": "提示连接失败，代码691"}),
        ("device_model", PHONE, "华为 Mate 60 Pro", {"device_model": "华为 Mate 60 Pro"}),
        ("device_model", PHONE, "就是个老年机", {"device_model": "就是个老年机"}),
        ("device_model", PHONE, "不清楚", {"device_model": "不清楚"}),
        (
            "device_model",
            SIGNAL,
            "小米14，换了手机也没信号",
            {"device_model": "小米14", "other_phone": "换了手机也没信号"},
        ),
        ("serial_number", PHONE, "2102ab3c4d5e", {"serial_number": "2102AB3C4D5E"}),
        ("serial_number", PHONE, "SN 2102AB3C4D5E", {"serial_number": "2102AB3C4D5E"}),
        ("serial_number", PHONE, "490154203237518", {"imei": "490154203237518"}),
        ("serial_number", PHONE, "找不到", {"serial_number": "找不到"}),
        ("serial_number", PHONE, "懒得找，不知道", {"serial_number": "懒得找，不知道"}),
        ("purchase_date", PHONE, "去年双十一", {"purchase_date": "去年双十一"}),
        ("purchase_date", PHONE, "2025年3月", {"purchase_date": "2025年3月"}),
        ("purchase_date", PHONE, "买了半年", {"purchase_date": "半年"}),
        ("purchase_date", PHONE, "早忘了", {"purchase_date": "早忘了"}),
        ("amount", CHARGE, "二十多块吧", {"amount": "二十多块"}),
        ("amount", CHARGE, "38.5", {"amount": "38.5"}),
        ("amount", CHARGE, "不清楚", {"amount": "不清楚"}),
        ("amount", CHARGE, "我哪知道，你们自己算", {"amount": "我哪知道"}),
        ("service_number", CHARGE, "本机", {"service_number": "13800138000"}),
        ("service_number", CHARGE, "就是这个号，废什么话", {"service_number": "13800138000"}),
        ("service_number", CHARGE, "13900139000", {"service_number": "13900139000"}),
        ("service_number", LANDLINE, "0571-88886666", {"service_number": "0571-88886666"}),
        ("phone", {**LANDLINE, "phone": None}, "座机0571-88886666", {"phone": "0571-88886666"}),
        ("since", CHARGE, "3月份的账单", {"since": "3月份"}),
    ],
)
def test_a_bare_answer_goes_to_the_question_asked(requested, slots, text, values):
    reading = read(requested, text, slots)
    assert reading.kind is Kind.ANSWER
    assert reading.values == values
    assert reading.problem is None


@pytest.mark.parametrize(
    ("requested", "slots", "text", "problem"),
    [
        ("shown", LINE, "好的", "shown_unclear"),
        ("device_model", PHONE, "对", "device_model_unclear"),
        ("serial_number", PHONE, "490154203237519", "imei_wrong"),
        ("serial_number", PHONE, "有", "serial_unclear"),
        ("purchase_date", PHONE, "明年", "purchase_in_future"),
        ("purchase_date", PHONE, "8", "purchase_unclear"),
        ("amount", CHARGE, "你说呢", "amount_unclear"),
        ("service_number", CHARGE, "1380013800", "phone_too_short"),
        ("service_number", LANDLINE, "88886666", "phone_area_code_missing"),
        ("since", LINE, "明天开始坏的", "since_in_future"),
        ("since", LINE, "今天下午五点", "since_in_future"),
        ("hoped_time", LINE, "今天上午", "hoped_time_past"),
    ],
)
def test_an_unusable_answer_sets_nothing_and_says_why(requested, slots, text, problem):
    reading = read(requested, text, slots)
    assert (reading.kind, reading.problem) == (Kind.UNCLEAR, problem)
    assert reading.values == {}


def test_asked_since_when_a_wish_is_a_wish_and_no_wrong_beginning():
    reading = read("since", "明天上午来吧，我姓李", LINE)
    assert reading.values == {"contact_name": "李", "hoped_time": "明天上午"}
    assert reading.problem is None


def test_more_of_what_is_wrong_is_no_model():
    reading = read("device_model", "屏幕也碎了", PHONE)
    assert reading.values == {"symptom": "手机开不了机；屏幕也碎了"}


def test_where_the_serial_number_stands_is_a_question():
    reading = read("serial_number", "序列号在哪里看啊？", PHONE, "enquiry")
    assert reading.kind is Kind.INTERRUPTION


@pytest.mark.parametrize("requested", ["confirmed", "contact_name"])
@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("型号不对，是小米13", {"device_model": "小米13"}),
        ("型号写错了！是 ZX-200", {"device_model": "ZX-200"}),
        ("序列号错了，应该是XYZ98765", {"serial_number": "XYZ98765"}),
        ("IMEI不对，是356938035643809", {"imei": "356938035643809"}),
        ("购买时间不对，是今年1月", {"purchase_date": "今年1月"}),
    ],
)
def test_a_detail_is_corrected_in_free_words_at_any_time(requested, text, values):
    slots = FULL_PHONE if requested == "confirmed" else {**FULL_PHONE, "contact_name": None}
    reading = read(requested, text, slots, "correct_field")
    assert reading.values == values
    assert reading.corrected == tuple(values)


def test_the_number_concerned_is_corrected_apart_from_the_number_to_call():
    slots = {**CHARGE, "service_number": "13800138000"}
    assert read("confirmed", "业务号码不对，是13900139000", slots).values == {
        "service_number": "13900139000"
    }
    assert read("confirmed", "联系电话改成13900139000", slots).values == {"phone": "13900139000"}


def test_another_phone_that_was_tried_takes_no_number_back():
    slots = {**SIGNAL, "phone": "13800138000", "place": "望江路8号"}
    assert read("confirmed", "换了手机也没信号", slots).unset == ()


@pytest.mark.parametrize(
    ("text", "unset"),
    [
        ("电话", "phone"),
        ("地址", "place"),
        ("名字", "contact_name"),
        ("改电话", "phone"),
        ("我要改地址", "place"),
        ("那个名字吧", "contact_name"),
        ("时间", "hoped_time"),
        ("开始时间", "since"),
        ("联系电话！", "phone"),
    ],
)
def test_the_name_of_a_field_alone_is_a_wish_to_change_it(text, unset):
    slots = {
        **LINE,
        "since": "昨晚",
        "place": "望江路8号",
        "contact_name": "李磊",
        "phone": "13900139000",
        "hoped_time": "明天",
    }
    reading = read("confirmed", text, slots)
    assert (reading.kind, reading.unset, reading.values) == (Kind.ANSWER, (unset,), {})
    assert reading.problem is None


@pytest.mark.parametrize("requested", ["since", "place", "confirmed"])
def test_another_kind_of_fault_replaces_the_symptom_and_the_kind(requested):
    reading = read(requested, "不是宽带，是电视看不了", LINE)
    assert reading.values == {"symptom": "电视看不了", "fault_type": "iptv"}


def test_an_impossible_time_said_in_passing_is_not_kept():
    reading = read("place", "望江路8号，今天下午五点断的", LINE)
    assert (reading.kind, reading.values["place"]) == (Kind.ANSWER, "望江路8号")
    assert "since" not in reading.values
    assert "since" not in intake.read_first_words("今晚八点网断了", NOW)
    assert intake.read_first_words("今早八点网断了", NOW)["since"] == "今早八点"


def test_without_a_clock_no_time_is_refused():
    assert read("since", "今天下午五点", LINE, now=None).values == {"since": "今天下午五点"}
