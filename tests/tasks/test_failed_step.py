"""A run that diverges stops, names the layer, keeps the step, and can be replayed."""

import json

import pytest

import saiki
from saiki.errors import NonFiniteError, RunFolderError
from saiki.tasks.failed_step import replay_failed_step


@pytest.fixture(scope="module")
def diverged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("diverged") / "run"
    with pytest.raises(
        NonFiniteError, match=r"the loss must be finite.*clip-norm.*saiki replay"
    ) as caught:
        saiki.train(
            "japanese-vowels",
            out=folder,
            model={"hidden_size": 8},
            training={
                "optimiser": "sgd", "learning_rate": 1e30, "clip_norm": None,
                "schedule": "constant", "epochs": 2,
            },
        )  # fmt: skip
    return folder, caught.value


def test_the_step_is_kept_with_a_command_to_replay_it(diverged):
    folder, error = diverged
    kept = json.loads((folder / "failure" / "failure.json").read_text())
    assert kept["layer"] == error.layer
    assert kept["replay"] == f"saiki replay {folder}"
    assert not (folder / "result.json").exists()


def test_the_replay_finds_the_same_numbers(diverged):
    folder, error = diverged
    found = replay_failed_step(folder)
    assert found["step"] == error.step
    assert found["layer"] == error.layer
    assert not found["loss_nats"] < float("inf") or any(
        not norm < float("inf") for norm in found["gradient_norms"].values()
    )


def test_a_run_without_a_failed_step_says_so(small_run):
    with pytest.raises(RunFolderError, match="must hold a failed step"):
        replay_failed_step(small_run.folder)
