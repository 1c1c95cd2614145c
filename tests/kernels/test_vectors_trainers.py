"""Every trainer of vectors against plain NumPy that takes the same steps in float64."""

import itertools

import numpy as np
import pytest

from saiki.kernels import _vectors
from saiki.kernels.vectors import Rule, Tables, Trainer, huffman

CHUNK, PAIRS_CHUNK, SHARED, GROUP, MOST_INPUTS = 16, 8, 16, 8, 16
OBJECTIVES = ("skip-gram", "cbow", "dbow", "dm", "dm-concat")
MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    z &= MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def key_of(seed, epoch, purpose):
    return mix(mix(mix(seed + GOLDEN) + epoch) + GOLDEN * (1 + purpose))


class Draws:
    """The draws of the compiled code: they depend on seed, epoch and place alone."""

    def __init__(self, tables, seed, epoch, window):
        self.seed, self.epoch, self.window = seed, epoch, window
        self.keep = tables.keep
        if tables.noise is not None:
            table = _vectors.alias_table(tables.noise.ctypes.data, len(tables.noise))
            self.alias = np.frombuffer(table, [("limit", np.uint32), ("other", np.int32)])

    def token(self, word, position):
        bits = mix(key_of(self.seed, self.epoch, 0) + GOLDEN * position)
        is_kept = np.float32((bits >> 40) * 2.0**-24) < self.keep[word]
        return is_kept, 1 + ((bits & 0xFFFFFFFF) * self.window >> 32)

    def negatives(self, position, count, purpose):
        state = mix(key_of(self.seed, self.epoch, purpose) + GOLDEN * position)
        words = []
        for _ in range(count):
            state = (state + GOLDEN) & MASK
            bits = mix(state)
            column = (bits >> 32) * len(self.alias) >> 32
            limit, other = self.alias[column]
            words.append(column if (bits & 0xFFFFFFFF) < limit else int(other))
        return words


