"""The long series that saiki knows by name."""

from saiki.data._set_info import FileInfo, SetInfo

_ETTH1 = SetInfo(
    name="etth1",
    title="ETTh1: oil temperature and six loads of a power transformer, hourly, 17,420 hours "
    "from 2016-07-01; customary parts 8,640 / 2,880 / 2,880 hours",
    kind="time-series",
    source_url="https://github.com/zhouhaoyi/ETDataset",
    licence="CC BY-ND 4.0",
    licence_url="https://creativecommons.org/licenses/by-nd/4.0/",
    citation=(
        "H. Zhou, S. Zhang, J. Peng, S. Zhang, J. Li, H. Xiong, W. Zhang (2021): Informer: Beyond "
        "Efficient Transformer for Long Sequence Time-Series Forecasting. AAAI 2021."
    ),
    folder="timeseries",
    files=(
        FileInfo(
            name="ETTh1.csv.gz",
            holds="gzip",
            sha256="f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066",
            bytes=2_589_657,
            url="https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small/ETTh1.csv",
            is_served_plain=True,
        ),
    ),
)
_AIRLINE = SetInfo(
    name="airline",
    title="Airline passengers: monthly totals in thousands, 144 months from 1949-01",
    kind="time-series",
    source_url="https://github.com/aeon-toolkit/aeon",
    licence="BSD-3-Clause",
    licence_url="https://opensource.org/license/bsd-3-clause",
    citation=(
        "G. E. P. Box, G. M. Jenkins, G. C. Reinsel (1976): Time Series Analysis, Forecasting and "
        "Control, third edition, series G. Holden-Day."
    ),
    folder="timeseries",
    bundled="airline",
    files=(
        FileInfo(
            name="airline_passengers.csv",
            holds="plain",
            sha256="28af0eb869db6d9fbd31d5af03993a0cbf36c0857c3eb046a068c094b60da851",
            bytes=1_744,
        ),
    ),
)

TIME_SERIES_SETS = (_ETTH1, _AIRLINE)
