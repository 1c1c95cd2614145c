"""What to draw the next token from, and the draw; in float64, and the same for the same seed."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from saiki.errors import ArgumentError, ShapeError

__all__ = ["draw", "next_token_distribution"]

# Sums of probabilities are right to about this; a mass so near to the one asked for reaches it.
ROUNDING = 1e-12


@torch.no_grad()
def next_token_distribution(
    log_probabilities: Tensor,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    nucleus: float | None = None,
    forbidden: Iterable[int] = (),
) -> Tensor:
    """What the next token is drawn from: sharpened or flattened, and cut to the likely tokens.

        q_v ∝ exp(log p_v / τ)      over the tokens that are left

    In this order: forbidden tokens go; the temperature τ; the k likeliest stay; of these, with
    their mass made 1 again, the fewest whose mass reaches the nucleus stay. Of equally likely
    tokens the one of the lower id stays.

    Args:
        log_probabilities: in nats; a constant may be added to a row, so logits will do.
        temperature: τ, at least 0; 0 is greedy: all mass on the likeliest token.
        top_k: how many of the likeliest tokens stay, at least 1; None keeps all.
        nucleus: the mass that the likeliest tokens must reach, in (0, 1]; None keeps all.
        forbidden: ids that get no mass, such as padding.

    Shapes:
        log_probabilities: (..., V), any float type. Returns (..., V), float64, each row with mass
        1.

    Raises:
        ArgumentError: an argument is out of range, a number is NaN or plus infinity, or no token
            is left.
        ShapeError: log_probabilities have no axis of at least one token.

    Source: top-k: Fan, Lewis and Dauphin 2018, arXiv:1805.04833, section 5.3; nucleus: Holtzman et
    al. 2020, arXiv:1904.09751, section 3.1, their p is `nucleus`.

    Example:
        >>> import torch
        >>> from saiki.models.sampling import next_token_distribution
        >>> p = torch.tensor([0.5, 0.25, 0.15, 0.1]).log()
        >>> next_token_distribution(p, nucleus=0.7)
        tensor([0.6667, 0.3333, 0.0000, 0.0000], dtype=torch.float64)
    """
    _check_choices(temperature, top_k, nucleus)
    scores = _allowed(_checked(log_probabilities).double(), forbidden)
    highest = scores.amax(-1, keepdim=True)
    if not highest.isfinite().all():
        raise ArgumentError(
            "next_token_distribution: every row of log_probabilities must have a token that is"
            " neither forbidden nor impossible (minus infinity), and no NaN or plus infinity; got"
            " a highest value of {got}. Forbid fewer tokens, or look at the model's weights.",
            got=highest[~highest.isfinite()][0].item(),
        )
    if temperature == 0:
        return _keep_likeliest(scores, 1).double()
    masses = ((scores - highest) / temperature).softmax(-1)
    if top_k is not None and top_k < masses.shape[-1]:
        masses = _scaled(masses * _keep_likeliest(scores, top_k))
    if nucleus is not None and nucleus < 1:
        masses = _scaled(masses * _keep_nucleus(scores, masses, nucleus))
    return masses


@torch.no_grad()
def draw(probabilities: Tensor, generator: torch.Generator) -> Tensor:
    """Draws a token of each row: the first whose cumulative mass is above one uniform number.

    A row costs one number of the generator, in the order of the rows, so the same seed gives the
    same tokens on every run, whatever else has a random state.

    Args:
        probabilities: at least 0; a row's mass need not be 1, and is what it is divided by.
        generator: a torch.Generator on the CPU.

    Shapes:
        probabilities: (..., V), any float type. Returns ids (...), int64, on its device.

    Raises:
        ArgumentError: a probability is negative or not finite, a row has no mass, or the generator
            is not on the CPU.
        ShapeError: probabilities have no axis of at least one token.

    Source: Devroye 1986, "Non-Uniform Random Variate Generation", section III.2.1 (inversion).

    Example:
        >>> import torch
        >>> from saiki.models.sampling import draw
        >>> generator = torch.Generator().manual_seed(3)
        >>> draw(torch.tensor([[0.0, 1.0], [2.0, 0.0]]), generator)
        tensor([1, 0])
    """
    if probabilities.dim() < 1 or not probabilities.shape[-1]:
        raise ShapeError(
            "draw: probabilities must be (..., V), V at least 1; got {got}. Pass a row of"
            " probabilities.",
            got=tuple(probabilities.shape),
        )
    if generator.device.type != "cpu":
        raise ArgumentError(
            "draw: generator must be on the CPU, where the same seed gives the same numbers on"
            " every machine; got {got}. Use torch.Generator().manual_seed(seed).",
            got=str(generator.device),
        )
    given = probabilities.detach().to("cpu", torch.float64).contiguous()
    # One number after the other: partial sums that never fall, so no impossible token is hit.
    sums = given.cumsum(-1)
    total = sums[..., -1:]
    if not ((given >= 0).all() and total.isfinite().all() and (total > 0).all()):
        raise ArgumentError(
            "draw: probabilities must be finite and at least 0, and every row must have some mass;"
            " got values from {lowest} to {highest}. Use next_token_distribution.",
            lowest=given.min().item(),
            highest=given.max().item(),
        )
    uniform = torch.rand(total.shape, dtype=torch.float64, generator=generator)
    ids = torch.searchsorted(sums, uniform * total, right=True)
    return ids.squeeze(-1).to(probabilities.device)


def _allowed(scores: Tensor, forbidden: Iterable[int]) -> Tensor:
    """The scores with those of forbidden ids at minus infinity."""
    ids = [int(one) for one in forbidden]
    if not ids:
        return scores
    if min(ids) < 0 or max(ids) >= scores.shape[-1]:
        raise ArgumentError(
            "next_token_distribution: forbidden ids must be in 0..V-1={most}; got {lowest} to"
            " {highest}. Take them from the model's tokeniser.",
            most=scores.shape[-1] - 1,
            lowest=min(ids),
            highest=max(ids),
        )
    places = torch.tensor(ids, device=scores.device)
    return scores.index_fill(-1, places, -math.inf)


def _keep_likeliest(scores: Tensor, count: int) -> Tensor:
    """True at the `count` highest scores of each row; of equal ones at the lower ids."""
    least = scores.topk(count, -1).values[..., -1:]
    above, level = scores > least, scores == least
    missing = count - above.sum(-1, keepdim=True)
    return above | (level & (level.cumsum(-1) <= missing))


def _keep_nucleus(scores: Tensor, masses: Tensor, nucleus: float) -> Tensor:
    """True at the fewest likeliest tokens whose mass reaches `nucleus`."""
    order = scores.argsort(dim=-1, descending=True, stable=True)
    falling = masses.gather(-1, order)
    before = falling.cumsum(-1) - falling
    kept = before < nucleus - ROUNDING
    kept[..., 0] = True
    return torch.zeros_like(kept).scatter(-1, order, kept)


def _scaled(masses: Tensor) -> Tensor:
    return masses / masses.sum(-1, keepdim=True)


def _checked(log_probabilities: Tensor) -> Tensor:
    if log_probabilities.dim() < 1 or not log_probabilities.shape[-1]:
        raise ShapeError(
            "next_token_distribution: log_probabilities must be (..., V), V at least 1; got {got}."
            " Pass the log-probabilities of one step.",
            got=tuple(log_probabilities.shape),
        )
    if not log_probabilities.is_floating_point():
        raise ArgumentError(
            "next_token_distribution: log_probabilities must be of a float type; got {got}. Pass"
            " log-probabilities, not ids.",
            got=str(log_probabilities.dtype).removeprefix("torch."),
        )
    return log_probabilities.detach()


def _check_choices(temperature: object, top_k: object, nucleus: object) -> None:
    if not _is_number(temperature) or not 0 <= temperature < math.inf:  # type: ignore[operator]  # a number by then
        raise ArgumentError(
            "next_token_distribution: temperature must be a finite number of at least 0; got"
            " {value!r}. Use 0 for the likeliest token, 1 for the model's own probabilities.",
            value=temperature,
        )
    is_whole = isinstance(top_k, int) and not isinstance(top_k, bool)
    if top_k is not None and (not is_whole or top_k < 1):  # type: ignore[operator]  # an int by then
        raise ArgumentError(
            "next_token_distribution: top_k must be a whole number of at least 1, or None; got"
            " {value!r}. Use None to keep all tokens.",
            value=top_k,
        )
    if nucleus is not None and (not _is_number(nucleus) or not 0 < nucleus <= 1):  # type: ignore[operator]  # a number by then
        raise ArgumentError(
            "next_token_distribution: nucleus must be a mass in (0, 1], or None; got {value!r}. Use"
            " None to keep all tokens.",
            value=nucleus,
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
