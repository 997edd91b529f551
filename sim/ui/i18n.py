"""The app's words in English and Chinese. Metrics carry their own labels; declarations are quoted as they stand."""

import dataclasses
from collections.abc import Mapping
from typing import Literal

from sim.results import metrics, verdict
from sim.results.metrics import Metric

Language = Literal["en", "zh"]

WORDS: dict[str, tuple[str, str]] = {
    # the frame
    "tagline": ("Which launch wins, and how sure is that?", "哪个发布方案会赢？有多大把握？"),
    "planner": ("Planner", "方案"),
    "watch": ("Watch", "传播"),
    "kols": ("KOLs", "达人"),
    "sweeps": ("Sweeps", "扫描"),
    "evidence": ("Evidence", "依据"),
    "pages": ("Pages", "页面"),
    "language": ("Switch to Chinese", "切换到英文"),
    "dark": ("Dark", "深色"),
    "light": ("Light", "浅色"),
    "to_dark": ("Switch to dark colours", "切换到深色"),
    "to_light": ("Switch to light colours", "切换到浅色"),
    "skip": ("Skip to the results", "跳到结果"),
    # setting up
    "scenario": ("Scenario", "场景"),
    "choose_scenario": ("Choose a scenario", "选择场景"),
    "upload": ("Open a file …", "打开文件…"),
    "too_large": (
        "{name} has {size} bytes; at most {limit} are read. Is it the right file?",
        "{name} 有 {size} 字节，最多读取 {limit} 字节。文件对吗？",
    ),
    "settings": ("Market and run", "市场与运行"),
    "strategies": ("Strategies", "方案"),
    "add_strategy": ("Add a strategy", "新增方案"),
    "new_strategy": ("New strategy", "新方案"),
    "goal": ("Decided by", "决策指标"),
    "goal_meaning": ("the metric that ranks the strategies", "用于方案排名的指标"),
    "weighted": ("weighted goal of the file", "文件中的加权目标"),
    "budget": ("Budget", "预算"),
    "market": ("Market", "市场规模"),
    "days": ("Watched for", "观察时长"),
    "accounts": ("Simulated accounts", "模拟账号数"),
    "seed": ("Seed of the luck", "随机种子"),
    "seed_meaning": ("the same seed gives the same numbers to the last digit", "相同的种子给出完全相同的结果"),
    "minutes": ("Stop after", "最长运行"),
    "minutes_meaning": (
        "replicates are added until the leader is clear, at most so long",
        "不断重复直到领先者明确，最多运行这么久",
    ),
    "cast": ("Cast, prices and assumptions", "阵容、价格与假设"),
    "which_table": ("Change", "修改"),
    "topic": ("The topic", "话题"),
    "prices": ("Price list", "价格表"),
    "responses": ("How followers respond", "粉丝如何反应"),
    "attention": ("How followers read", "粉丝如何阅读"),
    "content_of": ("Posts: {name}", "内容：{name}"),
    "title": ("Title", "名称"),
    "reference": ("Reference only, not ranked", "仅作参照，不排名"),
    "duplicate": ("Duplicate", "复制"),
    "delete": ("Delete", "删除"),
    "reset": ("Reset", "还原"),
    "edit": ("Edit {title}", "编辑{title}"),
    "add_posts": ("Add posts", "新增发布"),
    "remove_posts": ("Remove these posts", "删除这组发布"),
    "by": ("Who posts", "谁发布"),
    "content": ("What", "内容"),
    "nobody": ("Nobody posts: what happens anyway.", "无人发布：自然状态。"),
    "spends": ("{total} RMB", "{total} 元"),
    "over_budget": ("over the budget", "超出预算"),
    "edited": ("changed since the last run", "上次运行后有修改"),
    "brand": ("The brand", "品牌"),
    "all_kols": ("All KOLs", "全部达人"),
    "employees": ("Employees", "员工"),
    "leader": ("The leader", "企业家"),
    "range": ("Allowed: {low} to {high} {unit}", "允许范围：{low} 至 {high} {unit}"),
    "not_allowed": ("Allowed is {low} to {high}.", "允许范围为 {low} 至 {high}。"),
    "plausible": ("Plausible: {low} to {high}", "合理范围：{low} 至 {high}"),
    "about_this": ("About {label}", "关于{label}"),
    # running
    "run": ("Run the comparison", "运行对比"),
    "run_again": ("Run again", "重新运行"),
    "stop": ("Stop", "停止"),
    "waiting": ("Waiting for a free seat: {ahead} before you", "排队中：前面还有 {ahead} 个"),
    "starting": ("Starting …", "启动中…"),
    "growing": ("Growing the follower graph", "生成关注网络"),
    "quick": ("First look on {accounts} accounts", "先用 {accounts} 个账号粗看"),
    "full": ("Refining on {accounts} accounts", "用 {accounts} 个账号细化"),
    "left": ("about {seconds} s to the next look", "距下次判断约 {seconds} 秒"),
    "stopped": (
        "Stopped. What was found so far stays on the page.",
        "已停止。已有结果保留在页面上。",
    ),
    "stale": (
        "The inputs changed since this run. These are still the results of the inputs before.",
        "运行之后输入有改动。以下仍是改动前的结果。",
    ),
    "first_look": ("First look; refining at full size", "初步结果，正在按全规模细化"),
    "only_first_look": ("First look only: the full size was not run", "仅为初步结果：未按全规模运行"),
    # results
    "shipped": ("As shipped", "默认假设下"),
    "in_doubt": ("In plausible worlds", "假设存疑时"),
    "shipped_note": ("sure that it is best, at the shipped assumptions", "默认假设下为最优的把握"),
    "doubt_note": ("best when the assumptions are drawn from their doubt", "假设在合理范围内变动时仍为最优"),
    "basis": (
        "{replicates} replicates of each strategy, {accounts} simulated accounts, {links} links, for a market of "
        "{market}; seed {seed}; {seconds} s",
        "每个方案重复 {replicates} 次，{accounts} 个模拟账号，{links} 条关注关系，"
        "代表 {market} 的市场；种子 {seed}；{seconds} 秒",
    ),
    "figures_of": ("Figures of", "以下数字属于"),
    "interval": ("95% interval {low} to {high}", "95% 区间 {low} 至 {high}"),
    "exact": ("known exactly", "确定值"),
    "curves": ("Over time", "随时间变化"),
    "cumulative": ("Added up", "累计"),
    "hourly": ("Per hour", "每小时"),
    "band_note": (
        "Line: mean. Band: 8 of 10 replicates, for the best three; point at a name to see its band.",
        "线：均值；带：80% 的重复（前三名）。指向名称可查看其区间。",
    ),
    "save_png": ("Save as PNG", "保存为 PNG"),
    "differences": ("Against a baseline, under the same luck", "相对基准（同样的运气）"),
    "baseline": ("Baseline", "基准"),
    "differences_note": (
        "Each pair met the same readers, moods and hours. A bar that crosses zero is no difference to rely on.",
        "每一对方案面对同样的读者、情绪与时刻。跨过零线的差异不可依赖。",
    ),
    "better": ("{chance} sure", "{chance} 把握"),
    "chances": ("How likely is each the best?", "各方案为最优的概率"),
    "table": ("All figures", "全部数据"),
    "table_note": ("Mean, with its 95% interval below.", "均值，下方为 95% 区间。"),
    "strategy": ("Strategy", "方案"),
    "money": ("What each spends", "各方案花费"),
    "of_budget": ("{total} of {budget} RMB", "{total} / {budget} 元"),
    "unlimited": ("no budget set", "未设预算"),
    "hangs": ("The verdict hangs most on", "结论最依赖于"),
    "not_clear": ("not clear", "不明确"),
    "same_direction": ("more helps the leader", "越大越利于领先者"),
    "other_direction": ("more hurts the leader", "越大越不利于领先者"),
    "empty_title": ("Rehearse the launch before paying for it", "花钱之前，先预演一遍"),
    "empty_1": (
        "Pick a scenario on the left. Open a strategy to change who posts, when and how often.",
        "在左侧选择场景；展开方案，可修改谁发、何时发、发几次。",
    ),
    "empty_2": (
        "Press Run. Every strategy meets the same readers and the same luck.",
        "点击运行。所有方案面对同样的读者与同样的运气。",
    ),
    "empty_3": (
        "Read one sentence: which wins, by how much, and how sure that is.",
        "读一句话：谁赢、赢多少、有多大把握。",
    ),
    "failed": ("This could not be run", "无法运行"),
    # taking away
    "take_away": ("Take away", "带走"),
    "take_scenario": ("Scenario (TOML)", "场景文件 (TOML)"),
    "take_csv": ("Figures (CSV)", "数据 (CSV)"),
    "take_report": ("Report (HTML)", "报告 (HTML)"),
    "take_link": ("Copy link", "复制链接"),
    "take_command": ("Copy command", "复制命令"),
    "copied": ("Copied", "已复制"),
    "command_note": ("Repeats this run to the last digit:", "可完全重现本次运行："),
    "link_problem": ("The link could not be read: {reason}", "链接无法读取：{reason}"),
    "link_too_long": (
        "This scenario is too long for a link; save the file instead.",
        "该场景过长，无法放入链接；请保存文件。",
    ),
    # watch
    "watch_title": ("Watch one launch unfold", "观看一次发布的传播"),
    "watch_lead": (
        "One run under one luck. Every dot is a post; a line says from whom it was taken.",
        "一次运行、一种运气。每个点是一条微博，连线表示转自谁。",
    ),
    "watch_run": ("Play this launch", "播放该方案"),
    "watching": ("Playing the launch hour by hour …", "逐小时模拟中…"),
    "play": ("Play", "播放"),
    "pause": ("Pause", "暂停"),
    "speed": ("Speed", "速度"),
    "hour": ("Hour", "小时"),
    "zoom_in": ("Zoom in", "放大"),
    "zoom_out": ("Zoom out", "缩小"),
    "fit_view": ("Fit", "适应"),
    "carried": ("Carried by", "主要传播者"),
    "carried_note": ("Reposts that came after each account's post", "各账号发布后引来的转发"),
    "account": ("Account", "账号"),
    "role": ("Role", "角色"),
    "followers": ("Followers", "粉丝"),
    "posted": ("Posted", "发布时间"),
    "depth": ("Hops from the original", "距原帖层数"),
    "below": ("Reposts below it", "其下转发"),
    "passed_from": ("Taken from", "转自"),
    "with_words": ("with a comment", "带评论"),
    "bare": ("without a comment", "无评论"),
    "close": ("Close", "关闭"),
    "click_hint": ("Click a dot for its account.", "点击圆点查看账号。"),
    "comments_kind": ("Comments by type", "评论类型"),
    "neutral": ("Neutral", "中性"),
    "praise": ("Praise", "好评"),
    "question": ("Questions", "提问"),
    "complaint": ("Complaints", "投诉"),
    "so_far": ("So far", "截至目前"),
    "reads": ("reads", "阅读"),
    "reposts": ("reposts", "转发"),
    "comments": ("comments", "评论"),
    "shown_nodes": (
        "{shown} of {all} posts shown, the biggest branches first",
        "显示 {all} 条中的 {shown} 条，最大分支优先",
    ),
    "follower": ("Follower", "普通粉丝"),
    "kol": ("KOL", "达人"),
    "employee": ("Employee", "员工"),
    "simulated": ("in the simulation", "模拟中"),
    "stands_for": ("each simulated account stands for {factor}", "每个模拟账号代表 {factor} 人"),
    "mesa_view": ("The same as a Mesa model", "以 Mesa 模型观看"),
    # kols
    "kols_title": ("Whom to hire", "该请谁"),
    "kols_lead": (
        "Fee, audience and what each KOL adds to the strategy, found by leaving that one out.",
        "报价、受众，以及每位达人带来的增量（逐一去掉后比较）。",
    ),
    "kols_none": ("This scenario has no KOLs in its cast.", "该场景没有达人。"),
    "fee": ("Fee a post", "单条报价"),
    "audience": ("Audience", "受众"),
    "fit": ("Fit", "契合度"),
    "per_thousand": ("Fee per thousand followers", "每千粉丝报价"),
    "marginal": ("Adds to {metric}", "{metric}增量"),
    "ceiling": ("Worth paying up to", "价格上限"),
    "ceiling_note": (
        "what the addition would cost at the strategy's own price of a {unit}",
        "按该方案自身每{unit}的成本折算",
    ),
    "leave_out": ("Find what each one adds", "计算各自增量"),
    "leaving": ("Leaving out {done} of {total}", "逐一去掉 {done}/{total}"),
    "overlap": ("Shared audience", "受众重叠"),
    "overlap_note": (
        "Share of the row's followers who also follow the column's account, in the simulated graph.",
        "行账号的粉丝中同时关注列账号的比例（模拟网络）。",
    ),
    "add": ("Add", "加入"),
    "add_to": ("Add to", "加入"),
    "added": ("{kol} was added to {strategy}.", "已将 {kol} 加入 {strategy}。"),
    "in_strategy": ("Strategy to look at", "所看方案"),
    "posts_in": ("posts", "条"),
    # sweeps
    "sweeps_title": ("Sweeps: where the answer flips", "扫描：结论何时翻转"),
    "sweeps_lead": (
        "Result folders written by dandelion compare -o and dandelion sweep.",
        "由 dandelion compare -o 与 dandelion sweep 写出的结果文件夹。",
    ),
    "sweeps_none": (
        "No result folder under {folder}. Make one with: dandelion compare {name} -o results/{name}",
        "{folder} 下没有结果文件夹。可运行：dandelion compare {name} -o results/{name}",
    ),
    "folder": ("Folder", "文件夹"),
    "runs": ("Runs", "运行"),
    "settings_count": ("{n} settings", "{n} 组设置"),
    "metric": ("Metric", "指标"),
    "heat": ("Mean by setting", "各设置均值"),
    "heat_note": (
        "Darker is more; the best strategy of each setting is outlined.",
        "颜色越深越大；每组设置的最优方案有边框。",
    ),
    "lead_by_setting": ("Lead over the next best, by setting", "各设置下的领先幅度"),
    "tornado": ("What moves the answer", "什么影响结论"),
    "first_rows": ("The first {n} of {all} runs", "前 {n} / {all} 次运行"),
    "setting": ("Setting", "设置"),
    "failures": ("Failed runs", "失败的运行"),
    "lead_map": ("Lead of {a} over {b}", "{a} 相对 {b} 的领先幅度"),
    "lead_note": (
        "Blue: A is better; red: B is better. A dark line marks where the winner flips.",
        "蓝色：A 更优；红色：B 更优。深色线为胜者翻转处。",
    ),
    "tornado_note": (
        "The lead of A over B at the lowest (red) and the highest (blue) level of each knob.",
        "各参数取最低（红）与最高（蓝）时 A 相对 B 的领先幅度。",
    ),
    "open_in_planner": ("Open {name} in the planner", "在方案页打开 {name}"),
    # evidence
    "evidence_title": ("Why believe it", "凭什么相信"),
    "limits": ("What it cannot say", "它不能说明什么"),
    "limit_1": (
        "It compares launches under stated assumptions; it does not foretell counts.",
        "它在既定假设下比较方案，并不预测绝对数字。",
    ),
    "limit_2": (
        "The follower graph is grown to published statistics; it is not a copy of any network.",
        "关注网络按公开统计特征生成，并非任何真实网络的副本。",
    ),
    "limit_3": (
        "Fees, audiences and the worth of a post are the planner's own inputs; a verdict is only as good as they are.",
        "报价、受众与内容质量由策划者输入；输入不准，结论也不准。",
    ),
    "limit_4": (
        "Events outside the launch (news, rivals, bans) are not modelled.",
        "发布以外的事件（新闻、竞品、封禁）未建模。",
    ),
    "limit_5": ("Not affiliated with any company named.", "与文中任何公司无关联。"),
    "parameters": ("Every parameter", "全部参数"),
    "parameters_note": (
        "{all} parameters: {seen} seen in a source, {calibrated} fitted to data, {assumed} assumed.",
        "共 {all} 个参数：{seen} 个见于文献，{calibrated} 个由数据拟合，{assumed} 个为假设。",
    ),
    "search": ("Search", "搜索"),
    "parameter": ("Parameter", "参数"),
    "meaning": ("Meaning", "含义"),
    "value": ("Value", "取值"),
    "unit": ("Unit", "单位"),
    "how_known": ("How we know", "依据"),
    "source": ("Source", "来源"),
    "plausible_range": ("Plausible range", "合理范围"),
    "seen": ("seen", "文献"),
    "calibrated": ("fitted", "拟合"),
    "assumed": ("assumed", "假设"),
    "set_here": ("set by this scenario", "本场景设定"),
    "validation": ("Against real cascades", "与真实转发对照"),
    "validation_note": ("{passed} of {total} targets met", "{total} 个目标中达成 {passed} 个"),
    "target": ("Target", "目标"),
    "observed": ("Observed", "实际"),
    "simulated_value": ("Simulated", "模拟"),
    "band": ("Allowed", "允许范围"),
    "verdict": ("Verdict", "结果"),
    "passed": ("met", "达成"),
    "missed": ("missed", "未达成"),
    "validation_none": (
        "No validation result under {folder}. Make one with: dandelion validate DATA -o results/validation",
        "{folder} 下没有校验结果。可运行：dandelion validate 数据目录 -o results/validation",
    ),
    "refused": (
        "This page was opened from another site, so nothing is shown. Open its own address instead.",
        "此页面由其他网站打开，已拒绝显示。请直接打开其地址。",
    ),
}

