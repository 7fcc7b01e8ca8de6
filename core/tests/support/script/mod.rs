//! A tiny language for business tests: one command or expectation a line.
//!
//! ```text
//! site a cpu=8                          a site with one node of 8 cores; `second=4`: and another
//!                                       pool; a busy core draws 10 W
//! cap a 40W,2h:20W,3h:none              what its work may draw, and later
//! link a b 1Gbps 5ms                    a link named a-b
//! region east at a                      a demand region
//! dataset d 10GB at a                   `core` at the end: of that grade
//! image i 1GB at a aarch64              an image, and what it runs on; kind=model
//! energy a prices=0.9,0.1 green=0,500   CNY per kWh and permille, hourly from the start;
//!                                       grid=800 is mg of CO₂ per Wh
//! policy margin=0s delay=0 horizon=24h  delay in CNY per hour; b.cores=4 is tenant b's quota
//! order j,k                             the queue
//! propose d@b:1200000 storage=0.004     replicas that pay, with their gain of a day; or `none`
//! submit j cpu=4 estimate=1h inputs=d   and many more, see `words`
//! plan greedy                           plans and commits; `after=j`: what arrived after j
//! hold greedy | commit latency          plans; commits that plan later, which breaks the rule
//! hold price | repair                   plans; repairs that plan later and commits it
//! report a j staged                     an agent speaks; `fence=stale` for an old attempt;
//!                                       `stopped saved`: and left its checkpoint
//! usable a cpu=4 | cut a-b | narrow a-b 500Mbps | restore a-b
//! remove d | dropped a d | held a d     see `removal`
//! cancel j | mode a draining | silent a | heard a
//! tick 1h                               time goes by, with a tick whenever one is due
//! wait 1h                               time goes by without a tick
//! expect j planned at b start=2h        see `expect`
//! why j a reason=latency changes=none   see `why`
//! reserve j 60s cpu=4 | redeem j | estimate 1h p90=2h   see `reserve`
//! drain a,b moves=j:c,k:late stays=r:2h see `why`
//! ```
//!
//! Times are given from the start of the script.

mod expect;
mod removal;
mod reserve;
mod runs;
mod why;
mod words;

use ewc_core::State;
use ewc_core::command::{Command, LinkDefinition};
use ewc_core::model::{DataGrade, Image, ImageKind, JobId, PolicyKind, SiteMode};
use ewc_core::planner::{self, Plan, Round, Scope, shares};
use ewc_core::state::{Answer, Limits};

use crate::build::{self, HOUR};
use words::Words;

/// When a script begins.
const START_MS: i64 = 1_000_000 * HOUR;

/// A script on its way.
pub struct Script {
    state: State,
    links: Vec<LinkDefinition>,
    held: Option<Plan>,
}

/// Runs a script; panics at the first line that does not hold. Returns the state at its end.
pub fn run(text: &str) -> State {
    let mut script = Script {
        state: State::new(Limits::default()),
        links: Vec::new(),
        held: None,
    };
    let begun = script.apply(START_MS, &Command::Refreshed(Vec::new()));
    begun.expect("an empty command is not refused");
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        if let Err(problem) = script.line(&Words::new(line)) {
            panic!("line {}: {line}: {problem}\n{}", number + 1, script.jobs());
        }
    }
    script.state
}

