"""A follower graph: two arrays, or a rule that computes their rows.

Row u lists the followers of u, ascending, without duplicates and without u:
the direction in which a post travels.  Accounts are 0..n-1 and ordered by
community.  Behind the *base* stand *added* accounts (brand, KOLs, employees:
the cast of a scenario) with their own pair of arrays, so that scenarios share
the base and never copy it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.graph import folder as storage
from sim.graph import rule as rules
from sim.kernels import adjacency, links

if TYPE_CHECKING:
    from sim.graph import view

EMPTY_ROW = np.empty(0, np.int32)


class FollowerGraph:
    """Accounts and who follows whom.

    indptr            int64[base + 1]   row u is followers[indptr[u]:indptr[u + 1]]; one element when on demand
    followers         int32[links]      memory-mapped when large; empty when rows are computed on demand
    added_indptr      int64[added + 1]  the same for accounts base..base + added - 1
    added_followers   int32[]
    community_start   int64[communities + 1]  community c holds base ids community_start[c]..community_start[c + 1] - 1
    labels            None (the ids themselves) or the accounts' original names, any hashables, in the order of the ids
    attributes        {attribute: {account: value}}, e.g. role and fee of the cast; shown by `view`
    growth            the recipe, or None for a graph that was read
    rule              the recipe's tables, or None
    """

    def __init__(
        self,
        indptr: np.ndarray,
        followers: np.ndarray,
        community_start: np.ndarray,
        *,
        added_indptr: np.ndarray | None = None,
        added_followers: np.ndarray | None = None,
        labels: Sequence[Any] | None = None,
        attributes: Mapping[str, Mapping[int, Any]] | None = None,
        growth: links.Growth | None = None,
        rule: rules.Rule | None = None,
    ):
        self.indptr = indptr
        self.followers = followers
        self.community_start = community_start
        self.added_indptr = np.zeros(1, np.int64) if added_indptr is None else added_indptr
        self.added_followers = EMPTY_ROW if added_followers is None else added_followers
        self.labels = labels
        self.attributes = {name: dict(values) for name, values in (attributes or {}).items()}
        self.growth = growth
        self.rule = rule
        self._lengths: np.ndarray | None = None
        self._followees: np.ndarray | None = None
        self._following: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def base(self) -> int:
        """Accounts of the base (the added ones stand behind them)."""
        return int(self.community_start[-1])

    @property
    def added(self) -> int:
        """Accounts behind the base."""
        return self.added_indptr.size - 1

    @property
    def accounts(self) -> int:
        """All accounts, added ones included."""
        return self.base + self.added

    @property
    def communities(self) -> int:
        """Communities of the base."""
        return self.community_start.size - 1

    @property
    def stored(self) -> bool:
        """Whether the base's rows are in memory or on disk (False: computed on demand)."""
        return self.indptr.size == self.base + 1

    @property
    def links(self) -> int:
        """Follow links of base and added accounts, exact; on demand it costs one pass over the rows' lengths."""
        return self._base_links() + int(self.added_indptr[-1])

    @property
    def expected_links(self) -> int:
        """Links as `links`, but where rows are computed the number that the rule expects: no pass over the accounts."""
        if self.stored:
            return self.links
        _, positions, _, traits, _ = self._grown
        mean = float((np.diff(positions) * traits[:, links.FOLLOWEES]).sum())
        return round(mean * self.base) + int(self.added_indptr[-1])

    @property
    def _grown(self) -> rules.Rule:
        """The rule of a graph whose rows are computed; only a read graph has none, and its rows are stored."""
        if self.rule is None:
            raise ValueError("this graph has neither stored rows nor a rule to compute them")
        return self.rule

    def _base_links(self) -> int:
        if self.stored:
            return int(self.indptr[-1])
        return int(self._base_lengths().sum())

    def _base_lengths(self) -> np.ndarray:
        if self.stored:
            return np.diff(self.indptr)
        if self._lengths is None:
            lengths = np.empty(self.base, np.int64)
            links.lengths_into(*self._grown, 0, self.base, lengths)
            self._lengths = lengths
        return self._lengths

    @property
    def longest_row(self) -> int:
        """An upper bound of the base's row lengths: room that a buffer for computed rows must have."""
        if self.stored:
            return int(np.diff(self.indptr).max(initial=0))
        return int(self._grown.law.largest) + 1 + 2 * links.FRIEND_REACH

    def row(self, u: int) -> np.ndarray:
        """The followers of account u, int32[n], ascending; a view where stored, computed where not."""
        if not 0 <= u < self.accounts:
            raise IndexError(f"account {u} is not one of 0..{self.accounts - 1}")
        if u >= self.base:
            k = u - self.base
            return self.added_followers[self.added_indptr[k] : self.added_indptr[k + 1]]
        if self.stored:
            return self.followers[self.indptr[u] : self.indptr[u + 1]]
        row = np.empty(links.row_length(*self._grown, u), np.int32)
        links.row_into(*self._grown, u, row, 0)
        return row

    def follower_counts(self) -> np.ndarray:
        """Followers of every account, int64[accounts], exact."""
        return np.concatenate([self._base_lengths(), np.diff(self.added_indptr)])

    def followee_counts(self) -> np.ndarray:
        """Followees of every account, int32[accounts]: exact where stored, else the rounded expectation of the base's
        links plus the exact ones to added accounts."""
        if self._followees is None:
            counts = np.zeros(self.base, np.int32)
            if self.stored:
                adjacency.count_followees(self.followers, counts)
            else:
                counts[:] = np.rint(self.expected_followees())
            self._followees = counts
        counts = np.concatenate([self._followees, np.zeros(self.added, np.int32)])
        adjacency.count_followees(self.added_followers, counts)
        return counts

    def expected_followees(self, first: int = 0, last: int | None = None) -> np.ndarray:
        """Followees of base accounts FIRST..LAST-1, float64[]: expected by the rule, or a read graph's exact counts."""
        last = self.base if last is None else last
        if self.rule is None:
            return self.followee_counts()[first:last].astype(np.float64)
        expected = np.empty(last - first)
        links.expected_into(*self._grown, first, expected)
        return expected

    def community_of(self, account: int) -> int:
        """The community of a base account; -1 for an added one."""
        if account >= self.base:
            return -1
        return int(np.searchsorted(self.community_start, account, side="right")) - 1

    def kept(self) -> "FollowerGraph":
        """This graph with stored rows: itself, or the computed rows written to memory once."""
        if self.stored:
            return self
        lengths = self._base_lengths()
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        followers = np.empty(int(indptr[-1]), np.int32)
        links.fill(*self._grown, 0, self.base, indptr, followers)
        return FollowerGraph(
            indptr,
            followers,
            self.community_start,
            added_indptr=self.added_indptr,
            added_followers=self.added_followers,
            labels=self.labels,
            attributes=self.attributes,
            growth=self.growth,
            rule=self.rule,
        )

    def following(self) -> tuple[np.ndarray, np.ndarray]:
        """Who is followed: (int64[accounts + 1], int32[links]), row v lists the accounts that v follows, ascending.

        The transposed arrays, in memory; computed once.
        """
        if self._following is None:
            graph = self.kept()
            indptr = np.zeros(self.accounts + 1, np.int64)
            counts = np.zeros(self.accounts, np.int32)
            adjacency.count_followees(graph.followers, counts)
            adjacency.count_followees(graph.added_followers, counts)
            np.cumsum(counts, out=indptr[1:])
            followees = np.empty(int(indptr[-1]), np.int32)
            free = indptr[:-1].copy()
            adjacency.transpose(graph.indptr, graph.followers, 0, free, followees)
            adjacency.transpose(self.added_indptr, self.added_followers, self.base, free, followees)
            self._following = indptr, followees
        return self._following

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the memory-mapped form into FOLDER (`graph.folder` describes it) and return it."""
        return storage.save(
            folder,
            {
                "indptr": self.indptr,
                "followers": self.followers,
                "community_start": self.community_start,
                "added_indptr": self.added_indptr,
                "added_followers": self.added_followers,
            },
            growth=self.growth,
            labels=self.labels,
            attributes=self.attributes,
            overwrite=overwrite,
        )

    @classmethod
    def open(cls, folder: str | Path, *, verify: bool = False) -> "FollowerGraph":
        """The graph in FOLDER, memory-mapped (copy on write: the files never change).

        verify  compare every byte with its checksum first (reads the whole folder)
        """
        if verify:
            storage.verify(folder)
        parts = storage.read(folder)
        growth = parts.pop("growth")
        return cls(**parts, growth=growth, rule=None if growth is None else rules.rule_of(growth))

    def view(self) -> "view.FollowerView":
        """This graph as a read-only networkx.DiGraph, without a copy; an edge u -> v means that v follows u."""
        from sim.graph import view  # brings networkx, an eighth of a second at every start

        return view.FollowerView(self)

    def with_accounts(
        self,
        rows: Sequence[np.ndarray],
        labels: Sequence[Any] | None = None,
        attributes: Mapping[str, Mapping[int, Any]] | None = None,
    ) -> "FollowerGraph":
        """This graph with one more account per row of ROWS, sharing the base's arrays.

        rows        int32[n] each: followers, ascending, without duplicates (ids of base or added accounts)
        labels      names of the new accounts (default: their ids)
        attributes  {attribute: {account id: value}}, joined to what is there
        """
        sizes = [np.diff(self.added_indptr), np.array([row.size for row in rows], np.int64)]
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(sizes), dtype=np.int64)])
        followers = np.concatenate([self.added_followers, *[np.asarray(row, np.int32) for row in rows]])
        joined = {name: dict(values) for name, values in self.attributes.items()}
        for name, values in (attributes or {}).items():
            joined.setdefault(name, {}).update(values)
        names: Sequence[Any] | None = None
        if self.labels is not None or labels is not None:
            first = self.accounts
            behind = list(range(first, first + len(rows))) if labels is None else list(labels)
            names = [*(range(first) if self.labels is None else self.labels), *behind]
        wider = FollowerGraph(
            self.indptr,
            self.followers,
            self.community_start,
            added_indptr=indptr,
            added_followers=followers.astype(np.int32, copy=False),
            labels=names,
            attributes=joined,
            growth=self.growth,
            rule=self.rule,
        )
        wider._lengths = self._lengths
        wider._followees = self._followees
        return wider
