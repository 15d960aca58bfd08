"""How every measurement reports: a table for people, and one JSON line for programs."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

BEGAN = time.monotonic()


def progress(text: str) -> None:
    """Print a line with the time since the start."""
    print(f"[{time.monotonic() - BEGAN:6.1f} s] {text}", flush=True)


def p50(values: list[float]) -> float:
    """Median."""
    return statistics.median(values)


def p95(values: list[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return sorted(values)[int(len(values) * 0.95)]


def p99(values: list[float]) -> float:
    """The value that 99 of 100 do not exceed."""
    return sorted(values)[int(len(values) * 0.99)]


def at_least(name: str, value: float, unit: str, target: float) -> dict[str, Any]:
    """One line of the result, with a target that the value has to reach."""
    return measured(name, value, unit) | {"target": target, "met": value >= target}


def at_most(name: str, value: float, unit: str, target: float) -> dict[str, Any]:
    """One line of the result, with a target that the value must not exceed."""
    return measured(name, value, unit) | {"target": target, "met": value <= target}


def measured(name: str, value: float, unit: str) -> dict[str, Any]:
    """One line of the result, for information."""
    return {"name": name, "value": round(value, 2), "unit": unit, "target": None, "met": None}


def print_results(bench: str, results: list[dict[str, Any]]) -> None:
    """Print the table, then the JSON object as the last line."""
    for each in results:
        verdict = "" if each["met"] is None else ("  met" if each["met"] else "  NOT met")
        target = "" if each["target"] is None else f"  (target {each['target']:g})"
        print(f"{each['name']:<46} {each['value']:>9.2f} {each['unit']}{target}{verdict}")
    print(json.dumps({"bench": bench, "results": results}, ensure_ascii=False), flush=True)
