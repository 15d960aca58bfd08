"""Which pipeline understands best, and what it costs. Runs in Rasa's environment.

Each pipeline is trained as Rasa trains it and measured in a process of its own, on one core:

* cross-validation on the training data, with near duplicates kept on one side of the cut,
* macro-F1 on tests/nlu/test_nlu.yml, and on the half of blind.yml that is only for reporting,
* seconds to train and milliseconds a message, both of CPU (the processes are held to one core, so
  that is what a quiet machine's clock says, whatever else runs), and resident memory.

What was measured is kept in var/bench/ by pipeline and data, so a run that was interrupted goes
on where it stopped. `--anew` measures everything again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

from intents_pipelines import FOLDS, FOLDS_OF, PIPELINES, SHIPPED, config_of
from results import at_least, at_most, measured, print_results, progress

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "bench" / "intents"
ENVIRONMENT = {
    "RASA_MAX_CACHE_SIZE": "0",  # else a second training would be read from the first one's cache
    **dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "TF_NUM_INTRAOP_THREADS",
            "TF_NUM_INTEROP_THREADS",
            "TF_INTRA_OP_PARALLELISM_THREADS",
            "TF_INTER_OP_PARALLELISM_THREADS",
        ),
        "1",
    ),
}
COLUMNS = {
    "cv_accuracy": ("cv accuracy", "%"),
    "cv_macro_f1": ("cv macro-F1", "%"),
    "test_macro_f1": ("test macro-F1", "%"),
    "blind_macro_f1": ("blind macro-F1", "%"),
    "training_seconds": ("training, CPU", "s"),
    "p50_ms": ("message p50, CPU", "ms"),
    "p95_ms": ("message p95, CPU", "ms"),
    "memory_mb": ("memory", "MB"),
}


def main(anew: bool) -> None:
    """Measure every pipeline, then print."""
    KEPT.mkdir(parents=True, exist_ok=True)
    figures = {name: measure(name, anew) for name in PIPELINES}
    print(f"\n{'':<22}" + "".join(f"{title:>18}" for title, _ in COLUMNS.values()))
    for name, row in figures.items():
        shipped = " *" if name == SHIPPED else ""
        print(f"{name + shipped:<22}" + "".join(f"{row[column]:>18.1f}" for column in COLUMNS))
    print("* shipped\n")
    results = [
        measured(f"{name}, {title}", row[column], unit)
        for name, row in figures.items()
        if name != SHIPPED
        for column, (title, unit) in COLUMNS.items()
    ]
    print_results("intents", results + judged(figures[SHIPPED]))


def judged(row: dict[str, float]) -> list[dict[str, Any]]:
    """Return the lines of the shipped pipeline, with the targets it has to reach."""
    lines = []
    for column, (title, unit) in COLUMNS.items():
        name = f"{SHIPPED} (shipped), {title}"
        if column in ("test_macro_f1", "blind_macro_f1"):
            lines.append(at_least(name, row[column], unit, 95.0))
        elif column == "p95_ms":
            lines.append(at_most(name, row[column], unit, 20.0))
        else:
            lines.append(measured(name, row[column], unit))
    return lines


def measure(name: str, anew: bool) -> dict[str, float]:
    """Return a pipeline's figures, measured now or by an earlier run on the same data."""
    row = part(name, "whole", anew)
    folds = [part(name, f"fold-{fold}", anew) for fold in range(FOLDS_OF.get(name, FOLDS))]
    for key in ("cv_accuracy", "cv_macro_f1"):
        row[key] = sum(fold[key] for fold in folds) / len(folds)
    return row


def part(name: str, what: str, anew: bool) -> dict[str, float]:
    """Run one training with its measurements in a process of its own."""
    kept = KEPT / f"{name.replace(' ', '-')}-{what}-{fingerprint(name)}.json"
    if anew or not kept.exists():
        progress(f"{name}: {what} …")
        command = [sys.executable, str(Path(__file__).with_name("intents_worker.py"))]
        began = time.monotonic()
        with (KEPT / "worker.log").open("ab") as log:
            done = subprocess.run(
                [*command, name, what, str(FOLDS), str(kept)],
                env={**os.environ, **ENVIRONMENT},
                stdout=log,
                stderr=log,
                check=False,
            )
        if done.returncode:
            raise SystemExit(f"{name}: {what} failed, see {log.name}")
        progress(f"{name}: {what} took {time.monotonic() - began:.0f} s")
    return dict(json.loads(kept.read_text("utf-8")))


def fingerprint(name: str) -> str:
    """Return a short hash over the pipeline, its components, and the data."""
    digest = sha256(json.dumps(config_of(name), sort_keys=True).encode())
    for folder in ("data/nlu", "tests/nlu", "bot/components"):
        for path in sorted((ROOT / folder).rglob("*.*")):
            if path.suffix in (".yml", ".py"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    main(anew="--anew" in sys.argv)
