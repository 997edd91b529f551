"""Things that are made once: how long they are kept, and whose they are."""

import gc

import numpy as np

from sim.model import kept


def test_things_are_made_once_and_only_a_few_are_kept():
    some: kept.Kept[int] = kept.Kept(2)
    made = []
    for key in "abcabc":
        some.get(key, lambda key=key: made.append(key) or len(made))
    assert made == list("abcabc")
    some.get("c", lambda: made.append("x") or 0)
    assert made == list("abcabc")


def test_a_key_is_the_same_array_not_an_equal_one_and_does_not_keep_it():
    some: kept.Kept[str] = kept.Kept(4)
    one, other = np.zeros(3), np.zeros(3)
    assert some.get((kept.Same(one), 0.5), lambda: "one") == "one"
    assert some.get((kept.Same(one), 0.5), lambda: "again") == "one"
    assert some.get((kept.Same(one), 0.6), lambda: "other share") == "other share"
    assert some.get((kept.Same(other), 0.5), lambda: "other") == "other"
    gone = kept.Same(one)
    del one
    gc.collect()
    assert gone != gone  # what is gone equals nothing, so its name can be given again
