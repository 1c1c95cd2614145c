"""The `.ts` text format of the UCR/UEA archive, as aeon and sktime write it.

`@` lines make the header, `#` lines are comments; after `@data` comes one case a line: one comma
list a channel, separated by `:`, then the label where `@classLabel true`.
"""

from pathlib import Path

import numpy as np

from saiki.data._series_check import check_series
from saiki.data._tables import label_of, read_text
from saiki.data.examples import Examples, FloatArray
from saiki.errors import DataError


def series_ts(path: Path) -> Examples:
    """The cases of a `.ts` or `.ts.gz` file."""
    header, lines = _divide(path)
    has_labels = header.get("classlabel", "").lower().startswith("true")
    if header.get("targetlabel", "").lower().startswith("true"):
        raise DataError(
            "{path}: this is a regression file (@targetLabel), and labels of classes are "
            "needed (@classLabel true). Use a classification file.",
            path=path,
        )
    if header.get("timestamps", "false").lower() == "true":
        raise DataError(
            "{path}: time stamps (@timeStamps true) are not supported. "
            "Write the values alone, in order of time.",
            path=path,
        )
    values, labels, names = [], [], []
    for case, line in enumerate(lines):
        name = f"{path.name}: case {case}"
        fields = line.split(":")
        if has_labels:
            labels.append(label_of(name, fields.pop()))
        values.append(_case(name, fields))
        names.append(name)
    if not values:
        raise DataError(
            "{path}: there are no cases after @data. Check that the file is whole.", path=path
        )
    channels = check_series(values, names)
    return Examples(
        values, names, kind="series", labels=labels if has_labels else None, channels=channels
    )


def _divide(path: Path) -> tuple[dict[str, str], list[str]]:
    header: dict[str, str] = {}
    lines = [line.strip() for line in read_text(path).splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    for number, line in enumerate(lines):
        if line.lower() == "@data":
            return header, lines[number + 1 :]
        if line.startswith("@"):
            key, _, rest = line[1:].partition(" ")
            header[key.lower()] = rest.strip()
    raise DataError(
        "{path}: there is no @data line, so this is not a .ts file. Check the format.", path=path
    )


def _case(name: str, fields: list[str]) -> FloatArray:
    channels = [_numbers(name, i, field) for i, field in enumerate(fields)]
    lengths = {len(c) for c in channels}
    if len(lengths) > 1:
        raise DataError(
            "{name}: its channels have unequal lengths {lengths}. "
            "All channels of a case must have the same number of steps.",
            name=name,
            lengths=[len(c) for c in channels],
        )
    if not lengths:
        raise DataError("{name}: no channels. Check the line.", name=name)
    return np.ascontiguousarray(np.stack(channels, axis=1))


def _numbers(name: str, channel: int, field: str) -> FloatArray:
    texts = field.split(",")
    try:
        return np.array([np.nan if t.strip() == "?" else float(t) for t in texts], np.float32)
    except ValueError as fault:
        raise DataError(
            "{name}, channel {channel}: expected numbers; got {got!r}. Correct the file.",
            name=name,
            channel=channel,
            got=_first_bad(texts),
        ) from fault


def _first_bad(texts: list[str]) -> str:
    for text in texts:
        try:
            float(text)
        except ValueError:
            if text.strip() != "?":
                return text
    return ""
