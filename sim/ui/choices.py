"""What choices, and tables that may be left out, mean in Chinese: their declarations say it in English."""

CHINESE = {
    # choices
    "whose account posts": "由哪个账号发布",
    "which of the scenario's contents is posted": "发布场景中的哪项内容",
    "where: on Weibo, open to all, or in a closed circle of friends": "发在哪里：公开的微博，或封闭的朋友圈",
    "the hot topic it rides; whoever follows that meets it outside the feed": (
        "借势的热点话题；关注该话题的人在信息流之外也会看到"
    ),
    "each: it waits for headquarters; cycle: it was decided at the last planning meeting": (
        "逐条：等待总部批准；按周期：在上次排期会上已定"
    ),
    "a campaign's post, worth more than one of the daily stream": "活动中的发布，价值高于日常内容",
    "the hot topic it rides, if the post names no other": "借势的热点话题（发布时未另行指定的话）",
    "what it is about, which changes its worth and its comments": "讲的是什么，影响其价值与评论",
    "what it shows, which changes its worth": "呈现形式，影响其价值",
    "launch: an account passes on one of all these posts; own: every occasion is news again": (
        "发布：这些内容同属一事，每个账号只转一次；独立故事：每次都是新消息"
    ),
    "shown beside the others, but cannot win": "一并展示，但不参与胜负",
    "which accounts of the brand pass on each other's posts": "品牌的哪些账号互相转发",
    "the calendar of posts that it follows, beside its own": "除自身发布外所遵循的内容日历",
    "finds by itself what people say of the brand": "主动发现人们对品牌的议论",
    "main: cases must be found between all other comments": "主账号：须在其他评论中分拣出问题",
    "the tone of a reply: how far it calms, and whether it is passed on": "回复的语气：能平息多少怒气、是否被转发",
    "answers praise too": "好评也回复",
    "who takes part must follow the brand": "参与者须关注品牌",
    "who may win: who answers the posts, who tells a story of his own, or both": (
        "谁可中奖：转评本帖者、讲述自身经历者，或两者"
    ),
    "the content below which it is asked": "在哪项内容下提问",
    "who passes on whom: nobody, all each other, all the main account, it and the leader": (
        "谁转发谁：互不转发、互相转发、都转主账号、主账号与企业家互转"
    ),
    "whose rows of the calendar are played": "采用日历中哪个市场的行",
    "the market it is meant for; elsewhere it is left out": "所针对的市场；其他市场略去",
    "posted once, on this date": "只在此日发布一次",
    "posted every week on this day": "每周此日发布",
    "its own followers are one community, that of its city": "其自有粉丝同属一圈，即所在城市",
    "who orders from a rival does not order from us": "在竞品处下单者不再向我们下单",
    "KOLs who are hired in any case": "无论如何都聘请的KOL",
    "KOLs who are never hired": "绝不聘请的KOL",
    # tables that a scenario may leave out, and a strategy
    "Staff who listen and answer.": "倾听并回复的客服人员。",
    "Prizes among those who take part until the draw: who answer posts, or who tell what they lived (`[reviews]`).": (
        "在开奖前的参与者中抽奖：转评者，或讲述亲身经历者。"
    ),
    "Would you buy this? Asked below posts of one content.": "你会买吗？在某项内容下提问。",
    "Somebody looks at the figures of the own posts.": "有人复盘自身发布的数据。",
    "Reposts bought for every post of the brand.": "为品牌每条内容购买的转发。",
    "So many posts of others a day are commented on and passed on by the brand.": (
        "品牌每天评论并转发若干条他人的内容。"
    ),
    "Employees who share of their own accord.": "自发分享的员工。",
    "Complaints of owners, and what answers do.": "用户的投诉，以及答复的作用。",
    "How the brand's account gains and loses followers, night by night.": "品牌账号每晚的涨粉与掉粉。",
    "How readers become buyers.": "读者如何成为买家。",
    "What goes wrong, and how often.": "会出什么差错，多久一次。",
    "Headquarters abroad that plan and approve posts.": "在海外策划并审批内容的总部。",
    "Shares of the accounts by what they have to do with the brand.": "按与品牌的关系划分的账号比例。",
    "Customers' stories.": "顾客讲述的经历。",
    "Media accounts pass on posts of the brand, unpaid and by their own choice.": "媒体账号自愿、无偿转发品牌内容。",
    "Hot topics, and the platform's hot list.": "热门话题与平台热搜榜。",
    "Posts that people find by searching the web.": "人们通过网络搜索看到的内容。",
    "Those who repost mention friends.": "转发者会 @ 好友。",
    "The closed channel. Its market has as many accounts as the open one.": "封闭渠道，其市场账号数与公开渠道相同。",
    "Rival brands, and what they take.": "竞品及其夺走的份额。",
}
"""Chinese by English, whole texts."""
