"""The README's tables of these results: a summary by cell, and every goal."""

from typing import Any

from benchmarks.recurrent.goals import KERAS
from benchmarks.recurrent.plan import CELLS
from benchmarks.recurrent.ratios import geometric_mean, ratios, rows_of

Table = list[list[str]]
# work, against: part, the peer's names in it
LINES: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("training", "torch.nn"): ("training", ("torch.nn",)),
    ("training", "torch.nn, malloc tuned"): ("training, malloc tuned", ("torch.nn",)),
    ("training", "Keras on JAX"): ("training, Keras on JAX", KERAS["training, Keras on JAX"]),
    ("training", "Keras on TensorFlow"): (
        "training, Keras on TensorFlow",
        KERAS["training, Keras on TensorFlow"],
    ),
    ("training, unequal lengths", "torch.nn, packed"): ("ragged", ("torch packed",)),
    ("training, unequal lengths", "torch.nn, padded"): ("ragged", ("torch padded",)),
    ("inference", "torch.nn"): ("inference", ("torch.nn",)),
    ("inference", "onnxruntime"): ("inference", ("onnxruntime",)),
    ("one step of a stream", "torch.nn"): ("stream", ("torch.nn.LSTM",)),
    ("one step of a stream", "torch.nn.LSTMCell"): ("stream", ("torch.nn.LSTMCell",)),
    ("one step of a stream", "onnxruntime"): ("stream", ("onnxruntime",)),
}


def kernels(results: dict[str, Any]) -> Table:
    """Times that each peer takes as long as we: geometric mean (least) over all shapes measured."""
    rows = [["work", "against", *CELLS]]
    for (work, against), (part, names) in LINES.items():
        figures = [_figure(results, part, names, cell) for cell in CELLS]
        rows.append([work, against, *figures])
    return rows


def _figure(results: dict[str, Any], part: str, names: tuple[str, ...], cell: str) -> str:
    chosen = ratios(rows_of(results, part), *names, keep=lambda row: row["cell"] == cell)
    if not chosen:
        return "–"
    return f"{geometric_mean(chosen):.1f}x ({min(chosen).value:.2f}x)"


def kernels_goals(results: dict[str, Any]) -> Table:
    rows = [["goal", "over", "bar", "figure", "reached"]]
    for row in results["goals"]:
        figure = "–" if row["figure"] is None else f"{row['figure']:.2f}x"
        reached = "yes" if row["reached"] else "no"
        rows.append([row["goal"], row["over"], row["bar"], figure, reached])
    return rows


def kernels_recipe(results: dict[str, Any]) -> Table:
    head = ["kernels", "wall seconds of training", "CPU seconds of the command", "test accuracy"]
    return [
        head,
        *(
            [
                row["kernels"],
                f"{row['training_seconds']:.1f}",
                f"{row['cpu_seconds']:.1f}",
                f"{row['test_accuracy']:.4f}",
            ]
            for row in results["rows"]
        ),
    ]


JAPANESE = {
    "work": "仕事",
    "against": "比べる相手",
    "training": "訓練",
    "training, unequal lengths": "訓練（不ぞろいな長さ）",
    "inference": "推論",
    "one step of a stream": "ストリームの 1 ステップ",
    "torch.nn, malloc tuned": "torch.nn（malloc 調整済み）",
    "torch.nn, packed": "torch.nn（packed）",
    "torch.nn, padded": "torch.nn（padded）",
    "Keras on JAX": "Keras（JAX）",
    "Keras on TensorFlow": "Keras（TensorFlow）",
    "goal": "目標",
    "over": "範囲",
    "bar": "基準",
    "figure": "実測",
    "reached": "達成",
    "yes": "はい",
    "no": "いいえ",
    "every shape": "すべての形",
    "geometric mean": "幾何平均",
    "every H": "すべての H",
    "GRU training against torch.nn": "GRU の訓練、torch.nn に対して",
    "RNN training against torch.nn": "RNN の訓練、torch.nn に対して",
    "LSTM training against torch.nn": "LSTM の訓練、torch.nn に対して",
    "LSTM training against torch.nn, malloc tuned": (
        "LSTM の訓練、malloc を調整した torch.nn に対して"
    ),
    "training against the best of torch.nn, Keras on JAX, Keras on TensorFlow": (
        "訓練、torch.nn・Keras（JAX）・Keras（TensorFlow）の最速に対して"
    ),
    "ragged training against torch.nn packed": "不ぞろいな長さの訓練、torch.nn（packed）に対して",
    "ragged training against torch.nn padded": "不ぞろいな長さの訓練、torch.nn（padded）に対して",
    "GRU and RNN inference against torch.nn": "GRU と RNN の推論、torch.nn に対して",
    "LSTM with peephole, time ÷ our plain LSTM": "peephole 付き LSTM の時間 ÷ 素の LSTM",
    "LSTM with layer norm, time ÷ our plain LSTM": "層正規化付き LSTM の時間 ÷ 素の LSTM",
    "LSTM with recurrent drop-out, time ÷ our plain LSTM": (
        "再帰ドロップアウト付き LSTM の時間 ÷ 素の LSTM"
    ),
    "one streamed LSTM step against onnxruntime": "LSTM の 1 ステップ、onnxruntime に対して",
    "one streamed LSTM step against torch.nn": "LSTM の 1 ステップ、torch.nn に対して",
    "H = 128 to 256": "H = 128～256",
    "training time ÷ arithmetic at 250 GFLOP/s": "訓練時間 ÷ 250 GFLOP/s での演算時間",
    "training time ÷ arithmetic at this core's measured rate": (
        "訓練時間 ÷ このコアの実測速度での演算時間"
    ),
    "peak memory of a step ÷ torch.nn's": "1 ステップの最大メモリ ÷ torch.nn のもの",
    "kernels": "カーネル",
    "wall seconds of training": "訓練の実時間（秒）",
    "CPU seconds of the command": "コマンドの CPU 秒",
    "saiki's own (default)": "saiki 独自（既定）",
    "SAIKI_KERNELS=torch": "SAIKI_KERNELS=torch",
}
