"""A play that costs nothing, for sweeps that are about sweeping; and a command to kill."""

import hashlib
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from sim.runs import design, stages, sweep, workers
from sim.scenario import read
from sim.scenario.schema import Scenario

RATES = (0.005, 0.01, 0.02, 0.03)


class Toy:
    """Metrics by hash; waits DANDELION_TOY_WAIT seconds per run; a rate of 0.03 fails under control."""

    def __init__(self, recipe: stages.Recipe) -> None:
        self.recipe = recipe
        self.wait = float(os.environ.get("DANDELION_TOY_WAIT", "0"))

    def __call__(self, task: stages.Task) -> stages.Result:
        return stages.play_task(task, self.recipe.seed, self.setting)

    def setting(self, setting: design.Setting) -> stages.Play:
        knobs = dict(setting.knobs)

        def play(strategy: str, replicate: int, seed: int):
            if self.wait:
                time.sleep(self.wait)
            if knobs.get("response.repost_rate") == 0.03 and strategy == "control":
                raise ValueError("no control at this rate")
            text = f"{setting.setting_id}{strategy}{replicate}{seed}"
            bits = np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint64)
            metrics = {"reach": float(bits[0]) / 3.0, "reads": float(bits[1]) / 7.0, "orders": None}
            curves = pd.DataFrame({"strategy": strategy, "hour": range(3), "reads": bits[:3] / 3.0})
            return metrics, curves

        return play


def plan(replicates: int = 6, **more) -> design.Plan:
    wanted = {
        "scenarios": ("nokia_n8",),
        "strategies": ("control", "celebrity_seeding"),
        "replicates": replicates,
        "curves": True,
        "knobs": ({"name": "response.repost_rate", "values": RATES},),
        **more,
    }
    return design.of(design.Sweep(**wanted), {"nokia_n8": read.read("nokia_n8", Scenario)})


def main(folder: str, replicates: str, engine: str) -> None:
    """Play the toy sweep into FOLDER, going on where it was stopped."""
    with workers.engine(engine, 2) as chosen:
        sweep.run(plan(int(replicates)), Path(folder), engine=chosen, resume=True, make=Toy)
    print("finished")


if __name__ == "__main__":
    main(*sys.argv[1:])
