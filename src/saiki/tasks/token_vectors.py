"""What the embedding of a text classifier begins with: trained or loaded word vectors."""

import numpy as np
from numpy.typing import NDArray

from saiki.data import Tokens
from saiki.data.text import TextTokenizer, make_tokenizer
from saiki.embeddings import Word2Vec, WordVectors
from saiki.errors import ConfigurationError, DataError
from saiki.tasks.config import ModelConfig
from saiki.tasks.preparation import Prepared

__all__ = ["first_vectors"]

# The deviation of all numbers of the table, whatever the vectors were trained with; what has no
# vector begins with a smaller random one.
_DEVIATION = 0.3
_DEVIATION_OF_OTHERS = 0.03
_WINDOW = 5
_LEAST_COUNT = 2


def first_vectors(config: ModelConfig, prepared: Prepared, seed: int) -> NDArray[np.float32] | None:
    """The first vector of each token, (V, E); None where the embedding begins at random.

    Raises:
        ConfigurationError: the vectors have another size than the configuration says, or the
            data is no text.
        DataError: the vectors have none of the tokens, or the text is too short to train any.
        MissingFileError: there are no vectors at the path.
    """
    if config.embedding == "random":
        if prepared.unlabelled:
            raise ConfigurationError(
                "data.unlabelled_source: word vectors learn from it, and model.embedding is "
                "random. Set --model.embedding word-vectors, or leave the source out."
            )
        return None
    if not isinstance(prepared.front_end, Tokens):
        raise ConfigurationError(
            "model.embedding: word-vectors are for text; the data is {kind}. Leave it out.",
            kind=prepared.examples.kind,
        )
    if config.vectors == "corpus":
        names, vectors = _trained(config, prepared, prepared.front_end, seed)
    else:
        names, vectors = _loaded(config, prepared.front_end)
    table = np.random.default_rng(seed).normal(
        0.0, _DEVIATION_OF_OTHERS, (prepared.front_end.features, config.embedding_size)
    )
    table[names] = vectors * (_DEVIATION / max(float(vectors.std()), 1e-12))
    return table.astype(np.float32)


def _trained(
    config: ModelConfig, prepared: Prepared, front_end: Tokens, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Token ids and their vectors, from the whole texts of training and the unlabelled ones."""
    texts = [*prepared.examples.values(prepared.parts.train), *prepared.unlabelled]
    tokenizer = _tokenizer_of(front_end, texts)
    encoded = tokenizer.encode_many(texts)
    # With one thread the vectors are the same on every run, so that a run is, too.
    model = Word2Vec(
        config.embedding_size,
        _WINDOW,
        min_count=1,
        epochs=config.vectors_epochs,
        threads=1,
        seed=seed,
        held_out=0.0,
    )
    vectors = model.fit([[str(i) for i in ids] for ids in encoded if len(ids)], progress=False)
    ids = [int(word) for word in vectors.words]
    place = {piece: i for i, piece in enumerate(front_end.pieces(range(front_end.features)))}
    pairs = [
        (place[piece], row) for row, piece in enumerate(tokenizer.pieces(ids)) if piece in place
    ]
    rows = np.asarray(vectors.vectors)[[row for _, row in pairs]]
    return np.array([i for i, _ in pairs]), rows


def _tokenizer_of(front_end: Tokens, texts: list[str]) -> TextTokenizer:
    """That of the network; of whole words one that knows more of them, all neighbours of its own.

    Parts of words depend on the texts that they were learned from, so those are kept.
    """
    own = front_end.tokenizer
    if own.name in ("byte-bpe", "unigram"):
        return own
    settings = own.settings
    return make_tokenizer(
        own.name,
        normalise=settings.normalise,
        lower_case=settings.lower_case,
        min_count=_LEAST_COUNT,
    ).fit(texts)


def _loaded(
    config: ModelConfig, front_end: Tokens
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    vectors = WordVectors.load(config.vectors)
    if vectors.vector_size != config.embedding_size:
        raise ConfigurationError(
            "model.embedding_size: must be that of the vectors in {path}, {expected}; got {got}. "
            "Set --model.embedding-size {expected}.",
            path=config.vectors,
            expected=vectors.vector_size,
            got=config.embedding_size,
        )
    tokens = front_end.pieces(range(front_end.features))
    known = [(i, token) for i, token in enumerate(tokens) if token in vectors]
    if not known:
        raise DataError(
            "{path}: has a vector of none of the {count} tokens ({tokens}, ...). Take vectors of "
            "the same language whose words were cut by the same data.features.tokenizer.",
            path=config.vectors,
            count=len(tokens),
            tokens=", ".join(tokens[4:8]),
        )
    rows = np.stack([vectors[token] for _, token in known])
    return np.array([i for i, _ in known]), rows
