"""The shipped scenarios' own words in Chinese: what they are called, what they ask, what their strategies are."""

CHINESE = {
    # what a scenario is called, and what it asks
    "One account or many": "一个账号还是多个账号",
    "Which structure of accounts brings the same posts to more readers?": "同样的内容，哪种账号矩阵能触达更多读者？",
    "Flights are late, passengers complain": "航班延误，旅客投诉",
    "How fast, and in what tone, must an airline answer before complaints spread?": (
        "航空公司要多快、用什么语气回复，投诉才不会扩散？"
    ),
    "A B2B firm looks for people": "一家B2B企业招人",
    "Does a recruitment post reach twice the readers it was pushed to, and how many employees does that take?": (
        "招聘帖能否触达推送人数的两倍？需要多少员工帮忙转发？"
    ),
    "The best hour of the day": "一天中最好的时段",
    "The same posts at four in the morning, at noon or in the evening: how much does the hour change?": (
        "同样的帖子，凌晨四点、中午或晚上发，差别有多大？"
    ),
    "How often to post": "多久发一次",
    "Once a week, every working day, five times a day or all at once: what keeps followers, and what is read?": (
        "每周一次、每个工作日、一天五次，还是集中发：怎样留住粉丝，怎样有人看？"
    ),
    "Celebrities or employees": "明星还是员工",
    "Celebrities or employees?": "明星还是员工？",
    "For the same money: a few voices that millions hear, or many that are believed?": (
        "花同样的钱：少数人说、百万人听，还是许多人说、听的人更信？"
    ),
    "Riding a hot topic": "借势热点",
    "What does a tie to the day's topic bring, on the open channel and in the closed circle?": (
        "蹭上当天的热点，在公开平台和朋友圈里各能带来什么？"
    ),
    "Who must agree to a post": "发帖要谁点头",
    "What do approval by headquarters and a monthly plan cost an account in answers?": (
        "总部审批和月度排期，会让账号少得多少回应？"
    ),
    "Listen first, or broadcast": "先倾听，还是只广播",
    "Does an account keep its followers by posting more, or by listening and answering?": (
        "留住粉丝，靠多发，还是靠倾听和回复？"
    ),
    "A market with rivals": "有竞品的市场",
    "Other brands talk too: be louder, be in the news, or take up what people write?": (
        "别的品牌也在说：声音更大、上新闻，还是接住大家写的话？"
    ),
    "A phone is launched on Weibo": "一款手机在微博上市",
    (
        "Eight celebrities, the brand's own account or the staff: "
        "who brings the launch to more people for the same money?"
    ): "八位明星、品牌官号还是员工：同样的预算，谁能让更多人看到？",
    "Repost and win": "转发抽奖",
    "Do prizes for reposts buy talk that is worth their price, and do those who come for them stay?": (
        "转发抽奖买来的声量值不值？冲着奖品来的人会留下吗？"
    ),
    "A small shop": "一家小店",
    "With a few hundred yuan a week: show the goods, cut the price, ask the readers, or let customers speak?": (
        "每周几百元：晒商品、打折、征求意见，还是让顾客来说？"
    ),
    "A travel brand": "一个旅游品牌",
    "News of the firm, advice, offers or travellers' own stories: what do people answer?": (
        "公司新闻、攻略、优惠，还是旅客自己的故事：大家回应什么？"
    ),
    "Weibo or WeChat": "微博还是微信",
    "Where should a small B2B brand speak: on the open square, in the closed circle, or on both?": (
        "一个小型B2B品牌该在哪里发声：公开广场、封闭圈子，还是两边都要？"
    ),
    # what a strategy is called
    "One account": "单一账号",
    "Dandelion": "蒲公英式",
    "Hub": "中心式",
    "Twin star": "双子星式",
    "One account that also serves": "一个账号兼做客服",
    "With a service account": "另设客服账号",
    "No reply": "不回复",
    "A reply in 6 minutes": "6 分钟回复",
    "A reply in 20 minutes": "20 分钟回复",
    "A reply in 60 minutes": "60 分钟回复",
    "A reply in 4 hours": "4 小时回复",
    "A template in 20 minutes": "20 分钟套用模板",
    "A defensive reply in 20 minutes": "20 分钟辩解",
    "A desk of one in office hours": "一人客服，上班时间",
    "A desk of six, day and night": "六人客服，全天候",
    "Ordinary post": "普通帖",
    "Recruitment, nobody asked": "招聘帖，不请员工转发",
    "Recruitment, 20 employees asked": "招聘帖，请20名员工转发",
    "Recruitment, 40 employees asked": "招聘帖，请40名员工转发",
    "Recruitment, 80 employees asked": "招聘帖，请80名员工转发",
    "4 o'clock at night": "凌晨4点",
    "8 o'clock": "8点",
    "10 o'clock": "10点",
    "13 o'clock": "13点",
    "16 o'clock": "16点",
    "19 o'clock": "19点",
    "22 o'clock": "22点",
    "Two Tuesdays at 10": "两个周二10点",
    "Two Sundays at 10": "两个周日10点",
    "Silence": "不发声",
    "Once a week": "每周一次",
    "Three a week": "每周三次",
    "Every working day": "每个工作日",
    "Five a day": "每天五次",
    "As many as on working days, within four days": "总数同工作日，集中四天",
    "Three a week and a campaign of a week": "每周三次，加一周活动",
    "Control": "对照",
    "Brand only": "仅品牌",
    "Celebrities": "明星",
    "Employees": "员工",
    "Both": "两者都用",
    "Three posts on Weibo": "三条微博",
    "The first rides the topic": "首条借势",
    "Tied a day too late": "晚一天借势",
    "With bought reposts": "买转发",
    "Three articles on WeChat": "三篇微信文章",
    "On WeChat, tied": "微信借势",
    "The local office decides": "本地自主",
    "Headquarters approve every post": "总部逐条审批",
    "Planned once a month": "按月排期",
    "News locally, the rest by headquarters": "新闻本地发，其余总部发",
    "Five posts a day about itself": "每天五条自我宣传",
    "Two or three posts a week": "每周两三条",
    "Listen, answer, then post": "倾听、回复，再发帖",
    "Twice a day about itself": "每天两条自我宣传",
    "Once a day about itself": "每天一条自我宣传",
    "Once a day, news for the press": "每天一条，供媒体报道",
    "Listen, and take up what others write": "倾听，并接住别人写的话",
    "Celebrity seeding": "明星投放",
    "Employee amplification": "员工扩散",
    "Mixed": "组合投放",
    "No prize": "无奖品",
    "Prizes of 200 RMB": "200元奖品",
    "Prizes of 1,200 RMB": "1,200元奖品",
    "Prizes of 5,000 RMB": "5,000元奖品",
    "The same for those who also follow": "同样奖品，须关注",
    "The same in two draws": "同样奖品，分两次开奖",
    "30% off instead": "改为七折优惠",
    "A KOL posts twice instead": "改请达人发两次",
    "Show the goods": "晒商品",
    "Half price, every other day": "隔天半价",
    "Ask the readers, and learn": "征求意见并改进",
    "A present for a review": "好评送礼",
    "A present for who reposts and names two friends": "转发并@两位好友送礼",
    "Answer everybody": "有问必答",
    "News of the firm": "公司新闻",
    "Advice and films": "攻略与短片",
    "Offers": "优惠",
    "Presents for travellers' stories, and the best of them shown": "征集旅客故事送礼，并展示佳作",
    "Weibo, once a week": "微博，每周一次",
    "WeChat, once a week": "微信，每周一次",
    "Both, once a week": "两边，每周一次",
    "Weibo, two or three times a week": "微博，每周两三次",
    "Both, as the firms do": "两边，按企业惯例",
    # what a content is called
    "Launch": "上市",
    "Opinion": "观点",
    "Share": "分享",
    "News": "新闻",
    "Recruitment": "招聘",
    "Daily": "日常",
    "Product": "产品",
    "Event": "活动",
    "Industry": "行业",
    "Self": "自我宣传",
    "Useful": "实用",
    "Offer": "优惠",
    "Goods": "商品",
    "Survey": "调查",
    "Shown": "佳作展示",
    "Firm": "公司",
    "Advice": "攻略",
    "Film": "短片",
    "Memory": "旅途故事",
}
"""Chinese by English, whole texts."""
