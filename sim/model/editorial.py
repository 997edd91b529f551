"""Editorial: what kinds of post, media and categories of brand are worth, and what each content brought.

A content that names its `kind` or `media`, and a scenario that names its
`category`, take factors from one table; what names none is worth what it says.
"""

from typing import Annotated, Any, Protocol

import numpy as np

from sim.model.launch import Category, Content, Intended, Strategy
from sim.model.practice import Practice
from sim.quantities import Doc, Multiplier, Share
from sim.section import Section

MOST_QUESTIONS = 0.7  # praise and complaints keep a place
ABOUT_ITSELF = ("news", "product")
ABOUT_READERS = ("service", "survey", "hot_topic", "outside", "review")


class Editorial(Section):
    """What a post is worth by kind, medium and category, against an ordinary text post of a consumer brand."""

    news: Annotated[Multiplier, Doc("worth of news of the firm", "assumed", "order: S1:41-57", (0.6, 1.0))] = 0.8
    product: Annotated[
        Multiplier, Doc("worth of a post about a product", "assumed", "launches hurt: Leung et al. 2022", (0.8, 1.5))
    ] = 1.2
    recruitment: Annotated[
        Multiplier, Doc("worth of a job offer", "assumed", "S1:41: forwarded most widely", (1.5, 3.0))
    ] = 2.0
    event: Annotated[Multiplier, Doc("worth of an invitation or a report from an event", "assumed")] = 1.0
    service: Annotated[Multiplier, Doc("worth of useful advice", "assumed", doubt=(0.7, 1.5))] = 0.9
    discount: Annotated[Multiplier, Doc("worth of an offer", "assumed", "S3:26, S4:27", (1.0, 2.0))] = 1.5
    survey: Annotated[Multiplier, Doc("worth of a question to the readers", "assumed", "S4:21")] = 1.0
    hot_topic: Annotated[
        Multiplier, Doc("worth of a post about what everybody talks of", "assumed", "S1:71: better results", (1.0, 1.8))
    ] = 1.3
    outside: Annotated[Multiplier, Doc("worth of a post about others than the brand", "assumed", "S2:3")] = 1.0
    review: Annotated[
        Multiplier, Doc("worth of a customer's experience, told by the brand", "assumed", "S1:53", (1.0, 2.5))
    ] = 1.5
    image: Annotated[
        Multiplier, Doc("worth of an image against text", "assumed", "order: Yu, Asur, Huberman 2011", (1.1, 1.8))
    ] = 1.4
    video: Annotated[
        Multiplier, Doc("worth of a video against text", "assumed", "order: Yu, Asur, Huberman 2011", (1.1, 2.2))
    ] = 1.6
    b2b: Annotated[
        Multiplier, Doc("worth of a B2B firm's posts against a consumer brand's", "assumed", "S1:61", (0.2, 0.5))
    ] = 0.35
    travel: Annotated[
        Multiplier, Doc("worth of a travel brand's posts against another consumer brand's", "assumed", "S3:26", (1, 2))
    ] = 1.4
    media: Annotated[
        Multiplier, Doc("worth of a newspaper's or magazine's posts in the same way", "assumed", "S3:27", (1, 2))
    ] = 1.4
    survey_comments: Annotated[Multiplier, Doc("comments per repost below a survey", "assumed", "S4:21", (2, 5))] = 3.0
    event_comments: Annotated[Multiplier, Doc("comments per repost below an event's posts", "assumed", "S0:20")] = 1.5
    recruitment_questions: Annotated[
        Multiplier, Doc("share of questions below a job offer, in multiples", "assumed", "S1:91")
    ] = 3.0
    about_itself: Annotated[Share, Doc("self-talk of news and product posts", "assumed", "S2:3, S3:15")] = 0.9
    about_readers: Annotated[
        Share, Doc("self-talk of service, survey, hot topic, outside and review posts", "assumed", "S2:3")
    ] = 0.2
    campaign: Annotated[
        Multiplier,
        Doc("worth of a campaign's post against one of the daily stream", "assumed", "S1:63: then people take part",
            (1.0, 2.5)),
    ] = 1.5  # fmt: skip


class Edited(Protocol):
    """What the factors need of a scenario (`sim.scenario.schema.Scenario` is one)."""

    @property
    def contents(self) -> dict[str, Content]: ...
    @property
    def editorial(self) -> Editorial: ...
    @property
    def category(self) -> Category | None: ...
    @property
    def response(self) -> Any: ...


