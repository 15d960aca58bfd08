"""Facts that only some kinds of fault need, out of polite and rude words."""

import pytest

from tickets import details, devices, timewords
from tickets.facts import find_facts
from tickets.numbers import read_number


def words_of(found):
    return found and found.text


@pytest.mark.parametrize(
    ("said", "model"),
    [
        ("我用的是华为 Mate 60 Pro", "华为 Mate 60 Pro"),
        ("iPhone 15 黑屏了", "iPhone 15"),
        ("苹果15promax没信号", "苹果15promax"),
        ("小米14，换了手机也没信号", "小米14"),
        ("我的红米K70老是掉线", "红米K70"),
        ("荣耀X50", "荣耀X50"),
        ("vivo x100 pro", "vivo x100 pro"),
        ("破华为nova12又死机了", "华为nova12"),
        ("光猫是HG8145V5", "HG8145V5"),
        ("机顶盒型号B860AV2", "B860AV2"),
        ("路由器型号是TP-LINK AX3000", "TP-LINK AX3000"),
        ("手机型号：Magic6", "Magic6"),
        ("型号不对，是小米13", "小米13"),
        ("型号写错了，应该是 ZX-200", "ZX-200"),
    ],
)
def test_a_model_is_found_by_its_brand_its_series_or_its_name(said, model):
    assert words_of(devices.find_model(said)) == model


@pytest.mark.parametrize(
    "said",
    [
        *("我家宽带断了", "型号不知道", "小米3号楼502", "华为手机没信号"),
        *("错误代码691", "卡了20分钟", "mate"),
    ],
)
def test_no_model_is_made_up(said):
    assert devices.find_model(said) is None


@pytest.mark.parametrize(
    ("said", "serial"),
    [
        ("序列号是 2102AB3C4D5E", "2102AB3C4D5E"),
        ("SN：ab12-cd34", "AB12-CD34"),
        ("s/n 99887766", "99887766"),
        ("序列号错了，应该是XYZ98765", "XYZ98765"),
        ("序列号不知道", None),
        ("sn", None),
    ],
)
def test_a_serial_number_is_found_where_it_is_named(said, serial):
    assert words_of(devices.find_serial(said)) == serial


@pytest.mark.parametrize(
    ("said", "imei"),
    [
        ("490154203237518", "490154203237518"),
        ("IMEI：49 015420 323751 8", "490154203237518"),
        ("串号是４９０１５４２０３２３７５１８", "490154203237518"),
        ("490154203237519", None),
        ("4901542032375181", None),
        ("13800138000", None),
    ],
)
def test_an_imei_is_fifteen_digits_that_check(said, imei):
    assert words_of(devices.find_imei(said)) == imei


def test_fifteen_digits_that_do_not_check_are_a_wrong_imei():
    assert devices.is_wrong_imei("490154203237519")
    assert not devices.is_wrong_imei("490154203237518")
    assert not devices.is_wrong_imei("不清楚")


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("上个月多扣了二十块", "二十块"),
        ("扣了我38.5元", "38.5元"),
        ("￥1,299.00", "￥1,299.00"),
        ("好几百块钱被你们吞了", "好几百块钱"),
        ("二十多块", "二十多块"),
        ("五毛钱", "五毛钱"),
        ("上个月话费被扣了200多", "200多"),
        ("还钱，退我38.5", "38.5"),
        ("扣了3次", None),
        ("一块儿报了吧", None),
        ("屏幕裂了一块地方", None),
        ("3月份的账单", None),
    ],
)
def test_an_amount_is_found_in_the_customers_words(said, amount):
    assert words_of(details.find_amount(said)) == amount


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("光猫亮红灯，网页打不开", "光猫亮红灯"),
        ("LOS灯一直闪红", "LOS灯一直闪红"),
        ("光猫红灯，错误代码691", "光猫红灯，错误代码691"),
        ("电视提示“网络连接失败”", "电视提示“网络连接失败”"),
        ("显示无服务", "显示无服务"),
        ("手机只有一格信号", "只有一格信号"),
        ("报691", "报691"),
        ("机顶盒显示E04", "显示E04"),
        ("我要报修", None),
        ("我家宽带断了", None),
        ("没有什么提示", None),
    ],
)
def test_what_a_lamp_or_a_screen_shows_is_found(said, shown):
    assert words_of(details.find_shown(said)) == shown


@pytest.mark.parametrize(
    ("said", "tried"),
    [
        ("换了手机也没信号", "换了手机也没信号"),
        ("别人的手机就有信号", "别人的手机就有信号"),
        ("没换过手机", "没换过手机"),
        ("小米14，换过卡还是不行", "换过卡还是不行"),
        ("手机没信号", None),
    ],
)
def test_what_came_of_another_phone_is_found(said, tried):
    assert words_of(details.find_other_phone(said)) == tried


def test_an_account_is_found_where_it_is_named():
    assert words_of(details.find_account("宽带账号是hz057188@home")) == "hz057188@home"
    assert details.find_account("账号不记得了") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("十二", 12), ("二十三", 23), ("两", 2), ("两三", 3), ("半", 0.5), ("一百零五", 105)],
        *[("38.5", 38.5), ("", None), ("几", None)],
    ],
)
def test_a_number_in_words_is_read(text, number):
    assert read_number(text) == number


def test_codes_are_facts_and_neither_phones_nor_part_of_the_symptom():
    facts = find_facts(
        "华为 Mate 60 Pro开不了机，去年双十一买的，SN 2102AB3C4D5E，IMEI 490154203237518"
    )
    assert facts.details == {
        "device_model": "华为 Mate 60 Pro",
        "purchase_date": "去年双十一",
        "serial_number": "2102AB3C4D5E",
        "imei": "490154203237518",
    }
    assert facts.symptom == "华为 Mate 60 Pro开不了机"
    assert facts.phone is None
    assert facts.fault_type == "device"
    assert facts.times == ()


def test_a_dead_landline_is_not_the_number_to_call():
    facts = find_facts("座机0571-88886666没声音，打我手机13800138000")
    assert facts.details["service_number"] == "0571-88886666"
    assert facts.phone.national == "13800138000"
    assert (facts.fault_type, facts.symptom) == ("landline", "座机没声音")


def test_a_landline_given_to_be_called_on_is_the_number_to_call():
    facts = find_facts("宽带断了，打我座机0571-88886666")
    assert facts.phone.national == "0571-88886666"
    assert facts.details == {}


@pytest.mark.parametrize(
    ("said", "times"),
    [
        ("网页一直转圈", []),
        ("手机从来没信号", []),
        ("一直", ["一直"]),
        ("一直都这样", ["一直"]),
        ("去年双十一买的", ["去年双十一"]),
        ("去年3月买的", ["去年3月"]),
        ("买了不到一年", ["不到一年"]),
        ("3月份的账单", ["3月份"]),
        ("宽带昨晚八点断了", ["昨晚八点"]),
    ],
)
def test_only_what_says_when_is_a_time(said, times):
    assert [time.text for time in timewords.find_times(said)] == times


@pytest.mark.parametrize("said", ["网页一直转圈", "视频老是转圈，气死我了"])
def test_turning_in_circles_is_a_symptom(said):
    assert find_facts(said).symptom
