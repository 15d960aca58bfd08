"""The fitted numbers of the search; benchmarks/fit_understanding.py makes them anew."""

from __future__ import annotations

RANK = {
    "nearest": 11.609,
    "middle": 3.969,
    "learned": 0.36,
    "answer": 6.937,
    "together": 5.039,
    "support": 3.895,
    "unordered": 1.084,
    "shared": 0.5,
    "missed": -0.118,
    "added": -0.096,
    "silent": -0.551,
    "phrasings": 1.5,
}
SURE = {
    "bias": -5.674,
    "nearest": 2.226,
    "middle": 0.321,
    "learned": 0.098,
    "answer": 0.766,
    "together": 1.003,
    "likeness": 0.524,
    "support": 0.486,
    "unordered": 0.103,
    "shared": 0.155,
    "missed": -0.209,
    "added": -0.117,
    "strange": -0.202,
    "opposed": -1.553,
    "silent": -0.364,
    "rank": 0.075,
    "length": 0.872,
    "mute": 0.378,
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
    "together": 6.863,
    "likeness": 3.313,
    "support": 11.466,
    "unordered": 5.392,
    "shared": 0.615,
    "missed": -0.145,
    "added": -0.154,
    "opposed": -0.021,
    "silent": -0.423,
    "phrasings": 1.5,
}
SURE_BY_WORDS = {
    "bias": -3.575,
    "together": 1.403,
    "likeness": 0.854,
    "support": 0.909,
    "unordered": 0.388,
    "shared": 0.178,
    "missed": -0.218,
    "added": -0.2,
    "strange": -0.235,
    "opposed": -1.309,
    "silent": -0.241,
    "rank": 0.067,
    "length": 1.093,
    "mute": 0.279,
}
OURS_BY_WORDS = {
    "bias": -10.801,
    "together": 5.922,
    "shared": 0.999,
    "strange": -0.529,
    "length": 2.965,
    "mute": 0.436,
}
ANSWER_AT = 0.56
ANSWER_LEAD = 0.4
SUGGEST_AT = 0.23
