"""Gates: who could ever act on a story, worked out in plain Python."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import draws, response
from sim.model import cascade
from tests.kernels import test_stories
from tests.reference import launches, worlds


def gate(answer, chance: float, propensity: float) -> int:
    """The uniforms of 32 bits at or above it have a threshold that all counted reads of CHANCE together may reach."""
    effects = [1.0, answer.second_read, *[answer.later_reads] * (response.READS_COUNTED - 2)]
    most = sum(-draws.ln(1.0 - min(chance * propensity * effect, 0.9)) for effect in effects)
    return min(int(draws.exp(-most) * 2**32), 2**32 - 1)


@settings(max_examples=150)
@given(st.one_of(test_stories.told_worlds(), worlds.worlds()))
def test_gates_are_those_of_the_strongest_read(world) -> None:
    stage, plan, seed = world[:3]
    subjects = world[3] if len(world) > 3 else test_stories.one_story(stage, plan, 1.0)
    run = cascade.Cascade(stage, plan, seed, subjects=subjects)
    answer, messages, stories = stage.answer, run.messages, run.stories
    for s in range(subjects.label.size):
        peers = [
            response.peer_chance(
                answer, messages.quality[m], messages.shareability[m], stage.readers.density, 0, 0, 1.0
            )
            for m in range(plan.size)
        ]
        about = [m for m in range(plan.size) if subjects.story[m] == s]
        strongest = [max(float(messages.chance[m]), peers[m]) for m in about]
        comments = [chance * float(messages.comment[m]) for chance, m in zip(strongest, about, strict=True)]
        interest = stories.interest[stories.mood[s]].tolist() + [1.0] * int(stories.home[s] >= 0)
        dull = [one for one in interest if one <= 0.5 * max(interest)]
        assert stories.gate[s] == draws.key(run.seed, draws.REPOST, subjects.label[s])
        assert stories.half[s] == 0.5 * max(interest)
        for level, most in enumerate((max(*interest, 1.0), max(dull, default=0.0))):
            for c, propensity in enumerate(stage.readers.propensity):
                found = int(stories.repost_gate[s, level, c]), int(stories.comment_gate[s, level, c])
                expected = (
                    gate(answer, max(strongest, default=0.0) * most, propensity),
                    gate(answer, max(comments, default=0.0) * most, propensity),
                )
                assert found == pytest.approx(expected, abs=8)


def test_nobody_could_act_on_nothing() -> None:
    stage = launches.by_hand(launches.graph_of([[1], []]), answer=response.Response(repost_rate=0.0, peer_rate=0.0))
    run = cascade.Cascade(stage, launches.posts(stage, [(0, 0)]), 1)
    assert (run.stories.repost_gate == 2**32 - 1).all()
