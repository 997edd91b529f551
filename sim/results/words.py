"""The fixed words of reports, in every language they are written in. Metrics carry their own labels."""

from typing import Literal

from sim.results import metrics

Language = Literal["en", "zh"]

WORDS: dict[str, tuple[str, str]] = {
    "report": ("Launch comparison", "发布方案对比"),
    "sweep": ("Sweep of settings", "参数扫描"),
    "strategy": ("Strategy", "方案"),
    "reference": ("reference, not ranked", "参照，不参与排名"),
    "mean": ("mean [95% interval]", "均值 [95% 区间]"),
    "spread": ("from lucky to unlucky (p10 to p90)", "运气好坏 (p10–p90)"),
    "chance_best": ("chance to be best", "最优概率"),
    "in_doubt": ("best when assumptions are in doubt", "假设存疑时仍最优"),
    "cost": ("spend, RMB", "花费（元）"),
    "left": ("left of the budget", "预算余额"),
    "over_time": ("{metric}, added up over time", "{metric}累计曲线"),
    "band": ("Line: mean. Band: 8 of 10 replicates.", "线：均值；带：80% 的重复。"),
    "differences": ("Differences on {metric}, under the same luck", "{metric}之差（同样的运气）"),
    "differences_note": (
        "Each pair met the same readers, moods and hours. Do not rely on a difference whose bar crosses zero.",
        "每一对方案面对同样的读者、情绪与时刻。跨过零线的差异不可依赖。",
    ),
    "chances": ("sure / in doubt", "确信度 / 存疑时"),
    "money": ("What each launch spends", "各方案的花费"),
    "worth": ("What the money buys", "花费换来什么"),
    "assumed": ("What was assumed", "采用的假设"),
    "assumed_note": (
        "{all} numbers enter: {seen} were seen in a source, {calibrated} fitted to data, {assumed} assumed. "
        "Shown: what the verdict hangs on and what this scenario sets itself.",
        "共 {all} 个参数：{seen} 个见于文献，{calibrated} 个由数据拟合，{assumed} 个为假设。"
        "此处列出影响结论与本方案自设的参数。",
    ),
    "parameter": ("parameter", "参数"),
    "value": ("value", "取值"),
    "plausible": ("plausible range", "合理范围"),
    "evidence": ("how we know", "依据"),
    "seen": ("seen in a source", "见于文献"),
    "calibrated": ("fitted to data", "数据拟合"),
    "is_assumed": ("assumed", "假设"),
    "hangs": ("the verdict hangs on it", "影响结论"),
    "repeat": ("How to repeat it", "如何重现"),
    "repeat_note": (
        "The same version, scenario and seed give the same numbers to the last digit.",
        "相同的版本、场景与种子给出完全相同的数字。",
    ),
    "replicates": ("{n} replicates each", "每个方案 {n} 次重复"),
    "market": (
        "{accounts} simulated accounts with {links} links stand for a market of {market}",
        "{accounts} 个模拟账号、{links} 条关注关系，代表 {market} 的市场",
    ),
    "limits": (
        "A simulation compares launches under stated assumptions; it does not foretell counts. "
        "Not affiliated with any company named.",
        "模拟在既定假设下比较方案，并不预测绝对数字。与文中任何公司无关联。",
    ),
    "findings": ("Findings", "结论"),
    "tornado": ("What moves the lead of {a} over {b}", "什么影响 {a} 相对 {b} 的优势"),
    "indices": ("Sensitivity of the lead on {metric}", "{metric}领先幅度的敏感性"),
    "tornado_note": (
        "Change of the lead from the lowest to the highest values of a knob, the others averaged over the design.",
        "某一参数由低到高时领先幅度的变化，其余参数取设计平均。",
    ),
    "indices_note": (
        "Share of the variation of the lead (Sobol), or mean absolute effect (Morris), with bootstrap intervals.",
        "领先幅度变动的份额（Sobol）或平均绝对效应（Morris），附自助法区间。",
    ),
    "table": ("All settings", "全部设置"),
    "failed": ("failed runs", "失败的运行"),
}


def say(key: str, language: Language = "en", **values: object) -> str:
    """The words of KEY in LANGUAGE with VALUES filled in."""
    return WORDS[key][0 if language == "en" else 1].format(**values)


def label(metric: metrics.Metric, language: Language = "en") -> str:
    """A metric's label in LANGUAGE."""
    return metric.label if language == "en" else metric.label_zh or metric.label
