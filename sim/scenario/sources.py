"""What the short names in the parameters' sources stand for.

A declaration says `S1:29` or `Fu & Chau 2013`; here stands what that is, and how
much of it was read.  docs/sources.md is this table, printed.
"""

from typing import NamedTuple


class Source(NamedTuple):
    """A public source: its full citation, and how it reached us."""

    citation: str
    read: str


_ABSTRACT = "abstract or first pages"
_PRACTICE = "whole text; the number after the colon is the line"
_SECOND = "quoted in a secondary page"
_OWN = "data, evaluated here (docs/validation.md)"
_KWAK_2011 = Source(
    'H. Kwak, H. Chun, S. Moon: "Fragile online relationship: a first look at unfollow dynamics in Twitter", CHI 2011',
    "slides",
)

_CHINA_DAILY = Source('"Huge attraction for business", China Daily European Weekly, 22 April 2011', _PRACTICE)

SOURCES: dict[str, Source] = {
    "S0": _CHINA_DAILY,
    "S1": Source(
        "answers of Finnish companies in China (Valmet, Outotec and others) to a survey on their use of Weibo, "
        "WeChat and Youku, appendix of a thesis",
        _PRACTICE,
    ),
    "S2": Source("a blog post on the site Nokia Conversations, with Nokia's reply among the comments", _PRACTICE),
    "S3": Source(
        "interview with @puting on corporate microblogs and structures of accounts, Successful Marketing (China), "
        "read in machine translation",
        _PRACTICE,
    ),
    "S4": Source("a blog post on the Taobao shop Eunchae's house on Sina Weibo, 18 September 2012", _PRACTICE),
    "arXiv 1811.04175": Source(
        'C. Song, C. Tu, C. Yang, Z. Liu, M. Sun: "CED: Credible Early Detection of Social Media Rumors", '
        "arXiv 1811.04175",
        _OWN,
    ),
    "Bamman et al. 2012": Source(
        'D. Bamman, B. O\'Connor, N. Smith: "Censorship and deletion practices in Chinese social media", '
        "First Monday 17(3), 2012",
        _ABSTRACT,
    ),
    "Bao et al. 2013": Source(
        "P. Bao, H.-W. Shen, W. Chen, X.-Q. Cheng: on repeated exposures in forwarding on Weibo, arXiv 1306.0196, 2013",
        _ABSTRACT,
    ),
    "Bao et al. 2018": Source(
        "P. Bao, H.-W. Shen, J. Huang, H. Chen: on mentions in Weibo, PLoS ONE 13, e0194192, 2018",
        "title and half of the abstract; the number from memory",
    ),
    "China Daily European Weekly 2011-04-22": _CHINA_DAILY,
    "ECIS 2017": Source(
        "European Conference on Information Systems 2017, research paper 136: simulated answers to a firestorm",
        _ABSTRACT,
    ),
    "Edelman 2010": Source("Edelman Trust Barometer 2010", _SECOND),
    "Edelman 2012": Source("Edelman Trust Barometer 2012", _SECOND),
    "Fu & Chau 2013": Source(
        'K.-W. Fu, M. Chau: "Reality Check for the Chinese Microblog Space: A Random Sampling Approach", '
        "PLoS ONE 8(3), e58356, 2013",
        _ABSTRACT,
    ),
    "Gao et al. 2012": Source(
        "Q. Gao, F. Abel, G.-J. Houben, Y. Yu: \"A comparative study of users' microblogging behavior on Sina Weibo "
        'and Twitter", UMAP 2012',
        "slides",
    ),
    "Gong et al. 2017": Source(
        'S. Gong, J. Zhang, P. Zhao, X. Jiang: "Tweeting as a Marketing Tool: A Field Experiment in the TV Industry", '
        "Journal of Marketing Research 54(6), 2017",
        "abstract and a summary (Marketing Science Institute report 14-111)",
    ),
    "Han et al. 2013": Source('W. Han, X. Zhu, Z. Zhu and others: "Weibo, and a Tale of Two Worlds", 2013', _ABSTRACT),
    "Hauser et al. 2017": Source(
        "F. Hauser, J. Hautz, K. Hutter, J. Fueller: on firestorms, Journal of Strategic Information Systems, 2017",
        "title; the content from memory",
    ),
    "Huang et al. 2018": Source(
        "Huang and others on prompt answers to customers, Harvard Business Review, 2018", _SECOND
    ),
    "Jansen et al. 2009": Source(
        'B. J. Jansen, M. Zhang, K. Sobel, A. Chowdury: "Twitter power: Tweets as electronic word of mouth", '
        "JASIST 60, 2009",
        _SECOND,
    ),
    "Jia et al. 2017": Source("Jia and others: Sinanet, a graph of Sina Weibo accounts with forum labels, 2017", _OWN),
    "KAWO 2014": Source("KAWO (Shanghai), a blog post on prize hunters in Weibo contests, 2014", "whole text"),
    "KAWO 2019": Source(
        "KAWO (Shanghai) on where readers of brands' WeChat articles come from, 2019 and later", _SECOND
    ),
    "Kwak et al. 2010": Source(
        'H. Kwak, C. Lee, H. Park, S. Moon: "What is Twitter, a social network or a news media?", WWW 2010',
        "from memory",
    ),
    "Kwak et al. 2011": _KWAK_2011,
    "Kwak, Chun, Moon 2011": _KWAK_2011,
    "Leung et al. 2022": Source(
        'F. F. Leung, F. F. Gu, Y. Li, J. Z. Zhang, R. W. Palmatier: "Influencer Marketing Effectiveness", Journal of '
        "Marketing, 2022",
        "abstract and summaries",
    ),
    "LinkedIn 2016": Source("LinkedIn on posts shared by employees, 2016 (a vendor's figure)", _SECOND),
    "LinkedIn 2017": Source("LinkedIn on the share of employees who post, 2017 (a vendor's figure)", _SECOND),
    "Lotteries and give-aways": Source(
        '"Dynamic expansions of social followings with lotteries and give-aways", a paper on lotteries for followers',
        _ABSTRACT,
    ),
    "practitioner, 2017": Source(
        "a practitioner's blog on marketing in China, wowdownthiswall.com, 2016 and 2017", "whole text"
    ),
    "Twitter and AMS 2015": Source(
        "Twitter and Applied Marketing Science: a conjoint study on answers of airlines, 600,000 posts, 2015", _SECOND
    ),
    "Twitter's trends": Source(
        "a study of how long topics stay in Twitter's list of trends", "a snippet in a secondary page"
    ),
    "user survey": Source("a survey of 179 students on their use of microblogs, China, quoted at ininet.org", _SECOND),
    "WeiboReach": Source("WeiboReach on activity by weekday, quoted at chinainternetwatch.com (article 2612)", _SECOND),
    "You et al. 2015": Source(
        'Y. You, G. G. Vadakkepatt, A. M. Joshi: "A Meta-Analysis of Electronic Word-of-Mouth Elasticity", Journal of '
        "Marketing 79, 2015",
        _ABSTRACT,
    ),
    "Yu, Asur, Huberman 2011": Source(
        'L. Yu, S. Asur, B. A. Huberman: "What Trends in Chinese Social Media", arXiv 1107.3522, 2011', _ABSTRACT
    ),
    "Zhang et al. 2013": Source(
        'J. Zhang, B. Liu, J. Tang, T. Chen, J. Li: "Social Influence Locality for Modeling Retweeting Behaviors", '
        "IJCAI 2013",
        _OWN,
    ),
    "Zhu et al. 2013": Source(
        'T. Zhu, D. Phipps, A. Pridgen, J. R. Crandall, D. S. Wallach: "The Velocity of Censorship", '
        "USENIX Security 2013",
        _ABSTRACT,
    ),
}


def cited(text: str) -> list[str]:
    """The keys of `SOURCES` that TEXT names, in the order of the table; S0 to S4 before a colon."""
    return [key for key in SOURCES if (f"{key}:" if key in PRACTICE else key) in text]


PRACTICE = ("S0", "S1", "S2", "S3", "S4")


def references(text: str) -> list[str]:
    """Full citations of what TEXT names: `KEY: citation (read: how much of it)`."""
    return [f"{key}: {SOURCES[key].citation} (read: {SOURCES[key].read})" for key in cited(text)]


def markdown() -> str:
    """The table of docs/sources.md."""
    lines = ["| short name | source | what was read |", "|---|---|---|"]
    for key, source in SOURCES.items():
        lines.append(f"| {key} | {source.citation} | {source.read} |")
    return "\n".join(lines) + "\n"
