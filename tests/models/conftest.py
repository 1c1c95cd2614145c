"""What the tests of models from sequence to sequence share."""

import pytest
import torch


@pytest.fixture
def make_pairs():
    """make_pairs(3, source=5, target=4) draws a padded batch of pairs whose lengths differ."""
    from saiki.models import PairBatch

    def make(count, *, source=9, target=7, vocabularies=(20, 30), seed=0):
        generator = torch.Generator().manual_seed(seed)

        def side(longest, vocabulary):
            lengths = torch.randint(1, longest + 1, (count,), generator=generator)
            lengths[0] = longest
            # Padding holds ordinary tokens, so that it is noticed where it is read.
            ids = torch.randint(4, vocabulary, (count, longest), generator=generator)
            return ids, lengths

        ids, lengths = side(target, vocabularies[1])
        ids[torch.arange(count), lengths - 1] = 3
        return PairBatch(*side(source, vocabularies[0]), ids, lengths)

    return make


@pytest.fixture
def one_pair():
    """one_pair(batch, 2) is row 2 on its own, without padding."""
    from saiki.models import PairBatch

    def take(batch, row):
        source, target = int(batch.source_lengths[row]), int(batch.target_lengths[row])
        return PairBatch(
            batch.source[row : row + 1, :source],
            batch.source_lengths[row : row + 1],
            batch.target[row : row + 1, :target],
            batch.target_lengths[row : row + 1],
        )

    return take
