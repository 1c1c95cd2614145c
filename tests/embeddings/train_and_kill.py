"""Trains into a folder and kills itself at a given moment; run by test_word2vec_resume."""

import os
import signal
import sys

import numpy as np

from saiki.embeddings import Doc2Vec, Word2Vec, _fit, _training


def texts():
    rng = np.random.default_rng(5)
    names = [f"fruit{i}" for i in range(120)], [f"tool{i}" for i in range(120)]
    return [rng.choice(names[k % 2], 25).tolist() for k in range(480)]


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at_slice(number):
    """SIGKILL in the midst of the n-th slice, when tables have changed."""
    plain, seen = _training.Trainer.run, []

    def run(self, *args, **named):
        tally = plain(self, *args, **named)
        seen.append(named.get("learns", True))
        if sum(seen) == number:
            die()
        return tally

    _training.Trainer.run = run


def kill_at_flush(number, part):
    """SIGKILL in the n-th write of a checkpoint's arrays or of the file that points to them."""
    seen = []

    def fsync(descriptor):
        name = os.readlink(f"/proc/self/fd/{descriptor}")
        is_json = ".checkpoint.json." in name
        if ".checkpoint." in name and is_json == (part == "pointer"):
            seen.append(name)
            if len(seen) == number:
                os.truncate(name, os.path.getsize(name) // 2)
                die()

    os.fsync = fsync


def kill_at_end():
    """SIGKILL when all is trained and the model is written, but not the result."""
    _fit.TrainingFolder.finish = lambda *_: die()


def main(folder, kind, number, resume, family):
    os.fsync = lambda _: None  # what is written survives SIGKILL without it, and disks are slow
    if kind == "slice":
        kill_at_slice(int(number))
    elif kind in ("checkpoint", "pointer"):
        kill_at_flush(int(number), kind)
    elif kind == "end":
        kill_at_end()
    _training.SLICE_TOKENS = 4096  # three slices in an epoch
    settings = {"vector_size": 8, "window": 3, "min_count": 1, "epochs": 3, "subsample": 0.05}
    if family == "word2vec":
        model = Word2Vec(**settings, threads=2, deterministic=True)
    else:
        model = Doc2Vec(**settings, objective="both", threads=1, held_out=0)
    model.fit(texts(), folder=folder, resume=resume == "resume", checkpoint_seconds=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
