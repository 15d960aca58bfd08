"""The pipelines that are compared."""

from __future__ import annotations

from typing import Any

CHARACTERS = [
    {"name": "bot.components.tokenizer.CharacterTokenizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "word", "min_ngram": 1, "max_ngram": 2},
]
USE = {"name": "bot.components.meaning.MeaningFeaturizer", "encoder": "use", "length": 2.0}
# All of its vectors point much the same way, so they have to be longer to tell as much.
E5 = {"name": "bot.components.meaning.MeaningFeaturizer", "encoder": "e5", "length": 6.0}
REGRESSION = {"name": "LogisticRegressionClassifier", "max_iter": 300}
# Few epochs of large batches, and one fold of three (`FOLDS_OF`): on one core an epoch takes up
# to a minute.
DIET = {
    "name": "DIETClassifier",
    "epochs": 10,
    "batch_size": [256, 256],
    "entity_recognition": False,
    "constrain_similarities": True,
    "model_confidence": "softmax",
    "random_seed": 42,
}

FOLDS = 3
FOLDS_OF = {"DIET": 1, "DIET + e5": 1}
"""How many of the three folds are measured, where it is not all of them."""

SHIPPED = "LR + USE"
PIPELINES: dict[str, list[dict[str, Any]]] = {
    "LR": [*CHARACTERS, REGRESSION],
    "LR + USE": [*CHARACTERS, USE, REGRESSION],
    "LR + e5": [*CHARACTERS, E5, REGRESSION],
    "DIET": [*CHARACTERS, DIET],
    "DIET + e5": [*CHARACTERS, E5, DIET],
}


def config_of(name: str) -> dict[str, Any]:
    """Return Rasa's configuration of a pipeline, without dialogue policies."""
    return {
        "recipe": "default.v1",
        "assistant_id": "bench",
        "language": "zh",
        "pipeline": PIPELINES[name],
        "policies": [],
    }
