"""A network's configuration, batches of its recipe's training part, and sources to decode."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor

from benchmarks.seq2seq.plan import (
    DROPOUTS,
    MODELS,
    QUICK_RECIPE,
    RECIPE,
    SEED,
    SMALL,
    TRANSFORMER,
    WINDOWS,
    Plan,
)
from saiki.models import PairBatch
from saiki.tasks.configure import resolve
from saiki.tasks.pair_batches import PairBatches, pair_batch
from saiki.tasks.pair_preparation import PairPart, prepare_pairs
from saiki.tasks.translate_config import TranslateConfig, TranslationNetworkConfig

DEVICE = torch.device("cpu")


@dataclass(frozen=True)
class Setting:
    """What every system works on.

    Args:
        config: of the run; its model is the network that is measured.
        vocabularies: tokens of the source and of the target.
        batches: of the training part, as the task makes them.
        held_out: pairs whose sources are decoded, to the length of their targets.
    """

    config: TranslateConfig
    vocabularies: tuple[int, int]
    batches: list[dict[str, Tensor]]
    held_out: PairPart

    @property
    def tokens(self) -> int:
        """Target tokens of a pass, the end tokens counted."""
        return sum(int(batch["target_lengths"].sum()) for batch in self.batches)

    def facts(self) -> dict[str, Any]:
        model, training = asdict(self.config.model), asdict(self.config.training)
        kept = ("optimiser", "learning_rate", "clip_norm", "label_smoothing", "batch_tokens")
        plain = TranslationNetworkConfig()
        return {
            "recipe": self.config.recipe,
            "vocabularies": list(self.vocabularies),
            "batches": len(self.batches),
            "pairs": sum(len(batch["lengths"]) for batch in self.batches),
            "target_tokens": self.tokens,
            "source_tokens": sum(int(batch["lengths"].sum()) for batch in self.batches),
            "model": {n: v for n, v in model.items() if v != getattr(plain, n)},
            "training": {name: training[name] for name in kept},
        }


def make_setting(network: str, plan: Plan) -> Setting:
    config = resolve(QUICK_RECIPE if plan.is_small else RECIPE, {})
    if not isinstance(config, TranslateConfig):
        raise TypeError(f"{RECIPE} must be a translator; it is a {config.task}")
    options = MODELS[network] | (SMALL[network] if plan.is_small else {})
    drop = {"dropout": 0.1} if network == TRANSFORMER else DROPOUTS
    config = replace(config, model=TranslationNetworkConfig(**options, **drop))
    prepared = prepare_pairs(config.data)
    source = PairBatches(
        prepared.parts["train"],
        batch_tokens=config.training.batch_tokens // (8 if plan.is_small else 1),
        seed=SEED,
        device=DEVICE,
    )
    batches = [batch for batch, _ in zip(source.batches(0), range(WINDOWS), strict=False)]
    part = prepared.parts.get("test") or prepared.parts["validation"]
    sizes = (len(prepared.source_tokenizer), len(prepared.target_tokenizer))
    return Setting(config, sizes, batches, part.take(range(plan.sentences)))


def pairs_of(batch: dict[str, Tensor]) -> PairBatch:
    lengths = batch["lengths"], batch["target_lengths"]
    return PairBatch(batch["values"], lengths[0], batch["targets"], lengths[1])


def sources_of(part: PairPart, size: int) -> list[tuple[PairBatch, list[int]]]:
    """Batches of `size` sources, and how many tokens each is to become."""
    chunks = [part.take(range(at, at + size)) for at in range(0, len(part), size)]
    return [
        (pair_batch(one.source_tokens, None, DEVICE), [len(t) for t in one.target_tokens])
        for one in chunks
    ]
