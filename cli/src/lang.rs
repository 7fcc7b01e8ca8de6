//! The words of tables, in English and Chinese. Words of the field are those of the national
//! documents; field names of JSON and YAML stay English.

use ewc_proto::v1;

use crate::args::LangArg;

/// Language of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// 中文.
    Zh,
}

impl Lang {
    /// The flag or `EWC_LANG`, else what the locale says.
    pub fn choose(flag: Option<LangArg>) -> Lang {
        match flag {
            Some(LangArg::En) => Lang::En,
            Some(LangArg::Zh) => Lang::Zh,
            None => {
                let said = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
                let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(said);
                Lang::of_locale(locale.as_deref().unwrap_or(""))
            }
        }
    }

    fn of_locale(locale: &str) -> Lang {
        if locale.starts_with("zh") {
            Lang::Zh
        } else {
            Lang::En
        }
    }
}

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        /// A word of a table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Word {
            $(#[doc = $en] $name,)*
        }

        impl Word {
            /// The word in that language.
            pub fn text(self, lang: Lang) -> &'static str {
                match (self, lang) {
                    $((Word::$name, Lang::En) => $en, (Word::$name, Lang::Zh) => $zh,)*
                }
            }
        }
    };
}

words! {
    // States of jobs.
    Pending = "pending", "等待";
    Planned = "planned", "已编排";
    Staging = "staging", "数据调入中";
    Dispatched = "dispatched", "已下发";
    Running = "running", "运行中";
    Succeeded = "succeeded", "成功";
    Failed = "failed", "失败";
    Cancelled = "cancelled", "已取消";
    OutcomeUnknown = "outcome unknown", "结果未知";
    Held = "held", "已预留";
    Unspecified = "unspecified", "未说明";
    // Modes of sites.
    Open = "open", "开放";
    Cordoned = "cordoned", "停止接收";
    Draining = "draining", "迁出中";
    Silent = "no contact", "失联";
    // Layers.
    Optical = "optical", "光层";
    PrivateIp = "private IP", "IP专网";
    PublicIp = "public IP", "公众互联网";
    // Headers.
    Job = "job", "作业";
    Name = "name", "名称";
    State = "state", "状态";
    Class = "class", "类别";
    Tenant = "tenant", "租户";
    Site = "site", "站点";
    Region = "region", "地区";
    Hub = "hub", "国家枢纽节点";
    Mode = "mode", "状态";
    Level = "MLPS", "等级保护";
    Start = "start (UTC+8)", "开始 (UTC+8)";
    End = "end (UTC+8)", "结束 (UTC+8)";
    Submitted = "submitted (UTC+8)", "提交 (UTC+8)";
    Moves = "moves", "迁移";
    StartsIn = "starts in", "距开始";
    TransferVolume = "transfer (GB)", "数据传输 (GB)";
    TransferTime = "transfer time", "传输时间";
    CostCny = "cost (CNY)", "费用 (元)";
    Renewable = "renewable (%)", "可再生能源 (%)";
    GreenPower = "green power (%)", "绿电 (%)";
    CarbonLocation = "CO2 location (kg)", "碳排放·位置法 (kg)";
    CarbonMarket = "CO2 market (kg)", "碳排放·市场法 (kg)";
    EmissionFactor = "emission factor (g/kWh)", "碳排放因子 (g/kWh)";
    PowerPrice = "power (CNY/kWh)", "电价 (元/kWh)";
    Chosen = "chosen", "选中";
    Reason = "reason", "原因";
    Detail = "detail", "说明";
    RuledOut = "ruled out", "不可用";
    Nowhere = "The job fits nowhere.", "没有可用站点。";
    ExtraCny = "extra cost (CNY)", "增加费用 (元)";
    Alternatives = "alternatives", "其他站点";
    PricesMet = "scarce capacity that it holds, by its shadow prices", "占用的稀缺资源（按影子价格）";
    Notes = "notes", "备注";
    Item = "item", "项目";
    Count = "count", "数量";
    Nodes = "nodes", "节点";
    Links = "links", "链路";
    DemandRegions = "demand regions", "需求区域";
    Energy = "energy", "电费";
    Pool = "pool", "资源池";
    PoolRent = "pool rent", "算力费";
    Transport = "transport", "传输费";
    Total = "total paid", "合计支付";
    DelayPriced = "waiting (priced)", "等待 (计价)";
    Steering = "steering (priced)", "布局引导 (计价)";
    SteeringRules = "rules", "规则数";
    Source = "source", "依据文件";
    Weight = "weight (%)", "权重 (%)";
    Share = "share (%)", "占用份额 (%)";
    ShareByWeight = "share by weight (%)", "加权份额 (%)";
    Cores = "cores", "核";
    MemoryGib = "memory (GiB)", "内存 (GiB)";
    Accelerators = "accelerators", "加速卡";
    NotStarted = "not started", "未启动";
    Version = "version", "版本";
    AgePriced = "old reports (priced)", "信息陈旧 (计价)";
    ImbalancePriced = "imbalance (priced)", "负载不均 (计价)";
    Objective = "objective", "目标函数";
    Water = "water (L)", "用水 (L)";
    EnergyUsed = "energy (kWh)", "用电量 (kWh)";
    CpuUsed = "cores used/usable", "核 已用/可用";
    AcceleratorsUsed = "accelerators used/usable", "加速卡 已用/可用";
    PowerDrawn = "IT power drawn/cap (kW)", "IT功率 当前/上限 (kW)";
    Link = "link", "链路";
    Ends = "ends", "两端";
    Carrier = "carrier", "运营商";
    Layer = "layer", "网络层";
    OneWay = "one-way latency (ms)", "单向时延 (ms)";
    Measured = "measured round trip (ms)", "实测往返 (ms)";
    Capacity = "capacity (Gb/s)", "带宽 (Gb/s)";
    Reserved = "reserved (Gb/s)", "已预留 (Gb/s)";
    TransportPrice = "price (CNY/GB)", "价格 (元/GB)";
    Up = "up", "连通";
    Encrypted = "encrypted", "加密";
    Attempt = "attempt", "第几次运行";
    Outcome = "outcome", "结果";
    ExitCode = "exit code", "退出码";
    Key = "key", "幂等键";
    Group = "group", "任务组";
    Transfer = "transfer", "数据传输";
    Route = "route", "路径";
    Gain = "gain (CNY/day)", "预期收益 (元/天)";
    TransportSaved = "transport saved (CNY/day)", "节省传输 (元/天)";
    WaitingSaved = "waiting saved (CNY/day)", "节省等待 (元/天)";
    CopyOnce = "copy (CNY)", "复制费用 (元)";
    StoragePerDay = "storage (CNY/day)", "存储费用 (元/天)";
    ReadsPerDay = "reads/day", "读取次数/天";
    SeenOver = "seen, over", "观测次数, 时长";
    PlannedReads = "planned", "计划中作业";
    Dataset = "data set", "数据集";
    NoReplicaPays = "No further replica would pay for itself.", "没有预期收益为正的数据副本。";
    WaitsThere = "waits there", "在此中转暂存";
    WaitsOnItsWay = "waits on its way", "中转暂存";
    Policy = "policy", "策略";
    WhyNotAt = "what is in the way at", "不可用原因·站点";
    ThereNow = "It could be there now", "现在可以放在该站点";
    InTheWay = "in the way", "阻碍";
    NoChange = "No change is known that would make it fit.", "没有已知的改动能使其可用。";
    WithChanges = "It fits with", "改动后可用";
    WithChangesStill = "It does not fit even with", "改动后仍不可用";
    MoreThanNow = "more than now (CNY)", "比现方案增加 (元)";
    Kind = "capacity", "资源";
    WorthCny = "worth (CNY)", "影子价值 (元)";
    WorthHour = "worth (CNY/h)", "影子价格 (元/小时)";
    WorthLinkHour = "worth (CNY/Gb/s/h)", "影子价格 (元/Gb/s/小时)";
    NothingScarce = "Nothing is scarce.", "没有稀缺资源。";
    PlanIndex = "plan (log index)", "计划 (日志序号)";
    Bound = "proven bound (CNY)", "已证明下界 (元)";
    ObjectiveCny = "objective (CNY)", "目标函数 (元)";
    Gap = "gap (%)", "差距 (%)";
    Unplaced = "jobs left out", "未编排作业";
    Penalty = "penalty of those (CNY)", "未编排惩罚 (元)";
    ModelDigest = "model", "模型摘要";
    StoppedAt = "stopped at checkpoint", "止于检查点";
    CertificateAge = "age", "距今";
    NoCertificate = "No plan has been certified: the policy proves nothing, or nothing waited yet.",
        "尚无带证书的计划：当前策略不作证明，或尚无作业排队。";
    MovesTo = "moves to", "迁往";
    MissesDeadline = "misses deadline", "错过截止时间";
    RunsUntil = "runs until (UTC+8)", "最迟运行至 (UTC+8)";
    JobsLeaving = "jobs that leave", "迁出作业";
    JobsNowhere = "of them, that fit nowhere else", "其中无处可迁";
    JobsLate = "of them, that miss their deadline", "其中错过截止时间";
    JobsStaying = "jobs that run on", "继续运行作业";
    EmptyIn = "empty in", "腾空所需时间";
    StartsBy = "starts by (UTC+8)", "预计最迟开始 (UTC+8)";
    Within = "within", "距现在";
    Probability = "probability", "概率";
    AsPlanned = "as planned", "按计划";
    BasisClass = "From earlier jobs of this class, weighed", "依据同类历史作业 (加权数)";
    BasisAll = "From earlier jobs of all classes, weighed", "依据全部历史作业 (加权数)";
    BasisNone = "Too few starts were seen: the margin is a guess. Weighed",
        "历史数据不足，90% 时间仅为粗略估计。已有作业 (加权数)";
    HeldUntil = "Held until (UTC+8)", "预留至 (UTC+8)";
    SubmitIt = "submit it with", "提交命令";
    // The catalogue, the network and its members.
    Size = "size (GB)", "大小 (GB)";
    Grade = "grade", "数据等级";
    General = "general", "一般";
    Important = "important", "重要";
    Core = "core", "核心";
    Replicas = "replicas", "副本站点";
    DroppedAt = "replicas dropped at", "删除副本的站点";
    Image = "image", "镜像";
    ImageKind = "kind", "种类";
    Architecture = "architecture", "处理器架构";
    Sites = "sites", "站点";
    DemandRegion = "region", "需求区域";
    Node = "node", "节点";
    Access = "access one-way (ms)", "接入单向时延 (ms)";
    TrafficWeight = "traffic weight", "流量权重";
    NetworkTime = "network time (UTC+8)", "网络时间 (UTC+8)";
    Leader = "leader", "主节点";
    Follower = "follower", "从节点";
    AppliedIndex = "applied index", "已应用日志序号";
    LinksUp = "links up", "连通链路";
    Transferred = "transferred (GB)", "已传输 (GB)";
    OverReserved = "over-reserved instants", "超额预留时刻";
    Jobs = "jobs", "作业数";
    Member = "member", "成员";
    Address = "address", "地址";
    Role = "role", "角色";
    LogIndex = "log index", "日志序号";
    Term = "term", "任期";
    StateDigest = "state digest", "状态摘要";
    Yes = "yes", "是";
    No = "no", "否";
}

