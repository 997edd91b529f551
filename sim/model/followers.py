"""Followers: a set over rows of the arrays that answers like Mesa's AgentSet.

`model.followers` costs nothing until it is touched.  What is asked of all
followers at once (`get`, `agg`, `select` with a condition, `groupby`) is
answered by the arrays; a Follower object is made only when one is looked at,
and is the registered agent where the model keeps them (small graphs).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from sim.errors import UserError
from sim.kernels import calendar, readers, timeline

if TYPE_CHECKING:
    from sim.model.agents import Account, Follower
    from sim.model.campaign import CampaignModel

Rows = int | slice | np.ndarray

COLUMNS = (
    "community", "followers", "followees", "attention", "propensity", "dormant", "follows_brand",
    "exposures", "first_read", "reposted", "commented",
)  # fmt: skip


class Census:
    """What the arrays say about accounts: one method per column.

    Each takes ROWS (an account, a slice or an array of accounts) and returns
    the values in that order.
    """

    def __init__(self, model: CampaignModel):
        self._model = model
        self._chances = timeline.class_chances()
        self._counts: dict[str, np.ndarray] = {}
        self._acted: tuple[tuple[int, int], np.ndarray, np.ndarray] | None = None

    def _traits(self, rows: Rows) -> np.ndarray:
        return np.asarray(self._model.stage.readers.traits[rows])

    def community(self, rows: Rows) -> np.ndarray:
        """int64[rows]: community of the account, -1 for one added to a grown graph."""
        graph = self._model.graph
        accounts = np.arange(graph.accounts)[rows] if isinstance(rows, slice) else np.asarray(rows)
        found = np.searchsorted(graph.community_start, accounts, side="right") - 1
        return np.where(accounts < graph.base, found, -1)

    def followers(self, rows: Rows) -> np.ndarray:
        """int64[rows]: accounts of the graph that follow it."""
        return self._counted("follower_counts", rows)

    def followees(self, rows: Rows) -> np.ndarray:
        """int32[rows]: accounts that it follows."""
        return self._counted("followee_counts", rows)

    def _counted(self, name: str, rows: Rows) -> np.ndarray:
        """A count of links, made once: the graph never changes."""
        if name not in self._counts:
            self._counts[name] = getattr(self._model.graph, name)()
        return self._counts[name][rows]

    def attention(self, rows: Rows) -> np.ndarray:
        """float64[rows]: chance to see a post pushed to it, at an average hour."""
        return self._chances[self._traits(rows) & 7]

    def propensity(self, rows: Rows) -> np.ndarray:
        """float64[rows]: readiness to pass on; the mean over accounts is 1."""
        return self._model.stage.readers.propensity[(self._traits(rows) >> 3) & 7]

    def dormant(self, rows: Rows) -> np.ndarray:
        """bool[rows]: never reads."""
        return (self._traits(rows) & 7) == 0

    def follows_brand(self, rows: Rows) -> np.ndarray:
        """bool[rows]: follows the brand's account."""
        return (self._traits(rows) & readers.FOLLOWS_BRAND) != 0

    def _watched(self, name: str, rows: Rows) -> tuple[np.ndarray, np.ndarray | bool]:
        """What is noted of watched accounts, and whether they are watched: every PANEL-th is, all below 4 million."""
        panel = self._model.stage.panel
        noted = self._model.cascade.tally.watch[name]
        if panel == 1:
            return noted[rows], True
        accounts = np.arange(self._model.graph.accounts)[rows] if isinstance(rows, slice) else np.asarray(rows)
        return noted[accounts // panel], accounts % panel == 0

    def exposures(self, rows: Rows) -> np.ndarray:
        """int64[rows]: reads of the launch's posts; with a panel float64[rows], NaN for accounts outside of it."""
        times, watched = self._watched("times", rows)
        return times.astype(np.int64) if watched is True else np.where(watched, times, np.nan)

    def first_read(self, rows: Rows) -> np.ndarray:
        """int64[rows]: hour of the first read, -1 while there is none (or outside the panel)."""
        second, watched = self._watched("first", rows)
        return np.where(watched & (second < self._model.hour * 3600), second // 3600, -1).astype(np.int64)

    def reposted(self, rows: Rows) -> np.ndarray:
        """bool[rows]: has passed the launch on."""
        return self._actions()[0][rows]

    def commented(self, rows: Rows) -> np.ndarray:
        """bool[rows]: has written a comment of its own."""
        return self._actions()[1][rows]

    def _actions(self) -> tuple[np.ndarray, np.ndarray]:
        """bool[accounts] twice: reposted, commented; made anew when something has happened."""
        run = self._model.cascade
        mark = (run.post_count, int(run.state[calendar.COMMENTS]))
        if self._acted is None or self._acted[0] != mark:
            reposted = np.zeros(self._model.graph.accounts, bool)
            commented = np.zeros(self._model.graph.accounts, bool)
            reposted[run.posts.account[: mark[0]][run.posts.parent[: mark[0]] >= 0]] = True
            commented[run.tally.talk_account[: mark[1]]] = True
            self._acted = mark, reposted, commented
        return self._acted[1], self._acted[2]


class FollowerSet(Sequence["Follower"]):
    """Followers, in the order of their accounts unless shuffled or sorted.

    Answers like `mesa.agent.AgentSet`; differences: `get` returns NumPy arrays
    for the columns of `COLUMNS`, `select` also takes a mask or conditions by
    column, and nothing can be added, removed or set, because the arrays are
    the truth.
    """

    def __init__(self, model: CampaignModel, accounts: range | np.ndarray):
        self._model = model
        self._accounts = accounts

    @property
    def accounts(self) -> np.ndarray:
        """The accounts, int64[n], in the order of the set."""
        at = self._accounts
        return np.arange(at.start, at.stop) if isinstance(at, range) else np.asarray(at, np.int64)

    @property
    def _rows(self) -> Rows:
        at = self._accounts
        return slice(at.start, at.stop) if isinstance(at, range) else at

    @property
    def random(self) -> Any:
        """The model's generator (`shuffle`)."""
        return self._model.random

    # --- a sequence ---

    def __len__(self) -> int:
        return len(self._accounts)

    def __iter__(self) -> Iterator[Follower]:
        agent = self._model.follower
        return (agent(int(account)) for account in self._accounts)

    @overload
    def __getitem__(self, item: int) -> Follower: ...
    @overload
    def __getitem__(self, item: slice) -> list[Follower]: ...
    def __getitem__(self, item: Any) -> Any:
        found = self._accounts[item]
        if isinstance(item, slice):
            return [self._model.follower(int(account)) for account in found]
        return self._model.follower(int(found))

    def __contains__(self, agent: object) -> bool:
        account = getattr(agent, "account", None)
        if account is None or getattr(agent, "model", None) is not self._model:
            return False
        if isinstance(self._accounts, range):
            return account in self._accounts
        return bool((self._accounts == account).any())

    def __repr__(self) -> str:
        return f"<FollowerSet of {len(self):,} followers>"

    def _with(self, accounts: np.ndarray) -> FollowerSet:
        return FollowerSet(self._model, accounts)

    # --- questions to all at once ---

    def column(self, name: str) -> np.ndarray:
        """The values of the column NAME (one of COLUMNS, or "account": int64[n]) in the order of the set.

        Their dtypes: `Census`. Raises UserError for another name.
        """
        if name in ("account", "unique_id"):
            return self.accounts
        if name not in COLUMNS:
            raise UserError(f"Followers have no column {name!r}. Known: account, {', '.join(COLUMNS)}.")
        return np.asarray(getattr(self._model.census, name)(self._rows))

    @overload
    def get(self, attr_names: str, handle_missing: str = "error", default_value: Any = None) -> Any: ...
    @overload
    def get(
        self, attr_names: list[str], handle_missing: str = "error", default_value: Any = None
    ) -> list[list[Any]]: ...
    def get(self, attr_names: Any, handle_missing: str = "error", default_value: Any = None) -> Any:
        """Values of an attribute: an array for a column, else a list made by asking every follower.

        For a list of names, one list of values per follower, as Mesa gives it.
        """
        if not isinstance(attr_names, str):
            columns = [self.get(name, handle_missing, default_value) for name in attr_names]
            lists = [column.tolist() if isinstance(column, np.ndarray) else column for column in columns]
            return [list(values) for values in zip(*lists, strict=True)]
        if attr_names in COLUMNS or attr_names in ("account", "unique_id"):
            return self.column(attr_names)
        if handle_missing == "default":
            return [getattr(agent, attr_names, default_value) for agent in self]
        if handle_missing != "error":
            raise ValueError(f"handle_missing = {handle_missing!r}; 'error' and 'default' are allowed")
        return [getattr(agent, attr_names) for agent in self]

    def agg(self, attribute: str, func: Callable[[Any], Any] | Iterable[Callable[[Any], Any]]) -> Any:
        """FUNC (or each of several) of the values of ATTRIBUTE."""
        values = self.get(attribute)
        return func(values) if callable(func) else [one(values) for one in func]

    def to_frame(self, *names: str) -> pd.DataFrame:
        """A DataFrame of columns (default: all), indexed by account."""
        chosen = names or COLUMNS
        return pd.DataFrame({name: self.column(name) for name in chosen}, index=pd.Index(self.accounts, name="account"))

    def to_list(self) -> list[Follower]:
        """The followers as a list of agents."""
        return list(self)

    def count(self, value: Any = None, **conditions: Any) -> int:
        """How many followers meet CONDITIONS (as in `select`); with VALUE, how often that agent is in the set."""
        if value is not None:
            return int(value in self)
        return int(self._mask(conditions).sum()) if conditions else len(self)

    def _mask(self, conditions: Mapping[str, Any]) -> np.ndarray:
        mask = np.ones(len(self), bool)
        for name, wanted in conditions.items():
            column = self.column(name)
            mask &= np.asarray(wanted(column) if callable(wanted) else column == wanted, bool)
        return mask

    # --- subsets ---

    def select(
        self,
        filter_func: Callable[[Follower], bool] | np.ndarray | None = None,
        at_most: int | float = float("inf"),
        inplace: bool = False,
        agent_type: type[Account] | None = None,
        **conditions: Any,
    ) -> FollowerSet:
        """The followers that pass.

        filter_func   bool[n] in the order of the set, or a function of one follower (asked one by one)
        at_most       a number of followers, or as a float up to 1 a share of the set: the first that pass
        conditions    column=value, or column=function of the whole column, as in
                      select(dormant=False, exposures=lambda n: n > 2)

        Raises UserError for an unknown column and for what Mesa's `select` can do and this set cannot.
        """
        limit = len(self) * at_most if isinstance(at_most, float) and at_most <= 1.0 else at_most
        accounts = self.accounts
        if agent_type is not None and not issubclass(self._model.agent_class("follower"), agent_type):
            accounts = accounts[:0]
        elif isinstance(filter_func, (np.ndarray, pd.Series)) or conditions:
            mask = self._mask(conditions)
            if filter_func is not None and not callable(filter_func):
                given = np.asarray(filter_func)
                if given.dtype != bool or given.shape != mask.shape:
                    raise UserError(
                        f"The mask has type {given.dtype} and shape {given.shape}; bool and ({len(self)},) are allowed."
                    )
                mask &= given
            accounts = accounts[mask]
        if callable(filter_func):
            passed: list[int] = []
            for account in accounts:
                if len(passed) >= limit:
                    break
                if filter_func(self._model.follower(int(account))):
                    passed.append(int(account))
            accounts = np.array(passed, np.int64)
        if accounts.size > limit:
            accounts = accounts[: int(limit)]
        return self._chosen(accounts, inplace)

    def shuffle(self, inplace: bool = False) -> FollowerSet:
        """The set in random order, by the model's generator `rng`."""
        return self._chosen(self._model.rng.permutation(self.accounts), inplace)

    def sort(self, key: Callable[[Follower], Any] | str, ascending: bool = False, inplace: bool = False) -> FollowerSet:
        """The set by KEY (a column, or a function of one follower); equals keep their order."""
        values = np.asarray(self.get(key) if isinstance(key, str) else [key(agent) for agent in self])
        order = (
            np.argsort(values, kind="stable")
            if ascending
            else len(self) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
        )
        return self._chosen(self.accounts[order], inplace)

    def _chosen(self, accounts: np.ndarray, inplace: bool) -> FollowerSet:
        if inplace:
            self._accounts = accounts
            return self
        return self._with(accounts)

    def groupby(self, by: Callable[[Follower], Hashable] | str | np.ndarray, result_type: str = "agentset") -> Groups:
        """Groups by a column, keys (int64[n] or any) in the order of the set, or a function of one follower.

        Groups stand in ascending order of their keys (functions: in the order of appearance).
        """
        groups: dict[Any, Any] = {}
        if callable(by):
            found: dict[Any, list[int]] = {}
            for agent in self:
                found.setdefault(by(agent), []).append(agent.account)
            groups = {key: self._with(np.array(accounts, np.int64)) for key, accounts in found.items()}
        else:
            keys = np.asarray(self.get(by) if isinstance(by, str) else by)
            values, which = np.unique(keys, return_inverse=True)
            order = np.argsort(which, kind="stable")
            parts = np.split(self.accounts[order], np.cumsum(np.bincount(which, minlength=values.size))[:-1])
            groups = {key.item(): self._with(part) for key, part in zip(values, parts, strict=True)}
        if result_type == "list":
            return Groups({key: list(group) for key, group in groups.items()})
        return Groups(groups)

    # --- one by one ---

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> FollowerSet:
        """Call METHOD (its name, or a function of a follower) for every follower; a million take seconds."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> FollowerSet:
        """`do` in random order; the set keeps its own."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """What METHOD gives for every follower."""
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in self]
        return [method(agent, *args, **kwargs) for agent in self]


class Groups:
    """Followers by key; answers like Mesa's GroupBy, and `agg` by array."""

    def __init__(self, groups: dict[Any, Any]):
        self.groups = groups

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return iter(self.groups.items())

    def __len__(self) -> int:
        return len(self.groups)

    def map(self, method: Callable[..., Any] | str, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """What METHOD (its name, or a function of a group) gives for every group."""
        if isinstance(method, str):
            return {key: getattr(group, method)(*args, **kwargs) for key, group in self.groups.items()}
        return {key: method(group, *args, **kwargs) for key, group in self.groups.items()}

    def do(self, method: Callable[..., Any] | str, *args: Any, **kwargs: Any) -> Groups:
        """Call METHOD for every group."""
        self.map(method, *args, **kwargs)
        return self

    def count(self) -> dict[Any, int]:
        """Followers per group."""
        return {key: len(group) for key, group in self.groups.items()}

    def agg(self, attr_name: str, func: Callable[[Any], Any]) -> dict[Any, Any]:
        """FUNC of the values of ATTR_NAME in every group."""
        found = {}
        for key, group in self.groups.items():
            values = group.get(attr_name) if isinstance(group, FollowerSet) else [getattr(a, attr_name) for a in group]
            found[key] = func(values)
        return found
