"""Rules that hold whatever a customer writes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tickets import intake, phones
from tickets.model import MAX_LENGTHS
from tickets.text import fold

WORDS = """
我家 宽带 断了 昨晚 八点 左右 明天 下午 在 望江路8号 3栋502 地址 电话 名字 时间 不对 改成 是 不是
我叫 李雷 王先生 13800138000 1380013800 0571-88886666转801 20260213-0007 怎么查话费 ？ ， 。
对的 不过 转人工 取消 谢谢 随便 不知道 😀 𠮷 １３８ ( ) 转 -
"""
PIECES = st.sampled_from([*WORDS.split(), "\n"])
MESSAGES = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map("".join))
SLOTS = st.fixed_dictionaries(
    {},
    optional={
        "symptom": st.just("宽带断了"),
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
    reading = intake.read_answer(requested, text, "", slots)
    for name, value in reading.values.items():
        if name == "confirmed":
            assert value is True
            continue
        assert name in (*intake.QUESTIONS, "fault_type")
        assert value.strip()
        assert "\0" not in value
        assert len(value) <= MAX_LENGTHS.get(name, 16)
        if name == "phone":
            assert phones.parse(value).national == value
        elif name != "fault_type":
            assert not phones.find_phones(value)
    assert not set(reading.unset) & set(reading.values)
    assert set(reading.unset) <= set(slots)
    assert set(reading.corrected) <= set(reading.values)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=200))
def test_folding_never_moves_a_character(text):
    assert len(fold(text)) == len(text)
