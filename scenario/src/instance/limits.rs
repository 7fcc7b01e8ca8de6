//! Largest values of the fields of an instance, so that every sum stays in range and no small file
//! asks for endless work.

/// Bytes of a file.
pub const FILE_BYTES: u64 = 1 << 30;
/// Characters of a name.
pub const NAME_CHARS: usize = 200;
/// Slots of the horizon.
pub const SLOTS: u32 = 4096;
/// Kinds of capacity.
pub const KINDS: usize = 64;
/// Sites.
pub const SITES: usize = 10_000;
/// Links.
pub const LINKS: usize = 50_000;
/// Entries of the list of jobs.
pub const JOBS: usize = 200_000;
/// Groups of a job.
pub const GROUPS: usize = 8;
/// Inputs, or outputs, of a job.
pub const TRANSFERS: usize = 16;
/// Nodes that an input comes from, and rates of a transfer.
pub const WAYS: usize = 64;
/// Routes between two nodes.
pub const ROUTES: u32 = 16;
/// Choices of sites for all groups of one job.
pub const CHOICES_OF_JOB: usize = 10_000;
/// Choices of sites of all jobs.
pub const CHOICES: usize = 10_000_000;
/// Values of all curves of cost.
pub const CURVE_VALUES: usize = 50_000_000;
/// Sources, routes and rates of all transfers of all choices.
pub const WAYS_OF_ALL: usize = 40_000_000;
/// Amounts, rates, volumes, latencies, costs of a unit.
pub const AMOUNT: i64 = 1 << 40;
/// What a unit draws.
pub const DRAW: i64 = 1 << 30;
/// Capacities; amounts and rates of listed choices.
pub const CAPACITY: i64 = 1 << 50;
/// Lengths and edges, in milliseconds: some three thousand years.
pub const TIME_MS: i64 = 100_000_000_000_000;
/// Lengths, paths and curves.
pub const TABLE: usize = 2_000_000;
/// Links of a path.
pub const PATH_LINKS: usize = 1000;
/// Legs of a choice; holds of a choice.
pub const PARTS: usize = 1000;
/// Marks of one kind of capacity at a site.
pub const MARKS: usize = 8;
/// The finest grid of their prices.
pub const IMBALANCE_SHIFT: u32 = 32;
/// Other costs, and the cost of any way to place a job.
pub const COST: i64 = 1 << 50;
