"""Answers against their formulas: thresholds, repeated reads, comments, click-through, branching."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.kernels import calendar, response, timeline
from sim.model import cascade
from tests.reference import launches, luck

SEES = timeline.class_chances()[launches.ALWAYS]
AT_ONCE = launches.PLAIN._replace(delay_scale=0.0, reaction=0.0)  # whoever sees a post sees it at once
PLAIN = response.Response(
    repost_rate=0.0,
    peer_rate=0.0,
    comment_ratio=0.0,
    comment_spread=0.0,
    share_spread=0.0,
    quality_peers=0.0,
    tier=0.0,
    saturation=0.0,
    peer_bound=1e300,
    click_bare=0.0,
    click_commented=0.0,
)


def star(fans: int):
    return launches.graph_of([list(range(1, fans + 1)), *[[]] * fans])


def near(found: float, chance: float, count: int) -> bool:
    """Whether FOUND successes in COUNT agree with CHANCE within 5 standard errors."""
    return abs(found - count * chance) < 5 * math.sqrt(count * chance * (1 - chance))


@pytest.mark.luck
@pytest.mark.parametrize("rate", [0.02, 0.3, 0.85])
def test_threshold_gives_the_chance(rate: float) -> None:
    """Sellke's construction: one read makes a repost with exactly the chance of its hazard."""
    stage = launches.by_hand(star(40_000), answer=PLAIN._replace(repost_rate=rate), attention=AT_ONCE)
    run = cascade.play(stage, launches.posts(stage, [(0, 0)]), 1)
    reads, reposts = run.messages.reads[0], run.messages.reposts[0]
    assert near(reads, SEES, 40_000)
    assert near(reposts, rate, reads)


@pytest.mark.luck
def test_chance_is_cut() -> None:
    stage = launches.by_hand(star(40_000), answer=PLAIN._replace(repost_rate=40.0), attention=AT_ONCE)
    run = cascade.play(stage, launches.posts(stage, [(0, 0)]), 1)
    assert near(run.messages.reposts[0], 0.9, run.messages.reads[0])


@pytest.mark.luck
@pytest.mark.parametrize(("second", "later"), [(1.0, 1.0), (1.6, 0.5), (0.0, 2.0)])
def test_repeated_reads_add_hazards(second: float, later: float) -> None:
    """Those who read k of the posts repost with 1 - prod (1 - p_i); reads beyond those counted add nothing."""
    rate, posts = 0.05, 12
    answer = PLAIN._replace(repost_rate=rate, second_read=second, later_reads=later)
    stage = launches.by_hand(star(60_000), answer=answer, attention=AT_ONCE, traits=5, hours=48)
    run = cascade.play(stage, launches.posts(stage, [(hour * 3600, 0) for hour in range(posts)]), 4)
    reposted = np.zeros(stage.accounts, bool)
    reposted[run.posts.account[: run.post_count][run.posts.parent[: run.post_count] >= 0]] = True
    effects = [1.0, second, *[later] * (response.READS_COUNTED - 2)]
    tested = 0
    for k in range(1, posts + 1):
        group = run.tally.watch["times"] == k
        chance = 1 - math.prod(1 - rate * effect for effect in effects[:k])
        if group.sum() * chance > 30:
            assert near(reposted[group].sum(), chance, int(group.sum())), k
            tested += 1
    assert tested >= 6


