"""The graphs on which Monte Carlo spread is compared: W0, W1, W2 and EPI.

W1 (100,000 accounts, 2,000,000 links) and W2 (ten times that) follow a
Chung-Lu law: an account's chance of being a link's source is a power law of
exponent 2.1, its chance of being a target grows with its source weight and a
lognormal factor; W0 (a tenth of W1) is for peers that need a second per
cascade.  EPI is soc-Epinions1 with every link in both directions; its
pairs lie in the folder that DANDELION_DATA names and not in this repository.
"""

import contextlib
import os
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.errors import UserError

NAMES = ("W0", "W1", "W2", "EPI")
SIZES = {  # accounts, links, seed
    "W0": (10_000, 200_000, 10),
    "W1": (100_000, 2_000_000, 11),
    "W2": (1_000_000, 20_000_000, 12),
}
EPINIONS = Path("graphs") / "graph_epinions_undirected.parquet"
SEEDS = 10


class Workload(NamedTuple):
    """Row u lists who hears u: indptr int64[n+1], followers int32[m] ascending; followees int32[n]; seeds int32[10]."""

    name: str
    indptr: np.ndarray
    followers: np.ndarray
    followees: np.ndarray
    seeds: np.ndarray

    @property
    def accounts(self) -> int:
        """How many there are."""
        return self.indptr.size - 1

    @property
    def graph(self) -> tuple[np.ndarray, np.ndarray]:
        """indptr int64[n+1] and followers int32[m], as `spread.Cascades` takes them."""
        return self.indptr, self.followers


class MissingError(UserError):
    """A workload whose data is not on this machine."""


def chung_lu(accounts: int, links: int, seed: int) -> np.ndarray:
    """Ascending keys source * accounts + target of about LINKS different links (int64[])."""
    rng = np.random.default_rng(seed)
    ranked = (np.arange(accounts) + 20) ** (-1.0 / 1.1)
    sending = np.empty(accounts)
    sending[rng.permutation(accounts)] = ranked
    hearing = sending**0.6 * np.exp(rng.standard_normal(accounts))

    def steps(weight: np.ndarray) -> np.ndarray:
        total = np.cumsum(weight)
        return total / total[-1]

    sources, targets = steps(sending), steps(hearing)
    found = np.empty(0, np.int64)
    while links - found.size >= 0.002 * links:
        tries = int((links - found.size) * 1.05) + 1000
        ends = [np.minimum(np.searchsorted(law, rng.random(tries)), accounts - 1) for law in (sources, targets)]
        fresh = (ends[0] * accounts + ends[1])[ends[0] != ends[1]]
        found = np.union1d(found, fresh)
    if found.size > links:
        found = np.sort(rng.choice(found, links, replace=False))
    return found


def epinions(data: Path) -> tuple[int, np.ndarray]:
    """Accounts and keys (int64[m], ascending, as in `chung_lu`) of soc-Epinions1, both directions of each pair."""
    import pandas as pd  # only here: the other workloads need no table

    table = pd.read_parquet(data / EPINIONS)
    pairs = table[["a", "b"]].to_numpy(np.int64)
    accounts = int(pairs.max()) + 1
    return accounts, np.unique(np.concatenate([pairs @ [accounts, 1], pairs @ [1, accounts]]))


def from_keys(name: str, accounts: int, keys: np.ndarray) -> Workload:
    """Rows from ascending KEYS (int64[m], as in `chung_lu`).

    The seeds are the ten accounts heard by most, the smaller number first among equals.
    """
    source, target = np.divmod(keys, accounts)
    indptr = np.searchsorted(source, np.arange(accounts + 1)).astype(np.int64)
    order = np.argsort(-np.diff(indptr), kind="stable")
    return Workload(
        name,
        indptr,
        target.astype(np.int32),
        np.bincount(target, minlength=accounts).astype(np.int32),
        order[:SEEDS].astype(np.int32),
    )


def make(name: str) -> Workload:
    """The workload NAME from its recipe; raises MissingError when EPI's data is not here."""
    if name in SIZES:
        accounts, links, seed = SIZES[name]
        return from_keys(name, accounts, chung_lu(accounts, links, seed))
    data = os.environ.get("DANDELION_DATA")
    if not data or not (Path(data) / EPINIONS).is_file():
        raise MissingError(f"{name} needs the data folder: DANDELION_DATA is {data or 'not set'}")
    return from_keys(name, *epinions(Path(data)))


def kept(name: str, folder: Path | None = None) -> Path:
    """Where `load` keeps the workload NAME."""
    return (Path(tempfile.gettempdir()) / "dandelion-workloads" if folder is None else folder) / f"{name}.npz"


def load(name: str, folder: Path | None = None) -> Workload:
    """The workload NAME, kept in FOLDER (default: a temporary one) after it was made once."""
    path = kept(name, folder)
    unreadable = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
    with contextlib.suppress(*unreadable), path.open("rb") as file, np.load(file) as arrays:
        return Workload(name, *(arrays[key] for key in ("indptr", "indices", "indegree", "seeds")))
    made = make(name)
    partial = path.parent / f"{name}-{os.getpid()}.npz"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(partial, indptr=made.indptr, indices=made.followers, indegree=made.followees, seeds=made.seeds)
        partial.replace(path)
    except OSError:  # not kept: made again next time
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return made
