"""What is measured, and how often."""

from dataclasses import dataclass

Shape = tuple[int, int, int]  # T, B, H; there are as many features as hidden units

CELLS = ("RNN", "GRU", "LSTM")
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
# The goals were set on these; the odd ones after them show that nothing was tuned to five shapes.
GOAL_SHAPES = ((100, 32, 128), (100, 64, 256), (400, 32, 64), (35, 20, 650), (1000, 16, 128))
ODD_SHAPES = (
    (100, 32, 30),
    (100, 16, 77),
    (20, 8, 1024),
    (200, 1, 128),
    (50, 3, 256),
    (7, 32, 128),
    (49, 16, 64),
)
RAGGED_GOAL_SHAPES = ((100, 32, 128), (400, 32, 64), (1000, 16, 128))
RAGGED_ODD_SHAPES = ((50, 32, 128), (25, 16, 96))
BIDIRECTIONAL_SHAPES = ((100, 32, 128), (50, 32, 128), (25, 16, 96))
STREAM_SIZES = (64, 128, 256, 512)
LOOP_SHAPES = ((100, 32, 128), (400, 32, 64))
MEMORY_SHAPE = (1000, 16, 128)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The shapes of a run and how long each comparison goes on.

    Args:
        rounds: the fewest interleaved rounds of a comparison.
        seconds: a comparison goes on at least as long, warm-up apart.
    """

    rounds: int
    seconds: float
    goal_shapes: tuple[Shape, ...] = GOAL_SHAPES
    odd_shapes: tuple[Shape, ...] = ODD_SHAPES
    ragged_shapes: tuple[Shape, ...] = RAGGED_GOAL_SHAPES + RAGGED_ODD_SHAPES
    bidirectional_shapes: tuple[Shape, ...] = BIDIRECTIONAL_SHAPES
    stream_sizes: tuple[int, ...] = STREAM_SIZES
    loop_shapes: tuple[Shape, ...] = LOOP_SHAPES
    memory_shape: Shape = MEMORY_SHAPE

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return self.goal_shapes + self.odd_shapes


PLANS = {
    "full": Plan(rounds=5, seconds=0.6),
    "quick": Plan(
        rounds=2,
        seconds=0.05,
        goal_shapes=((100, 32, 128), (400, 32, 64)),
        odd_shapes=((7, 32, 128),),
        ragged_shapes=((100, 32, 128), (25, 16, 96)),
        bidirectional_shapes=((25, 16, 96),),
        stream_sizes=(64, 512),
        loop_shapes=((100, 32, 128),),
    ),
}

# What runs in a process of its own: module and function.
PARTS = {
    "floor": ("floor", "measure"),
    "training": ("training", "measure"),
    "training, first layer": ("training", "measure_first_layer"),
    "training, malloc tuned": ("training", "measure"),
    "training, Keras on JAX": ("keras_peers", "measure_jax"),
    "training, Keras on TensorFlow": ("keras_peers", "measure_tensorflow"),
    "inference": ("inference", "measure"),
    "ragged": ("ragged", "measure"),
    "stream": ("stream", "measure"),
    "variants": ("variants", "measure"),
    "memory": ("memory", "measure"),
}