impl Script {
    fn line(&mut self, words: &Words<'_>) -> Result<(), String> {
        let name = words.word(1);
        let command = match words.word(0) {
            "site" => words.site(),
            "link" => self.link(words.link()),
            "cut" => self.relink(name, |link| link.up = false),
            "restore" => self.relink(name, |link| link.up = true),
            "narrow" => self.relink(name, |link| link.capacity_bps = words::rate(words.word(2))),
            "cap" => Command::SetPowerCap {
                site: self.site(name),
                steps: words.power_steps(2, START_MS),
            },
            "region" => Command::DefineNetwork {
                nodes: Vec::new(),
                links: Vec::new(),
                regions: vec![build::region(name, words.word(3))],
            },
            "dataset" => {
                let sites: Vec<_> = words.list(4).map(|site| self.site(site)).collect();
                let mut dataset = build::dataset(name, words::bytes(words.word(2)), &sites);
                words
                    .get("owner")
                    .unwrap_or("tenant")
                    .clone_into(&mut dataset.tenant);
                if words.word(5) == "core" {
                    dataset.grade = DataGrade::Core;
                }
                Command::RegisterDataset(dataset)
            }
            "image" => {
                let sites = words.list(4).map(|site| self.site(site)).collect();
                Command::RegisterImage(Image {
                    name: name.to_owned(),
                    sha256: [8; 32],
                    size_bytes: words::bytes(words.word(2)),
                    architecture: words.word(5).to_owned(),
                    kind: match words.get("kind") {
                        Some("model") => ImageKind::Model,
                        _ => ImageKind::Program,
                    },
                    sites,
                })
            }
            "lower" => Command::LowerGrade {
                dataset: name.to_owned(),
                grade: DataGrade::General,
                by: "operator".to_owned(),
                because: "what it names is public".to_owned(),
            },
            "policy" => Command::SetPolicy {
                policy: words.policy(),
                replaces: None,
            },
            "submit" => Command::SubmitJobs(vec![words.submission(START_MS, |key| self.job(key))]),
            "refused" => {
                let submission = words.submission(START_MS, |key| self.job(key));
                return self.refused(&submission, words.get("why").unwrap_or_default());
            }
            "plan" => return self.plan(words),
            "hold" => {
                self.held = Some(self.planned(words)?);
                return Ok(());
            }
            "commit" => return self.commit(name),
            "repair" => return self.repair(),
            "remove" | "dropped" | "held" => removal::command(self, words),
            "cancel" => Command::CancelJob(self.job(name)),
            "energy" | "usable" | "report" => runs::report(self, words),
            "mode" => Command::SetSiteMode {
                site: self.site(name),
                mode: match words.word(2) {
                    "draining" => SiteMode::Draining,
                    "cordoned" => SiteMode::Cordoned,
                    _ => SiteMode::Open,
                },
            },
            "silent" => Command::SiteSilent {
                site: self.site(name),
                incarnation: 1,
            },
            "heard" => Command::Refreshed(vec![self.site(name)]),
            "wait" => return self.wait(words::length(name)),
            "tick" => return self.tick(words::length(name)),
            "reserve" => return self.reserve(words),
            "redeem" => return self.redeem(words),
            "estimate" => return self.estimate(words),
            "order" => return self.order(words),
            "propose" => return self.propose(words),
            "drain" => return why::drain(&self.state, words, START_MS),
            "why" => return why::why(&self.state, words),
            "expect" => return expect::expect(&self.state, words, START_MS),
            other => return Err(format!("\"{other}\" is no command")),
        };
        match (words.word(0), words.get("why")) {
            ("remove" | "dataset" | "image", Some(why)) => self.refuses(&command, why),
            _ => self.apply(self.state.now_ms(), &command).map(|_| ()),
        }
    }

    fn apply(&mut self, time_ms: i64, command: &Command) -> Result<Answer, String> {
        let index = self.state.index() + 1;
        let applied = self.state.apply(index, time_ms, command);
        applied.result.map_err(|refusal| refusal.to_string())
    }

    fn link(&mut self, link: LinkDefinition) -> Command {
        self.links.push(link.clone());
        let nodes = [&link.a, &link.b];
        let new = |name: &&&String| self.state.node_named(name).is_none();
        Command::DefineNetwork {
            nodes: nodes
                .iter()
                .filter(new)
                .map(|name| build::node(name))
                .collect(),
            links: vec![link],
            regions: Vec::new(),
        }
    }

    fn relink(&mut self, name: &str, change: impl FnOnce(&mut LinkDefinition)) -> Command {
        let link = self.links.iter_mut().find(|link| link.name == name);
        let link = link.unwrap_or_else(|| panic!("no link {name}"));
        change(link);
        Command::DefineNetwork {
            nodes: Vec::new(),
            links: vec![link.clone()],
            regions: Vec::new(),
        }
    }

    /// A plan of the present state must be accepted wholly.
    fn plan(&mut self, words: &Words<'_>) -> Result<(), String> {
        let plan = self.planned(words)?;
        self.accepted(plan)
    }

    /// The plan that was held, brought up to now: all of it is accepted.
    fn repair(&mut self) -> Result<(), String> {
        let plan = self.held.take().ok_or("no plan is held")?;
        let plan = planner::repair(&self.state, plan, |_| true);
        self.accepted(plan)
    }

    fn accepted(&mut self, plan: Plan) -> Result<(), String> {
        match self.apply(self.state.now_ms(), &Command::CommitPlan(plan))? {
            Answer::Planned { rejected, .. } if rejected.is_empty() => Ok(()),
            answer => Err(format!("{answer:?}")),
        }
    }

