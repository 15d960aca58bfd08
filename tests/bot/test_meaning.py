import numpy as np
import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.meaning import LONGEST, MeaningFeaturizer

CONFIG = MeaningFeaturizer.get_default_config()


@pytest.fixture(scope="module")
def featurizer():
    return MeaningFeaturizer(CONFIG, "meaning")


def vector(message):
    _, sentence = message.get_dense_features(TEXT)
    return sentence.features[0]


def vectors(featurizer, *texts):
    messages = [Message(data={TEXT: text}) for text in texts]
    return [vector(message) for message in featurizer.process(messages)]


def test_other_words_of_the_same_meaning_are_nearer_than_like_words_of_another(featurizer):
    asked, other_words, like_words = vectors(
        featurizer, "我要找真人说话", "帮我接通人工客服", "我要找手机说明书"
    )

    assert asked @ other_words > asked @ like_words


def test_a_vector_is_as_long_as_configured(featurizer):
    assert np.linalg.norm(vectors(featurizer, "宽带断了")[0]) == pytest.approx(
        CONFIG["length"], rel=0.01
    )


def test_a_message_means_the_same_alone_and_among_others(featurizer):
    (alone,) = vectors(featurizer, "宽带断了")
    _, among_others = vectors(featurizer, "您好，我想问一下这个月的话费", "宽带断了")

    assert np.allclose(alone, among_others, atol=0.01)


@pytest.mark.parametrize("text", ["😀？", " ", "。", "\u200b", "字" * 5000])
def test_odd_messages_have_a_vector_too(featurizer, text):
    assert np.isfinite(vectors(featurizer, text)[0]).all()


def test_what_comes_after_the_first_hundreds_of_characters_is_not_read(featurizer):
    short, long = vectors(featurizer, "话" * LONGEST, "话" * LONGEST + "我要投诉")

    assert np.allclose(short, long, atol=0.01)


def test_a_message_without_words_is_left_alone(featurizer):
    (message,) = featurizer.process([Message(data={INTENT: "affirm"})])

    assert message.features == []


def test_every_example_gets_its_vector(featurizer):
    examples = [Message(data={TEXT: f"第{n}句", INTENT: "affirm"}) for n in range(70)]

    done = featurizer.process_training_data(TrainingData(examples))

    assert all(len(vector(example)) == 512 for example in done.training_examples)


def test_an_unknown_encoder_is_refused():
    with pytest.raises(InvalidConfigException, match="none of use, e5"):
        MeaningFeaturizer({**CONFIG, "encoder": "word2vec"}, "meaning")
