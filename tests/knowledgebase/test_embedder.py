"""Embedders: the bundled one for real, the endpoint played by a small server of ours."""

from __future__ import annotations

import logging
import threading
from typing import Any

import numpy as np
import pytest

from knowledgebase.asking import PAUSE_SECONDS, REMEMBERED, Asking
from knowledgebase.embedder import (
    BundledEmbedder,
    EmbedderFailed,
    EndpointEmbedder,
    create_embedder,
)


def test_what_means_the_same_is_nearer_than_what_does_not(bundled):
    asked, same, other = bundled.embed(["手机不见了", "手机丢了怎么办", "怎么开发票"])
    assert asked @ same > asked @ other
    assert np.linalg.norm(asked) == pytest.approx(1, abs=1e-3)
    assert len(asked) == bundled.dimension


def test_a_text_has_the_same_vector_alone_and_among_others(bundled):
    alone = bundled.embed(["怎么查话费"])[0]
    among = bundled.embed(["手机丢了", "怎么查话费", "宽带"])[1]
    assert alone @ among == pytest.approx(1, abs=1e-3)


def test_threads_do_not_mix_their_vectors_up(bundled):
    texts = [f"第{n}个问题怎么办" for n in range(6)]
    expected = bundled.embed(texts)
    found: dict[int, Any] = {}
    threads = [
        threading.Thread(target=lambda n=n: found.update({n: bundled.embed([texts[n]])[0]}))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[n] @ expected[n] > 0.999 for n in range(6))


def test_broken_characters_do_no_harm(bundled):
    assert np.isfinite(bundled.embed(["\ud800话费", "\x00", "长" * 3000])).all()


def test_an_endpoint_is_asked_in_the_usual_form(endpoint):
    embedder = EndpointEmbedder(endpoint.url, model="some-model", key="secret")
    vectors = embedder.embed(["短", "长一点的"])
    path, headers, sent = endpoint.requests[0]
    assert path == "/v1/embeddings"
    assert headers["Authorization"] == "Bearer secret"
    assert (sent["model"], sent["input"]) == ("some-model", ["短", "长一点的"])
    assert vectors == pytest.approx(np.array([[1, 3, 0], [4, 3, 0]]) / [[10**0.5], [5]])
    assert embedder.dimension == 3


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/", "/v1/embeddings"])
def test_an_endpoints_address_may_be_written_in_several_ways(endpoint, tail):
    EndpointEmbedder(endpoint.url + tail, model="m").embed(["一"])
    assert endpoint.requests[0][0] == "/v1/embeddings"
    assert "Authorization" not in endpoint.requests[0][1]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {}),
        (401, {"error": "客户说的话"}),
        (200, {}),
        (200, {"data": []}),
        (200, {"data": [{"index": 0, "embedding": []}]}),
        (200, {"data": [{"index": 0, "embedding": [0.0, 0.0]}]}),
        (200, {"data": [{"index": 0, "embedding": ["x"]}]}),
        (200, [1]),
    ],
)
def test_a_broken_endpoint_fails_without_repeating_what_was_said(endpoint, status, body):
    endpoint.status, endpoint.body = status, body
    with pytest.raises(EmbedderFailed) as caught:
        EndpointEmbedder(endpoint.url, model="m", key="secret").embed(["客户说的话"])
    assert "客户" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_endpoint_that_is_not_there_fails():
    with pytest.raises(EmbedderFailed):
        EndpointEmbedder("http://127.0.0.1:9", model="m").embed(["一"])


def test_vectors_of_another_length_are_refused(endpoint):
    embedder = EndpointEmbedder(endpoint.url, model="m")
    embedder.embed(["一"])
    endpoint.body = {"data": [{"index": 0, "embedding": [1.0, 2.0]}]}
    with pytest.raises(EmbedderFailed):
        embedder.embed(["二"])


def test_the_setting_chooses():
    assert create_embedder("none") is None
    assert isinstance(create_embedder("bundled"), BundledEmbedder)
    assert isinstance(create_embedder("https://example.com", model="m"), EndpointEmbedder)
    with pytest.raises(ValueError, match="neither bundled"):
        create_embedder("e5")


def test_a_query_is_embedded_once(endpoint):
    asking = Asking(EndpointEmbedder(endpoint.url, model="m"))
    for texts in (["一", "二二"], ["二二", "一"], ["一"]):
        assert asking(texts) is not None
    assert len(endpoint.requests) == 1


def test_no_more_queries_are_remembered_than_there_is_room_for(endpoint):
    asking = Asking(EndpointEmbedder(endpoint.url, model="m"))
    asking([str(n) for n in range(REMEMBERED + 1)])
    asked = len(endpoint.requests)
    asking([str(REMEMBERED)])
    assert len(endpoint.requests) == asked
    asking(["0"])
    assert len(endpoint.requests) == asked + 1


def test_a_failing_endpoint_is_left_alone_for_a_while(endpoint, caplog):
    clock = [0.0]
    asking = Asking(EndpointEmbedder(endpoint.url, model="m"), monotonic=lambda: clock[0])
    endpoint.status = 503
    with caplog.at_level(logging.WARNING):
        assert asking(["客户的话"]) is None
        assert asking(["客户的话"]) is None
    assert len(endpoint.requests) == 1
    assert asking.failure == "the endpoint answered 503"
    assert "客户" not in caplog.text

    endpoint.status = 200
    clock[0] += PAUSE_SECONDS
    assert asking(["客户的话"]) is not None
    assert asking.failure is None
