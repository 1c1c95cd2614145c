"""`saiki vectors train`."""

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from saiki.artifacts.files import read_json, write_json_atomic
from saiki.artifacts.run_folder import RunFolder
from saiki.cli.arguments import call, say_how_to_go_on
from saiki.cli.main import Invocation
from saiki.data.corpus import Tokenizer
from saiki.embeddings import Doc2Vec, Word2Vec
from saiki.errors import ArgumentError, RunFolderError, SaikiError
from saiki.language import render

TokenizerName = Literal[
    "whitespace", "words", "characters", "sudachi", "sudachi-a", "sudachi-b", "sudachi-c"
]


@dataclass(frozen=True)
class Arguments:
    """What the command line says."""

    corpus: Annotated[
        tuple[Path, ...],
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="CORPUS [CORPUS ...]",
            help_behavior_hint="",
            help=render(
                "text with a sentence or document a line (also .gz, .zst), .jsonl or .parquet; "
                "several are read one after the other"
            ),
        ),
    ]
    out: Annotated[Path, tyro.conf.arg(metavar="FOLDER", help=render("the folder that is written"))]
    objective: Annotated[
        Literal["skip-gram", "cbow", "dbow", "dm", "dm-concat", "both"],
        tyro.conf.arg(
            help=render(
                "skip-gram and cbow train words; dbow, dm, dm-concat and both train a vector for "
                "each line"
            )
        ),
    ] = "skip-gram"
    vector_size: Annotated[int, tyro.conf.arg(metavar="N", help=render("numbers in a vector"))] = (
        100
    )
    window: Annotated[
        int, tyro.conf.arg(metavar="N", help=render("most words to either side that count"))
    ] = 5
    min_count: Annotated[
        int, tyro.conf.arg(metavar="N", help=render("words that occur less often are dropped"))
    ] = 5
    output: Annotated[
        Literal["negative", "hierarchical"],
        tyro.conf.arg(help=render("negative sampling, or the hierarchical softmax")),
    ] = "negative"
    negatives: Annotated[
        int, tyro.conf.arg(metavar="N", help=render("words drawn against each true one"))
    ] = 5
    subsample: Annotated[
        float,
        tyro.conf.arg(
            metavar="T", help=render("words more frequent than this part are thinned out; 0: none")
        ),
    ] = 1e-3
    epochs: Annotated[
        int | None,
        tyro.conf.arg(
            metavar="N",
            help_behavior_hint="",
            help=render("passes over the corpus (default: 5; 10 for documents)"),
        ),
    ] = None
    learning_rate: Annotated[
        float | None,
        tyro.conf.arg(
            metavar="RATE",
            help_behavior_hint="",
            help=render("the first (default: 0.025; 0.1 with cbow and dm)"),
        ),
    ] = None
    trains_words: Annotated[
        bool, tyro.conf.arg(help=render("dbow and both: train vectors of the words as well"))
    ] = False
    quality: Annotated[
        Literal["exact", "fast"],
        tyro.conf.arg(help=render("fast shares negatives among neighbouring words")),
    ] = "exact"
    tokenizer: Annotated[
        TokenizerName,
        tyro.conf.arg(
            help=render(
                "how a line is split: at white space; words: runs of letters and digits in lower "
                "case; characters; sudachi: Japanese morphemes (a: short, c: long)"
            )
        ),
    ] = "whitespace"
    column: Annotated[
        str | None,
        tyro.conf.arg(
            metavar="NAME",
            help_behavior_hint="",
            help=render("of the text in .jsonl and .parquet (default: text)"),
        ),
    ] = None
    name_column: Annotated[
        str | None,
        tyro.conf.arg(
            metavar="NAME",
            help_behavior_hint="",
            help=render("of the documents' names; without it: line numbers, from 0"),
        ),
    ] = None
    encoding: Annotated[
        str, tyro.conf.arg(metavar="NAME", help=render("of text files, such as shift_jis"))
    ] = "utf-8"
    threads: Annotated[
        int | None,
        tyro.conf.arg(metavar="N", help_behavior_hint="", help=render("default: all cores")),
    ] = None
    seed: Annotated[
        int, tyro.conf.arg(metavar="N", help=render("of first vectors and all draws"))
    ] = 0
    deterministic: Annotated[
        bool,
        tyro.conf.arg(help=render("the same vectors bit for bit, whatever the number of threads")),
    ] = False
    resume: Annotated[
        bool, tyro.conf.arg(help=render("continue the training in --out from its checkpoint"))
    ] = False
    quiet: Annotated[bool, tyro.conf.arg(help=render("no progress on screen"))] = False

    @property
    def trains_documents(self) -> bool:
        """Whether the objective is one of documents."""
        return self.objective not in ("skip-gram", "cbow")


Arguments.__doc__ = render(
    "Trains word or document vectors on text, and writes them to a folder.\n\n"
    "Ctrl-C saves and says how to go on; a killed training goes on with --resume."
)


def train(invocation: Invocation) -> int:
    """Trains and tells what came of it."""
    asked: Arguments = call("vectors train", Arguments, invocation.words)
    _check(asked)
    was_there = asked.out.exists()
    try:
        result = _fit(asked)
    except KeyboardInterrupt:
        return say_how_to_go_on("vectors", ["train", *invocation.words], asked.out)
    except SaikiError:
        if not was_there:
            _remove_empty(asked.out)
        raise
    if not asked.quiet:
        Console(stderr=True).print(_result_table(result))
        print(_summary(result), file=sys.stderr)
    print(render("vectors: {folder}", folder=asked.out))
    invocation.finish({"folder": str(asked.out)} | result)
    return 0


