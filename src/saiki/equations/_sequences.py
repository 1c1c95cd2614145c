"""What every recurrence shares: which steps are real, the states one step back, Σ δ sᵀ."""

import numpy as np

from saiki.equations._arrays import Array, Lengths, Mask, check_shape


def valid_steps(lengths: Lengths | None, batch: int, steps: int) -> Mask:
    """(B, T), true where step t belongs to sequence b; everywhere where lengths is None."""
    if lengths is None:
        return np.ones((batch, steps), dtype=np.bool_)
    ends = np.asarray(lengths)
    if ends.shape != (batch,) or not np.issubdtype(ends.dtype, np.integer):
        raise ValueError(
            f"lengths must be {batch} integers, one a sequence; got {ends.dtype} of {ends.shape}."
        )
    if ends.min() < 0 or ends.max() > steps:
        raise ValueError(f"lengths must lie between 0 and T={steps}; got {ends.tolist()}.")
    return np.asarray(np.arange(steps) < ends[:, None])


def open_sequences(who: str, x: Array, inputs: int, lengths: Lengths | None) -> tuple[Array, Mask]:
    """Checks x (B, T, I) and clears its padding, whatever stood there (also NaN)."""
    check_shape(f"{who}: x", x, ("B", "T", inputs))
    if x.shape[0] == 0 or x.shape[1] == 0:
        raise ValueError(f"{who}: x must hold at least one sequence and one step; got {x.shape}.")
    valid = valid_steps(lengths, *x.shape[:2])
    return blank_padding(x, valid), valid


def open_state(what: str, state: Array | None, x: Array, units: int) -> Array:
    """The initial state (B, H), zeros where none is given."""
    if state is None:
        return np.zeros((x.shape[0], units), dtype=x.dtype)
    check_shape(what, state, (x.shape[0], units))
    return state


def open_gradient(what: str, gradient: Array | None, like: Array, valid: Mask) -> Array:
    """A gradient of (B, T, K) outputs, with padding cleared; zeros where none is given."""
    if gradient is None:
        return np.zeros_like(like)
    check_shape(what, gradient, like.shape)
    return blank_padding(gradient, valid)


def blank_padding(values: Array, valid: Mask) -> Array:
    return np.where(valid[..., None], values, np.zeros((), dtype=values.dtype))


def one_step_back(first: Array, states: Array) -> Array:
    """(B, T, H): at t stands the state of t - 1, at t = 0 the initial one."""
    return np.concatenate([first[:, None], states[:, :-1]], axis=1)


def weight_gradient(delta: Array, seen: Array) -> Array:
    """Σ_b Σ_t δ_t s_tᵀ: (B, T, H), (B, T, K) -> (H, K)."""
    units, inputs = delta.shape[-1], seen.shape[-1]
    return np.asarray(delta.reshape(-1, units).T @ seen.reshape(-1, inputs))
