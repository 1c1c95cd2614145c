"""What decoding asks of a model, what it gives back, and one checked step of the model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from saiki.errors import ArgumentError, NonFiniteError, ShapeError

__all__ = [
    "Hypothesis",
    "PerSource",
    "Plan",
    "StepModel",
    "Steps",
    "check_highest",
    "inside",
    "make_plan",
]

State = TypeVar("State")
PerSource: TypeAlias = int | Sequence[int] | Tensor

# So much above 0 can be rounding; a higher log-probability is something else, such as a logit.
ROUNDING = 1e-3
# Attention of at most so much on padding is rounding.
ATTENTION_ROUNDING = 1e-6


class StepModel(Protocol[State]):
    """A model that says what comes next, one token at a time; R rows are decoded side by side.

    The state is the model's own; decoding only hands it on. A row must depend on nothing but its
    own source and tokens, so padding is masked inside.
    """

    def start(self, batch: Any) -> State:
        """The state of B rows, one for each source, before any token."""
        ...

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor | None]:
        """Reads the last tokens (R,) int64 -> log p of the next ones (R, V), state, attention.

        The attention (R, S) is how each row looked at its source for this next token: at least 0,
        and 0 on padding. None where a model has none.
        """
        ...

    def select(self, state: State, rows: Tensor) -> State:
        """The state of these rows (R',) int64, in this order; a row may come often or never."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """One decoded sequence.

    Args:
        tokens: the end token last.
        log_probability: the sum of the model's log p of every token, the end token too; nats.
        score: what it is ranked by; the log-probability itself where nothing is normalised.
        attention: (len(tokens), S) weights on the source's own S positions, or None.
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    attention: Tensor | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for, with one number a source: its length, first token and most steps."""

    lengths: list[int]
    first: list[int]
    most: list[int]
    end: int
    forbidden: list[int]
    device: torch.device


def make_plan(
    source_lengths: Sequence[int] | Tensor,
    start: PerSource,
    end: int,
    max_steps: PerSource,
    forbidden: Iterable[int],
) -> Plan:
    """The plan, with everything checked that can be before the first step."""
    is_tensor = isinstance(source_lengths, Tensor)
    device = source_lengths.device if is_tensor else torch.device("cpu")  # type: ignore[union-attr]  # a Tensor there
    lengths = _integers("source_lengths", source_lengths, None, least=0)
    count = len(lengths)
    banned = sorted(set(_integers("forbidden", list(forbidden), None, least=0)))
    if end in banned:
        raise ArgumentError(
            "decoding: the end token {end} is among the forbidden tokens {forbidden}, so nothing"
            " could end. Take it out of forbidden.",
            end=end,
            forbidden=banned,
        )
    return Plan(
        lengths=lengths,
        first=_integers("start", start, count, least=0),
        most=_integers("max_steps", max_steps, count, least=1),
        end=_integers("end", end, 1, least=0)[0],
        forbidden=banned,
        device=device,
    )


class Steps(Generic[State]):
    """A model and its state while it is decoded.

    Every step is checked: the shapes, and the attention whole. Of the log p the highest of each row
    is, by `check_highest`: it is what is chosen from, and it is NaN where any of the row is.
    """

    def __init__(self, model: StepModel[State], batch: Any, plan: Plan) -> None:
        if getattr(model, "training", False):
            raise ArgumentError(
                "decoding: the model is in training mode, where drop-out changes every step. Call"
                " model.eval() first."
            )
        self.model, self.plan = model, plan
        with torch.no_grad():
            self.state = model.start(batch)
        self._longest = max(plan.lengths)
        self._owners: list[int] = []  # those that `_padding` is of, and the shape
        self._shape: tuple[int, ...] = ()
        self._padding: Tensor | None = None

    def advance(self, tokens: list[int], owners: list[int]) -> tuple[Tensor, Tensor | None]:
        """The log p (R, V) as the model gives them, and the attention (R, S) of the longest S."""
        given = torch.tensor(tokens, device=self.plan.device)
        rows, self.state, attention = self.model.step(given, self.state)
        _check_shape(rows, len(tokens), self.plan)
        return rows, None if attention is None else self._checked(attention, owners)

    def select(self, rows: list[int], count: int) -> None:
        """Goes on with these rows of the `count` there are."""
        if rows != list(range(count)):
            places = torch.tensor(rows, device=self.plan.device)
            self.state = self.model.select(self.state, places)

    def _checked(self, attention: Tensor, owners: list[int]) -> Tensor:
        lengths = self.plan.lengths
        if attention.dim() != 2 or attention.shape[0] != len(owners):
            is_shape = False
        else:
            is_shape = attention.shape[1] >= max(lengths[one] for one in owners)
        if not is_shape:
            raise ShapeError(
                "decoding: StepModel.step must give attention (R={rows}, S), S at least {longest},"
                " the longest source; got {got}. Give one row for each token that was passed in.",
                rows=len(owners),
                longest=max(lengths[one] for one in owners),
                got=tuple(attention.shape),
            )
        attention = attention.detach()
        beyond = self._beyond(attention, owners)
        # NaN is the lowest of all, wherever it stands.
        lowest, highest = attention.amin().item() if attention.numel() else 0.0, 0.0
        if lowest >= 0 and beyond is not None:
            highest = (attention * beyond).amax().item()
        if not (lowest >= 0 and highest <= ATTENTION_ROUNDING):
            raise ArgumentError(
                "decoding: attention must be at least 0, not NaN, and 0 on padding (beyond the"
                " source's length); got values from {lowest}, and up to {highest} on padding. Mask"
                " the padding in the model, and pass the true source_lengths.",
                lowest=lowest,
                highest=highest,
            )
        more = self._longest - attention.shape[1]
        return functional.pad(attention, (0, more)) if more else attention

    def _beyond(self, attention: Tensor, owners: list[int]) -> Tensor | None:
        """(R, S): 1 where the row's source has padding, else 0; None where no row has any."""
        if owners != self._owners or attention.shape != self._shape:
            own = inside([self.plan.lengths[one] for one in owners], attention)
            self._owners, self._shape = owners, attention.shape
            self._padding = None if bool(own.all()) else (~own).to(attention.dtype)
        return self._padding


def check_highest(highest: Iterable[float]) -> None:
    """Refuses rows of which this is the highest log p: above 0 by more than rounding, or NaN."""
    for value in highest:
        if not value <= ROUNDING:
            raise NonFiniteError(
                "decoding: StepModel.step must give log-probabilities, at most 0 and never NaN; got"
                " {got}. Use log_softmax, and look for NaN in the model's weights and inputs.",
                got=value,
            )


def _check_shape(rows: Tensor, count: int, plan: Plan) -> None:
    least = max(plan.end, *plan.forbidden, 0) + 1
    if rows.dim() != 2 or rows.shape[0] != count or rows.shape[1] < least:
        raise ShapeError(
            "decoding: StepModel.step must give log-probabilities (R={rows}, V), V at least"
            " {least} for the end and forbidden tokens; got {got}. Give one row for each token"
            " that was passed in.",
            rows=count,
            least=least,
            got=tuple(rows.shape),
        )


def inside(lengths: list[int], like: Tensor) -> Tensor:
    """(R, S): whether a position is one of the row's own source."""
    ends = torch.tensor(lengths, device=like.device)
    return torch.arange(like.shape[1], device=like.device) < ends[:, None]


def _integers(name: str, given: Any, count: int | None, *, least: int) -> list[int]:
    """The numbers as a list; one number stands for `count` of them."""
    values = given.tolist() if hasattr(given, "tolist") else given  # a tensor or array
    if isinstance(values, int) and count is not None:
        values = [values] * count
    is_list = isinstance(values, Sequence) and not isinstance(values, str)
    if not is_list or (count is not None and len(values) != count):
        raise ArgumentError(
            "decoding: {name} must be one whole number for each source, in the order of the batch"
            " ({count} of them); got {got!r}. Pass a list or a tensor (B,).",
            name=name,
            count="B" if count is None else count,
            got=given,
        )
    for value in values:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ArgumentError(
                "decoding: {name} must be whole numbers of at least {least}; got {got!r}.",
                name=name,
                least=least,
                got=value,
            )
    return list(values)
