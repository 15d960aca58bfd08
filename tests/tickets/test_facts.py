import pytest

from tickets import faults, names, places, text, timewords
from tickets.facts import find_facts, find_ticket_number


@pytest.mark.parametrize(
    ("said", "times"),
    [
        ("昨晚八点左右", [("昨晚八点左右", "past")]),
        ("前天", [("前天", "past")]),
        ("三天前", [("三天前", "past")]),
        ("今早", [("今早", "unknown")]),
        ("刚刚", [("刚刚", "past")]),
        ("从昨天晚上开始", [("从昨天晚上开始", "past")]),
        ("今天下午开始断的", [("今天下午开始", "past")]),
        ("断了三天了", [("三天了", "past")]),
        ("已经两个小时了", [("两个小时了", "past")]),
        ("3月8号开始", [("3月8号开始", "past")]),
        ("上周五", [("上周五", "past")]),
        ("前天夜里两点钟左右就没网了", [("前天夜里两点钟左右", "past")]),
        ("昨天晚上八点多到九点", [("昨天晚上八点多到九点", "past")]),
        ("20:30左右", [("20:30左右", "unknown")]),
        ("2026-03-10晚上", [("2026-03-10晚上", "unknown")]),
        ("明天下午", [("明天下午", "future")]),
        ("明天下午三点前", [("明天下午三点前", "future")]),
        ("下周一上午9点到11点", [("下周一上午9点到11点", "future")]),
        ("今天下午能来吗", [("今天下午", "future")]),
        ("周六上午", [("周六上午", "unknown")]),
        ("两小时内", [("两小时内", "future")]),
        ("越快越好", [("越快越好", "future")]),
        ("下班后", [("下班后", "future")]),
        ("昨晚断的，明天上午来", [("昨晚", "past"), ("明天上午", "future")]),
    ],
)
def test_times_are_taken_in_the_customers_own_words_with_their_direction(said, times):
    assert [(time.text, time.direction) for time in timewords.find_times(said)] == times


@pytest.mark.parametrize(
    "said",
    ["时断时续", "有时候", "有点慢", "一点都不好用", "502室", "我家在五一路8号", "望江路8号"],
)
def test_what_only_looks_like_a_time_is_none(said):
    assert timewords.find_times(said) == []


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("我家宽带昨晚就断了，在望江路8号3栋502，电话", "望江路8号3栋502"),
        ("望江路8号3栋502的宽带断了", "望江路8号3栋502"),
        ("地址：杭州市上城区望江路8号3栋2单元502室", "杭州市上城区望江路8号3栋2单元502室"),
        ("杭州市 西湖区 文三路 100号", "杭州市 西湖区 文三路 100号"),
        ("深圳市南山区，高新南一道8号，创维大厦B座", "深圳市南山区，高新南一道8号，创维大厦B座"),
        ("家住幸福小区12栋301", "幸福小区12栋301"),
        ("我住李家村三组", "李家村三组"),
        ("锦绣花园3期5号楼1单元602", "锦绣花园3期5号楼1单元602"),
        ("翠苑一区12幢3单元401室电视黑屏", "翠苑一区12幢3单元401室"),
        ("在西湖区文三路没有信号", "西湖区文三路"),
        ("麻烦到人民医院住院部3楼", "人民医院住院部3楼"),
        ("宽带坏了望江路8号3栋502", "望江路8号3栋502"),
        ("地址错了，应该是望江路9号", "望江路9号"),
        ("把地址改成滨江区江南大道100号", "滨江区江南大道100号"),
        ("装机地址江边小区7-1-1201", "江边小区7-1-1201"),
    ],
)
def test_an_address_is_found_down_to_its_room(said, place):
    found = places.find_place(said)
    assert found is not None
    assert found.text == place


