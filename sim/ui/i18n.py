"""The app's words in English and Chinese. Metrics carry their own labels; declarations are quoted as they stand."""

from collections.abc import Mapping
from typing import Literal

from sim.results import metrics, verdict
from sim.results.metrics import Metric
from sim.ui import knobs, meanings, shipped
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


KNOBS: dict[str, tuple[str, str]] = {
    "by": ("Who posts", "谁发布"),
    "content": ("What", "内容"),
    "group": ("Account group", "账号矩阵"),
    "reference": ("Reference only, not ranked", "仅作参照，不排名"),
    "at": ("First post", "首次发布"),
    "times": ("How often", "次数"),
    "every": ("Then every", "间隔"),
    "spread": ("Spread over", "分散在"),
    "participation": ("Taking part", "参与比例"),
    "desk": ("Service desk", "客服"),
    "prize": ("Prize draw", "抽奖"),
    "topic": ("Rides the hot topic", "借势话题"),
    "brands": ("Rival brands", "竞品列表"),
    "topics": ("Topics", "话题"),
    "agents": ("Agents", "客服人数"),
    "opens": ("Opens at", "上班时间"),
    "closes": ("Closes at", "下班时间"),
    "number": ("Prizes", "奖品数量"),
    "value": ("Worth of one", "单个价值"),
    "until": ("Draw after", "开奖时间"),
    "self_talk": ("About itself", "自我宣传程度"),
    "discount": ("Discount", "折扣"),
    "kind": ("Kind", "类型"),
    "media": ("Medium", "媒介"),
    "story": ("Story", "话题归属"),
    "fresh": ("Stays fresh", "时效"),
    "category": ("Category", "行业"),
    "calendar": ("Calendar", "内容日历"),
    "approval": ("Approval", "审批"),
    "campaign": ("Part of a campaign", "属于活动"),
    "survey": ("Survey", "调查"),
    "learning": ("Learning", "复盘学习"),
    "headquarters": ("Headquarters", "总部"),
    "segments": ("Segments", "人群"),
    "reviews": ("Customers' stories", "用户口碑"),
    "editorial": ("Editorial", "内容系数"),
    "rewards": ("Rewards", "奖励对象"),
    "waves": ("Draws", "开奖轮次"),
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
    "channel": ("Channel", "渠道"),
    "open": ("Open (weibo)", "公开（微博）"),
    "circle": ("Friends' circle", "朋友圈"),
    "none": ("None", "无"),
    "each": ("Every post", "逐条"),
    "cycle": ("Monthly cycle", "按周期"),
    "listening": ("Listens to all mentions", "监听全网提及"),
    "style": ("Tone", "回复风格"),
    "handling": ("Work per case", "单件处理时间"),
    "sorting": ("Sorting per case", "单件分拣时间"),
    "found_at_once": ("Finds named cases in", "点名问题发现用时"),
    "found_later": ("Finds others in", "其他问题发现用时"),
    "coverage": ("Finds of the others", "其他问题发现比例"),
    "poll": ("Looks up every", "查看间隔"),
    "approval_hours": ("Approval takes", "审批用时"),
    "patience": ("Closed after", "超时关闭"),
    "reply_minutes": ("Answers after (experiment)", "固定回复时间（实验）"),
    "main": ("Main account", "主账号"),
    "service": ("Service account", "服务账号"),
    "empathy": ("Empathy", "共情"),
    "explanation": ("Explanation", "解释"),
    "apology": ("Apology", "道歉"),
    "template": ("Template", "模板"),
    "compensation": ("Compensation", "补偿"),
    "defensive": ("Defensive", "辩解"),
    "follow": ("Must follow", "须关注"),
    "mention": ("Must mention friends", "须@好友"),
    "posts": ("Posts", "转发本帖"),
    "stories": ("Own stories", "原创故事"),
    "both": ("Both", "两者"),
    "answers": ("Answers wanted", "需要答卷"),
    "demand": ("Demand known", "需求"),
    "leaning": ("Leaning", "倾向"),
    "gain": ("Gain", "收益"),
    "minutes": ("Minutes", "分钟"),
    "bots": ("Bots", "水军"),
    "hours": ("Within", "时长"),
    "price": ("Price of one", "单价"),
    "dialogue": ("Dialogue with followers", "与粉丝对话"),
    "per_day": ("Talks a day", "每天次数"),
    "warm": ("Warmth", "亲和力"),
    "onlookers": ("Onlookers", "围观者"),
    "news": ("News", "新闻"),
    "product": ("Product", "产品"),
    "recruitment": ("Recruitment", "招聘"),
    "event": ("Event", "活动"),
    "hot_topic": ("Hot topic", "热点话题"),
    "outside": ("Outside matter", "外部话题"),
    "review": ("Review", "评价"),
    "text": ("Text", "文字"),
    "image": ("Image", "图片"),
    "video": ("Video", "视频"),
    "launch": ("Launch", "发布"),
    "own": ("A story of its own", "独立故事"),
    "comments": ("Comments", "评论"),
    "kols": ("KOL", "达人"),
    "branches": ("Branch", "分支账号"),
    "groups": ("Account group", "账号矩阵"),
    "contents": ("Posts", "内容"),
    "late_hours": ("How late", "迟发多久"),
    "late_spread": ("Spread of lateness", "迟发离散度"),
    "deleted_hours": ("Taken down after", "多久后被删"),
    "deleted_spread": ("Spread of that time", "删帖时间离散度"),
    "hurt": ("Response lost to a scandal", "丑闻损失的响应"),
    "anger": ("Comments that turn", "转为投诉的评论"),
    "resent": ("Liking lost to a scandal", "丑闻损失的好感"),
    "unlucky": ("Feeds get crowded", "热点撞车概率"),
    "crowded": ("How crowded", "拥挤倍数"),
    "crowded_hours": ("Crowded for", "拥挤时长"),
    "kol_budget": ("Most for fees", "KOL预算上限"),
    "employee_budget": ("Most for employees", "员工预算上限"),
    "prize_budget": ("Most for prizes", "奖品预算上限"),
    "service_budget": ("Most for the desk", "客服预算上限"),
    "production_budget": ("Most for own posts", "自制内容预算上限"),
    "max_kols": ("Most KOLs", "KOL人数上限"),
    "must_have": ("Must be hired", "必选KOL"),
    "excluded": ("Never hired", "排除KOL"),
    "max_employees": ("Most employees", "员工人数上限"),
    "posts_from": ("Posts from", "最早发布"),
    "posts_until": ("Posts until", "最晚发布"),
    "overlap": ("Shared followers", "粉丝重合度"),
    "growth": ("Follower growth", "粉丝增长"),
    "orders": ("Orders", "订单"),
    "staff": ("Staff", "员工激励"),
    "mishaps": ("Mishaps", "意外"),
    "constraints": ("Constraints", "约束"),
    "calendars": ("Calendar", "内容日历"),
    "press": ("Press", "媒体"),
    "hot": ("Hot list", "热搜榜"),
    "search": ("Search", "搜索"),
    "mentions": ("Mentions", "提及"),
    "rivals": ("Rivals", "竞品"),
    "no_show": ("KOL does not post", "达人爽约"),
    "late": ("KOL posts late", "达人晚发"),
    "deleted": ("Post is deleted", "帖子被删"),
    "backlash": ("Backlash", "反噬"),
}
"""Short names of parameters; one that is missing here is called by its own name."""


def knob(name: str, language: Language) -> str:
    """What a parameter is called beside its control."""
    english = name.replace("_", " ")
    english = english[:1].upper() + english[1:]
    return KNOBS.get(name, (english, knobs.CHINESE.get(name, english)))[0 if language == "en" else 1]


def called(text: str, language: Language) -> str:
    """A scenario's or a strategy's own TEXT; those that are shipped have a Chinese one."""
    return shipped.CHINESE.get(text, text) if language == "zh" else text


def say(key: str, language: Language, **values: object) -> str:
    """The words of KEY in LANGUAGE with VALUES filled in."""
    text = words_of.WORDS[key][0 if language == "en" else 1]
    return text.format(**values) if values else text


def meaning(text: str, language: Language) -> str:
    """What a declaration says it means; as it stands where there is no Chinese for it."""
    return meanings.CHINESE.get(text, text) if language == "zh" else text


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
