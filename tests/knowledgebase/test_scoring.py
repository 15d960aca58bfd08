"""The one decision, from the two best articles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledgebase.model import Decision
from knowledgebase.scoring import NOTHING, SURE_OF, SearchSettings, decide

SETTINGS = SearchSettings(answer_at=0.6, answer_lead=0.5, suggest_at=0.2)


def found(score=0.0, rank=1.0, **fields):
    return replace(NOTHING, score=score, rank=rank, **fields)


def decided(best, second=NOTHING, core="怎么查话费"):
    return decide(best, second, core, SETTINGS)


@pytest.mark.parametrize(
    ("score", "decision"),
    [
        (0.19, Decision.NONE),
        (0.2, Decision.SUGGEST),
        (0.59, Decision.SUGGEST),
        (0.6, Decision.ANSWER),
    ],
)
def test_the_score_decides(score, decision):
    assert decided(found(score)) is decision


def test_a_close_second_makes_it_a_choice():
    assert decided(found(0.9, rank=7.0), found(0.8, rank=6.6)) is Decision.SUGGEST
    assert decided(found(0.9, rank=7.0), found(0.8, rank=6.4)) is Decision.ANSWER


def test_what_is_opposed_or_silent_is_at_most_suggested():
    assert decided(found(0.9, opposed_in="挂失")) is Decision.SUGGEST
    assert decided(found(0.9, silent_on="挂失")) is Decision.SUGGEST


def test_a_bare_number_means_nothing_unless_it_is_the_question():
    assert decided(found(0.9), core="10199") is Decision.NONE
    assert decided(found(1.0, exact=2), core="10199") is Decision.ANSWER


def test_two_characters_are_answered_only_when_they_are_the_question():
    assert decided(found(0.9), core="流量") is Decision.SUGGEST
    assert decided(found(1.0, exact=1), core="流量") is Decision.ANSWER


def test_only_the_exact_words_score_1():
    everything = dict.fromkeys(SURE_OF, 10.0)
    assert SETTINGS.with_meaning.score(everything, ours=1.0) < 1


def test_what_is_opposed_missed_or_nobodys_scores_less():
    model = SETTINGS.with_meaning
    plain = dict.fromkeys(SURE_OF, 1.0)
    for name in ("opposed", "missed", "strange"):
        assert model.score(plain | {name: 3.0}, ours=0.9) < model.score(plain, ours=0.9)
    assert model.score(plain, ours=0.1) < model.score(plain, ours=0.9)