@pytest.mark.luck
def test_propensity_and_interest_multiply() -> None:
    fans = 64_000
    graph = launches.graph_of([list(range(1, fans + 1)), *[[]] * fans], communities=2)
    propensity = np.array([0.1, 0.4, 0.7, 1.0, 1.3, 1.6, 1.9, 2.2])
    willing = np.arange(fans + 1) % 8
    stage = launches.by_hand(
        graph,
        answer=PLAIN._replace(repost_rate=0.2),
        attention=AT_ONCE,
        traits=launches.ALWAYS + 8 * willing,
        propensity=propensity,
        interest=np.array([1.0, 0.25]),
    )
    run = cascade.play(stage, launches.posts(stage, [(0, 0)]), 9)
    reposter = run.posts.account[1 : run.post_count]
    second_half = reposter >= graph.community_start[1]
    for c in range(8):
        for inside, interest in ((~second_half, 1.0), (second_half, 0.25)):
            found = (willing[reposter] == c) & inside
            assert near(found.sum(), SEES * 0.2 * interest * propensity[c], fans // 16)


@pytest.mark.luck
def test_comments_have_their_own_threshold() -> None:
    """Comments per read by their hazard, independent of reposting, with their mean number."""
    answer = PLAIN._replace(repost_rate=0.2, comment_ratio=0.5, comments_each=1.5)
    stage = launches.by_hand(star(60_000), answer=answer, attention=AT_ONCE)
    run = cascade.play(stage, launches.posts(stage, [(0, 0)]), 5)
    reads = int(run.messages.reads[0])
    writers = set(run.tally.talk_account[: int(run.state[calendar.COMMENTS])].tolist())
    reposters = set(run.posts.account[1 : run.post_count].tolist())
    assert near(len(writers), 0.1, reads)
    assert near(len(reposters), 0.2, reads)
    assert near(len(writers & reposters), 0.02, reads)
    written = run.tally.comments.sum()
    assert written / len(writers) == pytest.approx(1.5, rel=0.05)
    mix = np.array(
        [1 - answer.praise - answer.question - answer.complaint, answer.praise, answer.question, answer.complaint]
    )
    kinds = np.bincount(run.tally.talk_kind[: int(run.state[calendar.COMMENTS])], minlength=4)
    assert (np.abs(kinds - mix * len(writers)) < 5 * np.sqrt(mix * len(writers))).all()


def chain(fans: int):
    """0 -> 1 -> everyone else: account 1 always passes the post on."""
    return launches.graph_of([[1], list(range(2, fans + 2)), *[[]] * fans])


@pytest.mark.luck
@pytest.mark.parametrize("words", [-20.0, 20.0])
def test_click_through_by_words(words: float) -> None:
    """Of those who repost what a peer passed on, a share reposts the original; more when the repost was bare."""
    answer = PLAIN._replace(
        repost_rate=40.0,
        peer_rate=0.4,
        click_bare=0.7,
        click_commented=0.1,
        words=words,
        words_spread=0.0,
        words_bare=0.0,
    )
    stage = launches.by_hand(chain(40_000), answer=answer, attention=AT_ONCE)
    run = next(
        run
        for run in (cascade.play(stage, launches.posts(stage, [(0, 0)]), seed) for seed in range(20))
        if run.post_count > 2
    )
    depth = run.posts.depth[2 : run.post_count]
    assert (run.posts.words[1 : run.post_count] == (words > 0)).all()
    assert near((depth == 1).sum(), 0.1 if words > 0 else 0.7, depth.size)
    assert near(depth.size, 0.4, int(run.tally.reads[:, response.PEER].sum()))


@pytest.mark.luck
def test_words_depend_on_the_parents() -> None:
    answer = PLAIN._replace(repost_rate=40.0, peer_rate=0.4, words=0.5, words_spread=0.0, words_bare=-1.2)
    stage = launches.by_hand(chain(30_000), answer=answer, attention=AT_ONCE)
    tested = set()
    for seed in range(80):  # a bare first repost, the rarer kind, comes in 29% of the runs
        run = cascade.play(stage, launches.posts(stage, [(0, 0)]), seed)
        if run.post_count < 100:
            continue
        commented = bool(run.posts.words[1])
        logit = 0.5 if commented else -0.7
        words = run.posts.words[2 : run.post_count]
        assert near(words.sum(), 1 / (1 + math.exp(-logit)), words.size)
        tested.add(commented)
    assert tested == {True, False}


def tree(fans: int, depth: int):
    """Every account has FANS followers of its own, down to DEPTH."""
    size = sum(fans**level for level in range(depth + 1))
    inner = sum(fans**level for level in range(depth))
    return launches.graph_of([list(range(fans * u + 1, fans * u + 1 + fans)) if u < inner else [] for u in range(size)])


@pytest.mark.luck
def test_mean_size_is_that_of_a_branching_process() -> None:
    """Three followers, seen by 0.85 and passed on by 0.2 of these: R = 0.51, so 1 / (1 - R) posts in the end."""
    fans, depth, rate = 3, 9, 0.2
    ratio = fans * SEES * rate
    stage = launches.by_hand(
        tree(fans, depth), answer=PLAIN._replace(repost_rate=rate, peer_rate=rate), attention=AT_ONCE
    )
    plan = launches.posts(stage, [(0, 0)])
    depths = []  # a run holds a megabyte: what is asked of it is copied
    for seed in range(6_000):
        run = cascade.play(stage, plan, seed)
        depths.append(run.posts.depth[: run.post_count].copy())
    sizes = np.array([each.size for each in depths])
    theory = (1 - ratio ** (depth + 1)) / (1 - ratio)
    assert theory == pytest.approx(1 / (1 - ratio), rel=0.003)
    assert sizes.max() > 10
    # variance of a branching process with binomial(3, s) offspring: s2 / (1 - R)^3
    chance = SEES * rate
    variance = fans * chance * (1 - chance) / (1 - ratio) ** 3
    assert abs(sizes.mean() - theory) < 5 * math.sqrt(variance / sizes.size)
    # Small trees are never cut by the depth: P(n posts) = P(n draws have n - 1 offspring) / n (Dwass 1969).
    for size in range(1, depth + 2):
        share = stats.binom.pmf(size - 1, fans * size, chance) / size
        assert luck.counted((sizes == size).sum(), share, sizes.size), size
    by_depth = np.bincount(np.concatenate(depths), minlength=4)
    assert by_depth[0] == sizes.size
    for level in range(1, 4):  # variance of the size of a generation (Harris 1963, ch. I, 5.3)
        spread = fans * chance * (1 - chance) * ratio ** (level - 1) * (1 - ratio**level) / (1 - ratio)
        assert abs(by_depth[level] / sizes.size - ratio**level) < 5 * math.sqrt(spread / sizes.size)


@pytest.mark.luck
def test_saturation_slows_the_tree() -> None:
    """Each repost lowers what the next can cause: total sizes fall, and nothing changes for the first."""
    free = PLAIN._replace(repost_rate=0.3, peer_rate=0.3)
    plans = []
    for saturation in (0.0, 20.0, 2.0):
        stage = launches.by_hand(tree(3, 8), answer=free._replace(saturation=saturation), attention=AT_ONCE)
        plan = launches.posts(stage, [(0, 0)])
        plans.append([cascade.play(stage, plan, seed).post_count for seed in range(400)])
    assert np.mean(plans[0]) > np.mean(plans[1]) > np.mean(plans[2]) > 1.5
    alone = [(a == 1) == (b == 1) for a, b in zip(plans[0], plans[2], strict=True)]
    assert all(alone)


@pytest.mark.luck
def test_mean_field_of_a_random_graph() -> None:
    """Before anyone is met twice: posts after g generations grow by R = followers x seen x chance."""
    generator = np.random.default_rng(5)
    accounts, fans, rate = 20_000, 10, 0.06
    rows = [np.unique(generator.integers(0, accounts, fans)).tolist() for _ in range(accounts)]
    rows = [[v for v in row if v != u] for u, row in enumerate(rows)]
    stage = launches.by_hand(
        launches.graph_of(rows), answer=PLAIN._replace(repost_rate=rate, peer_rate=rate), attention=AT_ONCE
    )
    ratio = SEES * rate * np.mean([len(row) for row in rows])
    seeds = range(400)
    sizes = np.array(
        [cascade.play(stage, launches.posts(stage, [(0, 50 * seed)]), seed).post_count for seed in seeds], float
    )
    assert sizes.max() > 5
    variance = ratio * (1 - SEES * rate) / (1 - ratio) ** 3
    assert abs(sizes.mean() - 1 / (1 - ratio)) < 5 * math.sqrt(variance / sizes.size)
