"""Run folders and grid folders such as training writes, made up here so that no torch is needed."""

import json
import math
import random
from html.parser import HTMLParser
from pathlib import Path

import pytest

from saiki.insight import render_report

DIGITS = tuple("0123456789")


def write_lines(path: Path, rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")


def write_json(path: Path, value) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def metric_rows(seed: int, epochs: int, steps: int = 12):
    draw = random.Random(seed)
    for epoch in range(epochs):
        for at in range(steps):
            done = epoch + at / steps
            norm = 4 * math.exp(-done / 6) * draw.uniform(0.3, 2.5)
            yield {
                "kind": "step",
                "step": epoch * steps + at,
                "epoch": epoch,
                "loss_nats": 2.3 * math.exp(-done / 4) * draw.uniform(0.8, 1.2),
                "gradient_norm": norm,
                "gradient_norm_clipped": min(norm, 1.0),
                "learning_rate": 0.01 * (1 + math.cos(math.pi * done / epochs)) / 2,
                "seconds": done,
            }
        slow = 4 + (seed % 30) / 12
        wobble = draw.uniform(-0.01, 0.01)
        yield {
            "kind": "epoch",
            "epoch": epoch,
            "step": (epoch + 1) * steps - 1,
            "seconds": epoch * 1.5,
            "train": {
                "loss_nats": 2.3 * math.exp(-epoch / 3),
                "accuracy": 1 - 0.9 * math.exp(-epoch / 3),
            },
            "validation": {
                "loss_nats": 2.3 * math.exp(-epoch / slow) + 0.008 * epoch + abs(wobble),
                "accuracy": 0.96 - 0.85 * math.exp(-epoch / slow) + wobble,
            },
        }


def prediction_rows(seed: int, labels, count: int):
    draw = random.Random(seed)
    for index in range(count):
        label = labels[index % len(labels)]
        scores = {name: draw.expovariate(8.0) for name in labels}
        scores[label] += draw.choice([0.05, 1.0, 2.0, 4.0])
        total = sum(scores.values())
        probabilities = {name: score / total for name, score in scores.items()}
        predicted = max(probabilities, key=probabilities.get)
        yield {
            "index": index,
            "name": f"recordings/{label}_speaker_{index}.wav",
            "label": label,
            "predicted": predicted,
            "confidence": probabilities[predicted],
            "loss_nats": -math.log(probabilities[label]),
            "probabilities": probabilities,
        }


def make_run(folder: Path, *, seed=0, labels=DIGITS, epochs=15, finished=True, count=300) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(
        f'task = "classify"\nrecipe = "spoken-digits"\nseed = {seed}\n\n[data]\n'
        'source = "spoken-digits"\n\n[model]\ncell = "gru"\nhidden_size = 64\n'
        "bidirectional = true\n\n[training]\nepochs = 15\nlearning_rate = 0.01\nclip_norm = 1.0\n",
        encoding="utf-8",
    )
    facts = {
        "command": ["saiki", "train", "spoken-digits", "--seed", str(seed), "--out", "my run"],
        "seed": seed,
        "git": {"commit": "0f3c2a", "has_changes": False},
        "data": {"recordings.tar.gz": "9d2b51c7"},
        "machine": {
            "processor": "Example CPU @ 2.10GHz",
            "cores": 2,
            "memory_bytes": 8 * 2**30,
            "system": "Linux x86_64",
            "python": "3.11.9",
            "versions": {"saiki": "0.1.0", "torch": "2.13.0", "soxr": None},
        },
    }
    write_json(folder / "run.json", facts)
    write_lines(folder / "metrics.jsonl", metric_rows(seed, epochs))
    if finished:
        result = {
            "task": "classify",
            "recipe": "spoken-digits",
            "seed": seed,
            "metrics": {
                "train": {"accuracy": 0.9954, "loss_nats": 0.021},
                "validation": {"accuracy": 0.9712, "loss_nats": 0.1023},
                "test": {"accuracy": 0.98149, "loss_nats": 0.07124},
            },
            "seconds": 12.345,
            "parameters": 41234,
            "peak_memory_bytes": 512 * 2**20,
            "backend": "fused",
            "parts": {"train": 2400, "validation": 300, "test": count},
            "labels": list(labels),
            "epochs": epochs,
            "best_epoch": epochs - 4,
            "stopped_because": "no better loss_nats in 3 epochs",
        }
        write_json(folder / "result.json", result)
        write_lines(folder / "predictions" / "test.jsonl", prediction_rows(seed, labels, count))
    return folder


def scored(text: str, tokens, seed: int) -> dict:
    """A row of samples.json: surprises drawn at random, the line closed by its end."""
    draw = random.Random(seed)
    nats = [round(draw.uniform(0.2, 11.0), 6) for _ in tokens]
    return {
        "text": text,
        "nats": math.fsum(nats),
        "perplexity": math.exp(math.fsum(nats) / len(nats)),
        "tokens": list(tokens),
        "surprises_nats": nats,
        "unknown_rate": sum(token == "<unk>" for token in tokens) / len(tokens),
    }


def ranked(before: str, candidates, after: str, cut) -> dict:
    rows = [
        {
            "candidate": word,
            **scored(before + word + after, [*cut(before + word + after), "<end>"], at),
        }
        for at, word in enumerate(candidates)
    ]
    rows.sort(key=lambda row: row["nats"])
    shares = [math.exp(rows[0]["nats"] - row["nats"]) for row in rows]
    for row, share in zip(rows, shares, strict=True):
        row["probability"] = share / sum(shares)
    return {"text": f"{before}＿＿{after}", "candidates": rows}


def make_samples() -> dict:
    hungry = "映画おもしろかったね。ところで、とてもお腹が空いたから何か"
    line = "the stock market fell sharply on <unk> in heavy trading"
    return {
        "temperature": 0.8,
        "prompts": [
            {"prompt": "the company said it", "text": " will sell <b>shares</b>\nof the unit"},
            {"prompt": "", "text": "吾輩は猫である。"},
        ],
        "cloze": [
            ranked(hungry, ["食べたい", "見たい", "<unk>"], "。", list),
            ranked("i could eat a ", ["horse", "stone"], " .", str.split),
        ],
        "surprise": [scored(line, [*line.split(), "<end>"], 7)],
    }


def make_language_run(folder: Path, *, epochs=6, finished=True) -> Path:
    """A run of a language model, such as `saiki train ptb` writes."""
    make_run(folder, epochs=epochs, finished=False)
    (folder / "config.toml").write_text(
        'task = "language-model"\nrecipe = "ptb"\nseed = 3\n\n[training]\nclip_norm = 1.0\n',
        encoding="utf-8",
    )
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for row in rows:
        if row["kind"] == "epoch":
            nats = {"train": 4 + 3 / (row["epoch"] + 1), "validation": 4.5 + 2 / (row["epoch"] + 1)}
            row |= {part: {"loss_nats": value} for part, value in nats.items()}
            row["validation"]["perplexity"] = math.exp(nats["validation"])
    write_lines(folder / "metrics.jsonl", rows)
    if finished:
        figures = {
            "loss_nats": 4.68213,
            "perplexity": 108.0,
            "perplexity_per_word": 108.25,
            "bits_per_byte": 1.2345,
            "unknown_rate": 0.0612,
        }
        result = {
            "task": "language-model",
            "recipe": "ptb",
            "seed": 3,
            "metrics": {"validation": figures | {"perplexity": 113.4}, "test": figures},
            "seconds": 1723.4,
            "parameters": 3612345,
            "peak_memory_bytes": 900 * 2**20,
            "backend": "compiled",
            "parts": {"train": 42068, "validation": 3370, "test": 3761},
            "tokens": {"train": 929589, "validation": 73760, "test": 82430},
            "vocabulary": 10002,
            "epochs": epochs,
            "best_epoch": epochs - 1,
            "stopped_because": "all epochs done",
        }
        write_json(folder / "result.json", result)
        write_json(folder / "samples.json", make_samples())
    return folder


def softmax_rows(draw, rows, columns):
    """Attention that moves along the diagonal, a row adding up to 1."""
    table = []
    for row in range(rows):
        center = row * (columns - 1) / max(1, rows - 1)
        scores = [math.exp(-abs(column - center)) + draw.random() / 9 for column in range(columns)]
        table.append([score / math.fsum(scores) for score in scores])
    return table


def translated(draw, source, target, reference, heads) -> dict:
    sources, targets = source.split(), target.split()
    names = heads or ["attention"]
    return {
        "source": source.replace(" ", "") if ord(source[0]) > 255 else source,
        "reference": reference,
        "output": " ".join(targets),
        "source_tokens": sources,
        "target_tokens": [*targets, "<end>"],
        "log_probability": -draw.uniform(0.1, 9),
        "maps": {name: softmax_rows(draw, len(targets) + 1, len(sources)) for name in names},
    }


def make_translation_samples(heads) -> dict:
    draw = random.Random(5)
    rows = [
        ("彼 は 昨日 <b>学校</b> へ 行き ました 。", "he went to <b>school</b> yesterday .", None),
        ("私 は 猫 が 好き です 。", "i like cats .", "i like cats ."),
        ("the <unk> is late", "電車 は 遅れ て い ます 。", "電車 は 遅れ て い ます ."),
    ]
    bins = [(1, 5, 120, 41.2), (6, 10, 310, 36.5), (11, 15, 64, 30.25), (16, None, 6, 22.0)]
    return {
        "samples": [translated(draw, *row, heads) for row in rows],
        "part": "test",
        "by_length": [
            {"from": first, "to": last, "count": count, "bleu": bleu}
            for first, last, count, bleu in bins
        ],
    }


def make_translation_run(folder: Path, *, heads=(), epochs=6, finished=True) -> Path:
    """A run of a translator, such as `saiki train ja-en` writes; `heads` name maps of several."""
    make_language_run(folder, epochs=epochs, finished=False)
    (folder / "config.toml").write_text(
        'task = "translate"\nrecipe = "ja-en"\nseed = 3\n\n[training]\nclip_norm = 1.0\n',
        encoding="utf-8",
    )
    if finished:
        figures = {
            "loss_nats": 1.5312,
            "perplexity": 4.6237,
            "bleu": 35.4321,
            "chrf": 58.25,
            "exact_match": 0.2468,
        }
        groups = {
            "plain": {"count": 1500, "bleu": 99.5, "exact_match": 0.9973},
            "mixed <script>": {"count": 500, "bleu": 97.25, "exact_match": 0.98},
        }
        result = {
            "task": "translate",
            "recipe": "ja-en",
            "seed": 3,
            "metrics": {"validation": figures | {"bleu": 36.125}, "test": figures},
            "groups": {"test": groups},
            "seconds": 1723.4,
            "parameters": 3612345,
            "peak_memory_bytes": 900 * 2**20,
            "backend": "compiled",
            "parts": {"train": 50000, "validation": 500, "test": 501},
            "vocabulary": {"source": 7012, "target": 6503},
            "epochs": epochs,
            "best_epoch": epochs - 1,
            "stopped_because": "all epochs done",
        }
        write_json(folder / "result.json", result)
        write_json(folder / "samples.json", make_translation_samples(list(heads)))
    return folder


def make_curve(name: str, seed: int, offset: float, *, dated=False, banded=True) -> dict:
    draw = random.Random(seed)
    series = [10 + 3 * math.sin(at / 4) + draw.uniform(-0.3, 0.3) for at in range(60)]
    truth = series[36:]
    said = [value + offset + draw.uniform(-0.2, 0.2) for value in truth]
    hours = [f"2018-02-{1 + at // 24:02d} {at % 24:02d}:00:00" for at in range(60)]
    return {
        "name": name,
        "time": hours if dated else list(range(60)),
        "past": series[:36],
        "truth": truth,
        "forecast": said,
        "low": [value - 0.8 for value in said] if banded else None,
        "high": [value + 1.1 for value in said] if banded else None,
        "baselines": {
            "last value": [series[35]] * 24,
            "seasonal naive": series[12:36],
            "linear": [value + 0.7 for value in truth],
        },
    }


def make_forecast_samples(offset: float) -> dict:
    return {
        "curves": [
            make_curve("OT <1>", 1, offset, dated=True),
            make_curve("OT 2", 2, offset, banded=False),
        ],
        "table": [
            {"name": "model", "mae": 0.512, "rmse": 0.75, "mase": 0.81},
            {"name": "last value", "mae": 1.25, "rmse": 1.9, "mase": 1.4},
            {"name": "seasonal naive", "mae": 0.64, "rmse": 0.93, "mase": 1.0},
            {"name": "linear", "mae": 0.544, "rmse": 0.6875, "mase": 0.83},
        ],
    }


def make_forecast_run(folder: Path, *, offset=0.1, epochs=6, finished=True) -> Path:
    """A run of a forecaster, such as `saiki train etth1` writes."""
    make_run(folder, epochs=epochs, finished=False)
    (folder / "config.toml").write_text(
        'task = "forecast"\nrecipe = "etth1"\nseed = 3\n\n[training]\nclip_norm = 1.0\n',
        encoding="utf-8",
    )
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for row in rows:
        if row["kind"] == "epoch":
            row |= {part: {"loss": 1 / (row["epoch"] + 2)} for part in ("train", "validation")}
    write_lines(folder / "metrics.jsonl", rows)
    if finished:
        result = {
            "task": "forecast",
            "recipe": "etth1",
            "seed": 3,
            "metrics": {"test": {"mae": 0.512, "rmse": 0.75, "mase": 0.81}},
            "seconds": 61.5,
            "parameters": 41234,
            "peak_memory_bytes": 500 * 2**20,
            "backend": "compiled",
            "epochs": epochs,
            "best_epoch": epochs - 1,
            "stopped_because": "all epochs done",
        }
        write_json(folder / "result.json", result)
        write_json(folder / "samples.json", make_forecast_samples(offset))
    return folder


def over(values) -> dict:
    mean = sum(values) / len(values)
    spread = None
    if len(values) > 1:
        spread = math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1))
    return {"mean": mean, "spread": spread, "values": list(values)}


