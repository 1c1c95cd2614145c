"""The attributes of ONNX's RNN, GRU and LSTM: read, checked, and said in our names."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast, get_args

from saiki.errors import ArgumentError, nearest

__all__ = ["GATES", "OnnxKind", "Settings", "onnx_activations", "read_attributes"]

OnnxKind = Literal["RNN", "GRU", "LSTM"]
Direction = Literal["forward", "reverse", "bidirectional"]
Activation: TypeAlias = tuple[str, float | None, float | None]  # name, alpha, beta

GATES: dict[str, str] = {"RNN": "a", "GRU": "zrn", "LSTM": "iofg"}  # ONNX calls g and n "c", "h"
DEFAULTS: dict[str, tuple[Activation, ...]] = {
    "RNN": (("tanh", None, None),),
    "GRU": (("sigmoid", None, None), ("tanh", None, None)),
    "LSTM": (("sigmoid", None, None), ("tanh", None, None), ("tanh", None, None)),
}
# Our name for each activation that both have; None says that it takes no alpha or beta.
OURS: dict[Activation, str] = {
    ("tanh", None, None): "tanh",
    ("sigmoid", None, None): "sigmoid",
    ("relu", None, None): "relu",
    ("leakyrelu", 0.01, None): "leaky-relu",
    ("affine", 1.0, 0.0): "identity",
}
SPELLING = {
    "affine": "Affine", "leakyrelu": "LeakyRelu", "relu": "Relu", "sigmoid": "Sigmoid",
    "tanh": "Tanh",
}  # fmt: skip
# The alpha and beta of an activation that are not given; every other activation has neither.
ALPHA = {
    "affine": 1.0, "leakyrelu": 0.01, "thresholdedrelu": 1.0, "scaledtanh": 1.0,
    "hardsigmoid": 0.2, "elu": 1.0,
}  # fmt: skip
BETA = {"affine": 0.0, "scaledtanh": 1.0, "hardsigmoid": 0.5}

KNOWN = {
    "RNN": {"activation_alpha", "activation_beta", "activations", "clip", "direction",
            "hidden_size", "layout"},
}  # fmt: skip
KNOWN["GRU"] = KNOWN["RNN"] | {"linear_before_reset"}
KNOWN["LSTM"] = KNOWN["RNN"] | {"input_forget"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the attributes of one operator say."""

    direction: Direction
    is_batch_first: bool
    hidden_size: int | None
    activations: tuple[str, ...]  # ours, f g h of one direction
    reset_after: bool

    @property
    def directions(self) -> int:
        """D, 2 for a bidirectional operator."""
        return 2 if self.direction == "bidirectional" else 1


def read_attributes(op_type: str, attributes: Mapping[str, Any]) -> Settings:
    """The settings that the attributes say; refuses what no layer of ours can do."""
    if op_type not in get_args(OnnxKind):
        raise ArgumentError(
            "from_onnx: op_type must be RNN, GRU or LSTM; got {op_type!r}.", op_type=op_type
        )
    _refuse_unknown(op_type, attributes)
    _refuse_lacking(op_type, attributes)
    direction = _text(attributes.get("direction", "forward"))
    if direction not in get_args(Direction):
        raise ArgumentError(
            "from_onnx: direction must be forward, reverse or bidirectional; got {direction!r}.",
            direction=direction,
        )
    layout = attributes.get("layout", 0)
    if layout not in (0, 1):
        raise ArgumentError("from_onnx: layout must be 0 or 1; got {layout!r}.", layout=layout)
    return Settings(
        direction=cast("Direction", direction),
        is_batch_first=layout == 1,
        hidden_size=attributes.get("hidden_size"),
        activations=_activations(op_type, attributes, 2 if direction == "bidirectional" else 1),
        reset_after=bool(attributes.get("linear_before_reset", 0)),
    )


