//! `queue.csv`, `sites.csv` and `links.csv`: the hours of a run as frames of equal length, so many
//! that a page can show them. Memory grows with sites, links and frames, not with hours.

use std::collections::BTreeMap;
use std::path::Path;

use super::ReportError;
use super::table::{RowIn, TableIn};

/// Most frames of a run: a week has one for each hour.
pub(in crate::report::planner) const FRAMES_MAX: u64 = 168;
const HOUR_S: f64 = 3600.0;

/// The time of a run, cut into frames.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::report::planner) struct Frames {
    /// At least 1.
    pub(in crate::report::planner) count: usize,
    /// Of each frame, at least 1.
    pub(in crate::report::planner) hours: u64,
    /// Hours that the tables know.
    pub(in crate::report::planner) hours_known: u64,
}

impl Frames {
    /// Frames for so many hours.
    pub(super) fn over(hours: u64) -> Frames {
        let each = hours.div_ceil(FRAMES_MAX).max(1);
        Frames {
            count: hours.div_ceil(each).max(1) as usize,
            hours: each,
            hours_known: hours,
        }
    }

    /// Length of all frames.
    pub(in crate::report::planner) fn span_s(&self) -> f64 {
        self.hours as f64 * self.count as f64 * HOUR_S
    }

    /// The frame that a time falls into.
    pub(in crate::report::planner) fn at(&self, seconds: f64) -> usize {
        let frame = (seconds.max(0.0) / (self.hours as f64 * HOUR_S)) as usize;
        frame.min(self.count - 1)
    }
}

/// Sums over the samples of a frame; the means are what is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::report::planner) struct QueueFrame {
    samples: f64,
    jobs: [f64; 4],
}

impl QueueFrame {
    /// Waiting for a plan, planned, with data on the way, running.
    pub(in crate::report::planner) fn jobs(&self) -> [f64; 4] {
        self.jobs.map(|jobs| jobs / self.samples.max(1.0))
    }
}

/// Sums over the samples of a site in a frame.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::report::planner) struct SiteFrame {
    pub(in crate::report::planner) samples: f64,
    pub(in crate::report::planner) silent: f64,
    pub(in crate::report::planner) cores: Use,
    pub(in crate::report::planner) accelerators: Use,
    renewable: f64,
    grid_g_per_kwh: f64,
    price: f64,
}

impl SiteFrame {
    /// Mean physical share of renewables; `None` without samples.
    pub(in crate::report::planner) fn renewable(&self) -> Option<f64> {
        (self.samples > 0.0).then(|| self.renewable / self.samples)
    }

    pub(in crate::report::planner) fn plus(mut self, other: &SiteFrame) -> SiteFrame {
        self.samples += other.samples;
        self.silent += other.silent;
        self.cores = self.cores.plus(other.cores);
        self.accelerators = self.accelerators.plus(other.accelerators);
        self.renewable += other.renewable;
        self.grid_g_per_kwh += other.grid_g_per_kwh;
        self.price += other.price;
        self
    }

    /// Mean emission factor and price.
    pub(in crate::report::planner) fn grid_and_price(&self) -> (f64, f64) {
        let samples = self.samples.max(1.0);
        (self.grid_g_per_kwh / samples, self.price / samples)
    }
}

/// What was usable and what was reserved of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::report::planner) struct Use {
    pub(in crate::report::planner) usable: f64,
    pub(in crate::report::planner) reserved: f64,
}

impl Use {
    /// `None` where nothing was usable.
    pub(in crate::report::planner) fn share(self) -> Option<f64> {
        (self.usable > 0.0).then(|| self.reserved / self.usable)
    }

    pub(in crate::report::planner) fn plus(self, other: Use) -> Use {
        Use {
            usable: self.usable + other.usable,
            reserved: self.reserved + other.reserved,
        }
    }
}

/// Sums over the hours of a link in a frame. Hours without a row count as idle.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::report::planner) struct LinkFrame {
    pub(in crate::report::planner) share_sum: f64,
    pub(in crate::report::planner) peak: f64,
    pub(in crate::report::planner) bytes: f64,
    pub(in crate::report::planner) down: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub(in crate::report::planner) struct Series {
    pub(in crate::report::planner) frames: Frames,
    pub(in crate::report::planner) queue: Vec<QueueFrame>,
    /// By site, by frame.
    pub(in crate::report::planner) sites: Vec<Vec<SiteFrame>>,
    /// By link, by frame.
    pub(in crate::report::planner) links: Vec<Vec<LinkFrame>>,
}

impl Series {
    /// A site over all frames.
    pub(in crate::report::planner) fn site_total(&self, site: usize) -> SiteFrame {
        let frames = self.sites[site].iter();
        frames.fold(SiteFrame::default(), |total, frame| total.plus(frame))
    }

