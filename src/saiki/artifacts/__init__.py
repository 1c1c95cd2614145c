"""The run folder: atomic files, checksums, metrics, checkpoints. Imports no torch."""

from saiki.artifacts.checkpoints import Checkpoint, CheckpointStore
from saiki.artifacts.files import (
    read_json,
    read_json_lines,
    read_text,
    read_toml,
    sha256_of,
    write_bytes_atomic,
    write_json_atomic,
    write_json_lines_atomic,
    write_text_atomic,
)
from saiki.artifacts.machine import git_state, machine_facts, peak_memory_bytes, reset_peak_memory
from saiki.artifacts.metrics import MetricsFile
from saiki.artifacts.run_folder import RunFolder
from saiki.artifacts.toml_text import to_toml

__all__ = [
    "Checkpoint",
    "CheckpointStore",
    "MetricsFile",
    "RunFolder",
    "git_state",
    "machine_facts",
    "peak_memory_bytes",
    "read_json",
    "read_json_lines",
    "read_text",
    "read_toml",
    "reset_peak_memory",
    "sha256_of",
    "to_toml",
    "write_bytes_atomic",
    "write_json_atomic",
    "write_json_lines_atomic",
    "write_text_atomic",
]
