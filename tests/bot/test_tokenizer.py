from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.tokenizer import CharacterTokenizer


def tokens(text):
    tokenizer = CharacterTokenizer(CharacterTokenizer.get_default_config())
    return tokenizer.tokenize(Message(data={TEXT: text}), TEXT)


def words(text):
    return [token.lemma for token in tokens(text)[1:-1]]


def test_each_chinese_character_is_a_token_and_latin_words_stay_whole():
    assert words("我家wifi断了！") == ["我", "家", "wifi", "断", "了"]


def test_full_width_letters_count_as_plain_ones():
    assert words("ＷＩＦＩ断了") == words("wifi断了")


def test_of_a_number_only_its_length_counts():
    assert words("13800138000") == words("13900139000")
    assert words("13800138000") != words("88")


def test_tokens_stand_where_they_stood_in_the_text():
    text = "㎡ 宽带 100兆"
    for token in tokens(text)[1:-1]:
        assert text[token.start : token.end] == token.text


def test_a_message_of_signs_alone_is_one_token():
    assert words("😀？") == ["😀？"]


def test_begin_and_end_are_tokens():
    assert [token.lemma for token in tokens("报修")] == ["_begin_", "报", "修", "_end_"]
