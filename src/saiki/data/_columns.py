from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which column of a table means what, and how its text is encoded."""

    path: str = "path"
    label: str = "label"
    group: str | None = None
    part: str | None = None
    id: str | None = None
    time: str | None = None
    text: tuple[str, ...] = ("text",)
    encoding: str = "utf-8"
    allow_unlabelled: bool = False
