"""Paragraph vectors: a document's own vector helps to predict its words.

    PV-DBOW         h = d                                           L = Σ_{t in document} ℓ(h, t)
    PV-DM, mean     h = (d + Σ_{k in context} v_k) / (1 + n)        L = ℓ(h, centre)
    PV-DM, concat.  h = [d; v_{-c}; ...; v_{-1}; v_1; ...; v_c]     L = ℓ(h, centre)

    ∂L/∂d = Σ ∂ℓ/∂h (DBOW)       ∂L/∂d = ∂L/∂v_k = ∂ℓ/∂h / (1 + n) (mean)
    ∂L/∂d, ∂L/∂v_k: their own part of ∂ℓ/∂h (concatenation)

ℓ is any output loss of `word2vec` or `hierarchical_softmax`. A document that comes after training
gets its d by the same descent with v and the output vectors held still.

Symbols:
    d      (E,)     a row of the document vectors (D, E)
    v      (V, E)   word vectors
    h      (E,); (E + 2cE,) for the concatenation, whose output vectors are as long

Where the concatenation's window reaches beyond the document a place is empty (-1): its part of h
is zero.

Source: Le and Mikolov 2014, arXiv:1405.4053, sections 2.2 (PV-DM) and 2.3 (PV-DBOW). Differs:
the paper's window lies before the predicted word, ours on both sides of it as in word2vec.

Example:
    >>> import numpy as np
    >>> from saiki.equations import pv_dm_mean, softmax_output
    >>> words, documents = np.zeros((4, 2)), np.zeros((3, 2))
    >>> output = lambda h, target: softmax_output(words, h, target)
    >>> round(pv_dm_mean(words, documents, 1, [0, 2], 1, output).loss, 4)
    1.3863
"""

from typing import NamedTuple

import numpy as np

from saiki.equations._arrays import Array, check_shape
from saiki.equations.word2vec import Ids, Output

__all__ = ["DocumentGradients", "pv_dbow", "pv_dm_concat", "pv_dm_mean"]


class DocumentGradients(NamedTuple):
    """L in nats, with ∂L/∂ document vectors (D, E), word vectors (V, E) and output vectors.

    PV-DBOW has no word vectors.
    """

    loss: float
    documents: Array
    words: Array | None
    outputs: Array


def pv_dbow(documents: Array, document: int, targets: Ids, output: Output) -> DocumentGradients:
    """The document's vector predicts each of `targets`, the words of the document."""
    words = np.asarray(targets, dtype=np.intp)
    if words.ndim != 1 or not len(words):
        raise ValueError(f"pv_dbow: targets must be (n >= 1,); got {words.shape}.")
    found = [output(documents[document], target) for target in words.tolist()]
    gradient = np.zeros_like(documents)
    gradient[document] = sum(one.h for one in found)
    outputs = np.sum([one.outputs for one in found], axis=0)
    return DocumentGradients(sum(one.loss for one in found), gradient, None, outputs)


def pv_dm_mean(
    words: Array, documents: Array, document: int, context: Ids, target: int, output: Output
) -> DocumentGradients:
    """The mean of the document's vector and those of the context predicts the word between them."""
    check_shape("pv_dm_mean: documents", documents, ("D", words.shape[1]))
    rows = np.asarray(context, dtype=np.intp)
    size = 1 + len(rows)
    found = output((documents[document] + words[rows].sum(axis=0)) / size, target)
    of_words, of_documents = np.zeros_like(words), np.zeros_like(documents)
    np.add.at(of_words, rows, found.h / size)
    of_documents[document] = found.h / size
    return DocumentGradients(found.loss, of_documents, of_words, found.outputs)


def pv_dm_concat(
    words: Array, documents: Array, document: int, context: Ids, target: int, output: Output
) -> DocumentGradients:
    """The vectors of document and context side by side; `context` (2c,), -1 where it is empty."""
    check_shape("pv_dm_concat: documents", documents, ("D", words.shape[1]))
    rows = np.asarray(context, dtype=np.intp)
    is_there = rows >= 0
    places = np.where(is_there[:, None], words[rows], 0)
    found = output(np.concatenate([documents[document], places.ravel()]), target)
    own, *others = found.h.reshape(1 + len(rows), -1)
    of_words, of_documents = np.zeros_like(words), np.zeros_like(documents)
    np.add.at(of_words, rows[is_there], np.reshape(others, places.shape)[is_there])
    of_documents[document] = own
    return DocumentGradients(found.loss, of_documents, of_words, found.outputs)