def resolved(scenario: Edited) -> dict[str, Content]:
    """The contents of SCENARIO with all their factors in `quality`, `comments`, `question` and `self_talk`.

    The very same table where nothing names a kind, a medium or a category.
    """
    contents = scenario.contents
    if scenario.category is None and not any(one.kind or one.media for one in contents.values()):
        return contents
    asks = scenario.response.question
    return {name: _told(one, scenario.editorial, scenario.category, asks) for name, one in contents.items()}


def _told(content: Content, table: Editorial, category: Category | None, asks: float) -> Content:
    worth = 1.0
    changes: dict[str, float] = {}
    if content.kind is not None:
        worth *= getattr(table, content.kind)
    if content.media in ("image", "video"):
        worth *= getattr(table, content.media)
    if category in ("b2b", "travel", "media"):
        worth *= getattr(table, category)
    changes["quality"] = content.quality * worth
    more = {"survey": table.survey_comments, "event": table.event_comments}.get(content.kind or "", 1.0)
    changes["comments"] = content.comments * more
    if content.self_talk is None and content.kind in ABOUT_ITSELF + ABOUT_READERS:
        changes["self_talk"] = table.about_itself if content.kind in ABOUT_ITSELF else table.about_readers
    if content.kind == "recruitment":
        share = asks if content.question is None else content.question
        changes["question"] = min(share * table.recruitment_questions, MOST_QUESTIONS)
    return content.model_copy(update=changes)


def used(scenario: Edited) -> set[str]:
    """The names of the factors on which SCENARIO's contents depend: only these are in doubt."""
    found: set[str] = {scenario.category} if scenario.category not in (None, "b2c") else set()
    for content in scenario.contents.values():
        found |= {name for name in (content.kind, content.media) if name not in (None, "text")}
        found |= {"survey_comments"} if content.kind == "survey" else set()
    return found & set(Editorial.model_fields)


class Editing(Practice):
    """Campaign posts are worth more, learning helps, and every content's figures are told apart."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:
        """Where a content names its kind, its medium or a story of its own, or the strategy learns or campaigns."""
        edited = any(one.kind or one.media or one.story == "own" for one in scenario.contents.values())
        return (
            edited
            or scenario.category is not None
            or strategy.learning is not None
            or any(action.campaign for action in strategy.posts)
        )

    def moved(self, posts: list[Intended]) -> list[Intended]:
        """The posts with what a campaign and learning make of them."""
        learning = self.course.strategy.learning
        lift = self.course.scenario.editorial.campaign
        before: dict[int, int] = {}
        found = []
        for post in sorted(posts):
            worth = post.worth * (lift if post.campaign else 1.0)
            if learning is not None:
                worth *= learning.worth(before.get(post.account, 0))
                before[post.account] = before.get(post.account, 0) + 1
            found.append(post._replace(worth=worth))
        return found

    def parts(self) -> dict[str, float]:
        """Posts, reads, messages, and messages per thousand reads, by content; stories of their own."""
        plan, run, factor = self.course.plan, self.course.run, self.course.stage.factor
        names = list(self.course.contents)
        first = plan.size  # posts that nobody foresaw come behind the plan's
        number = len(names)
        message = run.posts.message[: run.post_count]
        passed = np.bincount(
            plan.content[message[(run.posts.parent[: run.post_count] >= 0) & (message < first)]], minlength=number
        )
        talk = run.tally.talk_message[: run.comment_count]
        said = np.bincount(plan.content[talk[talk < first]], minlength=number)
        reads = np.bincount(plan.content, weights=run.messages.reads[:first], minlength=number)
        count = np.bincount(plan.content, minlength=number)
        found = {"own_stories": float(run.stories.label.size - 1)}
        for i, name in enumerate(names):
            if count[i]:
                answers = float(passed[i] + said[i])
                found |= {
                    f"posts_of_{name}": float(count[i]),
                    f"reads_of_{name}": float(reads[i]) * factor,
                    f"answers_to_{name}": answers * factor,
                    f"answers_per_thousand_reads_of_{name}": 1000.0 * answers / float(reads[i]) if reads[i] else 0.0,
                }
        return found
