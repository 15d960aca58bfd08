"""What counts as anger with us, line by line; the words are `actions/anger.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.anger import Anger, AngerWords
from common.errors import SettingsError

WORDS = AngerWords.load()

STRONG = """
垃圾客服
你们就是一群骗子
骗子公司
你是猪吗
你是不是傻子
傻逼机器人
煞笔
SB客服
你们都是废物吗
脑残
人工客服都是智障吧
滚
滚蛋
去你妈的
去死吧
叫记者来，曝光你们这种公司
告你们信不信
你们有病吧
你脑子有病
放屁，我根本没开过这个业务
臭不要脸的公司
再不解决我就去工信部投诉
我要向工信部申诉
我现在就打12315投诉你们
打12381举报你们
投诉到工信部去
告到法院
不退钱我就找媒体曝光
我要曝光你们
给你们发到抖音上去
叫记者来采访
我要起诉你们
法庭见
你们等着
跟你们没完
流氓公司
黑心运营商
王八蛋
你 是 猪 吗
ＳＢ
FUCK
""".strip().splitlines()

MILD = """
他妈的又断网了
妈的，修了三次还没好
卧槽，怎么又扣我钱
我靠
没卵用
什么破网
什么破公司，网都修不好
这什么垃圾信号
破宽带又断了
太垃圾了吧
听不懂人话吗
说人话
答非所问
你怎么这么笨
真是人工智障
气死我了
烦死了，一直转圈
我要疯了
受够了
无语了
搞什么鬼
有完没完
你们这是忽悠人
坑人呢
到底能不能修
到底管不管
要你有什么用
我说了多少遍了
问了三次了还是不行
怎么又是这句
浪费我时间
服务太差
态度真恶劣
差评
你们怎么还没来！！！
凭什么扣我钱？？？
天天断网！！
废话少说
太坑了
干什么吃的
糊弄谁呢，我很生气
""".strip().splitlines()

HARMLESS = """
怎么查话费
垃圾短信怎么拦截
老是收到垃圾短信
垃圾
垃圾桶里的照片能恢复吗
手机里的垃圾怎么清理
接到骗子电话怎么办
这是不是骗子
遇到骗子冒充你们客服
气死我了这天气
今天天气热死了
孩子气死我了，能开个儿童手表套餐吗
坑位还有吗
门口有个水坑，光缆杆倒了
我妈的手机欠费了
他妈的号码停机了
请转告你们值班人员
骚扰电话烦死了
店里的网断了收不了款，急死了
会员等级有啥用
没有什么用
你到底是不是人
app崩溃了
妈妈的卡能过户吗
我真是个白痴，密码忘了
我太笨了，不会设置路由器
傻瓜式操作有吗
怎么操作
手机死机了
机顶盒卡死了
屏幕一直滚动
这个套餐靠谱吗
靠近窗户有信号
短信里写着“垃圾客服”，是谁发的
他骂我“你是猪吗”，能查到是谁打的电话吗
投诉怎么查进度
我的投诉处理到哪一步了
投诉电话是多少
12315是什么电话
打12381要钱吗
工信部规定多久可以携号转网
工信部的网站打不开
抖音免流套餐有哪些
抖音上不去
微博会员怎么开
谢谢！！！
在吗？？？
怎么查流量？？？
好的！！
宽带断了
昨天晚上八点开始的
海棠路8号2栋301
我姓朱
我叫苟建国
盲人有优惠吗
老人耳朵聋，能换大音量的固话吗
不好意思，我说错了
我又来了
律师函短信是真的吗
怎么起诉欠费的人
""".strip().splitlines()


@pytest.mark.parametrize("line", STRONG)
def test_an_insult_or_a_threat_is_strong(line: str):
    assert WORDS.level(line) is Anger.STRONG


@pytest.mark.parametrize("line", MILD)
def test_lost_patience_is_mild(line: str):
    assert WORDS.level(line) is Anger.MILD


@pytest.mark.parametrize("line", HARMLESS)
def test_harmless_words_are_no_anger(line: str):
    assert WORDS.level(line) is Anger.NONE


@pytest.mark.parametrize(
    "line",
    [
        "我要投诉",
        "投诉",
        "我要投诉你们客服",
        "投诉你们",
        "你们太差劲了，我要投诉",
        "垃圾公司",
        "怎么投诉",
        "给我个说法",
        "我要去工信部投诉",
    ],
)
def test_a_bare_complaint_says_nothing_yet(line: str):
    assert not WORDS.says_what_about(line)


@pytest.mark.parametrize(
    "line",
    [
        "我要投诉，上个月的话费扣了我两次",
        "装维师傅迟到三个小时还骂人",
        "上个月多扣我二十块钱给个说法",
        "投诉营业厅乱推销套餐",
        "你们这群骗子，没开的业务也扣钱",
        "断网五天没人管，我要投诉",
    ],
)
def test_a_complaint_with_its_matter_says_what_about(line: str):
    assert WORDS.says_what_about(line)


def test_an_operators_words_are_added_to_ours(tmp_path: Path):
    own = tmp_path / "own.toml"
    own.write_text("mild = ['远岸不行']\nharmless = ['滚蛋火锅']\n", encoding="utf-8")

    words = AngerWords.load(own)

    assert words.level("远岸不行") is Anger.MILD
    assert words.level("滚蛋火锅送流量吗") is Anger.NONE
    assert words.level("滚蛋") is Anger.STRONG


@pytest.mark.parametrize("content", ["mild = ['(']", "mild = [1]", "wild = []", "mild ="])
def test_a_file_that_cannot_be_used_is_refused_by_name(tmp_path: Path, content: str):
    own = tmp_path / "own.toml"
    own.write_text(content, encoding="utf-8")

    with pytest.raises(SettingsError, match=r"own\.toml"):
        AngerWords.load(own)
