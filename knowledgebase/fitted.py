"""The fitted numbers of the search; benchmarks/fit_understanding.py makes them anew."""

from __future__ import annotations

RANK = {
    "nearest": 11.787,
    "middle": 3.726,
    "learned": 0.358,
    "answer": 6.963,
    "together": 5.766,
    "support": 3.698,
    "shared": 0.507,
    "missed": -0.12,
    "added": -0.099,
    "silent": -0.573,
    "phrasings": 1.5,
}
SURE = {
    "bias": -5.742,
    "nearest": 2.227,
    "middle": 0.353,
    "learned": 0.099,
    "answer": 0.752,
    "together": 0.977,
    "likeness": 0.552,
    "support": 0.513,
    "shared": 0.155,
    "missed": -0.204,
    "added": -0.116,
    "strange": -0.198,
    "opposed": -1.545,
    "silent": -0.334,
    "rank": 0.077,
    "length": 0.863,
    "mute": 0.397,
}
OURS = {
    "bias": -27.317,
    "nearest": 9.69,
    "middle": 21.507,
    "shared": 0.473,
    "strange": -0.494,
    "length": 2.438,
    "mute": 0.295,
}
RANK_BY_WORDS = {
    "together": 7.31,
    "likeness": 6.775,
    "support": 10.309,
    "shared": 0.616,
    "missed": -0.145,
    "added": -0.154,
    "silent": -0.472,
    "phrasings": 1.5,
}
SURE_BY_WORDS = {
    "bias": -3.901,
    "together": 1.319,
    "likeness": 0.972,
    "support": 1.017,
    "shared": 0.195,
    "missed": -0.221,
    "added": -0.176,
    "strange": -0.234,
    "opposed": -1.316,
    "silent": -0.244,
    "rank": 0.079,
    "length": 1.122,
    "mute": 0.362,
}
OURS_BY_WORDS = {
    "bias": -10.801,
    "together": 5.922,
    "shared": 0.999,
    "strange": -0.529,
    "length": 2.965,
    "mute": 0.436,
}
ANSWER_AT = 0.55
ANSWER_LEAD = 0.45
SUGGEST_AT = 0.23
