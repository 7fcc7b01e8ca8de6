//! The four traces, each on a machine of its own that it keeps busy.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use ewc_scenario::{NetworkRun, RunFile};

/// A trace, and the machine that it comes to.
pub(super) struct Trace {
    pub(super) name: &'static str,
    file: &'static str,
    /// Lines of the workload: how the file is read, and how much of it comes.
    workload: &'static str,
    /// A node of the only pool, and how many there are.
    node: &'static str,
    nodes: u32,
}

/// Logs of three parallel machines, small and large, and a sample of a cloud's machines.
pub(super) const TRACES: [Trace; 4] = [
    Trace {
        name: "kth-sp2",
        file: "swf/KTH-SP2-filtered.swf.gz",
        workload: "load = \"100%\"",
        node: "cpu = \"1\", memory = \"4GiB\"",
        nodes: 100,
    },
    Trace {
        name: "nasa-ipsc",
        file: "swf/NASA-iPSC-1993-3.1-cln.swf.gz",
        workload: "load = \"150%\"",
        node: "cpu = \"1\", memory = \"4GiB\"",
        nodes: 128,
    },
    Trace {
        name: "llnl-atlas",
        file: "swf/LLNL-Atlas-2006-2.1-cln.swf.gz",
        workload: "load = \"100%\"\nrepair = true",
        node: "cpu = \"8\", memory = \"16GiB\"",
        nodes: 1152,
    },
    Trace {
        name: "azure",
        file: "jobs/azure-100k.csv.gz",
        workload: "mapping = \"gaia\"\nrepair = true",
        node: "cpu = \"32\", memory = \"256GiB\"",
        nodes: 6,
    },
];

impl Trace {
    /// Its first jobs as a scenario; `folder` gets the files.
    pub(super) fn scenario(
        &self,
        traces: &Path,
        folder: &Path,
        jobs: u32,
    ) -> anyhow::Result<NetworkRun> {
        let machine = format!("{}-machine.toml", self.name);
        fs::write(folder.join(&machine), self.machine())?;
        let path = folder.join(format!("{}.toml", self.name));
        let trace = traces.join(self.file);
        let text = format!(
            "name = \"{}\"\nnetwork = \"{machine}\"\nstart = \"2025-06-01T00:00:00+08:00\"\n\
             duration = \"365d\"\n[workload]\ntrace = {:?}\njobs = {jobs}\n{}\n{CLASSES}\
             [planning]\nrounds = \"15m\"\nlatency_per_checkpoint = \"1ms\"\n\
             [agents]\nstart_delay = \"5s\"\n",
            self.name, trace, self.workload,
        );
        fs::write(&path, text)?;
        match RunFile::load(&path).with_context(|| self.name)? {
            RunFile::Network(scenario) => Ok(*scenario),
            RunFile::Site(_) => bail!("{}: not a network", self.name),
        }
    }

    fn machine(&self) -> String {
        format!(
            "{MACHINE}node = {{ {} }}\nnodes = {}\n",
            self.node, self.nodes
        )
    }
}

/// Classes by the run time that is asked for.
const CLASSES: &str = "class = \"train\"\n\
    [[workload.classes]]\nup_to = \"1h\"\nclass = \"render\"\n\
    [[workload.classes]]\nup_to = \"6h\"\nclass = \"batch_offline\"\n";

/// One site; its pool's nodes follow. Two weeks ahead there is room for every job.
const MACHINE: &str = r#"name = "machine"
description = "One machine"
[policy]
kind = "price"
horizon = "14d"
slot = "1h"
[[sites]]
name = "machine"
title = "Machine"
title_zh = "计算机"
hub = ""
region = "beijing"
mlps_level = 3
carriers = []
latitude = 40.0
longitude = 116.0
[sites.energy]
preset = "hebei"
pue = "125%"
contracted = "33%"
price_per_kwh = "0.55CNY"
water_per_kwh = "0.8L"
[[sites.pools]]
name = "nodes"
architecture = "x86_64"
cpu_power = "5W"
price_per_core_hour = "0.1CNY"
"#;
