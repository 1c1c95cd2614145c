"""The shapes of recurrent work, each with layers and models of saiki, each on something real.

    one-to-one           a frame of speech -> its speaker
    one-to-many          a number -> how it is written in kanji
    many-to-one          an utterance -> its speaker
    many-to-many         two numbers bit by bit -> their sum bit by bit
    encoder-decoder      a number in kanji -> its digits
    from (x_t, a_t-1)    the sum again, where the output sees the step before and the input

What is measured was never trained on.
"""

import pytest
import torch
from torch import nn as torch_nn
from torch.nn import functional

from saiki import nn
from saiki.data import load
from saiki.models import (
    LanguageModel,
    PairBatch,
    RecurrentSeq2Seq,
    SequenceClassifier,
    greedy,
)

START, END = 2, 3
MOST = 999
DIGITS = "〇一二三四五六七八九"


@pytest.fixture(autouse=True)
def _same_draws():
    with torch.random.fork_rng():
        torch.manual_seed(5)
        yield


def learn(module, loss_of, *, steps, rate):
    """Adam with a rate that falls to nothing."""
    optimiser = torch.optim.Adam(module.parameters(), lr=rate)
    falling = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
    for _ in range(steps):
        optimiser.zero_grad()
        loss_of().backward()
        torch_nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        falling.step()
    module.eval()


def padded(sequences):
    """(B, T, ...) with 0 behind, and lengths (B,)."""
    rows = [torch.as_tensor(one) for one in sequences]
    lengths = torch.tensor([len(one) for one in rows])
    return torch_nn.utils.rnn.pad_sequence(rows, batch_first=True), lengths


def share_right(hypotheses, wanted):
    """How many were written exactly, the end included."""
    pairs = list(zip(hypotheses, wanted, strict=True))
    return sum(list(one.tokens) == [*ids, END] for one, ids in pairs) / len(pairs)


# Speech ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def speech():
    """Part -> utterances (T, 12) and speakers, scaled by the training part."""
    examples = load("japanese-vowels")
    names = sorted(set(examples.labels))
    parts = examples.parts
    rows = {name: [i for i, p in enumerate(parts) if p == name] for name in ("train", "test")}
    frames = torch.cat([torch.as_tensor(examples.value(i)) for i in rows["train"]])
    center, scale = frames.mean(0), frames.std(0)
    return {
        part: (
            [(torch.as_tensor(examples.value(i)) - center) / scale for i in chosen],
            torch.tensor([names.index(examples.labels[i]) for i in chosen]),
        )
        for part, chosen in rows.items()
    }


def share_of_speakers(speech, cut):
    """How many test utterances, cut so, are given to who spoke, after training on such cuts."""
    network = SequenceClassifier(12, 9, cell="gru", hidden_size=32, pooling="last")
    (trained, labels), (tested, wanted) = speech["train"], speech["test"]
    values, lengths = padded([cut(one) for one in trained])

    def loss():
        rows = torch.randint(len(labels), (64,))
        return functional.cross_entropy(network(values[rows], lengths[rows]), labels[rows])

    learn(network, loss, steps=100, rate=0.02)
    values, lengths = padded([cut(one) for one in tested])
    with torch.no_grad():
        return (network(values, lengths).argmax(1) == wanted).double().mean()


def test_one_to_one(speech):
    """One frame, a hundredth of a second of a vowel, already tells nine speakers apart."""
    assert share_of_speakers(speech, lambda one: one[5:6]) > 0.85


def test_many_to_one(speech):
    """The whole vowel does better: only the last output is read."""
    assert share_of_speakers(speech, lambda one: one) > 0.93


# Numbers in kanji --------------------------------------------------------------------------------


def in_kanji(number):
    """九百八十七."""
    written = ""
    for unit, sign in ((100, "百"), (10, "十"), (1, "")):
        count, number = divmod(number, unit)
        if count:
            written += (DIGITS[count] if count > 1 or unit == 1 else "") + sign
    return written


SIGNS = "一二三四五六七八九十百"
ORDER = torch.randperm(MOST, generator=torch.Generator().manual_seed(3)) + 1
TRAINED, HELD_OUT = ORDER[:-150].tolist(), ORDER[-150:].tolist()


def kanji_ids(number):
    return [4 + SIGNS.index(sign) for sign in in_kanji(number)]


def digit_ids(number):
    return [4 + int(digit) for digit in str(number)]


class Writer(torch_nn.Module):
    """One vector becomes the first state; every step after that reads what was written before."""

    def __init__(self, features, vocabulary, units):
        super().__init__()
        self.begin = torch_nn.Linear(features, units)
        self.language = LanguageModel(
            vocabulary, cell="gru", embedding_size=16, hidden_size=units, layers=1, tied=False
        )

    def loss(self, x, tokens, lengths):
        inputs = torch.cat([torch.full_like(tokens[:, :1], START), tokens[:, :-1]], dim=1)
        hidden, _ = self.language(inputs, self.start(x), lengths)
        is_real = torch.arange(tokens.shape[1]) < lengths[:, None]
        return self.language.head.loss(hidden[is_real], tokens[is_real]) / len(tokens)

    def start(self, x):
        return (self.begin(x).tanh()[None],)

    def step(self, tokens, state):
        hidden, state = self.language(tokens[:, None], state)
        return self.language.head.log_probabilities(hidden[:, 0]), state, None

    def select(self, state, rows):
        return tuple(part.index_select(1, rows) for part in state)