UNITS_ZH = {
    "readers": "人",
    "reads": "次阅读",
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
}


KNOBS: dict[str, tuple[str, str]] = {
    "at": ("First post", "首次发布"),
    "times": ("How often", "次数"),
    "every": ("Then every", "间隔"),
    "spread": ("Spread over", "分散在"),
    "participation": ("Taking part", "参与比例"),
    "interested": ("Interested", "感兴趣的人群"),
    "quality": ("Worth", "内容价值"),
    "quality_doubt": ("Doubt about it", "价值的不确定性"),
    "praise": ("Praise", "好评占比"),
    "question": ("Questions", "提问占比"),
    "complaint": ("Complaints", "投诉占比"),
    "audience": ("Audience", "受众占比"),
    "followers": ("Followers", "粉丝数"),
    "fit": ("Fit", "契合度"),
    "fee": ("Fee a post", "单条报价"),
    "count": ("Head count", "人数"),
    "kol_fixed": ("KOL fee, fixed", "达人固定费用"),
    "kol_per_follower": ("KOL fee a follower", "达人每粉丝费用"),
    "staff_minute": ("A staff minute", "每分钟人工"),
    "post_minutes": ("To make a post", "制作一条"),
    "share_minutes": ("To share a post", "转发一条"),
    "programme": ("Programme a head", "人均激励"),
}
"""Short names of parameters; one that is missing here is called by its own name."""


def knob(name: str, language: Language) -> str:
    """What a parameter is called beside its control."""
    english = name.replace("_", " ")
    return KNOBS.get(name, (english[:1].upper() + english[1:],) * 2)[0 if language == "en" else 1]


def say(key: str, language: Language, **values: object) -> str:
    """The words of KEY in LANGUAGE with VALUES filled in."""
    text = WORDS[key][0 if language == "en" else 1]
    return text.format(**values) if values else text


def words(language: Language, *keys: str) -> dict[str, str]:
    """Some words for a template, by key."""
    return {key: WORDS[key][0 if language == "en" else 1] for key in keys}


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
        return verdict.sentence(_titled(of, titles), measure)
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


def _titled(of: verdict.Verdict, titles: Mapping[str, str]) -> verdict.Verdict:
    """The verdict in titles instead of keys."""

    def named(name: str | None) -> str | None:
        return None if name is None else titles.get(name, name)

    return dataclasses.replace(
        of,
        winner=named(of.winner),
        ahead=named(of.ahead),
        runner_up=named(of.runner_up),
        favourite_under_assumptions=named(of.favourite_under_assumptions),
        tied=tuple(titles.get(name, name) for name in of.tied),
    )


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
