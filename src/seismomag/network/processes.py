"""Several processes that train one network, each on its share of every batch.

Started by ``torchrun``; they meet through gloo. Every loss is divided by the sums of the whole
batch, so that gradients add up to those of a single process and are neither averaged nor
weighted afterwards.
"""

import atexit
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn


@dataclass(frozen=True)
class World:
    """The processes of a training.

    Attributes
    ----------
    rank, size
        Number of this one, from 0, and how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def sum(self, values: Tensor) -> Tensor:
        """Add up what all processes hold."""
        if self.size > 1:
            values = values.clone()
            distributed.all_reduce(values)
        return values

    def wait(self) -> None:
        """Go on when all have come here."""
        if self.size > 1:
            distributed.barrier()

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Give every process the sum of all gradients; one that has none counts as 0."""
        if self.size == 1:
            return
        known = [p for p in parameters if p.requires_grad]
        flat = [(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in known]
        total = self.sum(torch.cat(flat))
        for p, part in zip(known, torch.split(total, [p.numel() for p in known]), strict=True):
            p.grad = part.view_as(p)

    def share_statistics(self, network: nn.Module) -> None:
        """Let all go on with the mean of the running statistics of their batch norms."""
        if self.size == 1:
            return
        for name, buffer in network.named_buffers():
            if name.endswith(("running_mean", "running_var")):
                buffer.copy_(self.sum(buffer) / self.size)


ALONE = World()


def meet() -> World:
    """Meet the other processes, if ``torchrun`` started this one.

    They meet once and part when the process ends: a second rendezvous at the same place would
    find the addresses of the first.
    """
    if not distributed.is_available() or not distributed.is_torchelastic_launched():
        return ALONE
    if not distributed.is_initialized():
        distributed.init_process_group("gloo")
        atexit.register(distributed.destroy_process_group)
    return World(distributed.get_rank(), distributed.get_world_size())
