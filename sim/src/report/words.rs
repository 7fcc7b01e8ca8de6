//! Every word of the page, in English and Chinese. The terms are those of the national programme.

/// A piece of text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words {
    /// English.
    pub(super) en: &'static str,
    /// Chinese.
    pub(super) zh: &'static str,
}

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub(super) const $name: Words = Words { en: $en, zh: $zh };)*
    };
}

words! {
    HEADLINE = "The run at a glance", "运行概览";
    VERDICTS = "What was promised", "承诺与结果";
    NETWORK = "Network", "算力网络";
    PLACEMENTS = "Placements by hub and class", "按枢纽与负载类别的算力调度结果";
    LINKS = "Link use over time", "链路利用率随时间变化";
    WAITS = "Queue waits by class", "各类负载排队等待";
    ENERGY = "Renewable share and reserved cores over time", "可再生能源占比与核心占用随时间变化";
    POLICIES = "Policies compared", "调度策略对比";
    EXCEPTIONS = "Jobs that failed or were not expected", "失败或与预期不符的作业";
    CLUSTER = "Schedulers", "调度集群";
    READING = "How to read this report", "阅读说明";

    MADE_AT = "made", "生成时间";
    SEED = "seed", "随机种子";
    COVERS = "covers", "时间跨度";
    NETWORK_TIME = "of network time", "（网络时间）";
    EMPTY = "No data.", "暂无数据。";
    NUMBERS = "Numbers", "数据表";
    HOLDS = "holds", "达成";
    BROKEN = "does not hold", "未达成";
    MORE_ROWS = "more, in report.json", "条，见 report.json";

    SUCCEEDED_OF = "jobs succeeded", "作业成功";
    UNEXPECTED = "not as expected", "与预期不符";
    AS_EXPECTED = "all as expected", "全部符合预期";
    UNEXPECTED_COUNT = "not as expected", "个与预期不符";
    IN_HUBS = "of placed jobs at national hub nodes", "已调度作业位于国家枢纽节点";
    IN_HUBS_NOTE = "the rest at edge sites", "其余位于边缘节点";
    RENEWABLE = "renewable share of the energy used", "所用电能的可再生能源占比";
    RENEWABLE_NOTE = "physical, by the local grid", "按当地电网物理占比";
    ENERGY_USED = "energy, PUE included", "用电量（含 PUE）";
    CARBON_LOCATION = "CO₂, location-based", "碳排放（基于位置）";
    CARBON_MARKET = "CO₂, market-based", "碳排放（基于市场）";
    CARBON_LOCATION_NOTE = "by the grids' emission factors", "按电网碳排放因子";
    CARBON_MARKET_NOTE = "less contracted green power", "扣除绿电合约";
    MONEY = "energy, rent and transport", "电费、租金与传输费";
    MOVED = "data moved", "数据传输量";
    STANDS_FOR = "stands for", "相当于";
    MEAN_WAIT = "mean wait", "平均等待";
    P90_WAIT = "P90 wait", "P90 等待";
    MEDIAN = "median", "中位数";
    LEADER_CHANGES = "elections won", "次领导者选举";
    LEADER_NOTE = "the first one included", "含首次选举";

    SITE = "site", "节点";
    HUB = "hub", "枢纽";
    CORES = "cores", "核心数";
    ACCELERATORS = "accelerators", "加速卡数";
    JOBS = "jobs", "作业数";
    PEAK_CORES = "peak of cores", "核心占用峰值";
    PEAK = "peak", "峰值";
    MEAN_RENEWABLE = "mean renewable", "平均可再生占比";
    SITES_BY = "Site: size by cores, colour by mean renewable share", "节点：大小为核心数，颜色为平均可再生能源占比";
    EDGES_BY = "Square: edge site", "方块：边缘节点";
    LINKS_BY = "Link: colour and width by peak use of its busiest layer", "链路：颜色与粗细为最忙一层的峰值利用率";
    CITIES_BY = "Small dot: demand city", "小圆点：需求城市";
    MAP_NOTE = "Schematic: positions by latitude and longitude, no borders.", "示意图：按经纬度排布，不含边界。";

    CLASS = "class", "类别";
    EDGE = "Edge sites", "边缘节点";
    NOT_PLACED = "Not placed", "未调度";
    TOTAL = "total", "合计";
    IDLE_LINKS = "links carried nothing and are left out", "条链路无流量，未列出";
    QUIET_LINKS = "less used links are left out", "条利用率较低的链路未列出";
    USE = "Use of what may be reserved", "占可预留带宽的比例";
    HOURS = "hours since the start, network time", "距开始的小时数（网络时间）";
    DAYS = "days since the start, network time", "距开始的天数（网络时间）";
    WAIT_NOTE =
        "From submission, or release if that is later, to the first start; staging of data is \
         part of it. Line: shortest to longest. Box: middle half. Mark: median. Scale: \
         logarithmic.",
        "从提交（或更晚的最早允许时间）到首次启动，含数据预置。细线：最短至最长；方框：中间一半；竖线：中位数；对数刻度。";
    ENERGY_NOTE =
        "Area: renewable share of the local grid, weighted by cores. Line: share of cores \
         reserved.", "面积：当地电网可再生能源占比（按核心数加权）；折线：已预留核心占比。";
    RESERVED = "cores reserved", "核心占用";
    POLICY_NOTE =
        "Each row replans the same jobs in the planner's core alone, with the same network, \
         prices and run times. Nothing in this table was measured on the running cluster.",
        "每一行都在规划核心中以相同的网络、价格和运行时长重新规划同一批作业；本表数据均非在运行集群上测得。";
    POLICY = "policy", "策略";
    MONEY_SHORT = "money", "费用";
    ENERGY_SHORT = "energy", "用电量";
    RENEWABLE_SHORT = "renewable", "可再生占比";
    WAN = "WAN volume", "广域传输量";
    UNPLACED = "not placed", "未调度";
    LOWER = "lower is better", "越低越好";
    NONE_FAILED = "Every job ended as expected.", "全部作业均按预期结束。";
    JOB = "job", "作业";
    TENANT = "tenant", "租户";
    STATE = "state", "状态";
    REASON = "reason", "原因";
    MEMBER = "member", "成员";
    WHEN = "when", "时间";
    LEADER = "leader", "领导者";
    TERM = "term", "任期";
    CAUSE = "cause", "起因";
    INDICATOR = "indicator", "指标";
    DOCUMENT = "document", "依据文件";
    SCALED =
        "Time runs 1 : {time}, data volumes are scaled 1 : {data}: link capacity and price per \
         byte are scaled with them, so that durations and money stay as they would be.",
        "时间按 1 : {time} 加速，数据量按 1 : {data} 缩放；链路容量与单位字节价格同比缩放，因此时长与费用保持不变。";
    MODELLED =
        "Energy, carbon and money are computed by the model from estimated run times; they are \
         not meter readings.",
        "用电量、碳排放与费用由模型按预计运行时长计算，并非计量读数。";
}

