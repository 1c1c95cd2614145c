import zlib

import numpy as np


def draw(seed: int, purpose: str, epoch: int = 0, index: int = 0) -> np.random.Generator:
    """A generator that is a pure function of its arguments.

    Philox is counter-based: seed and purpose are its key, epoch and index the high words of its
    counter, so the streams never overlap.
    """
    key = np.array([seed, zlib.crc32(purpose.encode())], dtype=np.uint64)
    counter = np.array([0, 0, epoch, index], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
