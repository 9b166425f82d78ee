"""The proof of the parts: what multi-task learning, the GRU and each component add."""

import numpy as np

from seismomag.experiment.proofs.bench import Bench, Finding, drawn, found
from seismomag.experiment.proofs.runs import auc, interval, usual_arm
from seismomag.experiment.proofs.storm import WITH

CHANCE = 0.5


def parts(bench: Bench) -> list[Finding]:
    """Compare the full network with one that lacks a part, by AUC on test rows."""
    arms = (
        # The same network as in the proof of the storm penalty.
        usual_arm(WITH),
        usual_arm("single-task", heads=("detection",)),
        usual_arm("no-gru", gru=False),
        *(usual_arm(f"only-{c}", components=(k,)) for k, c in enumerate("HDZ")),
    )
    tables = bench.every(arms)
    areas = {
        "full" if name == WITH else name: np.array([auc(rows) for rows in given])
        for name, given in tables.items()
    }
    findings = []
    for name, values in areas.items():
        value = interval(values)
        asked = ("interval above 0.5", value[1] > CHANCE) if name == "full" else ()
        findings.append(found(f"AUC, {name}", value, *asked))
    differences = (
        found(f"AUC, full minus {name}", interval(areas["full"] - values))
        for name, values in areas.items()
        if name != "full"
    )
    return [
        *drawn("AUC on test rows (chance: dashed)", findings, CHANCE),
        *drawn("AUC of the full network less that without the part", differences, 0),
    ]
