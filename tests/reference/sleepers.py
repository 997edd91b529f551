"""Who is woken, the slow way: by the reads that an account itself has been pushed so far, in whatever order they come.

No bucket that several share, no sum over posts that it never saw, nothing rejected before it is looked at.
"""

from sim.kernels import draws, response
from sim.model.cascade import Cascade
from tests.reference.cascade import Course
from tests.reference.clock import bits, lower, upper


def gate_opens(run: Cascade, account: int) -> bool:
    """Whether the threshold of ACCOUNT lies within what the story could ever add."""
    stage, stories = run.stage, run.stories
    graph = stage.casting.graph
    level = 0
    if account < graph.base:
        level = int(stage.interest[graph.community_of(account)] <= stories.half[0])
    willing = int(stage.readers.traits[account]) // 8 % 8
    luck = bits(int(stories.gate[0]), account)
    return luck >> 32 >= stories.repost_gate[0, level, willing] or (
        luck % 2**32 >= stories.comment_gate[0, level, willing]
    )


def woken(run: Cascade, course: Course) -> tuple[set[int], list[int]]:
    """Accounts that RUN must have woken by the reads of COURSE, the twin's, and the posts of all reads laid aside."""
    stage, answer = run.stage, run.stage.answer
    graph = stage.casting.graph
    strongest = max(1.0, answer.second_read, answer.later_reads)
    awake: set[int] = set()
    aside: dict[int, list[int]] = {}

    def bounds(post: int, account: int, factor: float) -> tuple[float, float]:
        interest = float(stage.interest[graph.community_of(account)]) if account < graph.base else 1.0
        propensity = float(stage.readers.propensity[int(stage.readers.traits[account]) // 8 % 8])
        chance = float(run.posts.chance[post]) * (interest * propensity) * factor
        comment = float(run.messages.comment[run.posts.message[post]])
        return response.hazard_bound(chance), response.hazard_bound(chance * comment)

    for post, account, feed in course.read:
        if account in awake or not gate_opens(run, account):
            continue
        if not feed:
            awake.add(account)
            continue
        before = [bounds(other, account, strongest) for other in aside.get(account, ())]
        now = bounds(post, account, strongest if before else 1.0)
        most, most_comment = (sum(column) for column in zip(*before, now, strict=True))
        luck = bits(int(run.stories.gate[0]), account)
        if most >= -draws.ln(upper(luck)) or most_comment >= -draws.ln(lower(luck)):
            awake.add(account)
        else:
            aside.setdefault(account, []).append(post)
    return awake, [post for posts in aside.values() for post in posts]


def met(run: Cascade) -> list[int]:
    """The accounts that RUN has entered as awake, of its first story."""
    return [int(key) - 1 for key in run.met["key"] if 0 < key < 2**40]