def _check(asked: Arguments) -> None:
    if not asked.corpus:
        raise ArgumentError(
            "vectors train: at least one text must be given, such as `saiki vectors train "
            "reviews.txt --out vectors`; got none."
        )
    if not asked.trains_documents:
        given = {
            "--name-column": asked.name_column is not None,
            "--trains-words": asked.trains_words,
        }
        for flag, is_given in given.items():
            if is_given:
                raise ArgumentError(
                    "{flag}: goes with an objective of documents (dbow, dm, dm-concat, both); got "
                    "{objective}. Leave it out, or choose one of these.",
                    flag=flag,
                    objective=asked.objective,
                )
    if asked.out.is_dir() and not RunFolder(asked.out).is_begun and any(asked.out.iterdir()):
        _check_is_ours(asked)
    if RunFolder(asked.out).is_begun and not asked.resume:
        raise RunFolderError(
            "{path}: holds a run already. Continue it with --resume, or choose another folder with "
            "--out.",
            path=asked.out,
        )
    _check_tokenizer(asked)


def _check_tokenizer(asked: Arguments) -> None:
    """A finished training is not read anew, so that nothing else would notice."""
    stored = stored_tokenizer(asked.out)
    if stored is not None and stored != asked.tokenizer:
        raise ArgumentError(
            "--tokenizer: must be {stored}, with which {path} was trained; got {got}. Give the "
            "same one, or choose another folder.",
            stored=stored,
            path=asked.out,
            got=asked.tokenizer,
        )


def stored_tokenizer(folder: Path) -> str | None:
    """The tokenizer that the training in a folder used, where it is known."""
    file = RunFolder(folder).preprocess_file("tokenizer")
    return str(read_json(file)["tokenizer"]) if file.exists() else None


def _check_is_ours(asked: Arguments) -> None:
    """A training that was killed while it read the corpus leaves that alone."""
    foreign = sorted(p.name for p in asked.out.iterdir() if p.name.lstrip(".")[:6] != "corpus")
    if foreign:
        raise ArgumentError(
            "{path}: must be a new or an empty folder; it holds {found}. Nothing was touched: "
            "choose another one with --out.",
            path=asked.out,
            found=", ".join(foreign[:3]),
        )


def _remove_empty(folder: Path) -> None:
    """A corpus that cannot be read leaves nothing behind."""
    with suppress(OSError):
        folder.rmdir()


def _fit(asked: Arguments) -> dict[str, Any]:
    settings: dict[str, Any] = {
        name: getattr(asked, name)
        for name in (
            "vector_size", "window", "min_count", "objective", "output", "negatives", "subsample",
            "threads", "seed", "deterministic", "quality", "learning_rate",
        )
    }  # fmt: skip
    if asked.epochs is not None:
        settings["epochs"] = asked.epochs
    fitting: dict[str, Any] = {
        "folder": asked.out,
        "resume": asked.resume,
        "progress": False if asked.quiet else None,
        "tokenizer": tokenizer_of(asked.tokenizer),
        "column": asked.column,
        "encoding": asked.encoding,
    }
    if asked.trains_documents:
        settings["trains_words"] = asked.trains_words or None
        fitting["name_column"] = asked.name_column
        Doc2Vec(**settings).fit(list(asked.corpus), **fitting)
    else:
        Word2Vec(**settings).fit(list(asked.corpus), **fitting)
    run = RunFolder(asked.out)
    write_json_atomic(run.preprocess_file("tokenizer"), {"tokenizer": asked.tokenizer})
    result: dict[str, Any] = read_json(run.result_file)
    return result


def tokenizer_of(name: str) -> Tokenizer | None:
    """What `fit` and `infer` take."""
    return None if name == "whitespace" else name  # type: ignore[return-value]  # a Literal


def _result_table(result: dict[str, Any]) -> Table:
    """A row an epoch."""
    table = Table(box=SIMPLE_HEAD)
    for heading in ("epoch", "objective", "loss (nats)", "held-out loss", "words/s"):
        justify: Any = "left" if heading == "objective" else "right"
        table.add_column(render(heading), justify=justify)
    for epoch in result["epochs"]:
        held_out = epoch["held_out_loss_nats"]
        table.add_row(
            str(epoch["epoch"]),
            epoch["objective"],
            f"{epoch['train_loss_nats']:.4f}",
            "–" if held_out is None else f"{held_out:.4f}",
            f"{epoch['words_per_second']:,.0f}",
        )
    return table


def _summary(result: dict[str, Any]) -> str:
    kept, read, seconds = result["vocabulary"], result["words_read"], result["seconds"]
    if result["task"] == "document-vectors":
        return render(
            "{documents:,} documents; {kept:,} different words kept, {read:,} words read, "
            "{seconds:.1f} s of training",
            documents=result["documents"],
            kept=kept,
            read=read,
            seconds=seconds,
        )
    return render(
        "{kept:,} different words kept, {read:,} words read, {seconds:.1f} s of training",
        kept=kept,
        read=read,
        seconds=seconds,
    )
