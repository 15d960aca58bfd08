"""The fault form's brain, as a table of what customers write, polite and rude."""

import pytest

from tickets import intake
from tickets.intake import Kind

BEGUN = {"fault_type": "broadband", "symptom": "宽带断了"}
FULL = {
    **BEGUN,
    "since": "昨晚",
    "place": "望江路8号3栋502",
    "shown": "光猫亮红灯",
    "contact_name": "李磊",
    "phone": "13900139000",
    "hoped_time": "今天下午",
}


def read(requested, text, intent="", slots=None):
    known = FULL if requested == "confirmed" else BEGUN
    return intake.read_answer(requested, text, intent, known if slots is None else slots)


def without(*names):
    return {name: value for name, value in FULL.items() if name not in names}


# --- the first words ---------------------------------------------------------------------------


def test_the_first_words_fill_all_they_hold():
    assert intake.read_first_words("我家宽带昨晚就断了，在望江路8号3栋502，电话13800138000") == {
        "fault_type": "broadband",
        "symptom": "我家宽带昨晚就断了",
        "since": "昨晚",
        "place": "望江路8号3栋502",
        "phone": "13800138000",
    }


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("我要报修", {}),
        ("你好", {}),
        ("报修宽带", {"fault_type": "broadband"}),
        ("网络有问题", {"fault_type": "broadband", "symptom": "网络有问题"}),
        (
            "今天下午网断了",
            {"fault_type": "broadband", "symptom": "今天下午网断了", "since": "今天下午"},
        ),
        (
            "电视坏了快来修，明天上午我在家",
            {"fault_type": "iptv", "symptom": "电视坏了快来修", "hoped_time": "明天上午"},
        ),
        (
            "你们这什么破网，三天两头断，气死我了！",
            {"fault_type": "broadband", "symptom": "你们这什么破网，三天两头断，气死我了"},
        ),
        (
            "您好，我姓王，手机在望江路8号没信号，麻烦尽快处理，谢谢",
            {
                "fault_type": "signal",
                "symptom": "手机没信号",
                "place": "望江路8号",
                "contact_name": "王",
                "hoped_time": "尽快",
            },
        ),
    ],
)
def test_only_what_was_really_said_is_taken_from_the_first_words(text, values):
    assert intake.read_first_words(text) == values


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requested", "text", "value"),
    [
        ("symptom", "宽带断了", "宽带断了"),
        ("symptom", "上不去网", "上不去网"),
        ("symptom", "信号只有一格", "信号只有一格"),
        ("symptom", "不知道怎么回事就是上不了网", "不知道怎么回事就是上不了网"),
        ("symptom", "宽带断了怎么办？", "宽带断了怎么办？"),
        ("symptom", "一打游戏就460", "一打游戏就460"),
        ("symptom", "网速慢得像蜗牛，什么破网", "网速慢得像蜗牛，什么破网"),
        ("symptom", "画面一卡一卡的", "画面一卡一卡的"),
        ("since", "昨晚八点左右", "昨晚八点左右"),
        ("since", "今天早上", "今天早上"),
        ("since", "不知道，前天起来就没网了", "前天"),
        ("since", "停电之后", "停电之后"),
        ("since", "装好就这样", "装好就这样"),
        ("since", "两三天了", "两三天了"),
        ("since", "下雨那天", "下雨那天"),
        ("since", "早就坏了！！你们才来问", "早就"),
        ("place", "望江路8号3栋502", "望江路8号3栋502"),
        ("place", "我家在江边小区", "江边小区"),
        ("place", "幸福小区", "幸福小区"),
        ("place", "人民广场地铁站C口", "人民广场地铁站C口"),
        ("place", "家乐福超市旁边", "家乐福超市旁边"),
        ("place", "No.8 Wangjiang Road, Room 502", "No.8 Wangjiang Road, Room 502"),
        ("contact_name", "李雷", "李雷"),
        ("contact_name", "就写李雷吧", "李雷"),
        ("contact_name", "我叫李雷，谢谢", "李雷"),
        ("contact_name", "王先生", "王先生"),
        ("contact_name", "小王", "小王"),
        ("contact_name", "Tom Lee", "Tom Lee"),
        ("contact_name", "阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        ("contact_name", "李", "李"),
        ("phone", "13800138000", "13800138000"),
        ("phone", "我的电话是138 0013 8000谢谢", "13800138000"),
        ("phone", "一三八零零一三八零零零", "13800138000"),
        ("phone", "010-88886666转801", "010-88886666转801"),
        ("phone", "打我老婆的，13900139000", "13900139000"),
        ("hoped_time", "明天下午", "明天下午"),
        ("hoped_time", "越快越好", "越快越好"),
        ("hoped_time", "只有周末在家", "周末"),
        ("hoped_time", "9点到11点", "9点到11点"),
        ("hoped_time", "今晚八点前必须来！", "今晚八点前"),
        ("hoped_time", "赶紧的", "赶紧的"),
        ("hoped_time", "不急", "不急"),
    ],
)
def test_a_bare_answer_goes_to_the_question_asked(requested, text, value):
    slots = {} if requested == "symptom" else BEGUN
    reading = read(requested, text, slots=slots)
    assert reading.kind is Kind.ANSWER
    assert reading.values[requested] == value
    assert reading.problem is None


