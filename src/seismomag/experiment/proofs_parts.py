"""The proof of the parts: what multi-task learning, the GRU and each component add."""

import numpy as np

from seismomag.experiment.proofs_bench import Bench, Finding, found
from seismomag.experiment.proofs_runs import auc, interval, usual_arm, world_store

CHANCE = 0.5


def parts(bench: Bench) -> list[Finding]:
    """Compare the full network with one that lacks a part, by AUC on test rows."""
    store = world_store(bench.world, bench.folder, bench.progress)
    arms = (
        usual_arm("full"),
        usual_arm("single-task", heads=("detection",)),
        usual_arm("no-gru", gru=False),
        *(usual_arm(f"only-{c}", components=(k,)) for k, c in enumerate("HDZ")),
    )
    areas = {
        arm.name: np.array([auc(bench.rows(arm, s, store)) for s in bench.plan.training_seeds])
        for arm in arms
    }
    findings = []
    for name, values in areas.items():
        value = interval(values)
        asked = ("interval above 0.5", value[1] > CHANCE) if name == "full" else ()
        findings.append(found(f"AUC, {name}", value, *asked))
    return findings + [
        found(f"AUC, full minus {name}", interval(areas["full"] - values))
        for name, values in areas.items()
        if name != "full"
    ]
