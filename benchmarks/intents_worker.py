"""Trains one pipeline on one part of the data and measures it; started by bench_intents.py."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sys
import tempfile
import time
import unicodedata
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")

import numpy as np  # noqa: E402
import structlog  # noqa: E402
import yaml  # noqa: E402
from intents_pipelines import config_of  # noqa: E402
from rasa.core.agent import Agent  # noqa: E402
from rasa.model_training import train_nlu  # noqa: E402
from results import p50, p95  # noqa: E402
from sklearn.metrics import accuracy_score, f1_score  # noqa: E402
from sklearn.model_selection import StratifiedGroupKFold  # noqa: E402

from bot.components import meaning  # noqa: E402

Examples = list[tuple[str, str]]

VECTORS = ROOT / "var" / "bench" / "intents"
FILLER = re.compile(r"[\W_\d的了吗呢啊呀吧嘛我你您请帮给个一下谢]")


def main(name: str, what: str, folds: int, result: Path) -> None:
    """Measure, and write the figures where they are expected."""
    be_quiet()
    examples = read(*sorted((ROOT / "data" / "nlu").glob("*.yml")))
    if what == "whole":
        figures = measure_whole(name, examples)
    else:
        figures = measure_fold(name, examples, folds, int(what.removeprefix("fold-")))
    result.write_text(json.dumps(figures))


def be_quiet() -> None:
    """Turn Rasa's debug log off, as its command line does: it costs more than understanding."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))


def measure_fold(name: str, examples: Examples, folds: int, fold: int) -> dict[str, float]:
    """Train without one part of the examples and predict that part."""
    labels = [intent for _, intent in examples]
    groups = [near_duplicate(text) for text, _ in examples]
    cuts = StratifiedGroupKFold(folds, shuffle=True, random_state=1)
    learned, left_out = list(cuts.split(examples, labels, groups))[fold]
    with tempfile.TemporaryDirectory() as folder, RememberedVectors():
        agent = train(name, [examples[i] for i in learned], Path(folder))
        truth, guessed = predict(agent, [examples[i] for i in left_out])
    return {
        "cv_accuracy": 100 * accuracy_score(truth, guessed),
        "cv_macro_f1": 100 * f1_score(truth, guessed, average="macro"),
    }


def measure_whole(name: str, examples: Examples) -> dict[str, float]:
    """Train on everything; predict the files that were kept apart; take time and memory."""
    test = read(ROOT / "tests" / "nlu" / "test_nlu.yml")
    blind = read(ROOT / "tests" / "nlu" / "blind.yml", only_reporting=True)
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        model = train(name, examples, Path(folder)).model_path
        seconds = time.process_time() - began
        # Memory and time of a process that only answers.
        return {"training_seconds": seconds, **in_new_process(model, test, blind)}


def in_new_process(model: Any, test: Examples, blind: Examples) -> dict[str, float]:
    """Run `answer` in a fresh interpreter, which has not trained anything."""
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(answer, (str(model), test, blind))


def answer(model: str, test: Examples, blind: Examples) -> dict[str, float]:
    """Load a model, predict, and say how long a message took and what the process holds."""
    be_quiet()
    agent = Agent.load(model)
    times: list[float] = []
    figures = {}
    for key, lines in (("test_macro_f1", test), ("blind_macro_f1", blind)):
        truth, guessed = predict(agent, lines, times)
        figures[key] = 100 * f1_score(truth, guessed, average="macro")
    warm = times[20:]
    return {
        **figures,
        "p50_ms": p50(warm),
        "p95_ms": p95(warm),
        "memory_mb": resident_megabytes(),
    }


def resident_megabytes() -> float:
    """Return what this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def train(name: str, examples: Examples, folder: Path) -> Agent:
    """Train a pipeline as `rasa train nlu` does."""
    by_intent: dict[str, list[str]] = {}
    for text, intent in examples:
        by_intent.setdefault(intent, []).append(f"- {text}\n")
    nlu = [{"intent": intent, "examples": "".join(lines)} for intent, lines in by_intent.items()]
    (folder / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}), "utf-8")
    (folder / "config.yml").write_text(yaml.safe_dump(config_of(name)), "utf-8")
    model = train_nlu(
        str(folder / "config.yml"),
        str(folder / "nlu.yml"),
        str(folder),
        fixed_model_name="model",
        domain=str(ROOT / "domain.yml"),
    )
    agent = Agent.load(model)
    agent.model_path = model
    return agent


def predict(
    agent: Agent, lines: Examples, times: list[float] | None = None
) -> tuple[list[str], list[str]]:
    """Return true and predicted intents; append the milliseconds of each to `times`."""

    async def run() -> list[str]:
        guessed = []
        for text, _ in lines:
            began = time.process_time()
            parsed = await agent.parse_message(text)
            if times is not None:
                times.append((time.process_time() - began) * 1000)
            guessed.append(parsed["intent"]["name"])
        return guessed

    return [intent for _, intent in lines], asyncio.run(run())


def read(*files: Path, only_reporting: bool = False) -> Examples:
    """Return the texts and intents of training files.

    Args:
        files: in Rasa's format.
        only_reporting: of each intent only lines 2, 4, 6 …; the others are for choosing.
    """
    found: Examples = []
    for file in files:
        for block in yaml.safe_load(file.read_text("utf-8"))["nlu"]:
            lines = [line[2:].strip() for line in block["examples"].splitlines() if line.strip()]
            found += [
                (line, block["intent"]) for line in (lines[1::2] if only_reporting else lines)
            ]
    return found


def near_duplicate(text: str) -> str:
    """Return what two wordings share that differ only in order, politeness and digits."""
    plain = FILLER.sub("", unicodedata.normalize("NFKC", text).lower())
    return "".join(sorted(set(plain))) or text


class RememberedVectors:
    """While it lasts, vectors are computed once and kept on disk: e5 takes 15 ms for each."""

    def __enter__(self) -> None:
        """Put itself before every encoder."""
        self._real = dict(meaning.ENCODERS)
        self._made: list[Remembering] = []
        for name in self._real:
            meaning.ENCODERS[name] = partial(self._make, name)
        meaning._encoder.cache_clear()

    def _make(self, name: str) -> Remembering:
        self._made.append(Remembering(name, self._real[name]()))
        return self._made[-1]

    def __exit__(self, *exc: object) -> None:
        """Put the encoders back."""
        for encoder in self._made:
            encoder.keep()
        meaning.ENCODERS.update(self._real)
        meaning._encoder.cache_clear()


class Remembering:
    """An encoder that looks first whether it knows the text."""

    def __init__(self, name: str, encode: meaning.Encoder) -> None:
        """Read what earlier runs computed."""
        self._encode = encode
        self._file = VECTORS / f"vectors-{name}.npz"
        self._known: dict[str, Any] = {}
        if self._file.exists():
            with np.load(self._file) as kept:
                self._known = dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))

    def __call__(self, texts: list[str]) -> Any:
        """Return the vectors; new ones are computed."""
        missing = sorted({text for text in texts if text not in self._known})
        if missing:
            self._known.update(zip(missing, self._encode(missing), strict=True))
        return np.stack([self._known[text] for text in texts])

    def keep(self) -> None:
        """Write down what is known."""
        np.savez(self._file, texts=list(self._known), vectors=np.stack(list(self._known.values())))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
