import numpy as np
import pytest

from saiki.data import Examples, join_examples
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
