"""Checkpoints: whole pairs only, the newest readable one wins."""

import pytest
import torch

from saiki.artifacts import Checkpoint, CheckpointStore
from saiki.errors import RunFolderError


def checkpoint(step):
    return Checkpoint(step, {"w": torch.full((3,), float(step))}, {"epoch": step, "sums": {}})


def test_the_newest_comes_back_and_old_ones_go(tmp_path):
    store = CheckpointStore(tmp_path, keep=2)
    for step in (1, 2, 30):
        store.save(checkpoint(step))
    found = store.newest()
    assert found.step == 30
    assert found.state == {"epoch": 30, "sums": {}}
    assert torch.equal(found.tensors["w"], torch.full((3,), 30.0))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "step-0000000002.json",
        "step-0000000002.safetensors",
        "step-0000000030.json",
        "step-0000000030.safetensors",
    ]


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "absent"])
def test_a_damaged_newest_gives_way_to_the_one_before_with_a_warning(tmp_path, suffix, damage):
    store = CheckpointStore(tmp_path)
    store.save(checkpoint(1))
    store.save(checkpoint(2))
    path = tmp_path / f"step-0000000002{suffix}"
    content = path.read_bytes()
    if damage == "absent":
        path.unlink()
    else:
        middle = len(content) // 2
        flipped = content[:-3] + bytes([content[-3] ^ 1]) + content[-2:]
        path.write_bytes({"cut": content[:middle], "flip": flipped, "empty": b""}[damage])
    if damage == "absent" and suffix == ".json":
        found = store.newest()  # never counted as a checkpoint: the JSON part is written last
    else:
        with pytest.warns(UserWarning, match=r"cannot be read .* going on from the one before"):
            found = store.newest()
    assert found.step == 1


def test_when_none_can_be_read_the_run_does_not_start_anew(tmp_path):
    store = CheckpointStore(tmp_path)
    store.save(checkpoint(1))
    next(tmp_path.glob("*.safetensors")).write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="cannot be read"),
        pytest.raises(RunFolderError, match="at least one checkpoint must be readable"),
    ):
        store.newest()


def test_no_checkpoint_is_none(tmp_path):
    assert CheckpointStore(tmp_path / "absent").newest() is None
