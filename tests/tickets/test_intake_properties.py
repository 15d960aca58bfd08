"""Rules that hold whatever a customer writes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tickets import intake, phones
from tickets.model import MAX_LENGTHS, FaultType
from tickets.questions import FIELDS
from tickets.text import fold

WORDS = """
我家 宽带 断了 昨晚 八点 左右 明天 下午 在 望江路8号 3栋502 地址 电话 名字 时间 不对 改成 是 不是
我叫 李雷 王先生 13800138000 1380013800 0571-88886666转801 20260213-0007 怎么查话费 ？ ， 。
对的 不过 转人工 取消 谢谢 随便 不知道 😀 𠮷 １３８ ( ) 转 -
小米14 型号 序列号 SN AB12CD34 490154203237518 去年双十一 买的 多扣 二十块 38.5元
光猫红灯 提示 无服务
换了手机 座机 没声音 宽带账号 本机 没有 电视看不了
"""
NOW = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
PIECES = st.sampled_from([*WORDS.split(), "\n"])
MESSAGES = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map("".join))
SLOTS = st.fixed_dictionaries(
    {},
    optional={
        "fault_type": st.sampled_from(list(FaultType)),
        "symptom": st.just("宽带断了"),
        "device_model": st.just("华为 Mate 60"),
        "imei": st.just("490154203237518"),
        "amount": st.just("二十块"),
        "since": st.just("昨晚"),
        "place": st.just("望江路8号"),
        "contact_name": st.just("李磊"),
        "phone": st.just("13900139000"),
        "hoped_time": st.just("今天下午"),
    },
)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(st.sampled_from([None, *intake.FORM_SLOTS]), MESSAGES, SLOTS)
def test_any_message_is_read_into_clean_fields(requested, text, slots):
    reading = intake.read_answer(requested, text, "", slots, NOW)
    for name, value in reading.values.items():
        if name == "confirmed":
            assert value is True
            continue
        assert name in (*FIELDS, "fault_type")
        assert value.strip()
        assert "\0" not in value
        assert len(value) <= MAX_LENGTHS.get(name, 16)
        if name == "phone":
            assert phones.parse(value).national == value
        elif name not in ("fault_type", "service_number", "account"):
            assert not phones.find_phones(value)
    assert not set(reading.unset) & set(reading.values)
    assert set(reading.unset) <= set(slots)
    assert set(reading.corrected) <= set(reading.values)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=200))
def test_folding_never_moves_a_character(text):
    assert len(fold(text)) == len(text)