def onnx_activations(names: Sequence[str], directions: int) -> dict[str, Any]:
    """The three activation attributes for our `names`, f g h of one direction."""
    theirs = {ours: activation for activation, ours in OURS.items()}
    for name in names:
        if name not in theirs:
            raise ArgumentError(
                "to_onnx: ONNX has no activation {name!r}. Convert a layer built with one of "
                "{known}.",
                name=name,
                known=", ".join(sorted(theirs)),
            )
    chosen = [theirs[name] for name in names] * directions
    attributes: dict[str, Any] = {"activations": [SPELLING[name] for name, _, _ in chosen]}
    alphas = [alpha for _, alpha, _ in chosen if alpha is not None]
    betas = [beta for _, _, beta in chosen if beta is not None]
    if alphas:
        attributes["activation_alpha"] = alphas
    if betas:
        attributes["activation_beta"] = betas
    return attributes


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _refuse_unknown(op_type: str, attributes: Mapping[str, Any]) -> None:
    for name in attributes:
        if name not in KNOWN[op_type]:
            raise ArgumentError(
                "from_onnx: {op_type} has no attribute {name!r}; it has {known}. Use {near!r}.",
                op_type=op_type,
                name=name,
                known=", ".join(sorted(KNOWN[op_type])),
                near=nearest(name, KNOWN[op_type]) or "direction",
            )


def _refuse_lacking(op_type: str, attributes: Mapping[str, Any]) -> None:
    if attributes.get("clip") is not None:
        raise ArgumentError(
            "from_onnx: clip={clip} (a bound on the input of the activations) is not in our "
            "layers. Export the model without clip.",
            clip=attributes["clip"],
        )
    if attributes.get("input_forget", 0):
        raise ArgumentError(
            "from_onnx: input_forget=1 (coupled input and forget gates) is not in our {op_type}. "
            "Export the model with input_forget=0.",
            op_type=op_type,
        )


def _activations(op_type: str, attributes: Mapping[str, Any], directions: int) -> tuple[str, ...]:
    """Our names of f (g h), which both directions must share."""
    count = len(DEFAULTS[op_type])
    given = [_text(name).lower() for name in attributes.get("activations") or ()]
    if not given:
        return tuple(OURS[one] for one in DEFAULTS[op_type])
    if len(given) != count * directions:
        raise ArgumentError(
            "from_onnx: activations of this {op_type} must be {expected} names, {count} a "
            "direction; got {got}.",
            op_type=op_type,
            expected=count * directions,
            count=count,
            got=given,
        )
    alphas = _coefficients(given, ALPHA, attributes.get("activation_alpha") or ())
    betas = _coefficients(given, BETA, attributes.get("activation_beta") or ())
    names = tuple(_our_name(*one) for one in zip(given, alphas, betas, strict=True))
    if names[:count] != names[-count:]:
        raise ArgumentError(
            "from_onnx: both directions must have the same activations; got {got}. Split the "
            "operator into a forward and a reverse one.",
            got=given,
        )
    return _supported(op_type, names[:count])


def _coefficients(
    names: Sequence[str], defaults: Mapping[str, float], values: Sequence[float]
) -> list[float | None]:
    """The coefficient of each activation; None where it takes none."""
    # ONNX lets only the activations that take a coefficient consume one; some writers give one
    # to each activation all the same.
    if len(values) == len(names):
        return [v if n in defaults else None for n, v in zip(names, values, strict=True)]
    left = iter(values)
    return [next(left, defaults[name]) if name in defaults else None for name in names]


def _our_name(name: str, alpha: float | None, beta: float | None) -> str:
    for (known, known_alpha, known_beta), ours in OURS.items():
        if known == name and _close(alpha, known_alpha) and _close(beta, known_beta):
            return ours
    raise ArgumentError(
        "from_onnx: activation {name} with alpha={alpha} and beta={beta} is not in our layers. "
        "They have Tanh, Sigmoid, Relu, LeakyRelu with alpha 0.01, and Affine with alpha 1 and "
        "beta 0.",
        name=name,
        alpha=alpha,
        beta=beta,
    )


def _close(given: float | None, known: float | None) -> bool:
    if given is None or known is None:
        return given is known
    return math.isclose(given, known, rel_tol=1e-6)  # attributes are float32


def _supported(op_type: str, names: tuple[str, ...]) -> tuple[str, ...]:
    gates = {"RNN": 0, "GRU": 2, "LSTM": 2}[op_type]
    is_plain = names[:gates] == ("sigmoid", "tanh")[:gates]
    if not is_plain or (op_type == "LSTM" and names[2] not in ("tanh", "identity")):
        raise ArgumentError(
            "from_onnx: our {op_type} has Sigmoid gates and a Tanh candidate, and the output of "
            "an LSTM may be Tanh or Affine with alpha 1 and beta 0; got {got}.",
            op_type=op_type,
            got=names,
        )
    return names