impl Word {
    /// The word for a job's state.
    pub fn of_state(state: v1::JobState) -> Word {
        match state {
            v1::JobState::Unspecified => Word::Unspecified,
            v1::JobState::Pending => Word::Pending,
            v1::JobState::Planned => Word::Planned,
            v1::JobState::Staging => Word::Staging,
            v1::JobState::Dispatched => Word::Dispatched,
            v1::JobState::Running => Word::Running,
            v1::JobState::Succeeded => Word::Succeeded,
            v1::JobState::Failed => Word::Failed,
            v1::JobState::Cancelled => Word::Cancelled,
            v1::JobState::OutcomeUnknown => Word::OutcomeUnknown,
            v1::JobState::Held => Word::Held,
        }
    }

    /// A job's state by its name, in words; a name that is not known stays as it is.
    pub fn state_named(name: &str, lang: Lang) -> String {
        let full = format!("JOB_STATE_{}", name.to_uppercase());
        let state = v1::JobState::from_str_name(&full);
        state
            .map_or(name, |state| Word::of_state(state).text(lang))
            .to_owned()
    }

    /// A grade of data by its name, in words.
    pub fn grade_named(name: &str, lang: Lang) -> &str {
        match name {
            "general" => Word::General.text(lang),
            "important" => Word::Important.text(lang),
            "core" => Word::Core.text(lang),
            other => other,
        }
    }

