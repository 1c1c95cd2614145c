"""Word2Vec learns, measures its loss, and draws the same numbers whatever the threads."""

import itertools

import numpy as np
import pytest

from saiki.data.corpus import encode_corpus
from saiki.embeddings import Word2Vec
from saiki.errors import ArgumentError

FRUIT = [f"fruit{i}" for i in range(12)]
TOOLS = [f"tool{i}" for i in range(12)]


def topics(sentences, *, seed=0, length=10):
    """Sentences of one of two topics, of words of falling frequency."""
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, 13)
    return [
        rng.choice(
            FRUIT if rng.random() < 0.6 else TOOLS, length, p=weights / weights.sum()
        ).tolist()
        for _ in range(sentences)
    ]


def train(corpus=None, **changed):
    settings = {"vector_size": 12, "window": 3, "min_count": 1, "subsample": 0, "threads": 1}
    model = Word2Vec(**settings | changed)
    return model, model.fit(topics(800) if corpus is None else corpus)


def purity(vectors):
    """The share of the three nearest words that are of the word's own topic."""
    hits = [
        near.word[:4] == word[:4]
        for word in FRUIT + TOOLS
        for near in vectors.most_similar(word, top=3)
    ]
    return np.mean(hits)


@pytest.mark.parametrize("output", ["negative", "hierarchical"])
@pytest.mark.parametrize("objective", ["skip-gram", "cbow"])
@pytest.mark.parametrize("quality", ["exact", "fast"])
def test_neighbours_are_of_the_same_topic_and_the_loss_falls(objective, output, quality):
    model, vectors = train(
        objective=objective, output=output, quality=quality, epochs=12, learning_rate=0.1
    )
    assert purity(vectors) > 0.95
    losses = [epoch.train_loss_nats for epoch in model.losses]
    assert losses[-1] < losses[0] - 0.1
    assert [epoch.epoch for epoch in model.losses] == list(range(1, 13))


def test_the_loss_of_hierarchical_softmax_comes_down_to_the_entropy_of_the_topics():
    model, _ = train(topics(3000), output="hierarchical", epochs=8, learning_rate=0.1)
    weights = 1 / np.arange(1, 13)
    weights /= weights.sum()
    entropy = -(weights * np.log(weights)).sum()  # of a word, its topic known
    last = model.losses[-1]
    assert entropy - 0.02 < last.train_loss_nats < entropy + 0.1
    assert last.held_out_loss_nats == pytest.approx(entropy, abs=0.15)


def test_the_first_loss_is_that_of_zero_outputs():
    model, _ = train(epochs=1, learning_rate=1e-6, final_learning_rate=1e-6, negatives=4)
    shares = model.vocabulary.counts / model.vocabulary.counts.sum()
    noise = shares**0.75 / (shares**0.75).sum()
    counted = 1 + 4 * (1 - shares @ noise)  # a negative that is the target does not count
    assert model.losses[0].train_loss_nats == pytest.approx(counted * np.log(2), rel=0.005)
    tree, _ = train(epochs=1, learning_rate=1e-6, final_learning_rate=1e-6, output="hierarchical")
    assert tree.losses[0].train_loss_nats / np.log(2) == pytest.approx(
        code_length(tree.vocabulary.counts), rel=0.02
    )


def code_length(counts):
    """The mean length of a Huffman code, from the weights of its inner nodes."""
    import heapq

    heap, total = [int(count) for count in counts], 0
    heapq.heapify(heap)
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        total += joined
        heapq.heappush(heap, joined)
    return total / sum(counts)


def test_first_vectors_are_uniform_and_belong_to_the_row_and_the_seed():
    from saiki.embeddings._initial import uniform_rows

    table = np.empty((5000, 7), np.float32)
    uniform_rows(table, seed=3)
    assert np.abs(table).max() < 0.5 / 7
    quarters = np.histogram(table, bins=4, range=(-0.5 / 7, 0.5 / 7))[0] / table.size
    assert np.abs(quarters - 0.25).max() < 0.01
    assert np.abs(np.corrcoef(table.T) - np.eye(7)).max() < 0.06
    later = np.empty((100, 7), np.float32)
    uniform_rows(later, seed=3, first=4900)
    assert np.array_equal(later, table[4900:])
    uniform_rows(later, seed=4, first=4900)
    assert not np.isclose(later, table[4900:]).any(axis=1).all()


