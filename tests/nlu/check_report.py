"""Reads the report of `rasa test nlu` and fails when understanding has become worse.

python tests/nlu/check_report.py var/rasa-test/nlu/intent_report.json 0.95
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(report: str, least: float) -> int:
    figures = json.loads(Path(report).read_text("utf-8"))
    macro = figures["macro avg"]["f1-score"]
    intents = {k: v for k, v in figures.items() if isinstance(v, dict) and "avg" not in k}
    weakest = sorted(intents, key=lambda name: intents[name]["f1-score"])[:3]
    weak = ", ".join(f"{name} {intents[name]['f1-score']:.3f}" for name in weakest)
    measured = Path(report).parent.name
    print(f"{measured}: macro-F1 {macro:.3f} over {len(intents)} intents; weakest: {weak}")
    return 0 if macro >= least else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
