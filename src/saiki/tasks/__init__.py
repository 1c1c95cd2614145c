"""What a user can ask for: configuration, data, model, metrics and prediction in one.

Names are imported at their first use, so that configuration can be read without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saiki.tasks.api import compare, load, train
    from saiki.tasks.classifier import TrainedClassifier
    from saiki.tasks.grid import Comparison
    from saiki.tasks.run import Run
    from saiki.tasks.trained_forecaster import TrainedForecaster
    from saiki.tasks.trained_language_model import TrainedLanguageModel
    from saiki.tasks.trained_translator import TrainedTranslator
    from saiki.tasks.trained_vectors import TrainedWordVectors

__all__ = [
    "Comparison",
    "Run",
    "TrainedClassifier",
    "TrainedForecaster",
    "TrainedLanguageModel",
    "TrainedTranslator",
    "TrainedWordVectors",
    "compare",
    "load",
    "train",
]

_HOMES = {
    "Comparison": "saiki.tasks.grid",
    "Run": "saiki.tasks.run",
    "TrainedClassifier": "saiki.tasks.classifier",
    "TrainedForecaster": "saiki.tasks.trained_forecaster",
    "TrainedLanguageModel": "saiki.tasks.trained_language_model",
    "TrainedTranslator": "saiki.tasks.trained_translator",
    "TrainedWordVectors": "saiki.tasks.trained_vectors",
    "compare": "saiki.tasks.api",
    "load": "saiki.tasks.api",
    "train": "saiki.tasks.api",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
