"""A training step against Keras on JAX and on TensorFlow, compiled, one thread."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.recurrent.layers import (
    check_agreement,
    make_batch,
    make_ours,
    row_of,
    title_of,
    training_step,
)
from benchmarks.recurrent.plan import CELLS, Plan, Shape
from benchmarks.recurrent.timing import Work, race, show
from saiki.nn import interop

Step = Callable[[], tuple[Any, list[Any]]]  # output; gradients of x, kernels and bias
NAMES = {"RNN": "SimpleRNN", "GRU": "GRU", "LSTM": "LSTM"}


def measure_jax(plan: Plan) -> list[dict[str, Any]]:
    os.environ["KERAS_BACKEND"] = "jax"
    return _measure_all(plan, {"Keras on JAX": _jax_step})


def measure_tensorflow(plan: Plan) -> list[dict[str, Any]]:
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    steps = {
        "Keras on TensorFlow, XLA": lambda *given: _tensorflow_step(*given, xla=True),
        "Keras on TensorFlow": lambda *given: _tensorflow_step(*given, xla=False),
    }
    return _measure_all(plan, steps)


def _measure_all(plan: Plan, steps: dict[str, Callable[..., Step]]) -> list[dict[str, Any]]:
    import keras  # noqa: F401  # a missing peer is to be known before anything is timed

    return [_measure(cell, shape, plan, steps) for shape in plan.shapes for cell in CELLS]


def _measure(
    cell: str, shape: Shape, plan: Plan, steps: dict[str, Callable[..., Step]]
) -> dict[str, Any]:
    import keras

    ours, (x, dy) = make_ours(cell, shape[2]), make_batch(shape)
    layer = getattr(keras.layers, NAMES[cell])(shape[2], return_sequences=True)
    layer.build((shape[1], shape[0], shape[2]))
    layer.set_weights(interop.to_keras(ours))
    given = [np.ascontiguousarray(part.transpose(0, 1).numpy()) for part in (x, dy)]
    x.requires_grad_()
    own = training_step(ours, lambda: ours(x)[0], dy, x)
    works: dict[str, Work] = {"saiki": own}
    for name, make in steps.items():
        works[name] = step = make(layer, *given)
        theirs = torch.from_numpy(np.array(step()[1][0])).transpose(0, 1)
        check_agreement(title_of(cell, shape, name), own()[:1], [theirs])
    seconds = race(works, plan)
    show(title_of(cell, shape), seconds)
    return row_of(cell, shape, seconds)


def _jax_step(layer: Any, x: np.ndarray, dy: np.ndarray) -> Step:
    import jax

    weights = [variable.value for variable in layer.trainable_variables]
    fixed = [variable.value for variable in layer.non_trainable_variables]

    def output(x: Any, weights: list[Any]) -> Any:
        return layer.stateless_call(weights, fixed, x, training=True)[0]

    @jax.jit
    def step(x: Any, weights: list[Any], dy: Any) -> Any:
        y, pull_back = jax.vjp(output, x, weights)
        dx, dweights = pull_back(dy)
        return y, [dx, *dweights]

    x, dy = jax.device_put(x), jax.device_put(dy)
    return lambda: jax.block_until_ready(step(x, weights, dy))


def _tensorflow_step(layer: Any, x: np.ndarray, dy: np.ndarray, *, xla: bool) -> Step:
    import tensorflow as tf

    weights = [variable.value for variable in layer.trainable_variables]

    @tf.function(jit_compile=xla)
    def step(x: Any, dy: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return y, tape.gradient(y, [x, *weights], dy)

    x, dy = tf.constant(x), tf.constant(dy)
    return lambda: step(x, dy)