@pytest.mark.parametrize("words", ["不知道", "不清楚", "随便", "都行", "记不得了", "看你们安排"])
@pytest.mark.parametrize("requested", ["since", "hoped_time"])
def test_not_knowing_is_an_answer_where_the_field_allows_it(requested, words):
    assert read(requested, words).values == {requested: words}


@pytest.mark.parametrize(
    ("requested", "text", "problem", "example"),
    [
        ("symptom", "不知道", "symptom_needed", "symptom"),
        ("symptom", "对", "symptom_needed", "symptom"),
        ("symptom", "👍", "symptom_needed", "symptom"),
        ("symptom", "坏了", "symptom_too_vague", "symptom"),
        ("symptom", "我要报修", "symptom_too_vague", "symptom"),
        ("symptom", "电视", "symptom_too_vague", "symptom"),
        ("since", "8", "since_unclear", "since"),
        ("since", "对", "since_unclear", "since"),
        ("since", "关你什么事", "since_unclear", "since"),
        ("place", "我家", "place_too_vague", "place"),
        ("place", "家里啊还能在哪", "place_too_vague", "place"),
        ("place", "502", "place_too_vague", "place"),
        ("place", "不知道", "place_needed", "place"),
        ("place", "是的", "place_needed", "place"),
        ("place", "快点修啊", "place_needed", "place"),
        ("place", "垃圾公司", "place_needed", "place"),
        ("place", "你们不会自己查啊", "place_needed", "place"),
        ("contact_name", "不知道", "name_needed", "contact_name"),
        ("contact_name", "对", "name_needed", "contact_name"),
        ("contact_name", "关你屁事", "name_unclear", "contact_name"),
        (
            "contact_name",
            "张三李四王五赵六钱七孙八周九吴十郑十一王十二",
            "name_too_long",
            "contact_name",
        ),
        ("phone", "1380013800", "phone_too_short", "mobile"),
        ("phone", "138001380001", "phone_too_long", "mobile"),
        ("phone", "12800138000", "phone_unknown", "mobile"),
        ("phone", "88886666", "phone_area_code_missing", "landline"),
        ("phone", "4008123123", "phone_not_reachable", "mobile"),
        ("phone", "+85291234567", "phone_foreign", "mobile"),
        ("phone", "李雷", "phone_not_a_number", "mobile"),
        ("phone", "不知道", "phone_needed", "mobile"),
        ("phone", "我不想给", "phone_needed", "mobile"),
        ("hoped_time", "好的", "hoped_time_unclear", "hoped_time"),
        ("hoped_time", "？", "hoped_time_unclear", "hoped_time"),
        ("confirmed", "滚", "confirm_unclear", "fields"),
    ],
)
def test_an_unusable_answer_sets_nothing_and_says_why(requested, text, problem, example):
    reading = read(requested, text, slots={} if requested == "symptom" else None)
    assert reading.kind is Kind.UNCLEAR
    assert (reading.problem, reading.example) == (problem, example)
    assert reading.values == {}


def test_a_time_to_come_is_no_beginning_and_is_kept_as_the_hoped_time():
    reading = read("since", "明天")
    assert reading.values == {"hoped_time": "明天"}
    assert reading.problem == "since_in_future"


def test_a_time_that_is_over_is_no_hope():
    reading = read("hoped_time", "昨天就该来了", slots=without("hoped_time"))
    assert reading.problem == "hoped_time_past"
    assert reading.values == {}


@pytest.mark.parametrize(
    ("requested", "text", "values"),
    [
        (
            "since",
            "昨天晚上，我叫李雷，电话13800138000",
            {"since": "昨天晚上", "contact_name": "李雷", "phone": "13800138000"},
        ),
        (
            "place",
            "望江路8号，电话13800138000，明天下午来",
            {"place": "望江路8号", "phone": "13800138000", "hoped_time": "明天下午"},
        ),
        ("contact_name", "李雷，13800138000", {"contact_name": "李雷", "phone": "13800138000"}),
        (
            "contact_name",
            "联系我老婆，李梅，电话13900139000",
            {"contact_name": "李梅", "phone": "13900139000"},
        ),
        (
            "phone",
            "打我老婆的，13900139000，她叫李梅",
            {"phone": "13900139000", "contact_name": "李梅"},
        ),
    ],
)
def test_several_facts_in_one_message_are_all_taken(requested, text, values):
    assert read(requested, text).values == values


