//! Places held for jobs in a script, and what the network has learned of starts.
//!
//! ```text
//! reserve j 60s cpu=4 policy=price       holds the best place for a job that is not submitted
//! redeem j tenant=t why=expired          submits it; refused where `why` is given, with that word
//! redeem j as=k                          by the token of j, a job like k instead
//! estimate 1h p50=1h p90=2h basis=class  of a job that a plan lets wait an hour
//! ```

use ewc_core::command::{Command, Hold, Redemption};
use ewc_core::model::{JobSpec, PolicyKind, WorkloadClass};
use ewc_core::planner;

use super::words::{Words, length};
use super::{START_MS, Script};

impl Script {
    pub(super) fn reserve(&mut self, words: &Words<'_>) -> Result<(), String> {
        let until_ms = self.state.now_ms() + length(words.word(2));
        let submission = words.submission(START_MS, |key| self.job(key));
        let (tenant, spec) = (submission.tenant.clone(), JobSpec::clone(&submission.spec));
        let mut then = self.state.clone();
        let submit = Command::SubmitJobs(vec![submission]);
        let applied = then.apply(self.state.index(), until_ms, &submit);
        applied.result.map_err(|refusal| refusal.to_string())?;
        let (_, job) = then.jobs().get_max().ok_or("no job")?;
        let policy = words.get("policy").and_then(PolicyKind::from_name);
        let options = planner::options(&then, policy.unwrap_or(PolicyKind::Greedy), job);
        let best = options.into_iter().next().ok_or("no site")?;
        let placement = match best.outcome {
            Ok(placement) => placement,
            Err(reason) => return as_said(words, Err(reason.code().to_owned())),
        };
        let hold = Hold {
            tenant,
            spec,
            placement,
            until_ms,
            base_index: self.state.index(),
        };
        let result = self.apply(self.state.now_ms(), &Command::HoldJob(Box::new(hold)));
        as_said(words, result.map(|_| ()))
    }

    pub(super) fn redeem(&mut self, words: &Words<'_>) -> Result<(), String> {
        let name = words.word(1);
        let hold = self.job(name);
        let like = |key| JobSpec::clone(&self.state.jobs()[&self.job(key)].spec);
        let redemption = Redemption {
            hold,
            tenant: words.get("tenant").unwrap_or("tenant").to_owned(),
            key: name.to_owned(),
            spec: words.get("as").map(like),
        };
        let command = Command::RedeemHold(Box::new(redemption));
        let result = self.apply(self.state.now_ms(), &command);
        as_said(words, result.map(|_| ()))
    }

    pub(super) fn estimate(&self, words: &Words<'_>) -> Result<(), String> {
        let class = WorkloadClass::default();
        let found = self.state.start_estimate(class, length(words.word(1)));
        let as_expected = |(name, value): &(&str, &str)| match *name {
            "p50" => found.p50_wait_ms == length(value),
            "p90" => found.p90_wait_ms == length(value),
            "seen" => found.seen.to_string() == *value,
            "basis" => format!("{:?}", found.basis).to_lowercase() == *value,
            _ => false,
        };
        match words.pairs().iter().all(as_expected) {
            true => Ok(()),
            false => Err(format!("found {found:?}")),
        }
    }
}

fn as_said(words: &Words<'_>, result: Result<(), String>) -> Result<(), String> {
    match (words.get("why"), result) {
        (None, result) => result,
        (Some(_), Ok(())) => Err("not refused".to_owned()),
        (Some(why), Err(refusal)) if refusal.contains(why) => Ok(()),
        (Some(_), Err(refusal)) => Err(refusal),
    }
}
