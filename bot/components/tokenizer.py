"""A tokenizer for Chinese that needs no dictionary and no download."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Dict, List, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

# A Chinese character, or a run of Latin letters and digits. Everything else separates.
TOKEN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[a-z]+|[0-9]+")
BEGIN, END = "_begin_", "_end_"
LONGEST_NUMBER = 12  # digits; longer ones are all alike


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False
)
class CharacterTokenizer(Tokenizer):
    """One token a Chinese character; Latin words and numbers stay whole.

    Full-width letters and digits count as their plain forms, so `１０Ｇ` and `10g` are the same.
    Of a number only its length counts: 11 digits are a telephone, 88 is a goodbye. Where a message
    begins and ends is a token too, because “报修” alone says more than “报修” in a question.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Intents are labels here and are never split."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        """Return the tokens of `attribute`; a message of signs alone is one token."""
        text = message.get(attribute)
        found = [
            Token(match.group(), match.start(), lemma=_lemma(match.group()))
            for match in TOKEN.finditer(_plain(text))
        ]
        begin, end = Token("", 0, lemma=BEGIN), Token("", len(text), lemma=END)
        return [begin, *(found or [Token(text, 0)]), end]


def _lemma(word: Text) -> Text:
    return f"_digits{min(len(word), LONGEST_NUMBER)}_" if word.isdigit() else word


def _plain(text: Text) -> Text:
    """Return the text with full-width forms narrowed, one character for each of the original.

    Normalising the whole text at once could change its length and so move the tokens.
    """
    return "".join(_narrow(character) for character in text)


def _narrow(character: Text) -> Text:
    narrow = unicodedata.normalize("NFKC", character).lower()
    return narrow if len(narrow) == 1 else character
