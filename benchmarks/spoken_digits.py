"""Spoken digits, official split: every cell once, the recipe's own with three seeds."""

from benchmarks.recipes import grid, without_runs
from benchmarks.record import record


def main() -> None:
    own = grid("spoken-digits", "spoken-digits", {"model.bidirectional": ["true"]}, seeds=3)
    cells = grid(
        "spoken-digits-cells",
        "spoken-digits",
        {
            "model.cell": ["rnn", "gru", "lstm", "peephole-lstm", "cnn", "cnn-se"],
            "model.bidirectional": ["false", "true"],
        },
        seeds=1,
    )
    record(
        "spoken_digits",
        "test accuracy at least 0.99, mean of three seeds, within 90 s of training; aim 0.997",
        {"recipe": without_runs(own), "cells": without_runs(cells)},
    )