class Mirror:
    """One call of `Trainer.run` over a whole corpus, on float64 copies of the tables."""

    def __init__(self, rule, tables, tokens, offsets, seed, epoch, rates):
        self.rule, self.codes = rule, tables.codes
        self.words = None if tables.words is None else tables.words.astype(np.float64)
        self.documents = None if tables.documents is None else tables.documents.astype(np.float64)
        self.outputs = tables.outputs.astype(np.float64)
        self.draws = Draws(tables, seed, epoch, rule.window)
        self.tokens, self.offsets, self.rates = tokens, offsets, rates
        self.loss, self.predictions = 0.0, 0
        self._keep()

    def _keep(self):
        self.word, self.position, self.document, self.start, self.stop = [], [], [], [], []
        for d, (begin, end) in enumerate(itertools.pairwise(self.offsets)):
            first = len(self.word)
            reaches = []
            for at in range(begin, end):
                shift = begin if self.infers else 0
                is_kept, reach = self.draws.token(self.tokens[at], int(at - shift))
                if is_kept:
                    self.word.append(int(self.tokens[at]))
                    self.position.append(int(at - shift))
                    self.document.append(d)
                    whole = self.rule.objective == "dm-concat"
                    reaches.append(self.rule.window if whole else reach)
            for i, reach in enumerate(reaches, first):
                self.start.append(max(first, i - reach))
                self.stop.append(min(len(self.word), i + reach + 1))

    @property
    def infers(self):
        return self.rule.has_documents and not (self.rule.trains_words or self.rule.trains_outputs)

    def rate(self, i):
        d = self.document[i]
        size = self.offsets[d + 1] - self.offsets[d] if self.infers else len(self.tokens)
        begin, end = self.rates
        return begin + (end - begin) * self.position[i] / size

    def context(self, i):
        return [j for j in range(self.start[i], self.stop[i]) if j != i]

    def step(self, inputs, changes, rows, labels, weights, rate):
        """`inputs` are read; `changes`, often the same arrays, and rows of the outputs change."""
        scores = np.array([x @ self.outputs[rows].T for x in inputs])
        labels, weights = np.asarray(labels), np.broadcast_to(weights, scores.shape)
        self.loss += (weights * (np.logaddexp(0, scores) - labels * scores)).sum()
        slopes = rate * weights * (labels - np.exp(-np.logaddexp(0, -scores)))
        before, change = self.outputs[rows].copy(), 0
        for k, (x, slope) in enumerate(zip(inputs, slopes, strict=True)):
            change = change + slope[:, None] * x
            if changes:
                changes[k] += slope @ before
        if self.rule.trains_outputs:
            np.add.at(self.outputs, rows, change)

    def groups(self, count, most=GROUP):
        parts = -(-count // most)
        return [slice(count * g // parts, count * (g + 1) // parts) for g in range(parts)]

    def listed(self, i, purpose):
        word = self.word[i]
        if self.rule.output == "hierarchical":
            part = slice(*self.codes.offsets[word : word + 2])
            return list(self.codes.nodes[part]), list(1 - self.codes.codes[part].astype(int))
        drawn = self.draws.negatives(self.position[i], self.rule.negatives, purpose)
        rows = [word, *(n for n in drawn if n != word)]
        return rows, [1] + [0] * (len(rows) - 1)

    def train_centre(self, i, inputs, changes, purpose=1):
        rows, labels = self.listed(i, purpose)
        for block in range(0, len(inputs), 4 * MOST_INPUTS):
            some = inputs[block : block + 4 * MOST_INPUTS]
            moved = changes[block : block + 4 * MOST_INPUTS]
            for part in self.groups(len(rows)):
                for few in self.groups(len(some), MOST_INPUTS):
                    self.step(some[few], moved[few], rows[part], labels[part], 1.0, self.rate(i))

    def run(self):
        shares = self.rule.quality == "fast" and self.rule.output == "negative"
        train = getattr(self, "train_" + self.rule.objective.replace("-", "_"))
        if self.rule.objective == "dbow":
            (self.chunks_of_documents if shares else train)()
            if not self.rule.trains_words:
                return self
        if self.rule.objective in {"dbow", "skip-gram"}:
            (self.chunks if shares else self.train_skip_gram)()
        elif shares and self.rule.objective != "dm-concat":
            self.chunks_of_means()
        else:
            train()
        return self

    def train_skip_gram(self):
        for i in range(len(self.word)):
            inputs = [self.words[self.word[j]] for j in self.context(i)]
            self.predictions += len(inputs)
            self.train_centre(i, inputs, inputs if self.rule.trains_words else [])

    def train_dbow(self):
        for i, d in enumerate(self.document):
            self.predictions += 1
            self.train_centre(i, [self.documents[d]], [self.documents[d]], 2)

    def mean_of(self, i):
        rows = [self.words[self.word[j]] for j in self.context(i)]
        movable = rows if self.rule.trains_words else []
        if self.documents is not None:
            document = self.documents[self.document[i]]
            rows, movable = [*rows, document], [*movable, document]
        return rows, movable

    def train_mean(self):
        for i in range(len(self.word)):
            rows, movable = self.mean_of(i)
            if not rows:
                continue
            self.predictions += 1
            mean = np.mean(rows, axis=0)
            change = np.zeros_like(mean)
            self.train_centre(i, [mean], [change])
            for row in movable:
                np.add(row, change / len(rows), out=row)

    train_cbow = train_dm = train_mean

    def train_dm_concat(self):
        E, window = self.words.shape[1], self.rule.window
        for i, d in enumerate(self.document):
            places = {0: self.documents[d]}
            for j in self.context(i):
                places[window + j - i + (j < i)] = self.words[self.word[j]]
            hidden = np.zeros((2 * window + 1, E))
            for at, row in places.items():
                hidden[at] = row
            change = np.zeros_like(hidden)
            self.predictions += 1
            self.train_centre(i, [hidden.reshape(-1)], [change.reshape(-1)])
            for at, row in places.items():
                if at == 0 or self.rule.trains_words:
                    np.add(row, change[at], out=row)

    def chunks(self):
        share = self.rule.negatives / SHARED
        for begin in range(0, len(self.word), PAIRS_CHUNK):
            chunk = range(begin, min(begin + PAIRS_CHUNK, len(self.word)))
            drawn = self.draws.negatives(self.position[begin], SHARED, 1)
            inputs = [self.words[self.word[i]] for i in chunk]
            targets = [[self.word[j] for j in self.context(i)] for i in chunk]
            weights = [[share * sum(t != n for t in row) for n in drawn] for row in targets]
            self.shared(inputs, drawn, weights, self.rate(begin), self.rule.trains_words)
            for first in range(0, len(chunk), 2):
                self.positives_of(chunk[first : first + 2], self.rate(begin))
            self.predictions += sum(map(len, targets))

    def positives_of(self, pair, rate):
        """Two neighbours against all words of their windows, each pair weighted 1 or 0."""
        inputs = [self.words[self.word[i]] for i in pair]
        low, high = min(self.start[i] for i in pair), max(self.stop[i] for i in pair)
        parts = -(-(high - low) // GROUP)
        size = -(-(high - low) // parts) if parts <= 2 else GROUP
        for begin in range(low, high, size):
            near = range(begin, min(begin + size, high))
            weights = [[1.0 * (j in self.context(i)) for j in near] for i in pair]
            moved, ones = inputs if self.rule.trains_words else [], np.ones(len(near))
            self.step(inputs, moved, [self.word[j] for j in near], ones, weights, rate)

    def chunks_of_means(self):
        share = self.rule.negatives / SHARED
        for begin in range(0, len(self.word), CHUNK):
            chunk = [
                (i, *self.mean_of(i))
                for i in range(begin, min(begin + CHUNK, len(self.word)))
                if self.mean_of(i)[0]
            ]
            if not chunk:
                continue
            drawn, rate = self.draws.negatives(self.position[begin], SHARED, 1), self.rate(begin)
            means = [np.mean(rows, axis=0) for _, rows, _ in chunk]
            changes = [np.zeros_like(mean) for mean in means]
            weights = np.array([[share * (self.word[i] != n) for n in drawn] for i, *_ in chunk])
            for part in self.groups(SHARED):
                none = np.zeros(GROUP)
                self.step(means, changes, drawn[part], none, weights[:, part], rate)
            for k, (i, rows, movable) in enumerate(chunk):
                self.step([means[k]], [changes[k]], [self.word[i]], [1.0], 1.0, rate)
                self.predictions += 1
                for row in movable:
                    np.add(row, changes[k] / len(rows), out=row)

    def chunks_of_documents(self):
        share, begin = self.rule.negatives / SHARED, 0
        while begin < len(self.word):
            d, end = self.document[begin], begin
            while end < min(begin + CHUNK, len(self.word)) and self.document[end] == d:
                end += 1
            drawn = self.draws.negatives(self.position[begin], SHARED, 2)
            row = self.word[begin:end]
            weights = [[share * sum(t != n for t in row) for n in drawn]]
            self.shared([self.documents[d]], drawn, weights, self.rate(begin), True)
            self.positives(self.documents[d], row, self.rate(begin), True)
            self.predictions += len(row)
            begin = end

    def shared(self, inputs, drawn, weights, rate, moves_inputs):
        weights = np.array(weights)
        for part in self.groups(SHARED):
            rows = drawn[part]
            moved = inputs if moves_inputs else []
            self.step(inputs, moved, rows, np.zeros(len(rows)), weights[:, part], rate)

    def positives(self, x, rows, rate, moves_inputs):
        for part in self.groups(len(rows)) if rows else ():
            ones = np.ones(len(rows[part]))
            self.step([x], [x] if moves_inputs else [], rows[part], ones, 1.0, rate)


def problem(rule, *, V=23, E=7, sizes=(40, 0, 1, 2, 33, 17), seed=0, scale=0.6, keep=0.8):
    """Random tables and a corpus; documents of `sizes` tokens."""
    g = np.random.default_rng(seed)
    counts = np.sort(g.integers(1, 60, V))[::-1].astype(np.int64)

    def table(rows, columns):
        return g.normal(0, scale, (rows, columns)).astype(np.float32)

    hierarchical = rule.output == "hierarchical"
    tables = Tables(
        table(V, E) if rule.reads_words else None,
        table(len(sizes), E) if rule.has_documents else None,
        table(V - hierarchical, rule.output_columns(E)),
        keep=g.uniform(keep, 1, V).astype(np.float32),
        noise=None if hierarchical else counts**0.75,
        codes=huffman(counts) if hierarchical else None,
    )
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return tables, g.integers(0, V, offsets[-1]).astype(np.int32), offsets


def compare(rule, *, deterministic=False, rates=(0.08, 0.02), tolerance=2e-5, **options):
    tables, tokens, offsets = problem(rule, **options)
    mirror = Mirror(rule, tables, tokens, offsets, 5, 3, rates).run()
    trainer = Trainer(rule, tables, tokens, offsets, seed=5, deterministic=deterministic)
    tally = trainer.run(0, len(tokens), epoch=3, rate_begin=rates[0], rate_end=rates[1])
    assert tally.predictions == mirror.predictions
    assert tally.loss_nats_sum == pytest.approx(mirror.loss, rel=1e-5, abs=1e-6)
    for name in ("words", "documents", "outputs"):
        if (got := getattr(tables, name)) is not None:
            np.testing.assert_allclose(got, getattr(mirror, name), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("level", _vectors.levels())
@pytest.mark.parametrize("quality", ["exact", "fast"])
@pytest.mark.parametrize("output", ["negative", "hierarchical"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_steps_are_those_of_numpy(objective, output, quality, level, monkeypatch):
    monkeypatch.setenv("SAIKI_KERNELS", level)
    compare(Rule(objective=objective, output=output, quality=quality))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("quality", ["exact", "fast"])
def test_one_unit_of_deterministic_training_takes_the_same_steps(objective, quality):
    compare(Rule(objective=objective, quality=quality), deterministic=True)


@pytest.mark.parametrize("E", [1, 7, 16, 30, 100, 300])
@pytest.mark.parametrize(("objective", "quality"), [("skip-gram", "fast"), ("dm", "exact")])
def test_any_vector_size(E, objective, quality):
    compare(Rule(objective=objective, quality=quality), E=E, scale=E**-0.5)


@pytest.mark.parametrize("window", [1, 2, 9, 40])
@pytest.mark.parametrize("negatives", [1, 15])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_any_window_and_number_of_negatives(window, negatives, objective):
    rule = Rule(objective=objective, window=window, negatives=negatives)
    compare(rule, rates=(0.02, 0.01), E=3)


@pytest.mark.parametrize("output", ["negative", "hierarchical"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_vocabulary_of_two_words(objective, output):
    compare(Rule(objective=objective, output=output), V=2, rates=(0.01, 0.01), sizes=(5, 1, 0, 9))


@pytest.mark.parametrize("objective", ["dbow", "dm", "dm-concat"])
@pytest.mark.parametrize("output", ["negative", "hierarchical"])
def test_inferred_documents_leave_words_and_outputs_alone(objective, output):
    rule = Rule(objective=objective, output=output, trains_words=False, trains_outputs=False)
    compare(rule)
    tables, tokens, offsets = problem(rule)
    before = tables.outputs.copy(), None if tables.words is None else tables.words.copy()
    Trainer(rule, tables, tokens, offsets, seed=1).run(
        0, len(tokens), epoch=0, rate_begin=1.0, rate_end=0.1
    )
    assert np.array_equal(before[0], tables.outputs)
    assert tables.words is None or np.array_equal(before[1], tables.words)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_words_or_outputs_can_stand_still(objective):
    compare(Rule(objective=objective, trains_words=False))
    compare(Rule(objective=objective, trains_outputs=False))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("output", ["negative", "hierarchical"])
def test_a_small_step_follows_the_gradient_of_the_loss(objective, output):
    rule = Rule(objective=objective, output=output)
    tables, tokens, offsets = problem(rule, sizes=(12, 5), E=3)

    def loss(at=None, by=0.0):
        mirror = Mirror(rule, tables, tokens, offsets, 5, 0, (0.0, 0.0))
        if at is not None:
            getattr(mirror, at[0])[at[1:]] += by
        return mirror.run().loss

    names = [n for n in ("words", "documents", "outputs") if getattr(tables, n) is not None]
    places = [(n, *np.argwhere(getattr(tables, n))[k]) for n in names for k in (0, 4, -1)]
    slopes = [(loss(at, 1e-5) - loss(at, -1e-5)) / 2e-5 for at in places]
    before = {n: getattr(tables, n).copy() for n in names}
    Trainer(rule, tables, tokens, offsets, seed=5).run(
        0, len(tokens), epoch=0, rate_begin=1e-3, rate_end=1e-3
    )
    for (name, *at), slope in zip(places, slopes, strict=True):
        moved = getattr(tables, name)[tuple(at)] - before[name][tuple(at)]
        assert moved == pytest.approx(-1e-3 * slope, rel=0.1, abs=5e-6)
