"""The app's words in English and Chinese. Metrics carry their own labels; declarations are quoted as they stand."""

from collections.abc import Mapping, Sequence
from typing import Literal

from sim.results import metrics, verdict
from sim.results.metrics import Metric
from sim.ui import choices, knobs, meanings, shipped
from sim.ui import words as words_of

Language = Literal["en", "zh"]

UNITS_ZH = {
    "readers": "人",
    "reads": "次阅读",
    "reads per reader": "次/人",
    "comments of praise": "条好评",
    "reposts": "次转发",
    "comments": "条评论",
    "messages": "条",
    "likes": "个赞",
    "RMB": "元",
    "hops": "层",
    "minutes": "分钟",
    "hours": "小时",
    "days": "天",
    "share": "",
    "times": "倍",
    "count": "",
    "posts": "次",
    "accounts": "个账号",
    "employees": "人",
    "points": "分",
    "pushes": "次",
    "orders": "单",
    "leads": "条",
    "followers": "人",
    "questions": "个",
    "complaints": "个",
    "links per account": "条关注/账号",
    "exponent": "指数",
    "sigma of the logarithm": "对数标准差",
    "per day": "次/天",
    "Lomax shape": "Lomax 形状",
    "Weibull shape": "Weibull 形状",
    "seconds": "秒",
    "switch": "开关",
    "level": "水平",
    "agents": "人",
    "o'clock": "点",
    "prizes": "份",
    "draws": "轮",
    "friends": "人",
    "defenders": "人",
    "attitude": "好感分",
    "people": "人",
}

MEANINGS = meanings.CHINESE | choices.CHINESE


def preferred(headers: Mapping[str, Sequence[str]] | None) -> Language:
    """The language that a browser asks for first in the HEADERS of its request."""
    asked = (headers or {}).get("accept-language") or [""]
    return "zh" if asked[0].strip().lower().startswith("zh") else "en"


def knob(name: str, language: Language) -> str:
    """What a parameter, or a choice that one takes, is called beside its control."""
    english, chinese = knobs.CALLED.get(name, ("", ""))
    return (english if language == "en" else chinese) or verdict.title(name)


def called(text: str, language: Language) -> str:
    """A scenario's or a strategy's own TEXT; those that are shipped have a Chinese one."""
    return shipped.CHINESE.get(text, text) if language == "zh" else text


def say(key: str, language: Language, **values: object) -> str:
    """The words of KEY in LANGUAGE with VALUES filled in."""
    text = words_of.WORDS[key][0 if language == "en" else 1]
    return text.format(**values) if values else text


def meaning(text: str, language: Language) -> str:
    """What a declaration says it means; as it stands where there is no Chinese for it."""
    return MEANINGS.get(text, text) if language == "zh" else text


def words(language: Language, *keys: str) -> dict[str, str]:
    """Some words for a template, by key."""
    return {key: words_of.WORDS[key][0 if language == "en" else 1] for key in keys}


def label(metric: Metric, language: Language) -> str:
    """A metric's name with a capital first letter, as titles want it."""
    text = metric.label if language == "en" else metric.label_zh or metric.label
    return text[:1].upper() + text[1:]


def unit(name: str, language: Language) -> str:
    """A unit in LANGUAGE; "share" and "count" are said by the number itself."""
    if name in ("share", "count"):
        return ""
    return UNITS_ZH.get(name, name) if language == "zh" else name


def sentence(of: verdict.Verdict, measure: Metric, titles: Mapping[str, str], language: Language) -> str:
    """The verdict with the planner's own titles, in LANGUAGE."""
    if language == "en":
        return verdict.sentence(verdict.titled(of, titles), measure)
    on = label(measure, "zh")
    if of.status == "undefined" or of.ahead is None:
        return f"无法判断：所有方案的{on}均无定义。"
    ahead, rival = titles.get(of.ahead, of.ahead), titles.get(of.runner_up or "", of.runner_up or "")
    amount = _amount_zh(of, measure)
    if of.status == "single":
        return f"只有一个方案参与排名：{ahead}，{on} {amount}。"
    if of.status == "identical":
        return f"{'、'.join(titles.get(name, name) for name in of.tied)}的{on}完全相同。"
    sure = f"把握 {verdict.percent(of.probability)}" if of.probability is not None else "把握未知"
    gap = f"{'高' if of.higher_is_better else '低'}出{rival} {amount}"
    if of.status == "no clear leader":
        return f"{on}没有明确的领先者：重复 {of.replicates:,} 次后，{ahead}暂时{gap}，{sure}。"
    best = verdict.percent(of.probability_under_assumptions or 0.0)
    if of.status == "undecided":
        return f"{on}尚无定论：默认假设下{ahead}领先（{sure}，{gap}），但假设存疑时仅有 {best} 的可能为最优。"
    doubt = f"（假设存疑时 {best}）" if of.probability_under_assumptions is not None else ""
    return f"{ahead}在{on}上胜出，默认假设下{sure}{doubt}：{gap}。"


def _amount_zh(of: verdict.Verdict, measure: Metric) -> str:
    if of.mean is None:
        return "—"
    flip = -1.0 if of.status != "single" and not of.higher_is_better else 1.0
    ends = sorted(flip * end for end in (of.low, of.high) if end is not None)
    step = metrics.step_for(ends[1] - ends[0], measure) if len(ends) == 2 else None
    text = f"{metrics.write(flip * of.mean, measure, step=step)} {unit(measure.unit, 'zh')}".strip()
    if len(ends) == 2:
        text += f"（{metrics.write(ends[0], measure, step=step)} 至 {metrics.write(ends[1], measure, step=step)}）"
    return text
