"""Random worlds for the tests: graphs of a few accounts, any response and attention, some posts, a seed."""

import numpy as np
from hypothesis import strategies as st

from sim.kernels import response, timeline
from tests.reference import launches

shares = st.floats(0.0, 1.0)
answers = st.builds(
    response.Response,
    repost_rate=st.floats(0.0, 0.6),
    peer_rate=st.floats(0.0, 0.4),
    quality_spread=st.floats(0.0, 2.0),
    share_spread=st.floats(0.0, 1.0),
    quality_peers=st.floats(0.0, 0.5),
    tier=st.floats(0.0, 0.3),
    peer_bound=st.floats(0.5, 8.0),
    saturation=st.sampled_from([0.0, 3.0, 40.0]),
    click_commented=shares,
    click_bare=shares,
    words=st.floats(-3.0, 3.0),
    words_spread=st.floats(0.0, 1.0),
    second_read=st.floats(0.0, 3.0),
    later_reads=st.floats(0.0, 2.0),
    comment_ratio=st.floats(0.0, 2.0),
    comment_spread=st.floats(0.0, 1.0),
    comments_each=st.floats(0.0, 4.0),
    like_ratio=st.floats(0.0, 5.0),
    praise=st.floats(0.0, 0.4),
    question=st.floats(0.0, 0.3),
    complaint=st.floats(0.0, 0.3),
    trust_kol=st.floats(0.0, 2.0),
)
attentions = st.builds(
    timeline.Attention,
    publishing_flatness=shares,
    weekend=st.floats(0.2, 1.5),
    delay_shape=st.floats(0.3, 3.0),
    delay_scale=st.floats(0.0, 20_000.0),
    clock_spread=st.floats(0.0, 1.0),
    reaction=st.floats(0.0, 3_000.0),
    reaction_spread=st.floats(0.0, 1.0),
    flat=st.integers(0, 1),
)


@st.composite
def worlds(draw):
    """A stage on a random graph of 2..60 accounts, a plan of 0..6 posts on it, a seed."""
    accounts = draw(st.integers(2, 60))
    luck = np.random.default_rng(draw(st.integers(0, 2**32)))
    density = draw(st.floats(0.0, 0.6))
    links = luck.random((accounts, accounts)) < density
    np.fill_diagonal(links, False)
    communities = draw(st.integers(1, min(4, accounts)))
    graph = launches.graph_of([np.flatnonzero(row).tolist() for row in links], communities)
    stage = launches.by_hand(
        graph,
        answer=draw(answers),
        attention=draw(attentions),
        traits=luck.integers(0, 128, accounts),
        propensity=luck.exponential(1.0, response.PROPENSITIES),
        hours=draw(st.integers(1, 200)),
        start_hour=draw(st.integers(0, 167)),
        interest=luck.random(communities),
        density=draw(st.floats(0.1, 3.0)),
        factor=draw(st.sampled_from([1.0, 30.0])),
    )
    planned = draw(
        st.lists(st.tuples(st.integers(0, stage.hours * 3600 - 1), st.integers(0, accounts - 1)), max_size=6)
    )
    plan = launches.posts(
        stage,
        planned,
        messenger=draw(st.sampled_from([response.BRAND, response.KOL, response.EMPLOYEE, response.LEADER])),
        quality=draw(st.floats(0.1, 20.0)),
        doubt=draw(st.floats(0.0, 2.0)),
    )
    return stage, plan, draw(st.integers(0, 2**63 - 1))
