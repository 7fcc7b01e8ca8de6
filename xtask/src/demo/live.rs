//! The live view: hubs, queue, links and renewable share. On a terminal it redraws itself;
//! elsewhere it is a line now and then.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use ewc_proto::v1;

/// Distance of lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Links shown.
const LINKS_SHOWN: usize = 6;
/// Characters of a bar.
const BAR: usize = 20;

/// The view.
pub struct Live {
    terminal: bool,
    jobs: usize,
    lines: usize,
    started: Instant,
    last: Option<Instant>,
}

impl Live {
    /// A view of a run of so many jobs.
    pub fn new(jobs: usize) -> Live {
        let terminal = std::io::stdout().is_terminal();
        Live {
            terminal,
            jobs,
            lines: 0,
            started: Instant::now(),
            last: None,
        }
    }

    /// Shows the network as it is.
    pub fn show(&mut self, overview: &v1::OverviewResponse) {
        if self.terminal {
            let text = self.frame(overview);
            // Back to the first line of the last frame, and clear from there.
            if self.lines > 0 {
                print!("\x1b[{}A\x1b[J", self.lines);
            }
            self.lines = text.lines().count();
            print!("{text}");
            let _ = std::io::stdout().flush();
        } else if self.last.is_none_or(|last| last.elapsed() >= LINE_EVERY) {
            self.last = Some(Instant::now());
            println!("{}", self.headline(overview));
        }
    }

    /// Leaves the last frame standing.
    pub fn end(&mut self) {
        self.lines = 0;
    }

    fn headline(&self, overview: &v1::OverviewResponse) -> String {
        let count = |name: &str| overview.jobs_by_state.get(name).copied().unwrap_or(0);
        let stored: i64 = overview.jobs_by_state.values().sum();
        format!(
            "{:>4} s  submitted {stored}/{}  waiting {}  planned {}  staging {}  running {}  \
             succeeded {}  failed {}  moved {} MB",
            self.started.elapsed().as_secs(),
            self.jobs,
            count("pending"),
            count("planned"),
            count("staging"),
            count("dispatched") + count("running"),
            count("succeeded"),
            count("failed") + count("cancelled") + count("outcome_unknown"),
            overview.transferred_bytes / 1_000_000,
        )
    }

    fn frame(&self, overview: &v1::OverviewResponse) -> String {
        let mut text = self.headline(overview);
        text.push_str(
            "\n\n  site               cores in use            accelerators   renewable\n",
        );
        for site in &overview.sites {
            let (cores, accelerators) = shares(site);
            let renewable = site
                .energy_now
                .map_or(0, |energy| energy.renewable_permille / 10);
            let _ = writeln!(
                text,
                "  {:<17}  {} {cores:>3} %  {accelerators:>9} %  {renewable:>8} %",
                site.id,
                bar(cores),
            );
        }
        text.push_str("\n  busiest links\n");
        let mut links: Vec<(i64, &v1::Link)> = overview
            .links
            .iter()
            .map(|link| (use_percent(link), link))
            .collect();
        links.sort_by_key(|(percent, link)| (-percent, &link.id));
        for (percent, link) in links.into_iter().take(LINKS_SHOWN) {
            let _ = writeln!(text, "  {:<34} {} {percent:>3} %", link.id, bar(percent));
        }
        text
    }
}

/// Percent of cores and of accelerators in use.
fn shares(site: &v1::Site) -> (i64, i64) {
    let sum = |of: fn(&v1::Resources) -> i64, reserved: bool| -> i64 {
        let pools = site.pools.iter();
        let amounts = pools.filter_map(|p| if reserved { p.reserved_now } else { p.usable });
        amounts.map(|amount| of(&amount)).sum()
    };
    let percent = |of: fn(&v1::Resources) -> i64| 100 * sum(of, true) / sum(of, false).max(1);
    (
        percent(|amount| amount.cpu_millis),
        percent(|amount| amount.accelerators),
    )
}

/// Percent of what may be reserved of a link.
fn use_percent(link: &v1::Link) -> i64 {
    let usable = link.capacity_bps / 1000 * i64::from(link.usable_permille);
    100 * link.reserved_now_bps / usable.max(1)
}

fn bar(percent: i64) -> String {
    let full = (percent.clamp(0, 100) as usize * BAR).div_ceil(100);
    format!("{}{}", "█".repeat(full), "·".repeat(BAR - full))
}
