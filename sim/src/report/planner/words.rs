//! Every word of the planners' pages, in English and Chinese. The terms are those of the national
//! programme; names in braces are replaced by values.

pub(super) use crate::report::words::Words;

words! {
    RUN_TITLE = "Run of {name}", "{name} 运行报告";
    RUN_LINE =
        "Network {network} · policy {policy} · from {start} (Beijing time) for {length} · seed \
        {seed}",
        "网络 {network} · 策略 {policy} · 自 {start}（北京时间）起 {length} · 随机种子 {seed}";
    RUN_MODEL =
        "A simulation through the planner of the scheduler; nothing here was measured on machines.",
        "本报告为仿真结果，由调度器自身的规划核心产生，并非在实际设备上测得。";
    PARTIAL =
        "Partial: the run was interrupted after {known} of its time. Every figure below covers \
         only what had happened by then.",
        "不完整：运行在仿真时间 {known} 时被中断，以下所有数据只涵盖此前发生的部分。";
    FROM_FILES = "made from the files of its folder alone", "仅由所在文件夹中的文件生成";

    GLANCE = "At a glance", "概览";
    TARGETS = "National targets", "国家指标对照";
    MAP = "Network over time", "算力网络（随时间）";
    LOAD = "Use and queue over time", "利用率与排队（随时间）";
    FAULTS = "Faults and changes", "故障与变更";
    GANTT = "Jobs over time (Gantt)", "作业甘特图";
    WAITS = "Waits by class", "各类负载等待时间";
    ENERGY = "Renewables: available and used", "可再生能源：可用与所用";
    MONEY = "Cost and carbon", "费用与碳排放";
    LINKS = "Link load", "链路负载";
    PLANNING = "Certificates and method", "最优性证书与方法";

    NONE = "–", "–";
    JOBS_SUCCEEDED = "jobs succeeded", "作业成功";
    JOBS_NOTE =
        "{unplaced} never started, of them {refused} refused; {unfinished} not ended",
        "{unplaced} 个从未启动，其中 {refused} 个被拒绝；{unfinished} 个未结束";
    WAIT_P90 = "90 % waited no longer", "90% 的作业等待不超过";
    WAIT_NOTE = "median {p50}, mean {mean}, longest {max}", "中位数 {p50}，平均 {mean}，最长 {max}";
    DEADLINES = "deadlines kept", "按期完成";
    DEADLINES_NOTE = "of the jobs that have one", "仅统计有截止时间的作业";
    ASKED = "load", "负载";
    ASKED_NOTE =
        "asked for, of what could be used; mean queue {queue}",
        "需求量占可用容量；平均排队 {queue} 个";
    UTILISATION = "of cores | of accelerators used", "核心 | 加速卡利用率";
    UTILISATION_NOTE = "mean bounded slowdown {bsld}", "平均有界减速比 {bsld}";
    COST = "cost", "费用";
    COST_NOTE =
        "energy, rent, transport; {lost} for {attempts} lost attempts",
        "电费、租金、传输；其中 {attempts} 次失败尝试 {lost}";
    CARBON_LOCATION = "CO₂, location-based", "碳排放（基于位置）";
    CARBON_LOCATION_NOTE =
        "by the grids' emission factors; {lost} lost",
        "按电网碳排放因子；其中损失 {lost}";
    CARBON_MARKET = "CO₂, market-based", "碳排放（基于市场）";
    CARBON_MARKET_NOTE = "less contracted green power; {lost} lost", "扣除合约绿电；其中损失 {lost}";
    ENERGY_USED = "energy, PUE included", "用电量（含 PUE）";
    ENERGY_USED_NOTE = "of every attempt", "含每次尝试";
    RENEWABLE = "renewable share of it", "可再生能源占比";
    RENEWABLE_NOTE = "physical, by the local grid and the site's own", "物理占比，按当地电网及自有电源";
    MOVED = "data moved", "数据传输量";
    MOVED_NOTE = "between sites", "节点之间";
    GAP = "mean gap to the proven bound", "与已证下界的平均差距";
    GAP_NOTE = "worst {worst}, of {rounds} rounds", "最大 {worst}，共 {rounds} 轮";
    NO_GAP_NOTE = "this policy proves no bound", "该策略不给出下界";

    TARGETS_INTRO =
        "What the run knows of each target. What it cannot know is not judged by something near.",
        "逐项对照本次运行所能得知的情况；无法得知的不以近似数据代替判断。";
    TARGET = "target", "指标";
    VALUE = "value", "数值";
    WANTED = "wanted", "目标";
    VERDICT = "met?", "是否达标";
    DOCUMENT = "document", "依据文件";
    MET = "met", "达标";
    NOT_MET = "not met", "未达标";
    NOT_MEASURABLE = "not measurable here", "本次运行无法衡量";

    RACKS = "Rack utilisation of start areas (上架率)", "起步区上架率";
    RACKS_NOTE =
        "A run knows no racks. Of usable capacity {cores} of cores and {accelerators} of \
         accelerators were in use, which is another number.",
        "仿真不含机架信息。可用容量中核心使用 {cores}、加速卡使用 {accelerators}，与上架率不同。";
    REPLY_LETTERS =
        "Reply letters on the hubs, 2021-12 and 2022-02",
        "关于各枢纽节点建设的复函（2021-12、2022-02）";
    GREEN_POWER = "Green power (绿电) of data centres at hubs", "枢纽数据中心绿电占比";
    GREEN_POWER_NOTE =
        "Share under contracts as set up, weighted by the energy of the jobs; all clusters, not \
         only new ones. The target counts certificates (绿证), which a run does not trade.",
        "按设定的绿电合约比例、以作业用电量加权；含全部集群，不限新建。目标主要以绿证核算，仿真不涉及绿证交易。";
    GREEN_POWER_DOCUMENT =
        "发改数据〔2023〕1779号; monitored, not assessed, in 2025: 发改办能源〔2025〕669号",
        "发改数据〔2023〕1779号；2025 年仅监测不考核：发改办能源〔2025〕669号";
    DOCUMENT_1779 = "发改数据〔2023〕1779号", "发改数据〔2023〕1779号";
    CIRCLE_HUBS = "Latency circle between hubs, one-way", "枢纽间时延圈（单向时延）";
    PAIRS_WITHIN = "{met} pairs, worst {worst}", "{met} 对，最差 {worst}";
    CIRCLE_HUBS_NOTE =
        "On the optical layer. On private IP {private} pairs, on the public Internet {public}.",
        "按光层计算；IP 专网 {private} 对，公众互联网 {public} 对。";
    NO_PAIRS = "The network has no two clusters of different hubs.", "网络中没有分属不同枢纽的两个集群。";
    CIRCLE_REGION = "Latency circle of the region, one-way", "区域时延圈（单向时延）";
    CIRCLE_CITY = "Latency circle of the city, one-way", "城市时延圈（单向时延）";
    USERS_WITHIN =
        "{share} of users ({met} regions), worst {worst}",
        "{share} 的用户（{met} 个区域），最差 {worst}";
    CIRCLE_NOTE =
        "From the users of every region, by their traffic, to the nearest site on the optical \
         layer, access included; met when every region is.",
        "自各区域用户（按流量加权）至最近节点，光层，含接入；全部区域满足方为达标。";
    NO_REGIONS = "The network has no users' regions.", "网络中没有用户区域。";
    DIRECT_LINKS = "Hub direct links, of the theoretical latency", "枢纽直连链路时延与理论值之比";
    DIRECT_LINKS_NOTE =
        "Shortest optical routes between clusters of different hubs, against light in fibre \
         (4.9 µs/km) along the great circle; whether a route is a direct link is not known.",
        "不同枢纽集群之间的最短光层路由，与大圆距离上光纤光速（4.9 µs/km）之比；是否为直连链路无法得知。";
    INFRASTRUCTURE_PLAN =
        "算力基础设施高质量发展行动计划, 2023",
        "《算力基础设施高质量发展行动计划》（2023）";
    METRO = "Between data centres of a city, one-way, by 2027", "城市内数据中心间单向时延（2027 年）";
    LINKS_WITHIN = "{met} links, worst {worst}", "{met} 条链路，最差 {worst}";
    METRO_NOTE =
        "Optical links of at most 100 km, which stand for the links of a city here.",
        "以不超过 100 km 的光层链路代表城市内链路。";
    MILLISECOND_NOTICE = "Notice on 毫秒用算, 2025-10", "关于开展“毫秒用算”的通知（2025-10）";
    PUE_LIMITS = "PUE of start areas, east | west", "起步区 PUE（东部 | 西部）";
    CLUSTERS_WITHIN = "{met} clusters", "{met} 个集群";
    PUE_NOTE = "The year's mean as set up.", "按设定的年均值。";
    PUE_ABOVE_NOTE = "The year's mean as set up; above: {above}.", "按设定的年均值；超限：{above}。";
    PUE_HUBS = "Mean PUE of data centres at hubs", "枢纽数据中心平均 PUE";
    PUE_ALL = "Mean PUE of all data centres", "全部数据中心平均 PUE";
    PUE_PLANS =
        "Plan of 2021-12 (hubs), action plan of 2024-07 (all), by 2025",
        "2021-12 实施方案（枢纽）、2024-07 行动计划（全国），2025 年";
    PUE_MEAN_NOTE =
        "As set up, weighted by the energy of the jobs; of this network's sites only.",
        "按设定值、以作业用电量加权；仅含本网络节点。";
    NEW_COMPUTE = "New compute inside hubs", "枢纽内新增算力占比";
    NEW_COMPUTE_NOTE =
        "A run knows neither what is new nor data centres outside its network. Of its own capacity \
         {cores} of cores and {accelerators} of accelerators stand at hubs.",
        "仿真不区分新增算力，也不含网络之外的数据中心。本网络容量中，核心的 {cores}、加速卡的 {accelerators} 位于枢纽。";
    RECOVERY = "Disaster recovery of core and important data", "核心与重要数据灾备覆盖率";
    RESULTS_KEPT = "{met} jobs", "{met} 个作业";
    RECOVERY_NOTE =
        "Jobs of such data that succeeded, whose every result was sent to another hub too.",
        "涉及此类数据且成功的作业中，全部结果同时送达另一枢纽的作业数。";
    RECOVERY_NONE = "No job that succeeded had results of such data.", "没有成功的作业产生此类数据。";
    RECOVERY_UNKNOWN = "The folder was written before this was counted.", "该文件夹生成时尚未统计此项。";

    WHOLE_RUN = "whole run", "全程";
    MAP_NOTE =
        "Schematic: positions by latitude and longitude, no borders. At first links show their \
         peak and sites their mean over the run; the slider goes through it.",
        "示意图：按经纬度排布，不含边界。初始显示链路峰值与节点全程均值；拖动滑块可逐时查看。";
    SITES_BY =
        "Site: size by cores, colour by renewable share",
        "节点：大小为核心数，颜色为可再生能源占比";
    LINKS_BY =
        "Link: colour and width by use of its fullest layer",
        "链路：颜色与粗细为最忙一层的利用率";
    RING_BY = "Ring: part of the site's capacity that is reserved", "圆环：节点容量已预留的部分";
    FAULTS_BY = "Red, dashed: a fault lasts", "红色虚线：故障持续中";
    EDGES_BY = "Square: edge site", "方块：边缘节点";
    CITIES_BY = "Small dot: backbone city", "小圆点：骨干城市";
    SITE = "site", "节点";
    HUB = "hub", "枢纽";
    JOBS = "jobs", "作业数";
    CORES = "cores", "核心";
    ACCELERATORS = "accelerators", "加速卡";
    CORES_USED = "cores in use", "核心利用率";
    ACCELERATORS_USED = "accelerators in use", "加速卡利用率";
    PUE = "PUE", "PUE";
    CONTRACTED = "contracted green power", "合约绿电";

    USED_OVER_TIME = "Capacity reserved, all sites", "全部节点已预留容量";
    QUEUE_OVER_TIME = "Jobs in the network", "网络中的作业数";
    FAULT_MARK = "a fault lasts", "故障持续中";
    RUNNING = "handed over or running", "已派发或运行中";
    STAGING = "data on the way", "数据传输中";
    PLANNED = "planned", "已规划";
    PENDING = "waiting for a plan", "等待规划";
    QUEUE_NOTE =
        "Number of jobs by how far they are, one above the other.",
        "按阶段堆叠的作业数。";
    BY_SITE = "By site", "按节点";
    RENEWABLE_AREA = "renewable share of the supply, 0–100 %", "供电可再生能源占比，0–100%";
    RESERVED_LINE =
        "reserved share of the scarcer of cores and accelerators, 0–100 %",
        "核心与加速卡中较紧张者的预留占比，0–100%";
    SMALLER_LEFT_OUT = "Smaller sites are left out here.", "较小的节点此处未列出。";
    AXIS_HOURS =
        "Horizontal: hours since the start; a column is {hours} h.",
        "横轴：距开始的小时数；每列 {hours} h。";
    AXIS_DAYS =
        "Horizontal: days since the start; a column is {hours} h.",
        "横轴：距开始的天数；每列 {hours} h。";

    NO_FAULTS = "None in this scenario.", "本场景没有故障或变更。";
    UNNAMED_FAULTS =
        "{count} in the scenario; the folder was written before they were named.",
        "场景中有 {count} 项；该文件夹生成时尚未记录其内容。";
    MORE_FAULTS = "{count} more are not shown.", "另有 {count} 项未显示。";
    LEFT = ", {left} left", "，剩余 {left}";
    MORE_NODES = ", {nodes} nodes more", "，新增 {nodes} 台";
    NOT_REACHED = "not within the run", "运行期内未发生";

    GANTT_ALL = "All {all} jobs that started.", "已启动的全部 {all} 个作业。";
    GANTT_SAMPLED =
        "A sample: {shown} of the {all} jobs that started, each as likely as another; the same \
         folder gives the same sample.",
        "抽样显示：已启动的 {all} 个作业中的 {shown} 个，等概率抽取；同一文件夹抽样结果相同。";
    GANTT_NOTE =
        "A bar goes from the first start to the end, at the site of the last attempt; a red frame: \
         did not end well; a shaded span: a fault. On the right: bars shown / jobs started there.",
        "每条自首次启动至结束，位于最后一次尝试所在节点；红框：未正常结束；底色：故障期间。右侧：显示条数 / 该节点启动的作业数。";

    RAN = "ran", "运行";
    WAITED = "waited", "等待";
    TASKS = "tasks", "任务数";
    ATTEMPTS = "attempts", "尝试次数";

    CLASS = "class", "类别";
    STARTED = "started", "已启动";
    MEAN = "mean", "平均";
    MEDIAN = "median", "中位数";
    P90 = "P90", "P90";
    P99 = "P99", "P99";
    LONGEST = "longest", "最长";
    WAITS_NOTE =
        "Share of the jobs that started whose wait was no longer (cumulative distribution); scale \
         of waits logarithmic. A wait goes from submission, or release if that is later, to the \
         first start, and holds the staging of data.",
        "等待时间不超过横轴值的作业占比（累积分布）；横轴为对数刻度。等待自提交（或更晚的最早允许时间）至首次启动，含数据预置。";

    ENERGY_INTRO =
        "Where the filled dot lies right of the open one, jobs ran in greener hours than the mean.",
        "实心点在空心点右侧，表示作业运行在比平均更绿的时段。";
    AVAILABLE = "available: mean share of renewables in the site's supply", "可用：节点供电可再生能源平均占比";
    USED = "used: share of the energy that jobs used", "所用：作业用电中的可再生能源占比";
    ENERGY_NOTE =
        "On the right: available → used. Physical shares of the grid and of the site's own supply; \
         contracts are another number.",
        "右侧：可用 → 所用。均为电网与自有电源的物理占比，与绿电合约不同。";
    ENERGY_SHORT = "energy", "用电量";
    AVAILABLE_SHORT = "renewables available", "可再生能源可用";
    USED_SHORT = "renewables used", "可再生能源所用";
    GRID_FACTOR = "emission factor, mean", "平均碳排放因子";
    PRICE = "price of power, mean", "平均电价";

    LEDGERS =
        "Carbon is kept in two ledgers (GHG Protocol, scope 2): location-based by the emission \
         factor of the local grid, market-based less contracted green power.",
        "碳排放按《温室气体核算体系》范围二分两本账：基于位置按当地电网因子，基于市场扣除合约绿电。";
    NOWHERE = "never placed", "未调度";
    COST_SHORT = "cost", "费用";
    LOST_SHORT = "of it lost", "其中损失";
    LOCATION_SHORT = "CO₂, location", "碳排放（位置）";
    MARKET_SHORT = "CO₂, market", "碳排放（市场）";
    TOTAL = "total", "合计";
    MONEY_NOTE =
        "Counted at the site of a job's last attempt. Lost: attempts that did not end well.",
        "计入作业最后一次尝试所在节点。损失：未正常结束的尝试。";

    LINK_USE = "Mean use of what may be reserved", "占可预留带宽的平均比例";
    CUT = "cut or degraded", "中断或降容";
    LINKS_NOTE = "On the right: mean, peak, data carried.", "右侧：平均、峰值、承载数据量。";
    IDLE_LINKS = "{count} links carried nothing and are left out.", "{count} 条链路无流量，未列出。";
    QUIET_LINKS = "{count} less used links are left out.", "{count} 条利用率较低的链路未列出。";

    CERTIFICATES = "Certificates", "最优性证书";
    CERTIFICATES_FOUND =
        "Over {rounds} rounds the plans lay {mean} above the proven bound in the mean, {worst} at \
         most.",
        "共 {rounds} 轮，规划结果平均高出已证下界 {mean}，最多 {worst}。";
    NO_CERTIFICATES =
        "This policy proves no bound; price does.",
        "该策略不给出下界；价格策略给出。";
    BOUND =
        "The bound: no plan of a round's model, with the columns it had and the capacity of that \
         moment, could have cost less; it says nothing about the future or about columns outside \
         the model.",
        "下界的含义：在该轮模型之内（其候选列与当时容量），任何规划的费用都不可能更低；它不涉及未来，也不涉及模型之外的候选列。";
    HOW = "How this was made", "生成方法";
    HOW_LINE =
        "Planner version {planner}. What the planner saw of energy beforehand: {forecast}{error}.",
        "规划器版本 {planner}。规划器事先所见的能源信息：{forecast}{error}。";
    READ_MODEL =
        "Jobs went through the state and the planner of the scheduler; only the agents were \
         replaced, by what is known of each job's run.",
        "作业经过调度器的状态机与规划器；仅以各作业已知的运行情况代替代理。";
    READ_ENERGY =
        "Energy, carbon and money are worked out by the model from energy as it really was, not \
         read from meters.",
        "用电量、碳排放与费用由模型按真实能源数据计算，并非计量读数。";
    READ_CARBON =
        "Emission factors are the official provincial ones of 2022 unless the scenario says \
         otherwise.",
        "除场景另行指定外，采用官方 2022 年省级电网平均碳排放因子。";
    READ_END =
        "The last round is one planning horizon after the last submission; what waits then counts \
         as never started.",
        "最后一轮规划在最后一次提交之后一个规划周期；届时仍在等待的作业计为未启动。";
    COMPARE_TITLE = "Policies on {name}", "{name} 策略对比";
    CHANGE_TITLE = "What a change does to {name}", "{name} 变更影响";
    GRID_TITLE = "Sweep over {name}", "{name} 参数扫描";
    SIDES_LINE =
        "{sides} sides, each with the same {seeds} seeds",
        "共 {sides} 种方案，每种使用相同的 {seeds} 个随机种子";
    GRID_PARTIAL =
        "Partial: the sweep was interrupted; combinations are missing.",
        "不完整：扫描被中断，缺少部分组合。";
    CARBON_DELAY = "Carbon and cost against delay", "碳排放、费用与延迟的权衡";
    SCATTER_NOTE =
        "Large: the mean over seeds; small: each seed. Left and down is better. Axes do not \
        begin at zero. Work is what the jobs that succeeded are worth at the mean prices of the \
        network's pools, which no policy changes: leaving jobs out does not look like saving.",
        "大点为各种子平均，小点为单个种子；越靠左下越好。坐标轴不从零开始。\
         工作量为成功作业按全网平均目录价的价值，与策略无关，因此排除作业不会使其占优。";
    DIFFERENCES = "Differences, seed by seed", "逐种子配对差异";
    DIFFERENCES_INTRO =
        "Differences to {first}, as shares of its mean; bars are 95 % confidence intervals \
        (Student's t over the seeds).",
        "与“{first}”的差异（占其均值的比例）；横条为 95% 置信区间（按种子的 t 分布）。";
    DIFFERENCES_NOTE =
        "Blue: the interval does not hold zero; grey: it does. Both sides had the same jobs with \
        each seed, so what a seed makes hard for all does not blur the difference. Scales differ \
        between drawings.",
        "蓝色：区间不含零；灰色：含零。同一种子下各方案作业相同，种子本身的难易不影响差异。各图刻度不同。";
    NUMBERS = "Numbers", "数据表";
    NUMBERS_NOTE =
        "Mean ± half the 95 % confidence interval; below it the difference to the first side \
        with its own interval, bold where the interval does not hold zero. One seed has no \
        interval.",
        "均值 ± 95% 置信区间半宽；下方为与第一种方案的差异及其区间，粗体表示区间不含零。单个种子没有区间。";
    MEASURE = "measure", "指标";
    COMBINATION = "combination", "组合";
    MORE_SIDES = "{count} more are not shown.", "另有 {count} 种未显示。";
    WAIT_MEAN = "mean wait", "平均等待";
    SLOWDOWN = "mean bounded slowdown", "平均有界减速比";
    UNPLACED = "jobs that never started", "从未启动的作业";
    MEAN_QUEUE = "mean queue, jobs", "平均排队作业数";
    WORK = "work done, at list prices", "完成的工作量（按目录价）";
    COST_PER_WORK = "cost per CNY of work", "单位工作量费用";
    LOCATION_PER_WORK = "CO₂ per CNY of work, location-based", "单位工作量碳排放（基于位置）";
    MARKET_PER_WORK = "CO₂ per CNY of work, market-based", "单位工作量碳排放（基于市场）";
    JAIN = "Jain's fairness over tenants", "租户间公平性（Jain 指数）";

    GROWTH_TITLE = "What to grow first in {name}", "{name} 优先扩容分析";
    GROWTH_LINE =
        "{jobs} jobs placed together, {left} left out; plan {cost}, at least {bound}",
        "共同规划 {jobs} 个作业，{left} 个未安排；方案费用 {cost}，已证明下界 {bound}";
    GROWTH_ASKED =
        "Budget {budget}; steps of {step} of what is there, one node at least; bought is what pays \
        back within {years} years",
        "预算 {budget}；每步为现有规模的 {step}（至少一个节点）；仅购置 {years} 年内可回本者";
    GROWTH_ANSWER = "What to buy", "购置建议";
    GROWTH_NOTHING_SCARCE =
        "Nothing is scarce: no pool and no link is worth growing. Most used is {most}, {used}.",
        "没有紧缺资源：任何资源池或链路都不值得扩容。利用率最高的是 {most}（{used}）。";
    GROWTH_SAME =
        "The bottleneck is {first}; it is also what is used most, {used}.",
        "瓶颈是 {first}，它也是利用率最高的资源（{used}）。";
    GROWTH_OTHER =
        "The bottleneck is {first}. Most used is {most}, {used}, and more of it is worth less.",
        "瓶颈是 {first}。利用率最高的是 {most}（{used}），但其扩容价值较低。";
    GROWTH_NO_PURCHASE =
        "Nothing is to buy: no step pays back in time within the budget.",
        "没有购置建议：预算内没有能按期回本的扩容。";
    GROWTH_BOUGHT = "{cost}, saves {saves} in a year", "{cost}，每年节省 {saves}";
    GROWTH_SPENT =
        "Bars are shares of the budget; {cost} of {budget} are spent. Each step is valued at the \
        prices that the steps before it leave.",
        "横条为占预算的比例；共支出 {cost}（预算 {budget}）。每一步按此前各步之后的价格计值。";
    GROWTH_WORTH = "What a step more is worth", "每步扩容的价值";
    GROWTH_BY_PRICES = "by prices", "按对偶价格";
    GROWTH_AGAIN = "planned again with it", "扩容后重新规划";
    GROWTH_PAYS = "{value}, pays back in {years} years", "{value}，{years} 年回本";
    GROWTH_NEVER = "{value}, never pays back", "{value}，无法回本";
    GROWTH_WORTH_NOTE =
        "Saved during the scenario's time, in the planner's objective: money, carbon, water and \
        delay at the policy's prices, and what it costs to leave a job out. A price is a slope, so \
        that a step saves at most so much.",
        "场景时段内节省的目标值：按策略价格计的费用、碳排放、用水与延迟，以及未安排作业的代价。\
         价格是斜率，因此一步的实际节省不超过该值。";
    GROWTH_USE = "Use", "利用率";
    GROWTH_USE_NOTE =
        "Held in the mean over the time. What is full of work that could as well run elsewhere is \
        no bottleneck.",
        "时段内平均占用。若其上的作业也可在别处运行，则利用率高并不意味着是瓶颈。";
    GROWTH_ROLLING = "As time goes by, with a step more", "逐时运行下增加一步的效果";
    GROWTH_ROLLING_NOTE =
        "The scenario run with {seeds} seeds while nobody knows the jobs beforehand: differences \
        to the run without the step, with 95 % confidence intervals.",
        "在不预知作业的情况下用 {seeds} 个随机种子运行：与不扩容相比的差异及 95% 置信区间。";
    GROWTH_RESOURCE = "what", "资源";
    GROWTH_PRESENT = "present", "现有";
    GROWTH_STEP = "step", "一步";
    GROWTH_UNIT_VALUE = "value of a unit", "单位价值";
    GROWTH_COST = "cost of a step", "一步成本";
    GROWTH_BACK = "pays back", "回本";
    GROWTH_YEARS = "{years} years", "{years} 年";
    GROWTH_NO_BACK = "never", "无法回本";
    GROWTH_ASSUMED = "assumed", "假定";
    GROWTH_ASSUMED_NOTE =
        "Costs marked as assumed come from no file of costs; they are defaults that somebody has \
        to confirm.",
        "标为“假定”的成本并非来自成本文件，而是需要确认的默认值。";

    SITE_LINE =
        "Site {site}, {processors} processors · queue {queue} · estimates {estimate}",
        "节点 {site}，{processors} 个处理器 · 队列 {queue} · 估计 {estimate}";
    SITE_MODEL =
        "A simulation of one site's batch queue; times count from the first submission.",
        "单节点批处理队列仿真；时间自首次提交起算。";
    SITE_PARTIAL =
        "Partial: the run was interrupted. Every figure below covers only what had ended by then.",
        "不完整：运行被中断，以下所有数据只涵盖此前已结束的作业。";
    JOBS_ENDED = "jobs ended", "作业已结束";
    UNFINISHED = "{unfinished} did not", "{unfinished} 个未结束";
    SLOWDOWN_NOTE = "highest {max}", "最高 {max}";
    PROCESSORS_USED = "processors in use", "处理器利用率";
    PROCESSORS_NOTE = "in the mean, until the last end", "平均，至最后一个作业结束";
    MAKESPAN = "makespan", "总时长";
    MAKESPAN_NOTE = "from the first submission to the last end", "自首次提交至最后结束";
    JOBS_WAITING = "jobs waiting", "等待中的作业";
    WAITS_OF_ALL = "Waits", "等待时间";
    ALL_JOBS = "all jobs", "全部作业";

    FILE = "file read", "输入文件";
    DIGEST = "SHA-256", "SHA-256";
}

