"""No time counts before the numbers agree: loss, gradients, and what is decoded."""

from typing import Any

import torch

from benchmarks.recurrent.layers import check_agreement
from benchmarks.seq2seq import ours as own
from benchmarks.seq2seq import plain_work
from benchmarks.seq2seq.plan import TORCH
from benchmarks.seq2seq.setting import Setting, pairs_of
from saiki.models import PairBatch

SCORES = 1e-3  # nats of a whole sentence


def check_training(ours: Any, theirs: Any, setting: Setting) -> None:
    """Mean nats of a batch and the gradient of every parameter, without drop-out."""
    batch, smoothing = pairs_of(setting.batches[0]), setting.config.training.label_smoothing
    found = []
    for network in (ours.eval(), theirs.eval()):
        if network is ours:
            loss = network.loss(batch, label_smoothing=smoothing)
            loss = loss.total / loss.count
        else:
            loss = plain_work.loss_of(network, batch, smoothing, TORCH)
        named = dict(network.named_parameters())
        grown = torch.autograd.grad(loss, [named[name] for name in sorted(named)])
        found.append([loss.detach(), *grown])
        network.train()
    check_agreement("seq2seq against torch.nn", *found)


def check_decoding(ours: Any, theirs: Any, batch: PairBatch, most: list[int], method: str) -> None:
    """Scores and lengths; tokens may differ where two are equally likely."""
    mine = own.decode(ours, batch, most, method)
    other = plain_work.decode(theirs, batch, most, method)
    for one, (tokens, score) in zip(mine, other, strict=True):
        if len(one.tokens) != len(tokens) or abs(one.score - score) > SCORES:
            raise ArithmeticError(
                f"{method}: {one.tokens} scores {one.score} here, {tokens} {score} in plain torch"
            )
