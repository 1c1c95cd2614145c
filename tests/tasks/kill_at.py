"""Trains into a folder and kills itself at a given moment; run by test_resume in a new process."""

import os
import signal
import sys

import saiki
from saiki.training import Observer, loop


class KillAt(Observer):
    """SIGKILL after so many steps."""

    def __init__(self, step):
        self.step = step

    def stepped(self, training, report):
        if report.step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


def kill_inside_checkpoint(number):
    """SIGKILL in the middle of the n-th safetensors write of a checkpoint."""
    plain, seen = os.fsync, []

    def fsync(descriptor):
        name = os.readlink(f"/proc/self/fd/{descriptor}")
        if "checkpoints" in name and ".safetensors." in name:
            seen.append(name)
            if len(seen) == number:
                os.truncate(name, os.path.getsize(name) // 2)
                os.kill(os.getpid(), signal.SIGKILL)
        plain(descriptor)

    os.fsync = fsync


def main(folder, kind, number, resume):
    if kind == "step":
        plain = loop.fit

        def fit(*arguments, observers=(), **named):
            return plain(*arguments, observers=[*observers, KillAt(int(number))], **named)

        from saiki.tasks import classify

        classify.fit = fit
    elif kind == "checkpoint":
        kill_inside_checkpoint(int(number))
    saiki.train(
        "japanese-vowels",
        out=folder,
        resume=resume == "resume",
        model={"hidden_size": 8, "dropout": 0.3, "layers": 2},
        training={"epochs": 3, "batch_size": 32, "checkpoint_seconds": 0, "optimiser": "adamw"},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
