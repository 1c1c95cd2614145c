# The compiled kernels; see native/module.cpp. Addresses are of contiguous CPU memory.
from torch import Tensor

class Call:
    cell: int
    activation: int
    stage: int
    reverse: bool
    training: bool
    packed: bool
    adds: bool
    steps: int
    batch: int
    inputs: int
    hidden: int
    threads: int
    mask: int
    first_h: int
    first_c: int
    last_h: int
    last_c: int
    dlast_h: int
    dlast_c: int
    dfirst_h: int
    dfirst_c: int
    saved: int
    work: int
    def set_x(self, address: int, step: int, row: int) -> None: ...
    def set_y(self, address: int, step: int, row: int) -> None: ...
    def set_dy(self, address: int, step: int, row: int) -> None: ...
    def set_dx(self, address: int, step: int, row: int) -> None: ...
    def sort(self, lengths: int) -> None: ...

class Steps:
    def __init__(self, level: int, layers: list[Call]) -> None: ...
    def take(self, x: int, y: int) -> None: ...

def levels() -> list[str]: ...
def measure(level: int, call: Call) -> tuple[int, int, int]: ...
def forward(level: int, call: Call) -> None: ...
def backward(level: int, call: Call) -> None: ...
def new_buffer(count: int) -> Tensor: ...
def show(level: int, call: Call, place: int, to: int, step: int, row: int) -> None: ...
def softmax_work(columns: int) -> int: ...
def softmax(
    level: int,
    logits: int,
    rows: int,
    columns: int,
    row: int,
    is_bf16: bool,
    writes: bool,
    targets: int,
    bias: int,
    nats: int,
    sums: int,
    work: int,
    threads: int,
) -> None: ...
def apply(level: int, function: int, x: int, y: int, count: int) -> None: ...