def test_weights_of_words_follow_from_their_counts():
    from saiki.embeddings._initial import keep_probability, noise_weights

    counts = np.array([8000, 1900, 99, 1])
    kept = keep_probability(counts, 0.02)
    assert kept.dtype == np.float32
    # t/f = 0.025, 0.10526…, 2.02, 200
    assert kept == pytest.approx([0.1831139, 0.4297061, 1, 1], rel=1e-5)
    assert np.array_equal(keep_probability(counts, 0), [1, 1, 1, 1])
    assert noise_weights(np.array([16, 81, 1])) == pytest.approx([8, 27, 1])


def test_subsampling_makes_fewer_predictions_and_changes_the_vectors():
    often, _ = train(epochs=1, subsample=0)
    seldom, _ = train(epochs=1, subsample=0.01)
    assert not np.array_equal(often.vectors.vectors, seldom.vectors.vectors)


@pytest.mark.parametrize("quality", ["exact", "fast"])
@pytest.mark.parametrize("objective", ["skip-gram", "cbow"])
def test_deterministic_vectors_do_not_depend_on_the_threads(objective, quality):
    runs = [
        train(objective=objective, quality=quality, epochs=2, threads=threads, deterministic=True)
        for threads in (1, 2, 3)
    ]
    for model, vectors in runs[1:]:
        assert vectors.vectors.tobytes() == runs[0][1].vectors.tobytes()
        assert without_speed(model) == without_speed(runs[0][0])


def test_one_thread_gives_the_same_vectors_twice_and_others_with_another_seed():
    first, second, other = (train(epochs=1, seed=seed)[1].vectors for seed in (1, 1, 2))
    assert first.tobytes() == second.tobytes()
    assert not np.isclose(first, other).all(axis=1).any()


def test_two_threads_learn_as_well_as_one():
    _, vectors = train(threads=2, epochs=12, learning_rate=0.1)
    assert purity(vectors) > 0.95


def without_speed(model):
    return [
        (e.epoch, e.objective, e.train_loss_nats, e.held_out_loss_nats, e.learning_rate)
        for e in model.losses
    ]


def test_learning_rates_follow_the_schedule():
    linear, _ = train(epochs=4, learning_rate=0.2, final_learning_rate=0.04)
    rates = [epoch.learning_rate for epoch in linear.losses]
    assert rates == pytest.approx([0.16, 0.12, 0.08, 0.04])
    constant, _ = train(epochs=2, learning_rate=0.2, schedule="constant")
    assert [epoch.learning_rate for epoch in constant.losses] == [0.2, 0.2]
    assert not np.array_equal(constant.vectors.vectors, linear.vectors.vectors)


@pytest.mark.parametrize(("objective", "usual"), [("skip-gram", 0.025), ("cbow", 0.1)])
def test_the_usual_learning_rate_is_that_of_the_objective(objective, usual):
    given, _ = train(objective=objective, epochs=1, learning_rate=usual)
    left_out, _ = train(objective=objective, epochs=1)
    assert left_out.vectors.vectors.tobytes() == given.vectors.vectors.tobytes()


def test_held_out_words_are_not_trained_on():
    """A word that stands only in held-out sentences keeps its first vector."""
    corpus = encode_corpus(topics(4000), min_count=1)
    model, vectors = train(corpus, epochs=1, held_out=0.2)
    assert model.losses[0].held_out_loss_nats is not None
    whole, _ = train(corpus, epochs=1, held_out=0)
    assert whole.losses[0].held_out_loss_nats is None
    assert not np.array_equal(whole.vectors.vectors, vectors.vectors)
    overfitted, _ = train(topics(60, seed=3, length=200), vector_size=40, epochs=60, held_out=0.4)
    last = overfitted.losses[-1]
    assert last.held_out_loss_nats > last.train_loss_nats


