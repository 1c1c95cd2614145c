"""To gensim's `KeyedVectors` and back."""

import importlib
from typing import Any

import numpy as np

from saiki.embeddings.formats import StoredVectors
from saiki.errors import ArgumentError, DependencyError


def to_keyed_vectors(stored: StoredVectors) -> Any:
    """A `KeyedVectors` of gensim, in float32."""
    try:
        models: Any = importlib.import_module("gensim.models")  # not a dependency
    except ImportError as error:
        raise DependencyError(
            "to_gensim: the package gensim must be installed; it is not. Install it with `pip "
            "install gensim`."
        ) from error
    keyed = models.KeyedVectors(stored.vectors.shape[1], dtype=np.float32)
    names = list(stored.names)
    keyed.add_vectors(names, np.asarray(stored.vectors, np.float32))
    if stored.counts is not None:
        for name, count in zip(names, stored.counts.tolist(), strict=True):
            keyed.set_vecattr(name, "count", count)
    return keyed


def from_keyed_vectors(keyed: Any) -> StoredVectors:
    """The keys, vectors and counts of a `KeyedVectors`."""
    keys = getattr(keyed, "index_to_key", None)
    vectors = getattr(keyed, "vectors", None)
    if keys is None or vectors is None:
        raise ArgumentError(
            "from_gensim: expected KeyedVectors, Word2Vec or Doc2Vec of gensim 4; got {kind}. "
            "Load it with gensim first.",
            kind=type(keyed).__name__,
        )
    counts = getattr(keyed, "expandos", {}).get("count")
    return StoredVectors(
        tuple(str(key) for key in keys),
        np.array(vectors),
        None if counts is None else np.asarray(counts[: len(keys)], np.int64),
    )