    /// The plan that was held is rejected for this reason, every placement of it.
    fn commit(&mut self, code: &str) -> Result<(), String> {
        let plan = self.held.take().ok_or("no plan is held")?;
        let answer = self.apply(self.state.now_ms(), &Command::CommitPlan(plan))?;
        match &answer {
            Answer::Planned {
                accepted: 0,
                rejected,
            } if !rejected.is_empty() => {
                let other = rejected.iter().find(|(_, reason)| reason.code() != code);
                other.map_or(Ok(()), |_| Err(format!("{answer:?}")))
            }
            _ => Err(format!("{answer:?}")),
        }
    }

    fn planned(&self, words: &Words<'_>) -> Result<Plan, String> {
        let after = words.get("after").map(|job| self.job(job));
        let round = Round {
            policy: PolicyKind::from_name(words.word(1)).ok_or("no such policy")?,
            scope: after.map_or(Scope::All, Scope::NewerThan),
            jobs_max: 1_000,
            seed: 0,
        };
        Ok(planner::plan(&self.state, &round, |_| true))
    }

    /// `propose d@b:GAIN,…`: data set, site and micro-yuan a day; storage in CNY per GB and day.
    fn propose(&self, words: &Words<'_>) -> Result<(), String> {
        let price = words.get("storage").map_or(0, words::micro);
        let found = planner::propose_replicas(&self.state, price, 10);
        let texts: Vec<String> = found
            .iter()
            .map(|found| {
                let site = &self.state.sites()[found.site.index()].spec.name;
                format!("{}@{site}:{}", found.dataset, found.gain_micro_cny_per_day)
            })
            .collect();
        let expected: Vec<&str> = words.list(1).filter(|word| *word != "none").collect();
        match texts == expected {
            true => Ok(()),
            false => Err(format!("found {found:?}")),
        }
    }

    /// `order j1,j2`: the queue.
    fn order(&self, words: &Words<'_>) -> Result<(), String> {
        let queue = shares::window(&self.state, &shares::Cursors::new(), usize::MAX);
        let keys = queue.iter().map(|id| self.state.jobs()[id].key.as_str());
        let (found, expected): (Vec<_>, Vec<_>) = (keys.collect(), words.list(1).collect());
        match found == expected {
            true => Ok(()),
            false => Err(format!("found {found:?}")),
        }
    }

    /// Not stored, with a refusal that says so.
    fn refused(
        &mut self,
        submission: &ewc_core::command::Submission,
        why: &str,
    ) -> Result<(), String> {
        self.refuses(&Command::SubmitJobs(vec![submission.clone()]), why)
    }

    /// The refusal contains these words; `_` stands for a space.
    fn refuses(&mut self, command: &Command, why: &str) -> Result<(), String> {
        match self.apply(self.state.now_ms(), command) {
            Ok(answer) => Err(format!("not refused: {answer:?}")),
            Err(refusal) if refusal.contains(&why.replace('_', " ")) => Ok(()),
            Err(refusal) if refusal.contains(why) => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }

    /// Time goes by as under a leader: with a tick at every due time on the way.
    fn tick(&mut self, length_ms: i64) -> Result<(), String> {
        let end_ms = self.state.now_ms() + length_ms;
        while let Some(due_ms) = self.state.next_due_ms().filter(|due_ms| *due_ms < end_ms) {
            self.apply(due_ms, &Command::Tick)?;
        }
        self.apply(end_ms, &Command::Tick).map(|_| ())
    }

    /// Time goes by, and the leader's tick is late.
    fn wait(&mut self, length_ms: i64) -> Result<(), String> {
        let end_ms = self.state.now_ms() + length_ms;
        let applied = self.apply(end_ms, &Command::Refreshed(Vec::new()));
        applied.map(|_| ())
    }

    fn site(&self, name: &str) -> ewc_core::model::SiteId {
        let site = self.state.site_named(name);
        site.unwrap_or_else(|| panic!("no site {name}"))
    }

    fn job(&self, key: &str) -> JobId {
        let job = self.state.jobs().values().find(|job| expect::is(job, key));
        job.unwrap_or_else(|| panic!("no job {key}")).id
    }

    fn jobs(&self) -> String {
        let jobs = self.state.jobs().values();
        let lines = jobs.map(|job| expect::describe(&self.state, job, START_MS) + "\n");
        lines.collect()
    }
}
