import io
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from saiki.data.examples import FloatArray, Value
from saiki.errors import DataError, MissingFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

Channels = Literal["mono", "mix"]
SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".au", ".caf")
_UNKNOWN_SIZE = 0xFFFFFFFF  # what a recorder writes that cannot seek back to the header


@dataclass(frozen=True)
class Header:
    """What the header of an audio file promises."""

    frames: int
    sample_rate_hz: int
    channels: int


def read_header(source: Path | bytes, name: str) -> Header:
    """The header of an audio file, checked against the size of the file."""
    import soundfile  # noqa: PLC0415  loads libsndfile

    start, size = _start_of(source, name)
    if size == 0:
        raise DataError("{name}: the file is empty (0 bytes). Record it again.", name=name)
    _check_riff(source, start, size, name)
    try:
        info = soundfile.info(io.BytesIO(source) if isinstance(source, bytes) else str(source))
    except (soundfile.SoundFileError, OSError, RuntimeError) as fault:
        raise DataError(
            "{name}: cannot be read as audio ({reason}). Convert it to wav or flac, or remove it.",
            name=name,
            reason=fault,
        ) from fault
    if info.frames <= 0:
        raise DataError("{name}: the file holds no samples. Record it again.", name=name)
    return Header(info.frames, info.samplerate, info.channels)


def lazy_audio(
    sources: "Sequence[Path | bytes]",
    names: "Sequence[str]",
    *,
    sample_rate_hz: int | None,
    channels: Channels,
) -> tuple[list[Value], int]:
    """Values that decode at first use, and their common sample rate; headers are read now."""
    headers = [read_header(s, n) for s, n in zip(sources, names, strict=True)]
    first = headers[0]
    for name, header in zip(names, headers, strict=True):
        if channels == "mono" and header.channels != 1:
            raise DataError(
                "{name}: expected 1 channel (mono); got {got}. Convert it to mono, or give "
                'channels="mix" to average the channels.',
                name=name,
                got=header.channels,
            )
        if sample_rate_hz is None and header.sample_rate_hz != first.sample_rate_hz:
            raise DataError(
                "{name}: its sample rate is {got} Hz, but that of {first} is {expected} Hz. "
                "Give sample_rate_hz={expected} (or another rate) to resample all files.",
                name=name,
                got=header.sample_rate_hz,
                first=names[0],
                expected=first.sample_rate_hz,
            )
    rate = sample_rate_hz or first.sample_rate_hz
    values = [
        Value(partial(_decode, source, name, header, rate))
        for source, name, header in zip(sources, names, headers, strict=True)
    ]
    return values, rate


def resample(samples: FloatArray, from_hz: float, to_hz: float, quality: str = "HQ") -> FloatArray:
    """The same sound at another sample rate."""
    import soxr  # noqa: PLC0415  loads its library

    return np.asarray(soxr.resample(samples, from_hz, to_hz, quality), dtype=np.float32)


def _decode(source: Path | bytes, name: str, header: Header, sample_rate_hz: int) -> FloatArray:
    import soundfile  # noqa: PLC0415  loads libsndfile

    try:
        opened = io.BytesIO(source) if isinstance(source, bytes) else str(source)
        samples, _ = soundfile.read(opened, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError, RuntimeError) as fault:
        raise DataError(
            "{name}: decoding failed ({reason}). The file is damaged; get it again or remove it.",
            name=name,
            reason=fault,
        ) from fault
    if len(samples) < header.frames:
        raise DataError(
            "{name}: the file is truncated: its header promises {expected} samples, it holds "
            "{got}. Get it again or remove it.",
            name=name,
            expected=header.frames,
            got=len(samples),
        )
    if not np.isfinite(samples).all():
        raise DataError(
            "{name}: sample {at} is not a finite number. Export the recording again.",
            name=name,
            at=int(np.flatnonzero(~np.isfinite(samples).all(axis=1))[0]),
        )
    mono: FloatArray = samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1)
    if header.sample_rate_hz != sample_rate_hz:
        mono = resample(mono, header.sample_rate_hz, sample_rate_hz)
    return np.ascontiguousarray(mono, dtype=np.float32)


def _start_of(source: Path | bytes, name: str) -> tuple[bytes, int]:
    """The first bytes and the size."""
    if isinstance(source, bytes):
        return source[:12], len(source)
    if not source.is_file():
        raise MissingFileError(
            "{name}: no such file. Check the path; relative paths start from {here}.",
            name=name,
            here=Path.cwd(),
        )
    try:
        with source.open("rb") as file:
            return file.read(12), os.fstat(file.fileno()).st_size
    except OSError as fault:
        raise DataError(
            "{name}: cannot be opened ({reason}). Check its permissions.",
            name=name,
            reason=fault.strerror,
        ) from fault


def _check_riff(source: Path | bytes, start: bytes, size: int, name: str) -> None:
    """A cut wav is silently shortened by libsndfile: compare its `data` chunk with the file."""
    if start[:4] != b"RIFF" or start[8:12] != b"WAVE":
        return
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        at = 12
        while at + 8 <= size:
            file.seek(at)
            chunk = file.read(8)
            length = int.from_bytes(chunk[4:], "little")
            if chunk[:4] == b"data":
                if length != _UNKNOWN_SIZE and at + 8 + length > size:
                    raise DataError(
                        "{name}: the file is truncated: its header promises {expected} bytes of "
                        "samples, it holds {got}. Get it again or remove it.",
                        name=name,
                        expected=length,
                        got=size - at - 8,
                    )
                return
            at += 8 + length + length % 2
    raise DataError(
        "{name}: the file is truncated: there are no samples after its header. "
        "Get it again or remove it.",
        name=name,
    )
