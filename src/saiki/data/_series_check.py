from collections.abc import Sequence

import numpy as np

from saiki.data.examples import FloatArray
from saiki.errors import DataError


def check_series(
    values: Sequence[FloatArray], names: Sequence[str], channel_names: Sequence[str] | None = None
) -> int:
    """The common number of channels of (T, channels) series, all of them finite and not empty."""
    channels = int(values[0].shape[1])
    for name, value in zip(names, values, strict=True):
        if value.shape[1] != channels:
            raise DataError(
                "{name}: this case has {got} channels, but {first} has {expected}. "
                "Give every case the same channels.",
                name=name,
                got=value.shape[1],
                first=names[0],
                expected=channels,
            )
        if not len(value):
            raise DataError("{name}: this case has no steps. Drop it.", name=name)
        if not np.isfinite(value).all():
            step, channel = np.argwhere(~np.isfinite(value))[0]
            raise DataError(
                "{name}, channel {channel}, step {step}: expected a finite number; got {got}. "
                "Fill the gap (for instance with the value before it), or drop the case.",
                name=name,
                channel=channel_names[channel] if channel_names else channel,
                step=step,
                got=value[step, channel],
            )
    return channels