/// A name that files carry, with its words; names not in the table stand for themselves.
pub(super) fn lookup<'n>(table: &[(&str, Words)], name: &'n str) -> (&'n str, &'n str) {
    match table.iter().find(|(known, _)| *known == name) {
        Some((_, words)) => (words.en, words.zh),
        None => (name, name),
    }
}

macro_rules! names {
    ($table:ident: $($key:literal = $en:literal, $zh:literal;)*) => {
        pub(super) const $table: &[(&str, Words)] =
            &[$(($key, Words { en: $en, zh: $zh })),*];
    };
}

names! { CLASSES:
    "realtime" = "Real-time", "实时";
    "near_realtime" = "Near-real-time", "近实时";
    "batch_offline" = "Offline batch", "离线批处理";
    "storage_backup" = "Storage and backup", "存储备份";
    "render" = "Rendering", "渲染";
    "train" = "Training", "训练";
}

names! { STATES:
    "pending" = "pending", "等待中";
    "planned" = "planned", "已规划";
    "staging" = "staging", "数据预置";
    "dispatched" = "dispatched", "已派发";
    "running" = "running", "运行中";
    "succeeded" = "succeeded", "成功";
    "failed" = "failed", "失败";
    "cancelled" = "cancelled", "已取消";
    "outcome_unknown" = "outcome unknown", "结果未知";
}

names! { HUBS:
    "京津冀" = "Beijing-Tianjin-Hebei", "京津冀枢纽";
    "长三角" = "Yangtze Delta", "长三角枢纽";
    "粤港澳大湾区" = "Greater Bay Area", "粤港澳大湾区枢纽";
    "成渝" = "Chengdu-Chongqing", "成渝枢纽";
    "贵州" = "Guizhou", "贵州枢纽";
    "内蒙古" = "Inner Mongolia", "内蒙古枢纽";
    "甘肃" = "Gansu", "甘肃枢纽";
    "宁夏" = "Ningxia", "宁夏枢纽";
}