names! { ENDS:
    "COMPLETED_SUCCESSFULLY" = "succeeded", "成功";
    "COMPLETED_FAILED" = "failed", "失败";
    "COMPLETED_KILLED" = "cancelled or outcome unknown", "已取消或结果未知";
    "REJECTED" = "refused or expired", "被拒绝或过期";
    "RUNNING" = "running at the end", "结束时仍在运行";
    "NOT_PLACED" = "waiting at the end", "结束时仍在等待";
}

names! { FAULT_KINDS:
    "site_outage" = "Site outage", "节点停机";
    "agent_cut_off" = "Agent cut off", "代理失联";
    "link_cut" = "Link cut", "链路中断";
    "link_degraded" = "Link degraded", "链路降容";
    "capacity_growth" = "Capacity growth", "扩容";
    "curtailment" = "Power curtailment", "限电";
    "power_cap" = "Cap on power", "功率上限";
}

names! { FORECASTS:
    "none" = "all of it, without error", "全部，无误差";
    "gaussian" = "a forecast with Gaussian errors of", "带高斯误差的预测，误差";
    "persistence" = "the last day as a forecast", "以前一日为预测";
    "file" = "a forecast from a file", "来自文件的预测";
}

names! { UNITS:
    "node" = "nodes", "个节点";
}

names! { STEP_MEASURES:
    "unplaced" = "jobs that never started", "从未启动的作业";
    "deadline_hits" = "deadlines kept", "按期完成";
    "wait_s.mean" = "mean wait, s", "平均等待（秒）";
    "cost_cny" = "cost, CNY", "费用（CNY）";
}

names! { SIDE_NAMES:
    "before" = "before", "变更前";
    "after" = "after", "变更后";
}
