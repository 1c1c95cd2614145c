"""The three heads: losses in nats by hand, decisions, confidences, and that each learns."""

import math

import pytest
import torch

from saiki import equations
from saiki.errors import ArgumentError, ShapeError
from saiki.nn.heads import BinaryHead, ClassHead, MultiLabelHead, RegressionHead


def logit(p):
    return math.log(p / (1 - p))


def test_binary_decision_and_confidence_follow_the_threshold():
    logits = torch.tensor([logit(0.9), logit(0.6), logit(0.2)], dtype=torch.float64)
    head = BinaryHead(3)
    assert head.predict(logits).tolist() == [1, 1, 0]
    assert head.confidence(logits).tolist() == pytest.approx([0.9, 0.6, 0.8])
    head.threshold = 0.7
    assert head.predict(logits).tolist() == [1, 0, 0]
    assert head.confidence(logits).tolist() == pytest.approx([0.9, 0.4, 0.8])
    assert head.probabilities(logits)[0].tolist() == pytest.approx([0.1, 0.9])


def test_a_probability_at_the_threshold_is_positive():
    assert BinaryHead(1).predict(torch.tensor([0.0])).tolist() == [1]


def test_binary_loss_in_nats():
    head = BinaryHead(3)
    logits = torch.tensor([logit(0.9), logit(0.25)], dtype=torch.float64)
    targets = torch.tensor([1, 1])
    each = [-math.log(0.9), -math.log(0.25)]
    assert head.loss(logits, targets, reduction="none").tolist() == pytest.approx(each)
    assert head.loss(logits, targets).item() == pytest.approx(sum(each) / 2)
    assert head.loss(logits, 1 - targets).item() == pytest.approx(
        -(math.log(0.1) + math.log(0.75)) / 2
    )


def test_binary_loss_of_a_huge_logit_stays_finite():
    loss = BinaryHead(1).loss(torch.tensor([-400.0]), torch.tensor([1]))
    assert loss.item() == pytest.approx(400.0)


def test_binary_confidence_keeps_the_digits_of_a_sure_negative():
    head = BinaryHead(1)
    head.threshold = 0.999999
    logits = torch.tensor([20.0])  # p rounds to 1, 1 - p is 2.06e-9
    assert head.probabilities(logits)[0, 0].item() == pytest.approx(1 / (1 + math.exp(20)))


def test_class_loss_and_confidence():
    head = ClassHead(2, 3)
    p = torch.tensor([[0.7, 0.2, 0.1], [0.25, 0.3, 0.45]], dtype=torch.float64)
    logits, targets = p.log() + 5.0, torch.tensor([0, 1])
    assert head.predict(logits).tolist() == [0, 2]
    assert head.confidence(logits).tolist() == pytest.approx([0.7, 0.45])
    torch.testing.assert_close(head.probabilities(logits), p)
    each = [-math.log(0.7), -math.log(0.3)]
    assert head.loss(logits, targets, reduction="none").tolist() == pytest.approx(each)
    assert head.loss(logits, targets).item() == pytest.approx(sum(each) / 2)


def test_label_smoothing():
    p = torch.tensor([[0.7, 0.2, 0.1]], dtype=torch.float64)
    wanted = -(0.9 * math.log(0.7) + 0.1 / 3 * (math.log(0.7) + math.log(0.2) + math.log(0.1)))
    loss = ClassHead(2, 3).loss(p.log(), torch.tensor([0]), label_smoothing=0.1)
    assert loss.item() == pytest.approx(wanted)


def test_class_head_at_every_step():
    head = ClassHead(4, 3)
    logits = head(torch.randn(2, 5, 4))
    targets = torch.randint(0, 3, (2, 5))
    each = head.loss(logits, targets, reduction="none")
    assert each.shape == (2, 5)
    torch.testing.assert_close(each.mean(), head.loss(logits, targets))
    assert each[1, 3].item() == pytest.approx(-logits[1, 3].log_softmax(-1)[targets[1, 3]].item())


def test_regression_head():
    head = RegressionHead(3, 2)
    values = torch.tensor([[1.0, 2.0], [0.0, -1.0]])
    targets = torch.tensor([[0.0, 4.0], [0.0, 2.0]])
    assert head.loss(values, targets).item() == pytest.approx((1 + 4 + 0 + 9) / 4)
    assert head.loss(values, targets, reduction="none").tolist() == pytest.approx([2.5, 4.5])
    assert torch.equal(head.predict(values), values)
    assert head.confidence(values) is None


@pytest.mark.parametrize(
    ("head", "logits", "targets", "equation"),
    [
        (BinaryHead(2), (7,), (7,), equations.sigmoid_cross_entropy),
        (ClassHead(2, 4), (7, 4), (7,), equations.softmax_cross_entropy),
        (RegressionHead(2, 3), (7, 3), (7, 3), equations.squared_error),
    ],
    ids=["binary", "class", "regression"],
)
def test_losses_equal_the_equations(head, logits, targets, equation):
    torch.manual_seed(3)
    given = 5 * torch.randn(logits, dtype=torch.float64)
    wanted = torch.randint(0, 2, targets)
    loss = head.loss(given, wanted).item()
    assert loss == pytest.approx(equation(given.numpy(), wanted.numpy()), rel=1e-12)


