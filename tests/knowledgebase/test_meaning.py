"""Likeness by meaning, with vectors small enough to see through."""

from __future__ import annotations

import numpy as np
import pytest

from knowledgebase.meaning import Meaning, Vectors

E = np.eye(4, dtype=np.float32)


def a_vector(*numbers: float):
    vector = np.array(numbers, np.float32)
    return vector / np.linalg.norm(vector)


def some_vectors(**vectors):
    return Vectors.empty(4).changed(vectors, set(vectors))


def test_an_article_is_as_near_as_its_nearest_phrasing():
    vectors = some_vectors(a=E[0], b=E[1], c=E[2])
    meaning = Meaning(vectors, ["a", "b", "c"], np.array([0, 0, 1]), ["", ""], 0.0)
    near = meaning.near(a_vector(0.1, 1, 0, 0))
    assert near.phrasing.tolist() == [1, 2]
    assert near.nearest[0] > 0.9 > near.nearest[1]


def test_what_has_no_vectors_yet_is_told():
    meaning = Meaning(some_vectors(b=E[1]), ["a", "b"], np.array([0, 1]), ["", ""], 0.0)
    near = meaning.near(E[1])
    assert np.isnan(near.nearest[0])
    assert near.nearest[1] == pytest.approx(1)
    assert near.whole.tolist() == [False, True]


def test_an_article_is_whole_when_its_answer_has_a_vector_too():
    vectors = some_vectors(a=E[0], b=E[1], answer=E[2])
    meaning = Meaning(vectors, ["a", "b"], np.array([0, 1]), ["answer", "other answer"], 0.0)
    assert meaning.near(E[0]).whole.tolist() == [True, False]


def test_no_vectors_at_all_are_no_harm():
    meaning = Meaning(Vectors.empty(4), ["a", "b"], np.array([0, 1]), ["", ""], 0.0)
    assert np.isnan(meaning.near(E[0]).nearest).all()


def test_a_text_of_two_articles_counts_for_both():
    meaning = Meaning(some_vectors(a=E[0]), ["a", "a"], np.array([0, 1]), ["", ""], 0.0)
    assert meaning.near(E[0]).nearest == pytest.approx([1, 1])


def test_the_answers_text_counts():
    vectors = some_vectors(a=E[0], b=E[1], answer=E[2])
    meaning = Meaning(vectors, ["a", "b"], np.array([0, 1]), ["", "answer"], 0.0)
    near = meaning.near(E[2])
    assert np.isnan(near.answer[0])
    assert near.answer[1] == pytest.approx(1)


def test_an_unknown_embedders_floor_is_below_what_any_two_articles_have_in_common():
    rng = np.random.default_rng(3)
    texts = {str(n): a_vector(5, *rng.normal(size=3)) for n in range(40)}
    meaning = Meaning(some_vectors(**texts), list(texts), np.arange(40), [""] * 40, None)
    near = meaning.near(texts["7"])
    assert near.nearest[7] == pytest.approx(1)
    assert 0 < np.median(near.nearest) < 0.9


def test_vectors_that_are_no_longer_wanted_are_let_go():
    before = some_vectors(a=E[0], b=E[1])
    after = before.changed({"c": E[2]}, {"b", "c"})
    assert set(after.rows) == {"b", "c"}
    assert np.array_equal(after.matrix[after.rows["b"]], E[1])
    assert set(before.rows) == {"a", "b"}
