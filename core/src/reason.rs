//! Why a job is where it is, or is not where one might expect it: stable codes.

use borsh::{BorshDeserialize, BorshSerialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sentence:literal;)*) => {
        /// A stable reason code. Codes are never reused for another meaning.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize,
        )]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &'static [Reason] = &[$(Reason::$name),*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$name => $code),* }
            }

            /// One sentence for people.
            pub fn sentence(self) -> &'static str {
                match self { $(Reason::$name => $sentence),* }
            }
        }
    };
}

reasons! {
    /// The site's security level is too low.
    SecurityLevel = "security_level", "the site's security level (MLPS) is below the job's";
    /// The site is not on the job's list.
    SiteNotAllowed = "site_not_allowed", "the job's list of sites does not name it";
    /// The region is not on the job's list.
    Residency = "residency", "the job's list of regions does not name the site's";
    /// No allowed carrier is present.
    Carrier = "carrier", "no carrier that the job allows is present";
    /// The site takes no new work.
    SiteCordoned = "site_cordoned", "the site is cordoned or drains";
    /// Its agent is cut off.
    SiteSilent = "site_silent", "the site's agent is cut off";
    /// A demand region is too far.
    Latency = "latency", "a demand region, or every route to it, is beyond the job's latency limit";
    /// The policy wants such work elsewhere.
    PolicySteering = "policy_steering", "the policy wants work of this class elsewhere";
    /// No pool has the architecture.
    Architecture = "architecture", "no pool has the architecture";
    /// No pool has the accelerator.
    Accelerator = "accelerator", "no pool has an accelerator of that family or model";
    /// A task is larger than a node.
    NodeShape = "node_shape", "one task does not fit on one node";
    /// The group is larger than the pool.
    PoolTooSmall = "pool_too_small", "the group is larger than the whole pool";
    /// The pool is full until the deadline or horizon.
    PoolBusy = "pool_busy", "the pool is taken until the deadline or planning horizon";
    /// Running work holds more than is usable.
    Overbooked = "overbooked", "running work holds more than is usable";
    /// An input has no replica.
    DataUnavailable = "data_unavailable", "no site holds a copy of an input";
    /// No route.
    NoRoute = "no_route", "no allowed route joins the data and the site";
    /// The links are full.
    LinkBusy = "link_busy", "the links are taken until the deadline or planning horizon";
    /// Too few sites suit the job.
    SpreadSites = "spread_sites", "fewer sites suit the job than it is to stand at";
    /// The sites are too near each other.
    CopyDistance = "copy_distance", "the sites that suit are nearer each other than copies may be";
    /// No other hub can take the disaster-recovery replica.
    ReplicaSite = "replica_site",
        "no other hub can take the disaster-recovery replica of its data";
    /// The chain ends too late.
    Deadline = "deadline", "the whole chain cannot end before the deadline";
    /// Renewables are too scarce.
    GreenFloor = "green_floor", "the share of renewables is below the job's floor";
    /// The tenant's quota is used up.
    Quota = "quota", "the tenant's quota is used up until the deadline or planning horizon";
    /// A job it depends on has not ended.
    DependencyPending = "dependency_pending", "a job it depends on has not succeeded yet";
    /// A job it depends on did not succeed.
    DependencyFailed = "dependency_failed", "a job it depends on did not succeed";
    /// Its release time has not come.
    NotReleased = "not_released", "its release time has not come";
    /// The state moved between planning and apply.
    PlanStale = "plan_stale", "the state moved on since the plan was made";
    /// Capacity shrank under a reservation.
    Displaced = "displaced", "capacity shrank and its reservation was given up";
    /// Data came too late.
    StageInLate = "stage_in_late", "its data came later than its slot could wait";
    /// Data could not be fetched.
    StageInFailed = "stage_in_failed", "its data could not be fetched";
    /// A result could not be delivered.
    DeliveryFailed = "delivery_failed", "a result could not be delivered to its site";
    /// The site was drained.
    Drained = "drained", "its site was drained";
    /// The task failed.
    TaskFailed = "task_failed", "a task ended with an error";
    /// It ran into its time limit.
    TimeLimit = "time_limit", "it ran into its time limit";
    /// The site was lost.
    SiteLost = "site_lost", "its site was cut off or lost its trace";
    /// The deadline passed before it could be placed.
    DeadlinePassed = "deadline_passed", "its deadline passed before it could start";
    /// It was cancelled.
    Cancelled = "cancelled", "its owner cancelled it";
    /// A plan named something that does not exist.
    Unknown = "unknown", "the plan names something that does not exist";
    /// The plan's chain contradicts itself.
    Malformed = "malformed", "the plan's chain contradicts itself";
    /// It gave way to a job of higher priority.
    Preempted = "preempted", "it gave way to a job of higher priority";
    /// Retried after a failure.
    Retrying = "retrying", "an attempt failed and another one is due";
    /// The planner stopped before it came to this job.
    NotReached = "not_reached", "the planner has not come to it yet";
    /// A hold ran out.
    HoldExpired = "hold_expired", "its hold expired before it was submitted";
    /// It goes on at another site.
    Moving = "moving", "it goes on at another site from its checkpoint, where the rest costs less";
    /// It was stopped to move, and could not.
    MoveFailed = "move_failed",
        "it was stopped to move, and left no checkpoint or lost its new place";
    /// The site's cap on power leaves too little.
    PowerCap = "power_cap",
        "the site's cap on power leaves too little until the deadline or planning horizon";
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.sentence())
    }
}