@pytest.mark.parametrize(
    ("head", "shape"),
    [(BinaryHead(4), (5,)), (ClassHead(4, 3), (5, 3)), (RegressionHead(4, 2), (5, 2))],
    ids=["binary", "class", "regression"],
)
def test_shapes_and_the_affine_map(head, shape):
    x = torch.randn(5, 4)
    values = head(x)
    assert values.shape == shape
    wanted = x @ head.dense.weight.T + head.dense.bias
    torch.testing.assert_close(values, wanted.reshape(shape))


@pytest.mark.parametrize(
    ("head", "targets"),
    [
        (BinaryHead(2), lambda x: (x[:, 0] > x[:, 1]).long()),
        (ClassHead(2, 3), lambda x: (x[:, 0] > 0).long() + (x[:, 0] > 1).long()),
        (RegressionHead(2, 1), lambda x: 3 * x[:, :1] - x[:, 1:] + 2),
    ],
    ids=["binary", "class", "regression"],
)
def test_each_learns(head, targets):
    torch.manual_seed(0)
    x = torch.randn(64, 2)
    y = targets(x)
    optimiser = torch.optim.LBFGS(head.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        loss = head.loss(head(x), y)
        loss.backward()
        return loss

    optimiser.step(closure)
    predicted = head.predict(head(x))
    assert (predicted - y).abs().double().mean() < 0.05


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: BinaryHead(0), ArgumentError, "BinaryHead: features must be at least 1; got 0"),
        (lambda: BinaryHead(2, 1.0), ArgumentError, "above 0 and below 1; got 1.0"),
        (lambda: BinaryHead(2, float("nan")), ArgumentError, "above 0 and below 1; got nan"),
        (lambda: ClassHead(2, 1), ArgumentError, "classes must be at least 2; got 1"),
        (lambda: RegressionHead(2, 0), ArgumentError, "outputs must be at least 1"),
        (lambda: BinaryHead(2)(torch.ones(3)), ShapeError, r"features=2\); got \(3,\)"),
        (lambda: ClassHead(2, 2)(torch.ones(3)), ShapeError, r"features=2\); got \(3,\)"),
        (lambda: RegressionHead(2, 2)(torch.ones(3)), ShapeError, r"features=2\); got \(3,\)"),
        (
            lambda: BinaryHead(2).loss(torch.ones(3), torch.tensor([0, 1, 2])),
            ArgumentError,
            "targets must be 0 or 1; got 0 to 2",
        ),
        (
            lambda: BinaryHead(2).loss(torch.ones(3), torch.ones(3, 1)),
            ShapeError,
            r"BinaryHead.loss: targets must have the shape .* \(3,\); got \(3, 1\)",
        ),
        (
            lambda: ClassHead(2, 3).loss(torch.ones(2, 3), torch.tensor([0, 3])),
            ArgumentError,
            "int64 from 0 to 2; got torch.int64 from 0 to 3",
        ),
        (
            lambda: ClassHead(2, 3).loss(torch.ones(2, 3), torch.tensor([0.0, 1.0])),
            ArgumentError,
            "got torch.float32",
        ),
        (
            lambda: ClassHead(2, 3).loss(torch.ones(2, 3), torch.ones(2, 3)),
            ShapeError,
            r"classes=3\) and targets \(...\); got \(2, 3\) and \(2, 3\)",
        ),
        (
            lambda: RegressionHead(2, 3).loss(torch.ones(2, 3), torch.ones(2)),
            ShapeError,
            "RegressionHead.loss: targets must have the shape",
        ),
    ],
)
def test_refused(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_several_labels_are_decided_each_by_itself():
    head = MultiLabelHead(3, 2, threshold=0.7)
    logits = torch.tensor([[logit(0.9), logit(0.6)], [logit(0.2), logit(0.8)]], dtype=torch.float64)
    assert head.predict(logits).tolist() == [[1, 0], [0, 1]]
    assert head.probabilities(logits)[0].tolist() == pytest.approx([0.9, 0.6])
    assert head.confidence(logits).tolist() == pytest.approx([0.9 * 0.4, 0.8 * 0.8])
    assert head(torch.randn(5, 4, 3)).shape == (5, 4, 2)


def test_the_loss_of_several_labels_is_their_mean_in_nats():
    head = MultiLabelHead(3, 2)
    logits = torch.tensor([[logit(0.9), logit(0.6)], [logit(0.2), logit(0.8)]], dtype=torch.float64)
    targets = torch.tensor([[1, 0], [0, 0]])
    each = [-(math.log(0.9) + math.log(0.4)) / 2, -(math.log(0.8) + math.log(0.2)) / 2]
    assert head.loss(logits, targets, reduction="none").tolist() == pytest.approx(each)
    assert head.loss(logits, targets).item() == pytest.approx(sum(each) / 2)


def test_several_labels_refuse_what_is_no_label():
    head = MultiLabelHead(3, 2)
    with pytest.raises(ArgumentError, match="targets must be 0 or 1; got 0 to 2"):
        head.loss(torch.zeros(1, 2), torch.tensor([[0, 2]]))
    with pytest.raises(ShapeError, match=r"targets must have the shape .* \(1, 2\); got \(2,\)"):
        head.loss(torch.zeros(1, 2), torch.tensor([0, 1]))
    with pytest.raises(ArgumentError, match=r"threshold must be above 0 and below 1; got 1\.0"):
        MultiLabelHead(3, 2, threshold=1.0)
    with pytest.raises(ArgumentError, match="labels must be at least 1; got 0"):
        MultiLabelHead(3, 0)
