"""Reads analogy questions: Google's one file, or the files of BATS and JBATS."""

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from saiki.embeddings._word_pairs import lines_of, read_lines
from saiki.errors import DataError, MissingFileError

_ANSWER_SEPARATOR = "/"
_ARCHIVES = (".tar", ".tgz", ".tar.gz")


@dataclass(frozen=True)
class Question:
    """A is to b as c is to any of the answers; b too may be one of several words."""

    a: str
    b: tuple[str, ...]
    c: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """Questions of one kind."""

    name: str
    questions: list[Question]


def read_questions(path: Path) -> list[Section]:
    """The sections of a file, folder or archive of analogy questions."""
    if not path.exists():
        raise MissingFileError("{path}: there is no such file. Check the path.", path=path)
    if path.is_dir():
        sections = [
            _paired(file, file.stem, read_lines(file)) for file in sorted(path.rglob("*.txt"))
        ]
    elif path.name.endswith(_ARCHIVES):
        sections = [
            _paired(path / name, Path(name).stem, lines_of(path / name, raw))
            for name, raw in sorted(_members(path))
        ]
    else:
        sections = _of_one_file(path)
    if not any(section.questions for section in sections):
        raise DataError(
            "{path}: there are no analogy questions in it. Expected Google's form (four words a "
            "line, sections begin with a colon) or .txt files of BATS (a word, a tab, answers "
            "with / between).",
            path=path,
        )
    return sections


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".txt"):
                    file = archive.extractfile(member)
                    if file is not None:
                        yield member.name, file.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(
            "{path}: is no readable tar archive ({reason}). Take a copy of it that is whole.",
            path=path,
            reason=error,
        ) from error


def _of_one_file(path: Path) -> list[Section]:
    lines = read_lines(path)
    if lines and "\t" in lines[0][1] and len(lines[0][1].split()) != 4:
        return [_paired(path, path.stem, lines)]
    if lines and not lines[0][1].startswith(":") and len(lines[0][1].split()) == 2:
        return [_paired(path, path.stem, lines)]
    return _google(path, lines)


def _google(path: Path, lines: list[tuple[int, str]]) -> list[Section]:
    sections = [Section(path.stem, [])]
    for number, line in lines:
        if line.startswith(":"):
            sections.append(Section(line.lstrip(": ").strip(), []))
            continue
        words = line.split()
        if len(words) != 4:
            raise DataError(
                "{path}, line {line}: expected four words, a b c d for “a is to b as c is to d”; "
                "got {got}. Correct the line or leave it out.",
                path=path,
                line=number,
                got=words,
            )
        a, b, c, d = words
        sections[-1].questions.append(Question(a, (b,), c, (d,)))
    return [section for section in sections if section.questions]


def _paired(path: Path, name: str, lines: list[tuple[int, str]]) -> Section:
    """Every ordered pair of lines, each `word<TAB>answer/answer`, is a question."""
    entries = []
    for number, line in lines:
        fields = re.split(r"\t+" if "\t" in line.strip() else r"\s+", line.strip())
        answers = tuple(a.strip() for a in fields[-1].split(_ANSWER_SEPARATOR) if a.strip())
        if len(fields) != 2 or not answers:
            raise DataError(
                "{path}, line {line}: expected a word, a tab, and its answers with / between; got "
                "{got}. Correct the line or leave it out.",
                path=path,
                line=number,
                got=fields,
            )
        entries.append((fields[0].strip(), answers))
    return Section(
        name,
        [
            Question(a, b, c, d)
            for i, (a, b) in enumerate(entries)
            for j, (c, d) in enumerate(entries)
            if i != j
        ],
    )
