"""The fitted numbers of the search; benchmarks/fit_understanding.py makes them anew."""

from __future__ import annotations

RANK = {
    "nearest": 13.461,
    "middle": 6.564,
    "learned": 0.257,
    "answer": 4.369,
    "together": 5.899,
    "support": 4.742,
    "shared": 0.555,
    "missed": -0.124,
    "added": -0.1,
    "silent": -0.553,
    "phrasings": 1.5,
}
SURE = {
    "bias": -5.626,
    "nearest": 1.534,
    "middle": 0.63,
    "answer": 0.708,
    "together": 0.8,
    "likeness": 0.492,
    "support": 0.343,
    "shared": 0.133,
    "missed": -0.145,
    "added": -0.111,
    "strange": -0.135,
    "opposed": -1.085,
    "silent": -0.286,
    "phrasings": 0.63,
    "rank": 0.047,
    "length": 0.484,
    "mute": 0.374,
}
OURS = {
    "bias": -27.322,
    "nearest": 9.68,
    "middle": 21.526,
    "shared": 0.473,
    "strange": -0.494,
    "length": 2.438,
    "mute": 0.295,
}
RANK_BY_WORDS = {
    "together": 7.239,
    "likeness": 6.994,
    "support": 10.638,
    "shared": 0.627,
    "missed": -0.14,
    "added": -0.153,
    "silent": -0.484,
    "phrasings": 1.5,
}
SURE_BY_WORDS = {
    "bias": -3.519,
    "together": 0.983,
    "likeness": 0.74,
    "support": 0.707,
    "shared": 0.156,
    "missed": -0.155,
    "added": -0.152,
    "strange": -0.156,
    "opposed": -0.941,
    "silent": -0.245,
    "phrasings": 0.535,
    "rank": 0.053,
    "length": 0.62,
    "mute": 0.35,
}
OURS_BY_WORDS = {
    "bias": -10.8,
    "together": 5.922,
    "shared": 0.999,
    "strange": -0.529,
    "length": 2.965,
    "mute": 0.436,
}
ANSWER_AT = 0.48
ANSWER_LEAD = 0.55
SUGGEST_AT = 0.13
