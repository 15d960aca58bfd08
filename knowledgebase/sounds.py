"""Homophones: words typed with the wrong characters of the same sound (流亮 for 流量)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from functools import cache


@cache
def _table() -> dict[int, int]:
    """Return for every character another one that stands for its syllable, whatever the tone."""
    # Here, not above: it takes half a second, and most that import this never search.
    from pypinyin.pinyin_dict import pinyin_dict

    syllables: dict[str, int] = {}
    table = {}
    for point, readings in pinyin_dict.items():
        bare = unicodedata.normalize("NFD", readings.split(",")[0])
        syllable = "".join(letter for letter in bare if not unicodedata.combining(letter))
        table[point] = syllables.setdefault(syllable, point)
    return table


def sound(text: str) -> str:
    """Return the text with every Chinese character replaced by one that stands for its sound."""
    return text.translate(_table())


class Homophones:
    """Puts known words in the place of what sounds like them but is no known word."""

    def __init__(self, words: Iterable[str]) -> None:
        """Learn the words; those of one character are left out, too many sound alike."""
        self._by_sound: dict[str, str] = {}
        self._known: set[str] = set()
        for word in sorted(words, key=lambda word: (-len(word), word)):
            if len(word) > 1 and all("\u4e00" <= character <= "\u9fff" for character in word):
                self._by_sound.setdefault(sound(word), word)
                self._known.add(word)
        self._lengths = sorted({len(word) for word in self._known}, reverse=True)

    def corrected(self, text: str, is_known: Callable[[str], bool]) -> str:
        """Return the text with homophones put right.

        Args:
            text: folded.
            is_known: whether two characters side by side are something articles say: what they
                say is no mistake.
        """
        heard = sound(text)
        start = 0
        while start < len(text) - 1:
            for length in self._lengths:
                said = text[start : start + length]
                word = self._by_sound.get(heard[start : start + length])
                if word is None or said == word or len(said) < length:
                    continue
                wrong = [
                    said[i : i + 2] for i in range(length - 1) if said[i : i + 2] != word[i : i + 2]
                ]
                around = text[max(start - 1, 0) : start + 1], said[-1] + text[start + length :][:1]
                if not any(is_known(pair) for pair in (*wrong, *around) if len(pair) > 1):
                    text = text[:start] + word + text[start + length :]
                    start += length - 1
                    break
            start += 1
        return text
