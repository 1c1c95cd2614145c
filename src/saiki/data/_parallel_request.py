from dataclasses import dataclass
from typing import Final

from saiki.errors import ArgumentError

DEFAULT_COLUMNS: Final = ("source", "target")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked of `read_parallel`, but for the files."""

    source_column: str
    target_column: str
    part_column: str | None
    group_column: str | None
    encoding: str
    is_strict: bool

    @property
    def columns(self) -> tuple[str, str]:
        """The columns of the source and the target."""
        return self.source_column, self.target_column

    def check(self) -> None:
        """Raises where one column is asked for twice."""
        if self.source_column == self.target_column:
            raise ArgumentError(
                "read_parallel: source_column and target_column must be two columns; both are "
                "{column!r}. Name the one to translate from and the one to translate into.",
                column=self.source_column,
            )

    def refuse_columns(self, source: str) -> None:
        """Raises where columns are named that only a table can have."""
        for argument in ("part_column", "group_column"):
            if getattr(self, argument) is not None:
                raise ArgumentError(
                    "read_parallel: {argument} is for tables, and {source} is none. Leave it out.",
                    argument=argument,
                    source=source,
                )
