//! Figures of others, as printed, each table with its source.

/// A: EASY backfilling on the log KTH-SP2.
pub mod queue {
    /// Where it was published.
    pub const SOURCE: &str = "E. Gaussier, D. Glesser, V. Reis, D. Trystram, \"Improving \
        backfilling by using machine learning to predict running times\", SC 2015; figures of its \
        repository predictsim, log KTH-SP2, 100 processors";
    /// Mean bounded slowdown of EASY with the times that were asked for.
    pub const EASY_REQUESTED: f64 = 92.57653974;
    /// The same with the real run times.
    pub const EASY_ACTUAL: f64 = 71.72238511;
    /// EASY, the shortest estimate first, with the times that were asked for.
    pub const EASY_SJBF_REQUESTED: f64 = 69.40540058;
    /// Mean wait under FCFS in seconds; three simulators agree.
    pub const FCFS_WAIT_S: f64 = 353_776.41;
    /// Utilisation, and makespan in seconds, with backfilling: the last job starts at once.
    pub const EASY_UTILISATION: f64 = 0.685613;
    /// See there.
    pub const EASY_MAKESPAN_S: f64 = 29_363_626.0;
    /// How far apart figures may be.
    pub const TOLERANCE: f64 = 1e-4;
    /// Of the wait fewer digits were printed.
    pub const WAIT_TOLERANCE_S: f64 = 0.005;
}

/// B: placement of GPU tasks on the nodes of a cluster.
pub mod placement {
    use crate::site::nodes::NodeChoice;

    /// Where it was published.
    pub const SOURCE: &str = "Q. Weng and others, \"Beware of fragmentation: scheduling \
        GPU-sharing workloads with fragmentation gradient descent\", USENIX ATC 2023; workload \
        default, mean over seeds 42 to 51, arrivals of 130 % of the capacity";
    /// Seeds of the orders.
    pub const SEEDS: std::ops::RangeInclusive<u64> = 42..=51;
    /// Policy, allocation in %, fragmentation in %, tolerance in points.
    pub const MEANS: [(NodeChoice, f64, f64, f64); 6] = [
        (NodeChoice::Random, 87.47, 12.43, 0.3),
        (NodeChoice::DotProduct, 90.85, 9.08, 0.02),
        (NodeChoice::Clustering, 91.88, 8.00, 0.02),
        (NodeChoice::Packing, 92.00, 7.91, 0.02),
        (NodeChoice::BestFit, 93.08, 6.85, 0.02),
        (NodeChoice::FragmentationGradient, 95.39, 4.57, 0.06),
    ];
}

/// C: work moved between cloud regions within a latency limit.
pub mod regions {
    /// Where it was published.
    pub const SOURCE: &str = "T. Sukprasert, A. Souza, N. Bashir, D. Irwin, P. Shenoy, \"On the \
        limitations of carbon-aware temporal and spatial workload shifting in the cloud\", \
        EuroSys 2024; 30 regions, yearly means of 2022";
    /// Idle capacity, in percent.
    pub const IDLE_PCT: [u32; 3] = [0, 50, 99];
    /// Latency limit in ms, and gCO₂ per kWh for each idle capacity.
    pub const MEANS: [(u32, [f64; 3]); 5] = [
        (5, [379.7667, 372.3320, 372.3320]),
        (50, [379.7667, 261.6117, 199.7688]),
        (100, [379.7667, 244.3762, 135.6410]),
        (200, [379.7667, 206.2002, 40.1124]),
        (250, [379.7667, 206.9847, 28.4712]),
    ];
    /// How far apart figures may be, in g/kWh.
    pub const TOLERANCE: f64 = 1e-3;
}

/// D: work moved in time within one region.
pub mod shifting {
    /// Where it was published.
    pub const SOURCE: &str = "T. Sukprasert, A. Souza, N. Bashir, D. Irwin, P. Shenoy, \"On the \
        limitations of carbon-aware temporal and spatial workload shifting in the cloud\", \
        EuroSys 2024; hourly carbon intensity of 2022";
    /// A zone's savings.
    pub type Zone = (&'static str, [Saving; 5]);
    /// Length of a job and slack in hours; savings in % when it is deferred, and when it may be
    /// interrupted as well.
    pub type Saving = (usize, usize, f64, f64);
    /// What was published.
    pub const SAVINGS: [Zone; 2] = [
        (
            "DE",
            [
                (1, 24, 23.36, 23.36),
                (1, 168, 44.63, 44.63),
                (6, 24, 20.24, 20.99),
                (24, 24, 6.88, 13.48),
                (24, 168, 24.95, 34.98),
            ],
        ),
        (
            "ES",
            [
                (1, 24, 22.56, 22.56),
                (1, 168, 44.06, 44.06),
                (6, 24, 19.84, 20.55),
                (24, 24, 7.68, 14.01),
                (24, 168, 26.33, 35.61),
            ],
        ),
    ];
    /// How far apart figures may be, in points: the last printed digit, rounded.
    pub const TOLERANCE: f64 = 0.0051;
}
