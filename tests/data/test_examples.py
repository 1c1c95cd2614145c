import numpy as np
import pytest

from saiki.data import Examples, join_examples
from saiki.data.examples import Value
from saiki.errors import ArgumentError, DataError


def make(count=3, shift=0.0, **changes):
    rng = np.random.default_rng(count)
    settings = {
        "kind": "series",
        "labels": [f"l{i}" for i in range(count)],
        "groups": [f"g{i}" for i in range(count)],
        "channels": 2,
    } | changes
    values = [rng.normal(size=(i + 1, 2)).astype(np.float32) + shift for i in range(count)]
    return Examples(values, [f"case {i}" for i in range(count)], **settings)


def test_a_subset_keeps_its_columns_together():
    whole = make().with_parts(["train", "test", "validation"])
    part = whole.subset(np.array([2, 0]))
    assert part.names == ("case 2", "case 0")
    assert (part.labels, part.groups) == (("l2", "l0"), ("g2", "g0"))
    assert part.parts == ("validation", "train")
    assert part.value(0) is whole.value(2)
    assert part.channels == 2
    assert part.lengths().tolist() == [3, 1]
    assert whole.subset([]).labels == ()


def test_unequal_lists():
    with pytest.raises(ArgumentError, match=r"labels must have one entry .* 3 values; got 2"):
        make(labels=["a", "b"])


def test_join_sets_parts():
    joined = join_examples(train=make(2), test=make(1), validation=make(3))
    assert joined.parts == ("train",) * 2 + ("validation",) * 3 + ("test",)
    assert joined.labels == ("l0", "l1", "l0", "l1", "l2", "l0")
    assert joined.groups is not None


def test_join_drops_groups_that_only_some_have():
    assert join_examples(train=make(2), test=make(1, groups=None)).groups is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "audio"}, "its kind is audio, but that of case 0 is series"),
        ({"channels": 5}, "its channels is 5, but that of case 0 is 2"),
        ({"sample_rate_hz": 9}, "its sample_rate_hz is 9, but that of case 0 is None"),
        ({"labels": None}, "some of the joined sources have labels and some have none"),
    ],
)
def test_join_refuses_what_does_not_fit(changes, message):
    with pytest.raises(DataError, match=message):
        join_examples(train=make(), test=make(2, **changes))


def test_join_needs_two():
    with pytest.raises(ArgumentError, match="only train was given"):
        join_examples(train=make())


def test_the_fingerprint_sees_every_change_but_not_names():
    first = make()
    assert first.fingerprint() == make().fingerprint()
    others = [
        make(shift=1e-3),
        make(labels=["l0", "l2", "l1"]),
        make(groups=None),
        make().with_parts(["train", "test", "test"]),
        make().subset([1, 0, 2]),
        make(2),
    ]
    prints = {e.fingerprint() for e in [first, *others]}
    assert len(prints) == 1 + len(others)


def texts(values=("a\nb", "犬"), **changes):
    names = [f"text {i}" for i in range(len(values))]
    return Examples(
        values, names, **{"kind": "text", "labels": ["x", "y"][: len(values)]} | changes
    )


def test_texts():
    whole = texts()
    assert whole.values() == ["a\nb", "犬"]
    assert whole.lengths().tolist() == [3, 1]
    part = whole.subset([1])
    assert (part.value(0), part.kind, part.labels) == ("犬", "text", ("y",))
    joined = join_examples(train=whole, test=part)
    assert joined.values() == ["a\nb", "犬", "犬"]
    assert joined.parts == ("train", "train", "test")
    assert joined.with_parts(None).kind == "text"


def test_texts_are_read_at_their_first_use():
    asked = []
    value = Value(lambda: asked.append(1) or "late")
    examples = texts([value], labels=None)
    assert asked == []
    assert [examples.value(0), examples.value(0)] == ["late", "late"]
    assert asked == [1]


def test_the_fingerprint_covers_texts():
    prints = [
        e.fingerprint()
        for e in (
            texts(),
            texts(("a\nc", "犬")),
            texts(("犬", "a\nb")),
            texts(labels=["x", "x"]),
            texts(("a", "\nb犬")),
            texts(labels=None),
            texts().with_parts(["train", "test"]),
            texts(("a\nb", "\ud83d")),
            texts(("a\nb", "\ud83e")),
        )
    ]
    assert len(set(prints)) == len(prints)
    again = Examples(["a\nb", "犬"], ["elsewhere", "else"], kind="text", labels=["x", "y"])
    assert again.fingerprint() == prints[0]


def test_values_and_kinds_that_do_not_fit():
    with pytest.raises(ArgumentError, match=r"text 1: the value is of type ndarray, .* kind text"):
        texts(("a", np.zeros(3, np.float32)))
    with pytest.raises(ArgumentError, match=r"text 0: the value is of type str, .* kind series"):
        texts(kind="series")
    with pytest.raises(DataError, match="its kind is text, but that of case 0 is series"):
        join_examples(train=make(), test=texts())