def make_grid(folder: Path, axes, *, seeds=(0, 1, 2), skipped=(), reference=None, **run) -> Path:
    """A grid over one or two axes; its rows are written in reverse, as if they had ended so."""
    settings = [{}]
    for name, values in axes:
        settings = [{**known, name: value} for known in settings for value in values]
    rows = []
    for at, chosen in enumerate(settings):
        if at in skipped:
            rows.append({"settings": chosen, "runs": [], "metrics": {}, "skipped": "too <slow>"})
            continue
        names = [f"runs/{at:03d}-seed{seed}" for seed in seeds]
        for seed, name in zip(seeds, names, strict=True):
            make_run(folder / name, seed=10 * at + seed, **run)
        draw = random.Random(at)
        accuracy = [0.90 + 0.015 * at + draw.uniform(-0.01, 0.01) for _ in seeds]
        rows.append(
            {
                "settings": chosen,
                "runs": names,
                "metrics": {
                    "test.loss_nats": over([1.2 - a for a in accuracy]),
                    "test.accuracy": over(accuracy),
                    "validation.accuracy": over([a - 0.01 for a in accuracy]),
                },
                "seconds": over([10.0 + at + seed / 7 for seed in seeds]),
                "parameters": 41234 + 1000 * at,
                "peak_memory_bytes": (500 + at) * 2**20,
                "skipped": None,
            }
        )
    table = {
        "recipe": "spoken-digits",
        "axes": [{"name": name, "values": list(values)} for name, values in axes],
        "seeds": list(seeds),
        "rows": rows[::-1],
    }
    if reference:
        table["reference"] = reference
    write_json(folder / "compare.json", table)
    return folder


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return make_run(tmp_path / "digits-gru")


@pytest.fixture
def language_factory():
    return make_language_run


@pytest.fixture
def translation_factory():
    return make_translation_run


@pytest.fixture
def forecast_factory():
    return make_forecast_run


@pytest.fixture
def run_factory():
    return make_run


@pytest.fixture
def grid_factory():
    return make_grid


class Page(HTMLParser):
    """A report as a browser sees it: its tags, its words, and the figures' data."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.figures: dict[str, dict] = {}
        self._inside = ""
        self._caption = ""
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        if found.get("class") == "plot":
            self._caption = found["aria-label"]
        is_data = found.get("type") == "application/json"
        self._inside = "figure" if is_data else tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside == "figure":
            self.figures[self._caption] = json.loads(data, parse_constant=_refuse)
        elif not self._inside:
            self.words.append(data)

    def traces(self, caption: str) -> dict[str, dict]:
        return {trace.get("name", ""): trace for trace in self.figures[caption]["data"]}


def _refuse(constant: str):
    raise ValueError(f"{constant} is not JSON, so the browser could not read the figure")


@pytest.fixture
def render():
    """Renders folders and reads the page back."""

    def call(*folders: Path, language="en", **options) -> Page:
        return Page(render_report(folders, language=language, **options))

    return call