@pytest.mark.parametrize(
    "said",
    [
        "现在没网",
        "不知道在哪里",
        "路由器红灯亮",
        "电视看不了频道",
        "我们小区整栋楼都没网",
        "在家上不了网",
        "地铁3号线上没信号",
        "地址不对",
        "手机号码信号不好",
        "我住院了",
        "昨天在营业厅办的宽带今天就断了",
        "我在火车站没信号",
    ],
)
def test_what_names_no_place_anyone_could_go_to_is_none(said):
    assert places.find_place(said) is None


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("我叫李雷", "李雷"),
        ("我是李雷，电话", "李雷"),
        ("我姓王", "王"),
        ("我姓张，叫张三", "张三"),
        ("王先生", "王先生"),
        ("联系人：王女士", "王女士"),
        ("联系人 李雷 电话", "李雷"),
        ("名字改成李磊", "李磊"),
        ("我叫欧阳娜娜", "欧阳娜娜"),
        ("联系人阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        ("叫我小王就行", "小王"),
        ("联系人就写我老婆李梅", "李梅"),
        ("我叫Tom Lee", "Tom Lee"),
    ],
)
def test_a_name_someone_gives_is_found(said, name):
    found = names.find_name(said)
    assert found is not None
    assert found.text == name


@pytest.mark.parametrize(
    "said",
    [
        "我是你们的老客户",
        "我是江苏的",
        "我是用户",
        "老百姓",
        "请问贵姓",
        "名字和电话都错了",
        "这里是华为公司",
        "你们王师傅昨天来过",
        "联系人电话",
        "联系人改一下",
    ],
)
def test_no_name_is_made_up(said):
    assert names.find_name(said) is None


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("我家宽带断了", "broadband"),
        ("网上不去了", "broadband"),
        ("光猫los红灯", "broadband"),
        ("wifi信号不好", "broadband"),
        ("手机没信号", "signal"),
        ("手机上不了网", "signal"),
        ("电话打不出去", "signal"),
        ("电视花屏，机顶盒重启也没用", "iptv"),
        ("电视没信号", "iptv"),
        ("座机有杂音", "landline"),
        ("家里电话打不出去", "landline"),
        ("手机开不了机", "device"),
        ("屏幕碎了", "device"),
        ("上个月多扣我二十块钱", "billing"),
        ("话费不对", "billing"),
        ("宽带扣费不对，多扣了钱", "billing"),
        ("东西坏了", None),
    ],
)
def test_the_kind_of_fault_shows_in_the_words(said, kind):
    assert faults.find_fault_type(said) == kind


def test_one_message_can_hold_everything():
    facts = find_facts(
        "我叫李雷，我家宽带昨晚就断了，在望江路8号3栋502，明天下午来修，电话13800138000"
    )
    assert facts.contact_name == "李雷"
    assert facts.symptom == "我家宽带昨晚就断了"
    assert facts.place == "望江路8号3栋502"
    assert facts.phone is not None
    assert facts.phone.national == "13800138000"
    assert [time.text for time in facts.times] == ["昨晚", "明天下午"]


def test_facts_without_any_sign_between_them_are_told_apart():
    facts = find_facts("李雷 望江路8号3栋502 13800138000")
    assert (facts.contact_name, facts.place) == ("李雷", "望江路8号3栋502")
    facts = find_facts("望江路8号3栋502李雷13800138000")
    assert (facts.contact_name, facts.place) == ("李雷", "望江路8号3栋502")


def test_what_it_is_not_is_no_fact():
    facts = find_facts("不是13800138000，是13900139000")
    assert facts.phone is not None
    assert facts.phone.national == "13900139000"
    assert find_facts("是李雷不是李磊").contact_name is None
    assert find_facts("联系人是李雷不是李磊").contact_name == "李雷"
    assert find_facts("地址不是望江路8号，是望江路9号").place == "望江路9号"


def test_of_two_numbers_the_first_counts_unless_it_is_taken_back():
    def national(said):
        return find_facts(said).phone.national

    assert national("13800138000或者13900139000") == "13800138000"
    assert national("13800138000，说错了，13900139000") == "13900139000"


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("查一下20260213-0007", "20260213-0007"),
        ("我的单子202602130007怎么样了", "20260213-0007"),
        ("２０２６０２１３－０００７", "20260213-0007"),
        ("20260213—0007到哪一步了", "20260213-0007"),
        ("20261345-0007", None),
        ("13800138000", None),
    ],
)
def test_a_ticket_number_is_found_in_free_words(said, number):
    assert find_ticket_number(said) == number


def test_a_symptom_holds_no_phone_number_and_no_greeting():
    symptom = find_facts("你好，我家宽带断了电话13800138000，谢谢").symptom
    assert symptom == "我家宽带断了"


def test_folding_keeps_every_character_in_its_place():
    said = "電話：１３８　—😀Ａｂ"
    assert text.fold(said) == "電話:138 -😀ab"
    assert len(text.fold(said)) == len(said)