    /// The word for a site's mode; one without contact is named so.
    pub fn of_site(mode: v1::SiteMode, connected: bool) -> Word {
        match mode {
            _ if !connected => Word::Silent,
            v1::SiteMode::Unspecified | v1::SiteMode::Open => Word::Open,
            v1::SiteMode::Cordoned => Word::Cordoned,
            v1::SiteMode::Draining => Word::Draining,
        }
    }

    /// The word for a layer of the network.
    pub fn of_layer(layer: v1::Layer) -> Word {
        match layer {
            v1::Layer::Unspecified => Word::Unspecified,
            v1::Layer::Optical => Word::Optical,
            v1::Layer::PrivateIp => Word::PrivateIp,
            v1::Layer::PublicIp => Word::PublicIp,
        }
    }

    /// Yes or no.
    pub fn of_bool(value: bool) -> Word {
        if value { Word::Yes } else { Word::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales() {
        for (locale, lang) in [("zh_CN.UTF-8", Lang::Zh), ("C", Lang::En), ("", Lang::En)] {
            assert_eq!(Lang::of_locale(locale), lang, "{locale}");
        }
        assert_eq!(Lang::choose(Some(LangArg::Zh)), Lang::Zh);
    }

    #[test]
    fn names_of_states_and_grades_have_words() {
        assert_eq!(
            Word::state_named("outcome_unknown", Lang::En),
            "outcome unknown"
        );
        assert_eq!(Word::state_named("held", Lang::Zh), "已预留");
        assert_eq!(Word::state_named("another", Lang::Zh), "another");
        assert_eq!(Word::grade_named("core", Lang::Zh), "核心");
        assert_eq!(Word::grade_named("general", Lang::En), "general");
    }
}
