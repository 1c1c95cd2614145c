"""Readers, front ends, augmentation, splits, batching, and the catalogue of data sets.

Nothing is imported before its first use, so that `saiki.data.catalogue` stays light.
"""

from typing import TYPE_CHECKING

from saiki.laziness import lazy_names

if TYPE_CHECKING:
    from saiki.data.augmentation import Augmentation, Draw
    from saiki.data.batching import BatchPlan, collate
    from saiki.data.calendar_cycles import CalendarFeature, calendar_features
    from saiki.data.catalogue import (
        SETS,
        ArchiveInfo,
        FileInfo,
        SetInfo,
        SetStatus,
        TableInfo,
        fetch,
        list_sets,
        load,
        locate,
        text_files,
        verify,
    )
    from saiki.data.corpus import (
        Corpus,
        CorpusProgress,
        EncodedCorpus,
        Tokenizer,
        encode_corpus,
    )
    from saiki.data.examples import Examples, FloatArray, join_examples
    from saiki.data.front_ends import FRONT_ENDS, FrontEnd, front_end_from_json
    from saiki.data.labels import LabelSet
    from saiki.data.log_mel import LogMel
    from saiki.data.parallel import ParallelText, read_parallel
    from saiki.data.raw_waveform import RawWaveform
    from saiki.data.readers import read_examples
    from saiki.data.series import Series
    from saiki.data.series_scaling import SeriesScaling
    from saiki.data.splits import Parts, SplitPlan, group_names, split_examples
    from saiki.data.time_series import TimeSeries, read_time_series
    from saiki.data.tokens import Tokens
    from saiki.data.vocabulary import Vocabulary

__all__ = [
    "FRONT_ENDS",
    "SETS",
    "ArchiveInfo",
    "Augmentation",
    "BatchPlan",
    "CalendarFeature",
    "Corpus",
    "CorpusProgress",
    "Draw",
    "EncodedCorpus",
    "Examples",
    "FileInfo",
    "FloatArray",
    "FrontEnd",
    "LabelSet",
    "LogMel",
    "ParallelText",
    "Parts",
    "RawWaveform",
    "Series",
    "SeriesScaling",
    "SetInfo",
    "SetStatus",
    "SplitPlan",
    "TableInfo",
    "TimeSeries",
    "Tokenizer",
    "Tokens",
    "Vocabulary",
    "calendar_features",
    "collate",
    "encode_corpus",
    "fetch",
    "front_end_from_json",
    "group_names",
    "join_examples",
    "list_sets",
    "load",
    "locate",
    "read_examples",
    "read_parallel",
    "read_time_series",
    "split_examples",
    "text_files",
    "verify",
]

_HOMES = {
    "augmentation": ("Augmentation", "Draw"),
    "batching": ("BatchPlan", "collate"),
    "calendar_cycles": ("CalendarFeature", "calendar_features"),
    "catalogue": (
        "SETS", "ArchiveInfo", "FileInfo", "SetInfo", "SetStatus", "TableInfo", "fetch",
        "list_sets", "load", "locate", "text_files", "verify",
    ),
    "corpus": ("Corpus", "CorpusProgress", "EncodedCorpus", "Tokenizer", "encode_corpus"),
    "examples": ("Examples", "FloatArray", "join_examples"),
    "front_ends": ("FRONT_ENDS", "FrontEnd", "front_end_from_json"),
    "labels": ("LabelSet",),
    "log_mel": ("LogMel",),
    "parallel": ("ParallelText", "read_parallel"),
    "raw_waveform": ("RawWaveform",),
    "readers": ("read_examples",),
    "series": ("Series",),
    "series_scaling": ("SeriesScaling",),
    "splits": ("Parts", "SplitPlan", "group_names", "split_examples"),
    "time_series": ("TimeSeries", "read_time_series"),
    "tokens": ("Tokens",),
    "vocabulary": ("Vocabulary",),
}  # fmt: skip

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