def test_held_out_documents_leave_their_own_words_untouched():
    from saiki.embeddings._held_out import plan_ranges

    texts = [[f"w{number}", f"x{number}"] * 8 for number in range(400)]
    corpus = encode_corpus(texts, min_count=1)
    ranges = plan_ranges(corpus.offsets, fraction=0.1, seed=0, keeps_documents=False)
    held = {corpus.vocabulary.words[t] for a, b in ranges.held_out for t in corpus.tokens[a:b]}
    # From zero the outputs of words that are never predicted nor drawn as negatives stay zero;
    # with a tree of outputs alone the inputs tell: those of held-out words never move.
    model = Word2Vec(8, 3, 1, output="hierarchical", epochs=1, held_out=0.1, threads=1, subsample=0)
    model.fit(corpus)
    again = Word2Vec(8, 3, 1, output="hierarchical", epochs=3, held_out=0.1, threads=1, subsample=0)
    again.fit(corpus)
    same = np.all(model.vectors.vectors == again.vectors.vectors, axis=1)
    unmoved = {word for word, is_same in zip(corpus.vocabulary.words, same, strict=True) if is_same}
    assert unmoved == held
    assert 60 <= len(held) <= 100


def test_an_encoded_corpus_gives_what_the_texts_give():
    texts = topics(300)
    from_texts, _ = train(texts, epochs=1)
    encoded, _ = train(encode_corpus(texts, min_count=1), epochs=1)
    assert from_texts.vectors.vectors.tobytes() == encoded.vectors.vectors.tobytes()
    assert from_texts.vectors.words == encoded.vectors.words
    assert np.array_equal(from_texts.vectors.counts, encoded.vocabulary.counts)


def test_files_are_read_with_their_column_and_tokenizer(tmp_path):
    import json

    file = tmp_path / "texts.jsonl"
    rows = [json.dumps({"body": " ".join(text).upper()}) + "\n" for text in topics(200)]
    file.write_text("".join(rows), encoding="utf-8")
    model = Word2Vec(4, epochs=1, min_count=1)
    vectors = model.fit(file, column="body", tokenizer="words")
    assert set(vectors.words) == set(FRUIT + TOOLS)


def test_a_fit_after_a_fit_begins_anew():
    model, first = train(epochs=1)
    second = model.fit(topics(800))
    assert second.vectors.tobytes() == first.vectors.tobytes()
    assert len(model.losses) == 1


def test_minimum_count_and_largest_vocabulary_choose_the_words():
    model, vectors = train(topics(300), max_vocabulary=5, epochs=1)
    assert len(vectors) == 5
    counts = model.vocabulary.counts
    assert all(a >= b for a, b in itertools.pairwise(counts))


def test_all_cores_are_used_by_default():
    from saiki.embeddings._settings import available_threads

    assert available_threads() >= 1
    model = Word2Vec(4, min_count=1, epochs=1)
    assert model.settings.threads is None
    assert len(model.fit(topics(100))) == 24


def test_progress_is_shown_when_asked_for_and_else_only_on_a_terminal(capsys):
    train(epochs=1)
    assert capsys.readouterr().err == ""
    Word2Vec(4, min_count=1, epochs=2).fit(topics(50), progress=True)
    shown = capsys.readouterr().err
    assert "words/s" in shown
    assert "skip-gram epoch 2" in shown
    assert "nats" in shown
    assert "the corpus of 500 words is too small" in shown.replace("\n", " ").replace("  ", " ")


def test_importing_the_room_brings_in_no_torch():
    import subprocess
    import sys

    code = (
        "import sys, saiki.embeddings as e\n"
        "assert all(hasattr(e, name) for name in e.__all__)\n"
        "e.Word2Vec(4, min_count=1, epochs=1, subsample=0).fit([['a', 'b'] * 9] * 9)\n"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_unknown_name_of_the_room_is_an_attribute_error():
    import saiki.embeddings

    with pytest.raises(AttributeError, match=r"has no attribute 'Word3Vec'"):
        _ = saiki.embeddings.Word3Vec
    assert dir(saiki.embeddings) == sorted(saiki.embeddings.__all__)


def test_before_fit_there_is_nothing_to_ask():
    model = Word2Vec()
    assert model.losses == []
    for ask in (lambda: model.vectors, lambda: model.vocabulary, lambda: model.save("x")):
        with pytest.raises(ArgumentError, match=r"Word2Vec: must be trained before this"):
            ask()


def test_the_representation_is_the_call():
    model = Word2Vec(50, objective="cbow", seed=3)
    assert repr(model).startswith(
        "Word2Vec(vector_size=50, window=5, min_count=5, objective='cbow'"
    )
    assert "seed=3" in repr(model)
    assert eval(repr(model)).settings == model.settings