names! { LAYERS:
    "optical" = "optical", "光层";
    "private_ip" = "private IP", "IP专网";
    "public_ip" = "public IP", "公众互联网";
}

names! { POLICY_NAMES:
    "greedy" = "greedy (cost and carbon)", "贪心（费用与碳排放）";
    "first_fit" = "first fit (baseline)", "首次适应（基线）";
    "price" = "price (whole queue, by prices)", "价格（整队联合优化）";
    "ordered" = "ordered list (baseline)", "固定顺序（基线）";
    "race" = "race to the earliest start (baseline)", "最早启动（基线）";
    "best_fit_drf" = "best fit by dominant share (baseline)", "主导资源最佳适应（基线）";
    "cost_flat_egress" = "money at a flat egress price (baseline)", "统一流量单价下费用最低（基线）";
    "data_weight" = "most data (baseline)", "数据就近（基线）";
    "random" = "random site (baseline)", "随机（基线）";
}

/// Indicators and the documents behind them.
pub(super) const DOCUMENTS: &[(Words, Words)] = &[
    (
        Words {
            en: "The system as a whole: network, energy and compute decided together",
            zh: "总体：云网协同、算网融合、强化算力统筹和智能调度",
        },
        Words {
            en: "State Council plan 国发〔2021〕29号, chapter 3(2)",
            zh: "国发〔2021〕29号 第三章（二）",
        },
    ),
    (
        Words {
            en: "Share at national hub nodes: new compute inside hubs ≥ 60 % by end-2025. Here \
                 jobs are counted, not capacity",
            zh: "国家枢纽节点占比：2025 年底枢纽内新增算力 ≥ 60 %。本报告按作业数统计，并非算力规模",
        },
        Words {
            en: "发改数据〔2023〕1779号",
            zh: "发改数据〔2023〕1779号",
        },
    ),
    (
        Words {
            en: "Latency circles 1 ms city · 5 ms region · 20 ms between hubs, one-way",
            zh: "时延圈：城市 1 ms · 区域 5 ms · 枢纽间 20 ms（单向时延）",
        },
        Words {
            en: "发改数据〔2023〕1779号",
            zh: "发改数据〔2023〕1779号",
        },
    ),
    (
        Words {
            en: "Green power (绿电) above 80 % for new data centres at hubs, counted mainly by \
                 certificates (绿证). The renewable share in this report is the physical one of \
                 the local grid, which is another number",
            zh: "枢纽新建数据中心绿电占比超过 80 %，主要以绿证核算。本报告的可再生能源占比为当地电网物理占比，二者不同",
        },
        Words {
            en: "发改数据〔2023〕1779号; monitored, not assessed, in 2025: 发改办能源〔2025〕669号",
            zh: "发改数据〔2023〕1779号；2025 年仅监测不考核：发改办能源〔2025〕669号",
        },
    ),
    (
        Words {
            en: "Carbon, location-based: local grid. Market-based: less contracted green power",
            zh: "碳排放：基于位置按当地电网；基于市场扣除绿电合约",
        },
        Words {
            en: "GHG Protocol scope 2 guidance; official provincial grid emission factors of \
                 2022",
            zh: "《温室气体核算体系》范围二指南；2022 年省级电网平均碳排放因子",
        },
    ),
    (
        Words {
            en: "PUE of start areas ≤ 1.25 east, ≤ 1.2 west; part of every energy figure here",
            zh: "起步区 PUE：东部 ≤ 1.25，西部 ≤ 1.2；已计入本报告用电量",
        },
        Words {
            en: "Reply letters on the hubs, 2021-12 and 2022-02",
            zh: "关于枢纽节点建设的复函（2021-12、2022-02）",
        },
    ),
    (
        Words {
            en: "Security level of the site at least that of the workload; results inherit the \
                 highest grade of their inputs",
            zh: "节点等级保护级别不低于负载；结果继承输入数据的最高级别",
        },
        Words {
            en: "GB/T 22239 (MLPS), GB/T 43697-2024 (data classification and grading)",
            zh: "GB/T 22239（等级保护）、GB/T 43697-2024（数据分类分级）",
        },
    ),
];
