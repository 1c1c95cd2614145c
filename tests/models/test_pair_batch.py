"""A batch of pairs: what the decoder reads, and what does not fit together."""

import pytest
import torch

from saiki.data.text import TextTokenizer
from saiki.errors import ShapeError
from saiki.models import PairBatch


def test_the_decoder_reads_the_start_and_the_tokens_before(make_pairs):
    batch = make_pairs(4, target=5)
    assert (batch.inputs[:, 0] == TextTokenizer.start_id).all()
    torch.testing.assert_close(batch.inputs[:, 1:], batch.target[:, :-1])
    assert batch.tokens == int(batch.is_real.sum()) == int(batch.target_lengths.sum())
    ends = batch.target[torch.arange(4), batch.target_lengths - 1]
    assert (ends == TextTokenizer.end_id).all()
    assert batch.is_real.sum(1).tolist() == batch.target_lengths.tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": torch.ones(2, dtype=torch.long)}, r"source must be \(B, steps\) .* got \(2,\)"),
        (
            {"target": torch.ones(3, 4, dtype=torch.long)},
            r"target must .* got \(3, 4\) and \(2,\), and a source of 2 rows",
        ),
        ({"source_lengths": torch.tensor([1])}, r"source_lengths \(B,\).* got \(2, 3\) and \(1,\)"),
        ({"source_lengths": torch.tensor([0, 3])}, r"source_lengths must be in 1\.\.3.* \[0, 3\]"),
        ({"target_lengths": torch.tensor([5, 1])}, r"target_lengths must be in 1\.\.4.* \[5, 1\]"),
    ],
)
def test_sides_that_do_not_fit(change, message):
    whole = {
        "source": torch.ones(2, 3, dtype=torch.long), "source_lengths": torch.tensor([3, 1]),
        "target": torch.ones(2, 4, dtype=torch.long), "target_lengths": torch.tensor([2, 4]),
    }  # fmt: skip
    with pytest.raises(ShapeError, match=message):
        PairBatch(**whole | change)