@pytest.mark.parametrize("requested", ["since", "place", "contact_name", "hoped_time", "symptom"])
def test_a_phone_number_is_only_ever_a_phone_number(requested):
    reading = read(requested, "13800138000", slots={})
    assert reading.values == {"phone": "13800138000"}
    assert reading.problem is None


def test_a_time_alone_is_not_stored_as_a_place_or_a_name():
    assert read("place", "明天上午").values == {"hoped_time": "明天上午"}
    assert read("contact_name", "明天上午").values == {"hoped_time": "明天上午"}


def test_a_symptom_told_late_says_what_kind_of_fault_it_is():
    reading = read("symptom", "电视没声音，昨晚开始的", slots={"fault_type": "other"})
    assert reading.values == {"symptom": "电视没声音", "fault_type": "iptv", "since": "昨晚开始"}


def test_words_beyond_a_fields_length_are_cut():
    reading = read("symptom", "网断了" * 700, slots={})
    assert len(reading.values["symptom"]) == 500


# --- corrections -------------------------------------------------------------------------------


@pytest.mark.parametrize("requested", ["confirmed", "hoped_time"])
@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("电话不对，是13800138000", "phone", "13800138000"),
        ("电话错了，13800138000", "phone", "13800138000"),
        ("不是13900139000，是13800138000", "phone", "13800138000"),
        ("号码少写了一位，应该是13800138000", "phone", "13800138000"),
        ("你们把电话记错了！是0571-88886666", "phone", "0571-88886666"),
        ("地址改成望江路9号", "place", "望江路9号"),
        ("把地址改成滨江区江南大道100号", "place", "滨江区江南大道100号"),
        ("地址错了，应该是望江路9号", "place", "望江路9号"),
        ("名字写错了，是李雷", "contact_name", "李雷"),
        ("联系人改成韩梅梅", "contact_name", "韩梅梅"),
        ("联系人是李雷不是李磊", "contact_name", "李雷"),
        ("时间改明天下午", "hoped_time", "明天下午"),
        ("开始时间不对，是前天", "since", "前天"),
        ("不是昨晚，是前天", "since", "前天"),
        ("故障现象改成电视没信号", "symptom", "电视没信号"),
    ],
)
def test_a_field_is_corrected_in_free_words_at_any_time(requested, text, slot, value):
    reading = read(requested, text, "correct_field", FULL)
    assert reading.values[slot] == value
    assert reading.corrected == (slot,)
    assert "confirmed" not in reading.values
    assert reading.kind is Kind.ANSWER
    assert reading.problem is None


@pytest.mark.parametrize(
    ("text", "unset"),
    [
        ("电话不对", ("phone",)),
        ("地址错了", ("place",)),
        ("名字和电话都错了", ("phone", "contact_name")),
        ("我要改一下地址", ("place",)),
        ("时间不对", ("hoped_time",)),
        ("对，就是电话错了", ("phone",)),
    ],
)
def test_a_field_that_is_wrong_without_the_right_value_is_asked_again(text, unset):
    reading = read("confirmed", text)
    assert reading.unset == unset
    assert reading.values == {}
    assert reading.problem is None


def test_a_correction_with_an_invalid_number_says_what_is_wrong_with_it():
    reading = read("confirmed", "电话错了，是1380013800")
    assert reading.unset == ("phone",)
    assert reading.problem == "phone_too_short"


def test_a_correction_leaves_the_question_asked_open():
    reading = read("place", "时间不对，是前天晚上", slots=without("place"))
    assert reading.values == {"since": "前天晚上"}
    assert reading.problem is None


def test_a_broken_phone_is_a_symptom_and_no_wrong_number():
    reading = read("symptom", "电话打不出去", slots={"phone": "13900139000"})
    assert reading.values["symptom"] == "电话打不出去"
    assert reading.unset == ()


def test_a_place_mentioned_in_passing_replaces_nothing():
    reading = read("hoped_time", "明天上午，下午我要去望江路9号", slots=without("hoped_time"))
    assert reading.values == {"hoped_time": "明天上午"}


# --- the confirmation --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "对",
        "对的",
        "是的",
        "没错",
        "确认",
        "可以",
        "嗯嗯",
        "没问题",
        "信息无误",
        "都对",
        "好的，快点",
        "行吧",
        "OK",
        "确认提交",
        "电话就是13900139000，对的",
    ],
)
def test_the_customer_confirms(text):
    assert read("confirmed", text, "affirm").values == {"confirmed": True}
    assert read("confirmed", text).values == {"confirmed": True}


