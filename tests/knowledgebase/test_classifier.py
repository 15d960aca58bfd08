"""Learning what an article's phrasings have in common."""

from __future__ import annotations

import numpy as np

from knowledgebase.classifier import FEWEST_PHRASINGS, Classifier

E = np.eye(4, dtype=np.float32)


def phrasings_of(articles, each, spread=0.3, seed=1):
    """Return vectors around one axis an article: what they differ in lies along the last."""
    rng = np.random.default_rng(seed)
    vectors = [E[a % 3] + E[3] * rng.normal(0, spread) for a in articles for _ in range(each)]
    unit = [vector / np.linalg.norm(vector) for vector in vectors]
    return np.array(unit, np.float32), np.repeat(articles, each)


def test_what_varies_within_an_article_counts_little():
    vectors, owners = phrasings_of([0, 1], 30, spread=2)
    likely = Classifier(vectors, owners, 2).log_likelihoods(np.array([0.1, 0, 0, 0.99], np.float32))
    assert likely[0] > likely[1]


def test_articles_with_few_phrasings_are_learned_as_one():
    many, owners = phrasings_of([0, 1], FEWEST_PHRASINGS)
    vectors = np.concatenate([many, E[2:3], E[2:3]])
    classifier = Classifier(vectors, np.append(owners, [2, 3]), 4)

    like_the_few, like_the_first = map(classifier.log_likelihoods, (E[2], E[0]))

    assert like_the_few[2] == like_the_few[3] > max(like_the_few[:2])
    assert like_the_first[0] > like_the_first[2]


def test_an_article_without_vectors_counts_as_one_of_the_few():
    vectors, owners = phrasings_of([0, 1], FEWEST_PHRASINGS)
    likely = Classifier(vectors, owners, 3).log_likelihoods(E[0])
    assert likely[2] < likely[0]


def test_where_no_article_has_enough_phrasings_nothing_is_told():
    vectors, owners = phrasings_of([0, 1], FEWEST_PHRASINGS - 1)
    assert not Classifier(vectors, owners, 2).log_likelihoods(E[0]).any()


def test_where_there_are_too_many_articles_those_with_most_phrasings_are_learned():
    usual, owners = phrasings_of(range(420), FEWEST_PHRASINGS)
    more = np.tile(E[3], (FEWEST_PHRASINGS + 1, 1))
    owners = np.append(owners, [420] * len(more))

    likely = Classifier(np.concatenate([usual, more]), owners, 421).log_likelihoods(E[3])

    assert len(set(likely[:420].tolist())) == 1
    assert likely[420] > likely[0]


def test_fitting_twice_gives_the_same():
    vectors, owners = phrasings_of([0, 1, 2], 20)
    one, other = (Classifier(vectors, owners, 3).log_likelihoods(E[0]) for _ in range(2))
    assert np.array_equal(one, other)
