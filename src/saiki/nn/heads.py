"""Output heads: what the last layer computes, how it is trained, and how sure it is."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from saiki.errors import ArgumentError, ShapeError

__all__ = ["BinaryHead", "ClassHead", "MultiLabelHead", "Reduction", "RegressionHead"]

Reduction = Literal["mean", "none"]


class BinaryHead(nn.Module):
    """One unit whose sigmoid is the probability of the positive class.

        a = w · x + b,   p = sigmoid(a),   predicted = 1 if p >= threshold else 0
        confidence = p if predicted is 1 else 1 - p
        loss = -(y ln p + (1 - y) ln(1 - p))              in nats, from a without forming p

    With a threshold other than 0.5 the confidence of the predicted class may be below 0.5.

    Args:
        features: F, at least 1.
        threshold: above 0 and below 1; may be set anew at any time.

    Shapes:
        x: (..., F); logits, targets, predictions and confidences: (...); probabilities: (..., 2).

    Raises:
        ArgumentError: features or threshold is out of range, or a target is neither 0 nor 1.
        ShapeError: x does not end in F, or targets differ from logits in shape.

    Source: Bishop: Pattern Recognition and Machine Learning (2006), equations 4.87 and 4.90.

    Example:
        >>> import torch
        >>> from saiki.nn.heads import BinaryHead
        >>> head = BinaryHead(3)
        >>> logits = torch.tensor([2.0, -2.0])
        >>> head.predict(logits).tolist(), round(head.confidence(logits)[1].item(), 3)
        ([1, 0], 0.881)
    """

    def __init__(self, features: int, threshold: float = 0.5) -> None:
        super().__init__()
        _check_size("BinaryHead", "features", features)
        self.dense = nn.Linear(features, 1)
        self.threshold = threshold

    @property
    def threshold(self) -> float:
        """The least probability that is called positive."""
        return self._threshold

    @threshold.setter
    def threshold(self, threshold: float) -> None:
        if not 0.0 < threshold < 1.0:
            raise ArgumentError(
                "BinaryHead: threshold must be above 0 and below 1; got {threshold}. Use 0.5 "
                "for the more probable class.",
                threshold=threshold,
            )
        self._threshold = float(threshold)

    def forward(self, x: Tensor) -> Tensor:
        """The logits a, one number where x has a vector."""
        _check_features("BinaryHead.forward", self.dense, x)
        logits: Tensor = self.dense(x)
        return logits.squeeze(-1)

    def loss(self, logits: Tensor, targets: Tensor, *, reduction: Reduction = "mean") -> Tensor:
        """Cross entropy in nats; `reduction="none"` gives it for each example."""
        _check_same_shape("BinaryHead.loss", logits, targets)
        if not bool(((targets == 0) | (targets == 1)).all()):
            raise ArgumentError(
                "BinaryHead.loss: targets must be 0 or 1; got {least} to {most}. Use ClassHead "
                "for more than two classes.",
                least=targets.min().item(),
                most=targets.max().item(),
            )
        return functional.binary_cross_entropy_with_logits(
            logits, targets.to(logits.dtype), reduction=reduction
        )

    def probabilities(self, logits: Tensor) -> Tensor:
        """(..., 2): the probabilities of the negative and of the positive class."""
        return torch.stack((torch.sigmoid(-logits), torch.sigmoid(logits)), dim=-1)

    def predict(self, logits: Tensor) -> Tensor:
        """1 where the probability reaches the threshold, else 0 (int64)."""
        return (torch.sigmoid(logits) >= self.threshold).long()

    def confidence(self, logits: Tensor) -> Tensor:
        """The probability of the predicted class."""
        # sigmoid(-a) is 1 - p without the loss of digits where p is close to 1.
        return torch.where(
            self.predict(logits).bool(), torch.sigmoid(logits), torch.sigmoid(-logits)
        )

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}"


class ClassHead(nn.Module):
    """C units whose softmax is the probability of each class.

        a = W x + b,   p = softmax(a),   predicted = argmax p,   confidence = max p
        loss = -sum_c q_c ln p_c   in nats, q = (1 - ε) one_hot(y) + ε / C

    Args:
        features: F, at least 1.
        classes: C, at least 2.

    Shapes:
        x: (..., F); logits and probabilities: (..., C); targets, predictions, confidences: (...).

    Raises:
        ArgumentError: a size is out of range, or a target is not from 0 to C - 1.
        ShapeError: x does not end in F, or targets do not fit the logits.

    Source: Bishop: Pattern Recognition and Machine Learning (2006), equations 4.104 and 4.108;
    label smoothing (ε) Szegedy et al.: Rethinking the Inception Architecture (2016), section 7.

    Example:
        >>> import torch
        >>> from saiki.nn.heads import ClassHead
        >>> head = ClassHead(4, 3)
        >>> logits = head(torch.randn(2, 4))
        >>> logits.shape, head.probabilities(logits).sum(-1).allclose(torch.ones(2))
        (torch.Size([2, 3]), True)
    """

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        _check_size("ClassHead", "features", features)
        _check_size("ClassHead", "classes", classes, least=2)
        self.dense = nn.Linear(features, classes)

    def forward(self, x: Tensor) -> Tensor:
        """The logits a, one for each class."""
        _check_features("ClassHead.forward", self.dense, x)
        logits: Tensor = self.dense(x)
        return logits

    def loss(
        self,
        logits: Tensor,
        targets: Tensor,
        *,
        label_smoothing: float = 0.0,
        reduction: Reduction = "mean",
    ) -> Tensor:
        """Cross entropy in nats; `reduction="none"` gives it for each example."""
        self._check_targets(logits, targets)
        loss = functional.cross_entropy(
            logits.flatten(0, -2) if logits.dim() > 1 else logits,
            targets.flatten() if targets.dim() else targets,
            label_smoothing=label_smoothing,
            reduction=reduction,
        )
        return loss.reshape(targets.shape) if reduction == "none" else loss

    def probabilities(self, logits: Tensor) -> Tensor:
        """The probability of each class."""
        return logits.softmax(dim=-1)

    def predict(self, logits: Tensor) -> Tensor:
        """The most probable class (int64)."""
        return logits.argmax(dim=-1)

    def confidence(self, logits: Tensor) -> Tensor:
        """The probability of the predicted class."""
        return self.probabilities(logits).amax(dim=-1)

    def _check_targets(self, logits: Tensor, targets: Tensor) -> None:
        classes = self.dense.out_features
        if logits.shape[-1:] != (classes,) or targets.shape != logits.shape[:-1]:
            raise ShapeError(
                "ClassHead.loss: logits must be (..., classes={classes}) and targets (...); got "
                "{logits} and {targets}. Give class numbers, not one-hot vectors.",
                classes=classes,
                logits=tuple(logits.shape),
                targets=tuple(targets.shape),
            )
        if targets.dtype != torch.int64 or not bool(((targets >= 0) & (targets < classes)).all()):
            raise ArgumentError(
                "ClassHead.loss: targets must be int64 from 0 to {last}; got {dtype} from {least} "
                "to {most}. Number the classes from 0 and use targets.long().",
                last=classes - 1,
                dtype=targets.dtype,
                least=targets.min().item(),
                most=targets.max().item(),
            )


class MultiLabelHead(nn.Module):
    """L units, each with a sigmoid: the probability of a label, whatever the others are.

        a = W x + b,   p_l = sigmoid(a_l),   predicted = {l : p_l >= threshold}
        loss = -(1/L) sum_l (y_l ln p_l + (1 - y_l) ln(1 - p_l))     in nats, from a

    Args:
        features: F, at least 1.
        labels: L, at least 1.
        threshold: above 0 and below 1.

    Shapes:
        x: (..., F); logits, probabilities, predictions and targets: (..., L).

    Raises:
        ArgumentError: a size or threshold is out of range, or a target is neither 0 nor 1.
        ShapeError: x does not end in F, or targets differ from logits in shape.

    Source: Bishop: Pattern Recognition and Machine Learning (2006), equations 4.87 and 4.90, once
    for each label.

    Example:
        >>> import torch
        >>> from saiki.nn.heads import MultiLabelHead
        >>> head = MultiLabelHead(3, 2)
        >>> head.predict(torch.tensor([[2.0, -2.0], [0.5, 1.0]])).tolist()
        [[1, 0], [1, 1]]
    """

    def __init__(self, features: int, labels: int, threshold: float = 0.5) -> None:
        super().__init__()
        _check_size("MultiLabelHead", "features", features)
        _check_size("MultiLabelHead", "labels", labels)
        if not 0.0 < threshold < 1.0:
            raise ArgumentError(
                "MultiLabelHead: threshold must be above 0 and below 1; got {threshold}. Use 0.5 "
                "for what is more likely than not.",
                threshold=threshold,
            )
        self.dense = nn.Linear(features, labels)
        self.threshold = float(threshold)

    def forward(self, x: Tensor) -> Tensor:
        """The logits a, one for each label."""
        _check_features("MultiLabelHead.forward", self.dense, x)
        logits: Tensor = self.dense(x)
        return logits

    def loss(self, logits: Tensor, targets: Tensor, *, reduction: Reduction = "mean") -> Tensor:
        """Cross entropy in nats; `reduction="none"` gives the mean over the labels of each."""
        _check_same_shape("MultiLabelHead.loss", logits, targets)
        if not bool(((targets == 0) | (targets == 1)).all()):
            raise ArgumentError(
                "MultiLabelHead.loss: targets must be 0 or 1; got {least} to {most}. Give 1 for "
                "each label that holds.",
                least=targets.min().item(),
                most=targets.max().item(),
            )
        losses = functional.binary_cross_entropy_with_logits(
            logits, targets.to(logits.dtype), reduction="none"
        )
        return losses.mean() if reduction == "mean" else losses.mean(dim=-1)

    def probabilities(self, logits: Tensor) -> Tensor:
        """The probability of each label."""
        return torch.sigmoid(logits)

    def predict(self, logits: Tensor) -> Tensor:
        """1 for each label whose probability reaches the threshold, else 0 (int64)."""
        return (torch.sigmoid(logits) >= self.threshold).long()

    def confidence(self, logits: Tensor) -> Tensor:
        """(...): the probability of the predicted set, each label by itself."""
        agrees = torch.where(
            self.predict(logits).bool(),
            functional.logsigmoid(logits),
            functional.logsigmoid(-logits),
        )
        return agrees.sum(dim=-1).exp()

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}"


class RegressionHead(nn.Module):
    """Units that give their sums as they are.

        y = W x + b,   loss = mean of (y - target)²

    Args:
        features: F, at least 1.
        outputs: O, at least 1.

    Shapes:
        x: (..., F); values, targets and predictions: (..., O).

    Raises:
        ArgumentError: a size is out of range.
        ShapeError: x does not end in F, or targets differ from values in shape.

    Source: Bishop: Pattern Recognition and Machine Learning (2006), section 4.3.6 and 5.2: the
    identity is the canonical link of Gaussian noise.

    Example:
        >>> import torch
        >>> from saiki.nn.heads import RegressionHead
        >>> head = RegressionHead(4, 2)
        >>> values = head(torch.randn(3, 4))
        >>> head.loss(values, values).item(), head.confidence(values)
        (0.0, None)
    """

    def __init__(self, features: int, outputs: int) -> None:
        super().__init__()
        _check_size("RegressionHead", "features", features)
        _check_size("RegressionHead", "outputs", outputs)
        self.dense = nn.Linear(features, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """The predicted values."""
        _check_features("RegressionHead.forward", self.dense, x)
        values: Tensor = self.dense(x)
        return values

    def loss(self, values: Tensor, targets: Tensor, *, reduction: Reduction = "mean") -> Tensor:
        """Squared error; `reduction="none"` gives the mean over the outputs of each example."""
        _check_same_shape("RegressionHead.loss", values, targets)
        errors = (values - targets.to(values.dtype)).square()
        return errors.mean() if reduction == "mean" else errors.mean(dim=-1)

    def predict(self, values: Tensor) -> Tensor:
        """The values themselves."""
        return values

    def confidence(self, values: Tensor) -> None:
        """None: a plain regression does not say how sure it is."""


def _check_size(where: str, name: str, size: int, least: int = 1) -> None:
    if size < least:
        raise ArgumentError(
            "{where}: {name} must be at least {least}; got {size}.",
            where=where,
            name=name,
            least=least,
            size=size,
        )


def _check_features(where: str, dense: nn.Linear, x: Tensor) -> None:
    if x.shape[-1:] != (dense.in_features,):
        raise ShapeError(
            "{where}: x must be (..., features={features}); got {got}. Build the head with the "
            "width of what comes before it.",
            where=where,
            features=dense.in_features,
            got=tuple(x.shape),
        )


def _check_same_shape(where: str, given: Tensor, targets: Tensor) -> None:
    if given.shape != targets.shape:
        raise ShapeError(
            "{where}: targets must have the shape of the head's output, {given}; got {got}. "
            "Reshape the targets.",
            where=where,
            given=tuple(given.shape),
            got=tuple(targets.shape),
        )