@pytest.mark.parametrize("text", ["不对", "不是", "不对不对", "有错", "等一下", "信息不对啊"])
def test_a_plain_no_leads_to_the_question_what_is_wrong(text):
    reading = read("confirmed", text, "deny")
    assert reading.problem == "what_is_wrong"
    assert "confirmed" not in reading.values


def test_a_yes_with_a_correction_confirms_nothing_yet():
    reading = read("confirmed", "对的，不过电话改成13800138000", "affirm")
    assert reading.values == {"phone": "13800138000"}
    assert reading.corrected == ("phone",)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("不对，是李雷", {"contact_name": "李雷"}),
        ("是李雷不是李磊", {"contact_name": "李雷"}),
        ("不对，是电视看不了", {"symptom": "电视看不了", "fault_type": "iptv"}),
    ],
)
def test_a_no_that_names_no_field_shows_by_its_words_which_one(text, values):
    assert read("confirmed", text, "deny").values == values


def test_an_intent_alone_confirms_only_without_a_word_against_it():
    assert read("confirmed", "就按你说的办", "affirm").values == {"confirmed": True}
    assert read("confirmed", "我可没说过这话", "affirm").values == {}


# --- interruptions -----------------------------------------------------------------------------


@pytest.mark.parametrize("requested", intake.FORM_SLOTS)
@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("怎么查话费？", "enquiry"),
        ("请问套餐多少钱", "enquiry"),
        ("转人工", "request_human"),
        ("给我转人工！！", "request_human"),
        ("取消", "cancel"),
        ("算了不报了", "cancel"),
        ("我要投诉你们", "complaint"),
        ("我上次的工单到哪一步了", "ticket_status"),
        ("你是机器人吗", "bot_challenge"),
        ("你好", "greet"),
        ("谢谢", "thanks"),
    ],
)
def test_what_is_no_answer_interrupts_and_sets_nothing(requested, text, intent):
    reading = read(requested, text, intent, slots={} if requested == "symptom" else None)
    assert reading.kind is Kind.INTERRUPTION
    assert reading.values == {}
    assert reading.problem is None


@pytest.mark.parametrize("text", ["转人工", "找真人客服", "取消", "算了"])
def test_a_person_or_the_way_out_needs_no_classifier(text):
    assert read("contact_name", text, "").kind is Kind.INTERRUPTION


@pytest.mark.parametrize(
    ("requested", "text", "intent"),
    [
        ("contact_name", "李雷", "request_human"),
        ("contact_name", "李雷", "out_of_scope"),
        ("place", "望江路8号3栋502", "ticket_status"),
        ("since", "昨晚八点左右", "enquiry"),
        ("since", "几天前", "enquiry"),
        ("phone", "13800138000", "cancel"),
        ("hoped_time", "明天下午", "greet"),
        ("symptom", "宽带为什么这么慢", "enquiry"),
    ],
)
def test_a_wrong_guess_of_the_classifier_loses_no_answer(requested, text, intent):
    reading = read(requested, text, intent, slots={} if requested == "symptom" else None)
    assert reading.kind is Kind.ANSWER
    assert requested in reading.values


def test_a_question_keeps_the_phone_number_said_with_it():
    reading = read("place", "我电话13800138000，你们怎么收费？", "enquiry")
    assert reading.kind is Kind.INTERRUPTION
    assert reading.values == {"phone": "13800138000"}


def test_a_number_asked_about_replaces_none():
    reading = read("hoped_time", "13800138000是你们的客服电话吗？", "enquiry", FULL)
    assert reading.kind is Kind.INTERRUPTION
    assert reading.values == {}


def test_a_time_in_a_question_is_not_taken():
    assert read("place", "你们明天上班吗？", "enquiry").values == {}


def test_with_nothing_asked_facts_are_taken_all_the_same():
    assert read(None, "电话13800138000", slots={}).values == {"phone": "13800138000"}
    assert read(None, "今天天气", slots={}).kind is Kind.UNCLEAR
    assert read(None, "你好", "greet", slots={}).kind is Kind.INTERRUPTION


@pytest.mark.parametrize("words", ["没解决", "还是没解决啊", "没用", "根本没用！"])
def test_a_verdict_is_no_time_since_when(words: str):
    reading = intake.read_answer("since", words, "not_solved", {"symptom": "宽带断了"})

    assert reading.kind is Kind.INTERRUPTION
    assert "since" not in reading.values


@pytest.mark.parametrize("words", ["不是姓王，姓李", "不姓王，姓李", "不是姓王是姓李"])
def test_a_surname_is_corrected_by_saying_which_it_is_not(words: str):
    known = {"symptom": "宽带断了", "contact_name": "王", "phone": "13800138000"}

    reading = intake.read_answer("confirmed", words, "correct_field", known)

    assert reading.values["contact_name"] == "李"
