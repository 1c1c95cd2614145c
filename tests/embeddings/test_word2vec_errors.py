"""What Word2Vec and Doc2Vec refuse, each with what was expected, what came and what to do."""

import pytest

from saiki.data.corpus import encode_corpus
from saiki.embeddings import Doc2Vec, Word2Vec
from saiki.errors import ArgumentError, DataError, NonFiniteError
from saiki.language import set_language

TEXTS = [["a", "b", "c", "d"] * 5, ["d", "c", "b", "e"] * 5] * 10


@pytest.mark.parametrize("family", [Word2Vec, Doc2Vec])
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"vector_size": 0}, r"vector_size must be a whole number of at least 1; got 0"),
        ({"window": 2.0}, r"window must be a whole number of at least 1; got 2\.0"),
        ({"min_count": True}, r"min_count must be a whole number of at least 1; got True"),
        ({"epochs": "5"}, r"epochs must be a whole number of at least 1; got '5'"),
        ({"negatives": 0}, r"negatives must be a whole number of at least 1; got 0"),
        ({"threads": 0}, r"threads must be a whole number of at least 1; got 0"),
        ({"seed": -1}, r"seed must be a whole number of at least 0; got -1"),
        ({"seed": 1 << 63}, r"seed must be below 2\*\*63; got 9223372036854775808"),
        ({"max_vocabulary": 0}, r"max_vocabulary must be a whole number of at least 1; got 0"),
        ({"subsample": 1.5}, r"subsample must be a number in \[0, 1\]; got 1\.5"),
        ({"subsample": float("nan")}, r"subsample must be a number in \[0, 1\]; got nan"),
        ({"held_out": 0.6}, r"held_out must be a number in \[0, 0\.5\]; got 0\.6"),
        ({"learning_rate": 0}, r"learning_rate must be a number in \(0, 10\]; got 0"),
        ({"final_learning_rate": None}, r"final_learning_rate must be a number .*; got None"),
        ({"learning_rate": 1e-5}, r"final_learning_rate must be at most .* 1e-05; got 0\.0001"),
        ({"deterministic": 1}, r"deterministic must be True or False; got 1"),
        (
            {"output": "hierarchic"},
            r"output must be one of negative, hierarchical; .* nearest is 'hierarchical'",
        ),
        ({"quality": "slow"}, r"quality must be one of exact, fast; got 'slow'"),
        ({"schedule": "cosine"}, r"schedule must be one of linear, constant; got 'cosine'"),
        (
            {
                "objective": "skipgram",
            },
            r"objective must be one of",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_arguments_out_of_range_or_of_the_wrong_kind(family, changed, message):
    with pytest.raises(ArgumentError, match=f"^{family.__name__}: {message}"):
        family(**changed)


def test_the_nearest_objective_is_named_and_that_of_the_other_class():
    with pytest.raises(ArgumentError, match=r"got 'skipgram'\. The nearest is 'skip-gram'\."):
        Word2Vec(objective="skipgram")
    with pytest.raises(ArgumentError, match=r"got 'dbow', which belongs to Doc2Vec\. Use Doc2Vec"):
        Word2Vec(objective="dbow")
    with pytest.raises(ArgumentError, match=r"got 'cbow', which belongs to Word2Vec"):
        Doc2Vec(objective="cbow")


def test_dm_must_train_its_words():
    with pytest.raises(ArgumentError, match=r"trains_words=False must come with objective='dbow'"):
        Doc2Vec(objective="dm", trains_words=False)
    with pytest.raises(ArgumentError, match=r"Doc2Vec: trains_words must be True or False; got 2"):
        Doc2Vec(trains_words=2)


def test_hierarchical_output_needs_no_negatives():
    assert Word2Vec(output="hierarchical", negatives=0).settings.negatives == 0


def test_an_empty_corpus_and_an_empty_vocabulary_are_refused():
    with pytest.raises(DataError):
        Word2Vec().fit([])
    with pytest.raises(DataError):
        Word2Vec(min_count=1000).fit(TEXTS)


def test_one_word_is_no_vocabulary():
    with pytest.raises(DataError, match=r"at least 2 words; it holds 'a' alone\. Give more text"):
        Word2Vec(min_count=1).fit([["a"] * 9])


def test_words_alone_in_their_documents_predict_nothing():
    with pytest.raises(DataError, match=r"epoch 1: there must be words to predict; there are none"):
        Word2Vec(min_count=1).fit([["a"], ["b"]] * 9)


def test_a_held_out_part_that_is_too_small_is_refused_only_when_asked_for():
    with pytest.raises(DataError, match=r"held_out=0\.05: at least 100 words .* 400 words .* 20"):
        Word2Vec(min_count=1, held_out=0.05).fit(TEXTS)
    model = Word2Vec(4, min_count=1, epochs=1)
    model.fit(TEXTS)
    assert model.losses[0].held_out_loss_nats is None


@pytest.mark.parametrize("family", [Word2Vec, Doc2Vec])
def test_a_loss_that_is_not_finite_names_the_setting(family, monkeypatch):
    from saiki.embeddings import _training

    model = family(4, min_count=1, epochs=3, learning_rate=1.0, threads=1)
    plain = _training.Trainer.run

    def run(self, *args, **named):
        if named["epoch"] == 1:
            _poison(self, named)
        return plain(self, *args, **named)

    opened = _training.open_trainer

    def open_trainer(job, number):
        tables.append(job.state.parts[number])
        return opened(job, number)

    def _poison(_trainer, _named):
        tables[-1].outputs[:] = float("nan")

    tables = []
    monkeypatch.setattr(_training.Trainer, "run", run)
    monkeypatch.setattr(_training, "open_trainer", open_trainer)
    with pytest.raises(
        NonFiniteError,
        match=r"epoch 2 of (skip-gram|dbow): .* rate of 0\.667\. .* \(the usual one is 0\.025",
    ):
        model.fit(TEXTS)
    assert model.losses == []


def test_other_arguments_of_fit():
    with pytest.raises(ArgumentError, match=r"resume=True must come with the folder .* got none"):
        Word2Vec().fit(TEXTS, resume=True)
    with pytest.raises(ArgumentError, match=r"checkpoint_seconds must be a number in \[0, 1e9\]"):
        Word2Vec().fit(TEXTS, checkpoint_seconds=-1)
    with pytest.raises(ArgumentError, match=r"progress must be True, False or None; got 'yes'"):
        Word2Vec().fit(TEXTS, progress="yes")
    with pytest.raises(ArgumentError):
        Word2Vec().fit(iter(TEXTS))


def test_continuing_what_does_not_fit_is_refused():
    model = Word2Vec(4, min_count=1, epochs=1)
    with pytest.raises(ArgumentError, match=r"must be trained before this"):
        model.continue_training(TEXTS, epochs=1)
    model.fit(TEXTS)
    before = model.vectors.vectors.copy()
    with pytest.raises(ArgumentError, match=r"continue_training: epochs must be a whole number"):
        model.continue_training(TEXTS, epochs=0)
    with pytest.raises(ArgumentError, match=r"learning_rate must be a number in \(0, 10\]; got 11"):
        model.continue_training(TEXTS, epochs=1, learning_rate=11)
    with pytest.raises(DataError, match=r"must have the words of the model first"):
        model.continue_training(encode_corpus([["z", "y"]] * 9, min_count=1), epochs=1)
    with pytest.raises(DataError):
        model.continue_training([["z", "y"]] * 9, epochs=1, adds_words=False)
    assert (model.vectors.vectors == before).all()


def test_messages_come_in_japanese():
    set_language("ja")
    with pytest.raises(ArgumentError, match=r"window は 1 以上の整数でなければなりません"):
        Word2Vec(window=0)
    with pytest.raises(ArgumentError, match=r"最も近いのは 'skip-gram' です"):
        Word2Vec(objective="skipgram")
    with pytest.raises(DataError, match=r"語彙には少なくとも 2 語が必要"):
        Word2Vec(min_count=1).fit([["a"] * 9])
    with pytest.raises(ArgumentError, match=r"先に訓練が必要"):
        _ = Doc2Vec().vectors
