"""saiki (再帰): trains, explains and ships sequence models.

`import saiki` is light: torch comes in at the first use of something that needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saiki import data, embeddings, equations, errors, kernels, models, nn, training
    from saiki.embeddings import Doc2Vec, DocVectors, Word2Vec, WordVectors
    from saiki.tasks import Comparison, Run, TrainedClassifier, compare, load, train

__version__ = "0.1.0"

__all__ = [
    "Comparison",
    "Doc2Vec",
    "DocVectors",
    "Run",
    "TrainedClassifier",
    "Word2Vec",
    "WordVectors",
    "__version__",
    "compare",
    "data",
    "embeddings",
    "equations",
    "errors",
    "kernels",
    "load",
    "models",
    "nn",
    "train",
    "training",
]

_ROOMS = ("data", "embeddings", "equations", "errors", "kernels", "models", "nn", "training")
_VECTORS = ("Doc2Vec", "DocVectors", "Word2Vec", "WordVectors")


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"saiki.{name}")
    if name in _VECTORS:
        return getattr(import_module("saiki.embeddings"), name)
    if name in __all__:
        return getattr(import_module("saiki.tasks"), name)
    raise AttributeError(f"module 'saiki' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
