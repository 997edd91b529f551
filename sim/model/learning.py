"""Learning: a brand that looks at what its own posts brought chooses the next ones better."""

from typing import Annotated

from sim.kernels import draws
from sim.quantities import Doc, Minutes, Range, Share
from sim.section import Section

_LN2 = 0.6931471805599453


class Learning(Section):
    """Somebody looks at the figures of the own posts."""

    gain: Annotated[
        Share, Doc("worth that is won once the readers are known", "assumed", "S1:101: still learning", (0.1, 0.6))
    ] = 0.3
    posts: Annotated[
        Annotated[float, Range(0.5, 1000, "posts")], Doc("own posts after which half of that is learnt", "assumed")
    ] = 10.0
    minutes: Annotated[Minutes, Doc("staff time to look at one post's figures", "assumed")] = 15.0

    def worth(self, before: int) -> float:
        """What a post is multiplied by after so many BEFORE it."""
        return 1.0 + self.gain * (1.0 - float(draws.exp(-_LN2 * before / self.posts)))
