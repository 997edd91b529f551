"""Made-up cascades for the tests of the evidence room."""

from pathlib import Path

import numpy as np
import pandas as pd


def tables(count: int = 60, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """cascades and events of COUNT random cascades in the schema of the data README."""
    rng = np.random.default_rng(seed)
    posts, events = [], []
    for number in range(count):
        size = int(rng.integers(100, 200))
        parent = np.array(
            [int(rng.integers(-1, event)) if event and rng.random() < 0.4 else -1 for event in range(size)]
        )
        depth, delay = np.ones(size, int), np.sort(rng.pareto(0.9, size) * 2000)
        for event in range(size):
            if parent[event] >= 0:
                depth[event] = depth[parent[event]] + 1
        posts.append(
            {
                "cascade_id": 7 * number + 3,
                "rumor": bool(number % 2),
                "root_hour": int(rng.integers(0, 24)),
                "root_minute": int(rng.integers(0, 60)),
                "root_weekday": int(rng.integers(0, 7)),
                "followers": float(np.exp(rng.uniform(5, 17))) if number % 10 else np.nan,
                "verified_type": int(rng.integers(-1, 4)),
                "reported_reposts": size,
                "reported_comments": int(size * rng.uniform(0.1, 0.5)),
            }
        )
        events.append(
            pd.DataFrame(
                {
                    "cascade_id": 7 * number + 3,
                    "event_idx": np.arange(size),
                    "parent_idx": parent,
                    "depth": depth,
                    "delay_s": delay.round(),
                    "has_text": rng.random(size) < 0.6,
                }
            )
        )
    return pd.DataFrame(posts), pd.concat(events, ignore_index=True)


def write(folder: Path, posts: pd.DataFrame, events: pd.DataFrame) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    posts.to_parquet(folder / "cascades.parquet")
    events.to_parquet(folder / "events.parquet")
    return folder