    /// Mean share of a link in a frame.
    pub(in crate::report::planner) fn link_mean(&self, link: usize, frame: usize) -> f64 {
        self.links[link][frame].share_sum / self.frames.hours as f64
    }
}

/// Reads the tables; the maps have the position of each name.
pub(super) fn read(
    folder: &Path,
    sites: &BTreeMap<String, usize>,
    links: &BTreeMap<String, usize>,
) -> Result<Series, ReportError> {
    let frames = Frames::over(hours(folder)?);
    Ok(Series {
        frames,
        queue: read_queue(folder, &frames)?,
        sites: read_sites(folder, &frames, sites)?,
        links: read_links(folder, &frames, links)?,
    })
}

/// Hours that `queue.csv` covers: it has a row for each.
fn hours(folder: &Path) -> Result<u64, ReportError> {
    let mut table = TableIn::open(folder, "queue.csv", &["time"])?;
    let mut hours = 0;
    while let Some(row) = table.next()? {
        hours = hours.max((row.number(0)?.max(0.0) / HOUR_S) as u64 + 1);
    }
    Ok(hours)
}

fn read_queue(folder: &Path, frames: &Frames) -> Result<Vec<QueueFrame>, ReportError> {
    let columns = ["time", "pending", "planned", "staging", "running"];
    let mut queue = vec![QueueFrame::default(); frames.count];
    let mut table = TableIn::open(folder, "queue.csv", &columns)?;
    while let Some(row) = table.next()? {
        let frame = &mut queue[frames.at(row.number(0)?)];
        frame.samples += 1.0;
        for (column, jobs) in frame.jobs.iter_mut().enumerate() {
            *jobs += row.number(column + 1)?;
        }
    }
    Ok(queue)
}

const SITE_COLUMNS: [&str; 10] = [
    "time",
    "site",
    "silent",
    "cores_usable",
    "cores_reserved",
    "accelerators_usable",
    "accelerators_reserved",
    "renewable_share",
    "grid_g_per_kwh",
    "price_cny_per_kwh",
];

fn read_sites(
    folder: &Path,
    frames: &Frames,
    names: &BTreeMap<String, usize>,
) -> Result<Vec<Vec<SiteFrame>>, ReportError> {
    let mut sites = vec![vec![SiteFrame::default(); frames.count]; names.len()];
    let mut table = TableIn::open(folder, "sites.csv", &SITE_COLUMNS)?;
    while let Some(row) = table.next()? {
        let site = row.known(1, names, "sites of network.json")?;
        let frame = &mut sites[site][frames.at(row.number(0)?)];
        *frame = frame.plus(&site_sample(&row)?);
    }
    Ok(sites)
}

/// One hour of a site.
fn site_sample(row: &RowIn<'_>) -> Result<SiteFrame, ReportError> {
    let of = |usable: usize, reserved: usize| -> Result<Use, ReportError> {
        Ok(Use {
            usable: row.number(usable)?,
            reserved: row.number(reserved)?,
        })
    };
    Ok(SiteFrame {
        samples: 1.0,
        silent: row.number(2)?,
        cores: of(3, 4)?,
        accelerators: of(5, 6)?,
        renewable: row.number(7)?,
        grid_g_per_kwh: row.number(8)?,
        price: row.number(9)?,
    })
}

fn read_links(
    folder: &Path,
    frames: &Frames,
    names: &BTreeMap<String, usize>,
) -> Result<Vec<Vec<LinkFrame>>, ReportError> {
    let columns = ["time", "link", "up", "usable_bps", "reserved_bps", "bytes"];
    let mut links = vec![vec![LinkFrame::default(); frames.count]; names.len()];
    let mut table = TableIn::open(folder, "links.csv", &columns)?;
    while let Some(row) = table.next()? {
        let link = row.known(1, names, "links of network.json")?;
        let frame = &mut links[link][frames.at(row.number(0)?)];
        let (usable, reserved) = (row.number(3)?, row.number(4)?);
        let share = if usable > 0.0 { reserved / usable } else { 0.0 };
        frame.share_sum += share;
        frame.peak = frame.peak.max(share);
        frame.bytes += row.number(5)?;
        frame.down |= row.number(2)? == 0.0;
    }
    Ok(links)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_has_a_frame_for_each_hour_and_a_year_no_more() {
        let frames = |hours| {
            let frames = Frames::over(hours);
            (frames.count, frames.hours)
        };
        assert_eq!(frames(0), (1, 1));
        assert_eq!(frames(1), (1, 1));
        assert_eq!(frames(168), (168, 1));
        assert_eq!(frames(169), (85, 2));
        assert_eq!(frames(8760), (166, 53));
        let year = Frames::over(8760);
        assert_eq!((year.at(-5.0), year.at(0.0), year.at(1e12)), (0, 0, 165));
        assert_eq!(year.at(53.0 * 3600.0), 1);
    }
}
