"""Gradient checkpointing of a trunk that leaves the statistics of its batch norms right.

Chen et al. 2016, arXiv:1604.06174: only what lies between the stages is kept; going back, each
stage computes its inside again.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


def through_stages(features: nn.Sequential, x: Tensor) -> Tensor:
    """Run the stages of a trunk, keeping only what lies between them."""
    for stage in features:

        def contexts(
            stage: nn.Module = stage,
        ) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
            return nullcontext(), statistics_kept(stage)

        x = checkpoint(stage, x, use_reentrant=False, context_fn=contexts)
    return x


@contextmanager
def statistics_kept(module: nn.Module) -> Iterator[None]:
    """Keep batch norms from counting a batch that they have counted already."""
    norms = [m for m in module.modules() if isinstance(m, nn.BatchNorm2d)]
    found = [(m.momentum, m.track_running_stats) for m in norms]
    counts = [m.num_batches_tracked.clone() for m in norms if m.num_batches_tracked is not None]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, (momentum, _) in zip(norms, found, strict=True):
            norm.momentum = momentum
        tracked = [m for m in norms if m.num_batches_tracked is not None]
        for norm, count in zip(tracked, counts, strict=True):
            norm.num_batches_tracked = count
