//! `sites.csv`, `links.csv` and `queue.csv`: the network and its jobs hour by hour.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use ewc_core::State;
use ewc_core::model::{JobState, LinkId, Resources, Transfer};
use ewc_scenario::energy::{EnergyProfile, HOUR_MS};

use super::files::TableFile;
use super::forecast;
use crate::run::batsim::Seconds;

pub(super) struct Series {
    sites: TableFile,
    links: TableFile,
    queue: TableFile,
    start_ms: i64,
    /// Bytes that have arrived over a link since the last row.
    bytes: BTreeMap<LinkId, i64>,
}

impl Series {
    /// Into the three files, in the order of their names above.
    pub(super) fn new(
        [mut sites, mut links, mut queue]: [TableFile; 3],
        start_ms: i64,
    ) -> io::Result<Self> {
        writeln!(
            sites,
            "time,site,silent,cores_usable,cores_reserved,memory_mib_usable,memory_mib_reserved,\
             accelerators_usable,accelerators_reserved,power_kw,renewable_share,grid_g_per_kwh,\
             price_cny_per_kwh"
        )?;
        writeln!(links, "time,link,up,usable_bps,reserved_bps,bytes")?;
        writeln!(queue, "time,pending,planned,staging,running")?;
        Ok(Series {
            sites,
            links,
            queue,
            start_ms,
            bytes: BTreeMap::new(),
        })
    }

    pub(super) fn arrived(&mut self, transfer: &Transfer) {
        for link in &transfer.links {
            *self.bytes.entry(*link).or_default() += transfer.size_bytes;
        }
    }

    /// A row for each site, one for each link that carries or has carried something or is cut, and
    /// one for the jobs in the network.
    /// Returns what all sites may use.
    pub(super) fn sample(
        &mut self,
        state: &State,
        profiles: &[EnergyProfile],
        at_ms: i64,
    ) -> io::Result<Resources> {
        let time = Seconds(at_ms - self.start_ms);
        let mut all = Resources::ZERO;
        // A table takes a whole row at less cost than its parts.
        let mut row = String::new();
        for (site, profile) in state.sites().iter().zip(profiles) {
            let (mut usable, mut reserved) = (Resources::ZERO, Resources::ZERO);
            let mut milliwatts = 0_i128;
            for id in &site.pools {
                let Some(pool) = state.pool(*id) else {
                    continue;
                };
                let level = state.reservations().pool(*id).level_at(at_ms);
                usable = usable + pool.usable;
                reserved = reserved + level;
                milliwatts += i128::from(level.cpu_millis) * i128::from(pool.spec.cpu_watts_milli)
                    / 1000
                    + i128::from(level.accelerators)
                        * i128::from(pool.spec.accelerator_watts_milli);
            }
            all = all + usable;
            let energy = forecast::truth(profile, at_ms, at_ms + 1);
            let point = energy.points.first().copied().unwrap_or_default();
            let kilowatts = milliwatts as f64 / 1e6 * f64::from(point.pue_permille.max(1000)) / 1e3;
            row.clear();
            let written = writeln!(
                row,
                "{time},{},{},{},{},{},{},{},{},{kilowatts},{},{},{}",
                site.spec.name,
                u8::from(site.silent),
                usable.cpu_millis as f64 / 1e3,
                reserved.cpu_millis as f64 / 1e3,
                usable.memory_mib,
                reserved.memory_mib,
                usable.accelerators,
                reserved.accelerators,
                f64::from(point.renewable_permille) / 1e3,
                point.grid_mg_per_wh,
                point.price_micro_cny_per_kwh as f64 / 1e6,
            );
            written.map_err(io::Error::other)?;
            self.sites.write_all(row.as_bytes())?;
        }
        let bytes = std::mem::take(&mut self.bytes);
        for (at, link) in state.links().iter().enumerate() {
            let id = LinkId(at as u32);
            let reserved = state.reservations().link(id).level_at(at_ms);
            let bytes = bytes.get(&id).copied().unwrap_or(0);
            if reserved == 0 && bytes == 0 && link.up {
                continue;
            }
            let (up, usable) = (u8::from(link.up), link.usable_bps());
            writeln!(
                self.links,
                "{time},{},{up},{usable},{reserved},{bytes}",
                link.name
            )?;
        }
        let count = |job_state| state.count(job_state);
        writeln!(
            self.queue,
            "{time},{},{},{},{}",
            count(JobState::Pending),
            count(JobState::Planned),
            count(JobState::Staging),
            count(JobState::Dispatched) + count(JobState::Running),
        )?;
        Ok(all)
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.sites.finish()?;
        self.links.finish()?;
        self.queue.finish()
    }
}

/// The next full hour of a scenario after that time.
pub(super) fn next_sample_ms(start_ms: i64, after_ms: i64) -> i64 {
    start_ms + ((after_ms - start_ms).div_euclid(HOUR_MS) + 1) * HOUR_MS
}
