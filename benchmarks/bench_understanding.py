"""Measure understanding: finding the article, or honestly saying that there is none.

    python benchmarks/bench_understanding.py [--part tune] [--no-scale]

Runs protocol A to D on the evaluation data if that is at hand, and always the repository's own
indirect questions; ours beside each baseline, in one run. Vectors are computed once and kept in
var/bench/, so that a second run is quick. Targets are those of the evaluation data's test part.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Sequence
from typing import Any

import understanding_data as data
from results import at_least, at_most, measured, print_results, progress
from understanding_figures import Decided, Found, Rejected, decided, found, mean, rejected, spread
from understanding_index import known_vectors
from understanding_scale import SIZES, measure
from understanding_systems import System, systems
from understanding_vectors import KnownVectors

DRAWS = range(5)
OURS = "ours"
Results = list[dict[str, Any]]

FOUND_TARGETS = {"k=5": 77.0, "k=10": 85.0, "all": 96.0}
MACRO_TARGETS = {"all": 94.0}
PARAPHRASE_TARGET = 84.5
FAR_TARGET = 99.0
NEAR_TARGETS = {"k=10": 65.0, "all": 82.0}
SHIPPED_TARGETS = (("answered_right", 93.0), ("answered_wrong", 3.0), ("far_not_answered", 99.0))


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--part", choices=("test", "tune"), default="test")
    options.add_argument("--no-scale", action="store_true", help="leave growth out")
    chosen = options.parse_args()
    vectors = known_vectors()
    rivals = systems(vectors)
    results: Results = []
    if data.has_evaluation_data():
        prepare(vectors, chosen.part)
        results += protocol_a(rivals, chosen.part)
        results += protocol_b(rivals, chosen.part)
        results += protocol_c(rivals, chosen.part)
        results += protocol_d(rivals, chosen.part)
    else:
        progress("the evaluation data is not at hand: the repository's own questions alone")
    results += indirect(rivals, chosen.part)
    vectors.keep()
    if not chosen.no_scale:
        results += scale()
    print_results("understanding", results)


def prepare(vectors: KnownVectors, part: str) -> None:
    """Compute the vectors of all texts, telling how far it has got."""
    everything = data.telecom(part, None, 0)
    texts = [text for one in everything.articles for text in (one.question, *one.similar_questions)]
    texts += [one.answer for one in everything.articles if one.answer]
    asked = [*everything.asked, *data.paraphrases(part), *data.far(part)]
    vectors.compute([*texts, *(one.query for one in asked)], "vectors")
    vectors.keep()


def protocol_a(rivals: dict[str, System], part: str) -> Results:
    """Telecom topics among 2,375 standard questions."""
    results: Results = []
    for k in (1, 5, 10, None):
        label = "all" if k is None else f"k={k}"
        for name, system in rivals.items():
            figures: list[Found] = []
            for seed in DRAWS if k else range(1):
                draw = data.telecom(part, k, seed)
                answered = system(draw.articles, [one.query for one in draw.asked])
                figures.append(found(draw.asked, answered))
            each = mean(figures)
            row = f"A {label}, {name}: recall@1"
            target = FOUND_TARGETS.get(label) if name == OURS else None
            results.append(_line(row, each["first"], target))
            results.append(measured(f"A {label}, {name}: recall@3", each["among_three"], "%"))
            macro = MACRO_TARGETS.get(label) if name == OURS else None
            results.append(_line(f"A {label}, {name}: macro", each["macro_first"], macro))
            if name == OURS:
                results.append(measured(f"A {label}, {name}: MRR", each["mrr"], ""))
                deviation = spread(figures, "first")
                results.append(measured(f"A {label}, {name}: spread", deviation, "points"))
            _tell(f"A {label}", name, each)
    return results


def protocol_b(rivals: dict[str, System], part: str) -> Results:
    """Paraphrases of phone questions."""
    results: Results = []
    articles, asked = data.telecom(part, 5, 0).articles, data.paraphrases(part)
    for name, system in rivals.items():
        each = mean([found(asked, system(articles, [one.query for one in asked]))])
        target = PARAPHRASE_TARGET if name == OURS else None
        results.append(_line(f"B, {name}: recall@1", each["first"], target))
        results.append(measured(f"B, {name}: recall@3", each["among_three"], "%"))
        _tell("B", name, each)
    return results


def protocol_c(rivals: dict[str, System], part: str) -> Results:
    """What has nothing to do with the topics."""
    results: Results = []
    outside = data.far(part)
    for k in (10, None):
        label = "all" if k is None else f"k={k}"
        for name, system in rivals.items():
            refused: list[Rejected] = []
            shipped: list[Decided] = []
            for seed in DRAWS if k else range(1):
                draw = data.telecom(part, k, seed, phone=False)
                asked = [*draw.asked, *outside]
                answered = system(draw.articles, [one.query for one in asked])
                refused.append(rejected(asked, answered, keep=0.95))
                shipped.append(decided(asked, answered))
            each = mean(refused)
            target = FAR_TARGET if name == OURS and k else None
            results.append(measured(f"C {label}, {name}: AUROC", each["auroc"], "%"))
            results.append(_line(f"C {label}, {name}: rejected", each["rejected"], target))
            _tell(f"C {label}", name, each)
            if name.startswith(OURS):
                results += _shipped(
                    f"C {label}, {name}", shipped, with_target=name == OURS and not k
                )
    return results


def protocol_d(rivals: dict[str, System], part: str) -> Results:
    """Ten topics taken out: what is near but has no answer."""
    results: Results = []
    for k in (10, None):
        label = "all" if k is None else f"k={k}"
        for name, system in rivals.items():
            refused: list[Rejected] = []
            shipped: list[Decided] = []
            for seed in DRAWS:
                draw = data.telecom(part, k, seed, phone=False, gone=10)
                answered = system(draw.articles, [one.query for one in draw.asked])
                refused.append(rejected(draw.asked, answered, keep=0.9))
                shipped.append(decided(draw.asked, answered))
            each = mean(refused)
            target = NEAR_TARGETS[label] if name == OURS else None
            results.append(measured(f"D {label}, {name}: AUROC", each["auroc"], "%"))
            results.append(_line(f"D {label}, {name}: rejected", each["rejected"], target))
            if name == OURS:
                deviation = spread(refused, "rejected")
                results.append(measured(f"D {label}, {name}: spread", deviation, "points"))
                results += _shipped(f"D {label}, {name}", shipped, with_target=False)
            _tell(f"D {label}", name, each)
    return results


def indirect(rivals: dict[str, System], part: str) -> Results:
    """The starter articles, asked in words they do not use."""
    results: Results = []
    for name, system in rivals.items():
        draw = data.own(part)
        answered = system(draw.articles, [one.query for one in draw.asked])
        each = mean([found(draw.asked, answered)])
        far = mean([rejected(draw.asked, answered, keep=0.95)])
        near = []
        for seed in DRAWS:
            less = data.own(part, gone=30, seed=seed)
            near.append(
                rejected(less.asked, system(less.articles, [q.query for q in less.asked]), keep=0.9)
            )
        results.append(measured(f"own, {name}: recall@1", each["first"], "%"))
        results.append(measured(f"own, {name}: recall@3", each["among_three"], "%"))
        results.append(measured(f"own, {name}: far rejected (95 % kept)", far["rejected"], "%"))
        rate = mean(near)["rejected"]
        results.append(measured(f"own, {name}: near rejected (90 % kept)", rate, "%"))
        if name.startswith(OURS):
            results += _shipped(f"own, {name}", [decided(draw.asked, answered)], with_target=False)
        _tell("own", name, each)
    return results


def scale() -> Results:
    """Time, memory and loading as the knowledge base grows."""
    results: Results = []
    for size in SIZES:
        progress(f"scale: {size:,} phrasings")
        grown = measure(size)
        label = f"{size:,} phrasings"
        named = size == 50_000
        for name, value, unit, target in (
            ("p95 with the bundled embedder", grown.meaning_p95, "ms", 25.0),
            ("p50 with the bundled embedder", grown.meaning_p50, "ms", None),
            ("p95 by words alone", grown.words_p95, "ms", 5.0),
            ("loading", grown.load_seconds, "s", 5.0),
            ("memory", grown.memory_mb, "MB", None),
        ):
            row = f"{label}: {name}"
            if named and target is not None:
                results.append(at_most(row, value, unit, target))
            else:
                results.append(measured(row, value, unit))
    return results


def _shipped(row: str, figures: Sequence[Decided], *, with_target: bool) -> Results:
    each = mean(figures)
    targets = dict(SHIPPED_TARGETS) if with_target else {}
    results = []
    for name, value in each.items():
        line = f"{row}: {name.replace('_', ' ')}"
        if name == "answered_wrong" and name in targets:
            results.append(at_most(line, value, "%", targets[name]))
        else:
            results.append(_line(line, value, targets.get(name)))
    return results


def _line(row: str, value: float, target: float | None) -> dict[str, Any]:
    return measured(row, value, "%") if target is None else at_least(row, value, "%", target)


def _tell(what: str, name: str, figures: dict[str, float]) -> None:
    told = ", ".join(f"{key} {value:.1f}" for key, value in figures.items() if key != "mrr")
    progress(f"{what:<8} {name:<20} {told}")


if __name__ == "__main__":
    main()
