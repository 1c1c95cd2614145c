"""The same model in Keras, with its own compiled training step."""

import itertools
from typing import Any

import numpy as np

from benchmarks.language.setting import Setting
from benchmarks.recurrent.timing import Work
from saiki.models import LanguageModel
from saiki.nn import interop


def make_keras(setting: Setting, ours: LanguageModel, *, jit_compile: bool | str) -> Any:
    """With our weights; states are carried from batch to batch (`stateful`)."""
    import keras

    model = setting.config.model
    embedding = _tied_embedding()(len(setting.tokenizer), model)
    x = keras.Input(batch_shape=tuple(setting.batches[0][0].shape), dtype="int32")
    hidden = keras.layers.SpatialDropout1D(model.input_dropout)(embedding(x))
    maker = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[model.cell]
    layers = []
    for place, layer in enumerate(ours.layers):
        rate = model.dropout if place < model.layers - 1 else model.output_dropout
        layers.append(maker(layer.hidden_size, return_sequences=True, stateful=True))
        hidden = keras.layers.SpatialDropout1D(rate)(layers[-1](hidden))
    made = keras.Model(x, embedding(hidden, reverse=True))
    embedding.set_weights([part.detach().numpy() for part in (ours.head.weight, ours.head.bias)])
    for theirs, layer in zip(layers, ours.layers, strict=True):
        theirs.set_weights(interop.to_keras(layer))
    made.compile(
        optimizer=_optimiser(setting),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=jit_compile,
    )
    return made


def training_step(made: Any, setting: Setting) -> Work:
    turn = itertools.cycle(batches_of(setting))
    return lambda: made.train_on_batch(*next(turn))


def batches_of(setting: Setting) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(values.numpy().astype("int32"), t.numpy()) for values, t in setting.batches]


def _optimiser(setting: Setting) -> Any:
    import keras

    settings = setting.config.training
    given: dict[str, Any] = {"epsilon": 1e-8, "global_clipnorm": settings.clip_norm}
    if settings.optimiser == "adamw":
        return keras.optimizers.AdamW(
            settings.learning_rate, weight_decay=settings.weight_decay, **given
        )
    if settings.optimiser == "adam":
        return keras.optimizers.Adam(settings.learning_rate, **given)
    raise ValueError(f"training.optimiser: no peer in Keras for {settings.optimiser!r}")


def _tied_embedding() -> Any:
    """A class of Keras, which may be absent or of another backend until it is wanted."""
    import keras
    from keras import ops

    class TiedEmbedding(keras.layers.Layer):
        """The look-up with word types dropped, and the logits by the same matrix."""

        def __init__(self, vocabulary: int, model: Any) -> None:
            super().__init__()
            self.shape, self.rate = (vocabulary, model.embedding_size), model.embedding_dropout
            self.draws = keras.random.SeedGenerator(0)

        def build(self, _: Any) -> None:
            self.table = self.add_weight(shape=self.shape, initializer="uniform")
            self.bias = self.add_weight(shape=self.shape[:1], initializer="zeros")

        def call(self, x: Any, *, reverse: bool = False, training: bool = False) -> Any:
            if reverse:
                return ops.matmul(x, ops.transpose(self.table)) + self.bias
            rows = ops.take(self.table, x, axis=0)
            if not training or not self.rate:
                return rows
            mask = keras.random.dropout(ops.ones(self.shape[:1]), self.rate, seed=self.draws)
            return rows * ops.expand_dims(ops.take(mask, x, axis=0), -1)

    return TiedEmbedding