def one_vector(numbers):
    """(B, 30): the hundreds, the tens and the units, one of ten each."""
    digits = [[n // 100, n // 10 % 10, n % 10] for n in numbers]
    return functional.one_hot(torch.tensor(digits), 10).flatten(1).float()


def test_one_to_many():
    """987 -> 九 百 八 十 七: one input, then its own outputs until it ends by itself."""
    writer = Writer(30, 4 + len(SIGNS), 96)
    x = one_vector(TRAINED)
    tokens, lengths = padded([[*kanji_ids(n), END] for n in TRAINED])

    def loss():
        rows = torch.randint(len(x), (128,))
        return writer.loss(x[rows], tokens[rows], lengths[rows])

    learn(writer, loss, steps=150, rate=0.02)
    with torch.no_grad():
        written = greedy(
            writer,
            one_vector(HELD_OUT),
            source_lengths=[0] * len(HELD_OUT),
            start=START,
            end=END,
            max_steps=8,
        )
    assert share_right(written, map(kanji_ids, HELD_OUT)) >= 0.95


def test_encoder_decoder():
    """九百八十七 -> 9 8 7: all is read before anything is written, and the lengths differ."""
    model = RecurrentSeq2Seq(
        4 + len(SIGNS), 14, embedding_size=16, hidden_size=64, attention="none", bidirectional=False
    )
    sources, source_lengths = padded([kanji_ids(n) for n in TRAINED])
    targets, target_lengths = padded([[*digit_ids(n), END] for n in TRAINED])

    def loss():
        rows = torch.randint(len(sources), (128,))
        batch = PairBatch(sources[rows], source_lengths[rows], targets[rows], target_lengths[rows])
        found = model.loss(batch)
        return found.total / len(rows)

    learn(model, loss, steps=250, rate=0.02)
    source, lengths = padded([kanji_ids(n) for n in HELD_OUT])
    end = torch.full((len(source), 1), END)
    batch = PairBatch(source, lengths, end, torch.ones(len(source), dtype=torch.int64))
    with torch.no_grad():
        written = greedy(model, batch, source_lengths=lengths, start=START, end=END, max_steps=6)
    assert share_right(written, map(digit_ids, HELD_OUT)) >= 0.95


# Sums, bit by bit --------------------------------------------------------------------------------


def sums(count, bits):
    """Two numbers (B, T, 2), lowest bit first, and the bits (B, T) of their sum; none overflows."""
    numbers = torch.randint(0, 2 ** (bits - 1), (count, 2))
    places = torch.arange(bits)

    def bits_of(value):
        return value[..., None] >> places & 1

    x = bits_of(numbers).transpose(1, 2).float()
    return x, bits_of(numbers.sum(1)).float()


class FromState(torch_nn.Module):
    """y_t = g(a_t): the usual form, aligned many-to-many."""

    def __init__(self, units):
        super().__init__()
        self.recurrence = nn.RNN(2, units, batch_first=True)
        self.out = torch_nn.Linear(units, 1)

    def forward(self, x):
        a, _ = self.recurrence(x)
        return self.out(a)[..., 0]


class FromInputAndStateBefore(torch_nn.Module):
    """y_t = g(x_t, a_t-1): the state is what is kept of the past, and nothing else."""

    def __init__(self, units):
        super().__init__()
        self.recurrence = nn.RNN(2, units, batch_first=True)
        self.out = torch_nn.Sequential(
            torch_nn.Linear(2 + units, 8), torch_nn.Tanh(), torch_nn.Linear(8, 1)
        )

    def forward(self, x):
        a, _ = self.recurrence(x)
        before = functional.pad(a, (0, 0, 1, 0))[:, :-1]  # a_0 = 0
        return self.out(torch.cat([x, before], dim=-1))[..., 0]


@pytest.mark.parametrize(("form", "units"), [(FromState, 16), (FromInputAndStateBefore, 2)])
def test_aligned_many_to_many(form, units):
    """Trained on sums of eight bits, right on sums of thirty-two."""
    network = form(units)

    def loss():
        x, wanted = sums(128, 8)
        return functional.binary_cross_entropy_with_logits(network(x), wanted)

    learn(network, loss, steps=400, rate=0.03)
    x, wanted = sums(500, 32)
    with torch.no_grad():
        found = network(x) > 0
    assert (found == wanted.bool()).all()


def test_an_output_from_the_state_before_does_not_wait_for_the_new_one():
    """At the first step nothing of the recurrence is in it; of the usual form all is."""
    x, _ = sums(4, 8)
    for form, is_used in ((FromInputAndStateBefore, False), (FromState, True)):
        network = form(3)
        network(x)[:, 0].sum().backward()
        gradient = network.recurrence.weight_ih_l0.grad
        assert bool(gradient.any()) == is_used
        network(x)[:, 1].sum().backward()
        assert network.recurrence.weight_ih_l0.grad.any()
