//! What the members promise, held against every answer as it is given.
//!
//! An acknowledged write is in the state of who acknowledged it, under the identity it was given;
//! a read sees every write acknowledged before it was asked; two states at one index are equal.

use ewc_core::command::Command;
use ewc_core::state::{Answer, Applied};
use ewc_scheduler::replica::Outputs;

use crate::cluster::Cluster;
use crate::member::TENANT;

impl Cluster {
    pub fn check(&mut self, id: u64, outputs: Outputs) {
        if outputs.installed || !outputs.applied.is_empty() {
            self.check_digest(id);
        }
        self.installed += u64::from(outputs.installed);
        for (ticket, answer) in outputs.answers {
            let key = self
                .member(id)
                .writes
                .remove(&ticket)
                .expect("an answer nobody waits for");
            match answer {
                Ok(at) => self.check_write(id, &key, &outputs.applied[at]),
                Err(dropped) => self.dropped.push((id, ticket, dropped)),
            }
        }
        for (ticket, answer) in outputs.reads {
            let seen = self
                .member(id)
                .reads
                .remove(&ticket)
                .expect("a read nobody waits for");
            if answer.is_ok() {
                self.check_read(id, seen);
                self.read.push((id, ticket));
            }
        }
    }

    fn check_write(&mut self, id: u64, key: &str, applied: &(u64, Command, Applied)) {
        let Ok(Answer::Submitted(jobs)) = &applied.2.result else {
            panic!("write {key} was answered with {:?}", applied.2.result);
        };
        let job = jobs[0].0;
        let stored = self.members[&id].replica().state().job_by_key(TENANT, key);
        let stored = stored.map(|stored| stored.id);
        assert_eq!(
            stored,
            Some(job),
            "write {key} was answered with another's identity"
        );
        self.acknowledged.push((key.to_owned(), job));
    }

    fn check_read(&self, id: u64, acknowledged: usize) {
        for (key, _) in &self.acknowledged[..acknowledged] {
            assert!(
                self.members[&id].holds(key),
                "a read at {id} misses write {key}"
            );
        }
    }

    fn check_digest(&mut self, id: u64) {
        let state = self.members[&id].replica().state();
        let (index, digest) = (state.index(), state.digest());
        let known = *self.digests.entry(index).or_insert(digest);
        assert_eq!(
            known, digest,
            "member {id} has another state at index {index}"
        );
    }

    /// Every member holds every acknowledged write.
    pub fn check_agreement(&self) {
        for member in self.members.values() {
            let state = member.replica().state();
            for (key, job) in &self.acknowledged {
                let stored = state.job_by_key(TENANT, key).map(|stored| stored.id);
                assert_eq!(stored, Some(*job), "member {} lost write {key}", member.id);
            }
        }
    }
}
