"""What is done with a plain network: a pass of training, greedy decoding, beam search."""

import math
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.recurrent.timing import Work
from benchmarks.seq2seq.ours import FORBIDDEN, make_optimiser_for
from benchmarks.seq2seq.plain import PlainRecurrent
from benchmarks.seq2seq.plain_transformer import PlainTransformer
from benchmarks.seq2seq.plan import AUTOCAST, AUTOCAST_SOFTMAX, GREEDY, LENGTH_ALPHA, WIDTH
from benchmarks.seq2seq.setting import Setting, pairs_of
from saiki.data.text import TextTokenizer
from saiki.models import PairBatch

START, END = TextTokenizer.start_id, TextTokenizer.end_id
OFFSET = 5.0  # of the length normalisation
Decoded = list[tuple[list[int], float]]  # tokens and score of the best of each source


def make_plain(setting: Setting, ours: nn.Module) -> Any:
    """With a copy of our weights."""
    model = setting.config.model
    kind = PlainTransformer if model.architecture == "transformer" else PlainRecurrent
    network = kind(*setting.vocabularies, model)
    network.load_state_dict(ours.state_dict())
    return network


def autocast(*, is_on: bool) -> AbstractContextManager[Any]:
    return torch.autocast("cpu", torch.bfloat16, enabled=is_on)


def loss_of(network: nn.Module, batch: PairBatch, smoothing: float, system: str) -> Tensor:
    """Mean nats of a target token; padding never reaches the softmax."""
    with autocast(is_on=system == AUTOCAST):
        hidden = network(batch)
    is_real = torch.arange(batch.target.shape[1]) < batch.target_lengths[:, None]
    with autocast(is_on=system in {AUTOCAST, AUTOCAST_SOFTMAX}):
        logits = network.head(hidden[is_real])
        return functional.cross_entropy(logits, batch.target[is_real], label_smoothing=smoothing)


def training_pass(network: nn.Module, setting: Setting, system: str) -> Work:
    settings, optimiser = setting.config.training, make_optimiser_for(network, setting)
    parameters = list(network.parameters())
    batches = [pairs_of(batch) for batch in setting.batches]
    network.train()

    def work() -> object:
        for batch in batches:
            optimiser.zero_grad(set_to_none=True)
            loss = loss_of(network, batch, settings.label_smoothing, system)
            loss.backward()
            if settings.clip_norm is not None:
                nn.utils.clip_grad_norm_(parameters, settings.clip_norm)
            optimiser.step()
        return loss

    return work


@torch.inference_mode()
def decode(network: Any, batch: PairBatch, most: list[int], method: str) -> Decoded:
    if method == GREEDY:
        return _greedy(network, batch, torch.tensor(most))
    return _beam(network, batch, most)


def _offered(rows: Tensor, is_last: Tensor) -> Tensor:
    """Log p with forbidden tokens out; at the last step the end alone is left."""
    rows[:, FORBIDDEN] = -math.inf
    if is_last.any():
        ends = rows[:, END].clone()
        rows.masked_fill_(is_last[:, None], -math.inf)
        rows[:, END] = ends
    return rows


def _greedy(network: Any, batch: PairBatch, most: Tensor) -> Decoded:
    """Rows that have ended leave the batch."""
    state, owners = network.start(batch), torch.arange(len(most))
    last, totals = torch.full_like(owners, START), torch.zeros(len(most), dtype=torch.float64)
    written: list[tuple[Tensor, Tensor]] = []
    for step in range(1, int(most.max()) + 1):
        rows, state = network.step(last, state)
        best, last = _offered(rows, most[owners] == step).max(1)
        totals[owners] += best.double()
        written.append((owners, last))
        kept = (last != END).nonzero().squeeze(1)
        if len(kept) < len(owners):
            owners, last, state = owners[kept], last[kept], state.select(kept)
        if not len(owners):
            break
    tokens: list[list[int]] = [[] for _ in most]
    for who, what in written:
        for owner, token in zip(who.tolist(), what.tolist(), strict=True):
            tokens[owner].append(token)
    return list(zip(tokens, totals.tolist(), strict=True))


def _beam(network: Any, batch: PairBatch, most: list[int]) -> Decoded:
    """All beams of all sources side by side; a source leaves once its best cannot be passed.

    Of the 2 W best continuations at most W end, so W are left to go on with.
    """
    count = len(most)
    best: list[tuple[list[int], float]] = [([], -math.inf)] * count
    owners, longest = list(range(count)), torch.tensor(most)
    state = network.start(batch).select(torch.arange(count).repeat_interleave(WIDTH))
    totals = torch.full((count, WIDTH), -math.inf)
    totals[:, 0] = 0
    written = torch.full((count, WIDTH, 1), START)
    for step in range(1, max(most) + 1):
        rows, state = network.step(written[:, :, -1].flatten(), state)
        is_last = (longest == step).repeat_interleave(WIDTH)
        rows = _offered(rows, is_last).view(len(owners), WIDTH, -1)
        vocabulary = rows.shape[-1]
        top, flat = (totals[..., None] + rows).flatten(1).topk(2 * WIDTH)
        beams, tokens = flat // vocabulary, flat % vocabulary
        is_end = tokens == END
        for place, rank in is_end[:, :WIDTH].nonzero().tolist():
            score = float(top[place, rank]) / _penalty(step)
            if score > best[owners[place]][1]:
                before = written[place, beams[place, rank], 1:].tolist()
                best[owners[place]] = ([*before, END], score)
        # Those that go on, in the order of their totals.
        order = is_end.to(torch.int8).argsort(dim=1, stable=True)[:, :WIDTH]
        totals = top.masked_fill(is_end, -math.inf).gather(1, order)
        beams, tokens = beams.gather(1, order), tokens.gather(1, order)
        reach = (totals[:, 0] / torch.tensor([_penalty(most[owner]) for owner in owners])).tolist()
        kept = [
            at
            for at, owner in enumerate(owners)
            if most[owner] > step and reach[at] > best[owner][1]
        ]
        if not kept:
            break
        rows_kept = torch.tensor(kept)
        owners, longest = [owners[at] for at in kept], longest[rows_kept]
        totals, beams, tokens = totals[rows_kept], beams[rows_kept], tokens[rows_kept]
        state = state.select((rows_kept[:, None] * WIDTH + beams).flatten())
        written = written[rows_kept[:, None], beams]
        written = torch.cat([written, tokens[..., None]], -1)
    return best


def _penalty(length: int) -> float:
    return ((OFFSET + length) / (OFFSET + 1)) ** LENGTH_ALPHA
