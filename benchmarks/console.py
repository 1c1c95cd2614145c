"""Runs the commands that the documentation shows, and writes what they printed into its blocks.

A block `<!-- console: NAME -->` … `<!-- end -->` holds the commands of that name, in the language
of its page, or in the one that is named: `<!-- console: ja/NAME -->`.
"""

import csv
import gzip
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import analogy_ranks
from benchmarks.pages import ROOT, rewrite
from benchmarks.record import record
from benchmarks.vectors.corpora import data

FOLDER = ROOT / "runs" / "bench" / "console"
BLOCK = re.compile(r"(<!-- console: (?:(en|ja)/)?([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
GOAL = "the documentation shows what its commands print"
NEW_REVIEWS = 600
# The short names of the pages: folder and file below SAIKI_DATA.
FILES = {
    "en": {
        "reviews.txt.gz": ("en_corpus", "imdb_unsup_reviews.txt.gz"),
        "enwiki_excerpt.txt.gz": ("en_corpus", "enwiki_excerpt.txt.gz"),
        "wordsim353.txt": ("word_eval", "wordsim353.txt"),
        "simlex999.txt": ("word_eval", "simlex999.txt"),
        "questions-words.txt": ("word_eval", "questions-words.txt"),
    },
    "ja": {
        "aozora.txt.gz": ("aozora_ja", "corpus.txt.gz"),
        "ja_similarity_noun.csv": ("word_eval", "ja_similarity_noun.csv"),
        "ja_similarity_verb.csv": ("word_eval", "ja_similarity_verb.csv"),
        "jbats.tar.gz": ("word_eval", "jbats_inflectional_encyclopedic.tar.gz"),
    },
}
# In this order, and each in the folder that those before have left.
SESSIONS = {
    "en": {
        "vectors-train": (
            (
                "saiki vectors train reviews.txt.gz enwiki_excerpt.txt.gz --tokenizer words"
                " --window 10 --epochs 15 --threads 1 --out vectors"
            ),
        ),
        "vectors-similar": ("saiki vectors similar vectors actress london --top 5",),
        "vectors-analogy": (
            "saiki vectors analogy vectors king man woman --top 5",
            "saiki vectors analogy vectors actor man woman --top 1",
        ),
        "vectors-odd": ("saiki vectors odd-one-out vectors breakfast dinner lunch director",),
        "vectors-missing": ("saiki vectors similar vectors actres",),
        "vectors-evaluate": (
            (
                "saiki vectors evaluate vectors wordsim353.txt simlex999.txt questions-words.txt"
                " --lower-case"
            ),
        ),
        "vectors-documents": (
            (
                "saiki vectors train reviews.txt.gz --tokenizer words --objective dbow --threads 1"
                " --out documents"
            ),
            "saiki vectors similar documents 3 --top 3",
        ),
        "vectors-infer": ("saiki vectors infer documents new_reviews.txt --out new.npy --json",),
        "vectors-convert": (
            "saiki vectors convert vectors vectors.bin --format word2vec-binary",
            "saiki vectors convert vectors small --format saiki --dtype float16",
            "saiki vectors similar vectors.bin king --top 2",
        ),
        "vectors-plot": ("saiki vectors plot vectors --top 500 --out map.html",),
    },
    "ja": {
        "vectors-train": (
            (
                "saiki vectors train aozora.txt.gz --tokenizer sudachi --window 10 --epochs 15"
                " --threads 1 --out vectors"
            ),
        ),
        "vectors-similar": ("saiki vectors similar vectors 父 東京 --top 5",),
        "vectors-analogy": (
            "saiki vectors analogy vectors 父 男 女 --top 5",
            "saiki vectors analogy vectors 父親 父 母 --top 5",
        ),
        "vectors-odd": ("saiki vectors odd-one-out vectors 朝 昼 夜 先生",),
        "vectors-missing": ("saiki vectors similar vectors 東京都庁",),
        "vectors-evaluate": (
            (
                "saiki vectors evaluate vectors ja_similarity_noun.csv ja_similarity_verb.csv"
                " jbats.tar.gz"
            ),
        ),
        "vectors-documents": (
            (
                "saiki vectors train aozora.txt.gz --tokenizer sudachi --objective dbow --threads 1"
                " --out documents"
            ),
            "saiki vectors similar documents 3 --top 3",
        ),
        "vectors-infer": (
            (
                "echo 吾輩は猫である。名前はまだ無い。"
                " | saiki vectors infer documents --out new.npy --json"
            ),
        ),
        "vectors-convert": (
            "saiki vectors convert vectors vectors.bin --format word2vec-binary",
            "saiki vectors similar vectors.bin 猫 --top 2",
        ),
        "vectors-plot": ("saiki vectors plot vectors --top 500 --out map.html",),
    },
}
MISTAKES = {"vectors-missing": 2}  # exit statuses other than 0

Block = list[dict[str, Any]]


def main() -> None:
    results: dict[str, Any] = {lang: _session(lang) for lang in SESSIONS}
    results["ranks"] = analogy_ranks.measure()
    record("console", GOAL, results)
    rewrite(lambda text, japanese: filled(text, results, japanese=japanese))


def _session(language: str) -> dict[str, Block]:
    folder = FOLDER / language
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, place in FILES[language].items():
        (folder / name).symlink_to(data(*place).resolve())
    if language == "en":
        _write_new_reviews(folder / "new_reviews.txt")
    return {name: _run(lines, name, folder) for name, lines in SESSIONS[language].items()}


def _write_new_reviews(path: Path) -> None:
    """Reviews that the vectors were not trained on, one a line."""
    with gzip.open(data("imdb", "validation.csv.gz"), "rt", encoding="utf-8", newline="") as file:
        rows = [row["text"] for row in islice(csv.DictReader(file), NEW_REVIEWS)]
    lines = (" ".join(row.replace("<br />", " ").split()) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _run(lines: Sequence[str], name: str, folder: Path) -> Block:
    block = []
    environment = os.environ | {"SAIKI_LANG": folder.name, "COLUMNS": "100"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    for line in lines:
        print(f"$ {line}", flush=True)
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(done.stdout, flush=True)
        if done.returncode != MISTAKES.get(name, 0):
            raise RuntimeError(f"{line}: exit status {done.returncode}\n{done.stdout}")
        output = [row.rstrip() for row in done.stdout.splitlines() if row.strip()]
        block.append({"command": line, "status": done.returncode, "output": output})
    return block


def filled(text: str, results: dict[str, Any], *, japanese: bool) -> str:
    """`text` with each block of commands written anew; one that was never run stays as it is."""

    def fill(found: re.Match[str]) -> str:
        held = results[found[2] or ("ja" if japanese else "en")]
        return f"{found[1]}{markdown(held[found[3]])}{found[4]}" if found[3] in held else found[0]

    return BLOCK.sub(fill, text)


def markdown(block: Block) -> str:
    parts = ("\n".join([f"$ {row['command']}", *row["output"]]) for row in block)
    return "```console\n" + "\n\n".join(parts) + "\n```\n"


if __name__ == "__main__":
    main()
