"""The softmax over a vocabulary: each row's loss, and its gradient in place of the logits."""

import torch
from torch import Tensor

from saiki.kernels._call import scratch
from saiki.kernels._levels import compiled_level, native

BLOCK = 32  # rows of which the kernels sum the gradients, see native/softmax.h


def softmax_nats(logits: Tensor, targets: Tensor, bias: Tensor | None = None) -> Tensor:
    """-ln softmax(a + b)_k of each row a and its target k.

    Args:
        logits: a (N, V), float32 and bfloat16 on the CPU by the compiled kernels, others by torch.
        targets: k (N,) int64 from 0 to V - 1, which is not checked.
        bias: b (V,) float32, or of the dtype of `logits`; None for zero.

    Returns:
        (N,) float64, exact to rounding of the sums a + b in float32.
    """
    if _runs_compiled(logits):
        return _run(logits, targets, bias, writes=False)[0]
    return _torch_rows(_add(logits, bias), targets)[0]


def softmax_gradient_(
    logits: Tensor, targets: Tensor, bias: Tensor | None = None, *, sums: bool = False
) -> tuple[Tensor, Tensor | None]:
    """The same nats, and softmax(a + b) - onehot(k) in place of a.

    With `sums`, the sum of that over the rows as well, (V,) and not yet rounded to bfloat16. The
    numbers are equal bit for bit for any number of threads.
    """
    if _runs_compiled(logits):
        return _run(logits, targets, bias, writes=True, sums=sums)
    nats, slopes = _torch_rows(_add(logits, bias), targets)
    slopes[torch.arange(len(targets), device=targets.device), targets] -= 1
    logits.copy_(slopes)
    return nats, slopes.sum(0) if sums else None


def logits_buffer(like: Tensor, rows: int, columns: int) -> Tensor:
    """Room for logits (N, V), dtype and device of `like`; lent until the thread's next kernel."""
    if not _has_kernel(like):
        return like.new_empty((rows, columns))
    count = rows * columns
    floats = -(-count * like.element_size() // 4)
    return scratch(floats)[:floats].view(like.dtype)[:count].view(rows, columns)


def _has_kernel(x: Tensor) -> bool:
    is_known = x.dtype in (torch.float32, torch.bfloat16) and x.device.type == "cpu"
    return is_known and compiled_level() is not None


def _runs_compiled(logits: Tensor) -> bool:
    return _has_kernel(logits) and logits.stride(1) == 1


def _add(logits: Tensor, bias: Tensor | None) -> Tensor:
    wide = logits.float() if logits.dtype == torch.bfloat16 else logits
    return wide if bias is None else wide + bias


def _torch_rows(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """The nats and the probabilities."""
    log_p = logits.log_softmax(1)
    return -log_p.gather(1, targets[:, None])[:, 0].double(), log_p.exp()


def _run(
    logits: Tensor, targets: Tensor, bias: Tensor | None, *, writes: bool, sums: bool = False
) -> tuple[Tensor, Tensor | None]:
    (rows, columns), threads = logits.shape, torch.get_num_threads()
    targets = targets.contiguous()
    bias = None if bias is None else bias.float().contiguous()
    nats = torch.empty(rows, dtype=torch.float64)
    work = torch.empty(threads * native().softmax_work(columns))
    parts = torch.empty(-(-rows // BLOCK), columns) if sums else None
    native().softmax(
        compiled_level(),
        logits.data_ptr(),
        rows,
        columns,
        logits.stride(0),
        logits.dtype == torch.bfloat16,
        writes,
        targets.data_ptr(),
        0 if bias is None else bias.data_ptr(),
        nats.data_ptr(),
        0 if parts is None else parts.data_ptr(),
        work.data_ptr(),
        threads,
    )
    return nats, None if parts is None else parts.sum(0)
