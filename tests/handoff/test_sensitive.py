"""Which words are about what only people may answer, and which only look like it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from common.errors import SettingsError
from handoff.sensitive import GROUPS, SensitiveWords
from handoff.texts import texts
from tests.handoff.conftest import WORDS

STARTER = Path(__file__).parents[2] / "knowledgebase/starter/telecom.zh-CN.csv"

SENSITIVE = {
    "safety": """
光猫冒烟了
路由器 起火了！
插座漏电怎么办
手机电池鼓包了，还能用吗
充电器刚才炸了
电池膨胀了
被充电器电到了
孩子触电了
手机烫伤了我
闻到一股焦糊味
插头打火花
摸机顶盒麻手
电池漏液
充电宝爆炸
没冒火但是冒黑烟
""",
    "self_harm": """
我不想活了
活着没意思
你们再不解决我就去跳楼
想自杀
我想结束自己的生命
活不下去了
""",
    "fraud": """
我被骗了
我被人骗了五万块
银行卡被盗刷了
老人被骗了两万
接到诈骗电话被骗了3000元
我的钱被转走了
遭遇电信诈骗
有人冒用我的身份办卡
我是不是被骗了
把钱转给骗子了
""",
    "police": """
再不处理我就报警了
我要报警
我已经报警了
已经报过警了
我要去派出所报案
不然就报警
我们要报警抓你们
""",
    "law": """
我要起诉你们
法庭见
等着收律师函吧
我会找律师的
走法律途径
去法院告你们
我律师会联系你们
""",
    "press": """
我要找记者
叫记者来
我要曝光你们
发抖音曝光
不退钱就联系电视台
我是晚报的记者
""",
    "regulator": """
我要去工信部投诉
打12315举报你们
向消协反映
投诉到通管局
12300见
我要去12345投诉
""",
}

HARMLESS = """
怎么报警
报警器怎么安装
摄像头一直报警怎么办
烟感报警器没电了
光猫报警了
流量快用完的报警短信怎么关
设备报警灯亮红灯
拍照曝光过度
照片有点曝光不足
怎么调曝光
我们是正大律师事务所，想装宽带
律师楼的宽带断了
律师函短信是真的吗
收到法院的短信是真的吗
接到诈骗电话怎么举报
怎么防诈骗
怎么下载反诈中心app
怕被骗，怎么核实客服身份
12315是什么电话
打12315要钱吗
我的号码是13812345678
工信部规定多久可以携号转网
怎么去工信部网站查备案
汽车打不着火
我想不开通彩铃
不想活动结束后自动续费
一起火拼流量包
收到一起诉说的短信
手机电池漏电快
接触电源就重启
遗漏电话怎么查
年轻生活套餐怎么办
嗓子冒烟了，等了半天
气得冒火
打着火车就没信号
屏幕灼伤能保修吗
没有冒烟，只是有点热
手机号被别人占了
密码被盗怎么改
被骗办了套餐
老人被骗换了高价套餐
多媒体怎么打开
找不到流媒体服务
请问媒体库在哪
汇报案件
建立案例
手机发热
充电器不充电
宽带断了
转人工
""".strip().splitlines()


@pytest.mark.parametrize(
    ("group", "line"),
    [(group, line) for group, lines in SENSITIVE.items() for line in lines.strip().splitlines()],
)
def test_what_only_people_may_answer_is_recognised(group: str, line: str):
    assert WORDS.group_of(line) == group


@pytest.mark.parametrize("line", HARMLESS)
def test_ordinary_words_call_nobody(line: str):
    assert WORDS.group_of(line) == ""


def test_no_enquiry_of_the_starter_articles_calls_anybody():
    rows = list(csv.DictReader(STARTER.read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    asked = [
        line
        for row in rows
        for line in (row["question"], *row["similar_questions"].replace("|", "\n").splitlines())
    ]

    assert len(asked) > len(rows) > 0
    assert [line for line in asked if WORDS.group_of(line)] == []


def test_the_most_pressing_of_several_matters_counts():
    assert WORDS.group_of("充电器起火了，我要去工信部投诉，还要起诉你们") == "safety"


def test_an_operators_file_adds_words_and_takes_some_away(tmp_path: Path):
    own = tmp_path / "own.toml"
    own.write_text('safety = ["燃气味"]\nharmless = ["12345"]\n', encoding="utf-8")

    words = SensitiveWords.load(own)

    assert words.group_of("有燃气味") == "safety"
    assert words.group_of("我要打12345投诉") == ""
    assert words.group_of("光猫冒烟了") == "safety"


@pytest.mark.parametrize("content", ["safety = [", 'danger = ["x"]', 'safety = ["("]'])
def test_an_operators_file_that_cannot_be_read_says_where(tmp_path: Path, content: str):
    own = tmp_path / "own.toml"
    own.write_text(content, encoding="utf-8")

    with pytest.raises(SettingsError, match=r"own\.toml"):
        SensitiveWords.load(own)


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_what_is_said_first_belongs_to_groups_there_are(locale: str):
    assert set(texts(locale)["sensitive"]) <= set(GROUPS)
