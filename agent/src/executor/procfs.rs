//! Processes as `/proc` shows them: identity that survives reuse of process ids, descendants, and
//! what they hold in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

use serde::{Deserialize, Serialize};

/// Names one process for all time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Process id.
    pub pid: i32,
    /// Start, in clock ticks since the boot.
    pub start_ticks: u64,
    /// Which boot.
    pub boot_id: String,
}

impl Identity {
    /// Of this process.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub fn own() -> io::Result<Self> {
        let pid = i32::try_from(std::process::id()).map_err(io::Error::other)?;
        let stat = stat(pid).ok_or_else(|| io::Error::other("/proc/self/stat is missing"))?;
        Ok(Self {
            pid,
            start_ticks: stat.start_ticks,
            boot_id: boot_id()?,
        })
    }

    /// Whether that very process still runs; a zombie does not.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        let same = |stat: Stat| stat.start_ticks == self.start_ticks && !stat.is_dead();
        boot_id().is_ok_and(|boot| boot == self.boot_id) && stat(self.pid).is_some_and(same)
    }
}

/// The fields of `/proc/<pid>/stat` that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// State letter.
    pub state: char,
    /// Parent.
    pub parent: i32,
    /// Session.
    pub session: i32,
    /// Start, in clock ticks since the boot.
    pub start_ticks: u64,
    /// Resident pages.
    pub resident_pages: u64,
}

impl Stat {
    /// Whether it only waits to be reaped.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

/// Looks at one process.
#[must_use]
pub fn stat(pid: i32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The name in parentheses may itself hold spaces and parentheses.
fn parse_stat(text: &str) -> Option<Stat> {
    let rest = &text[text.rfind(')')? + 1..];
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        start_ticks: fields.get(19)?.parse().ok()?,
        resident_pages: fields.get(21)?.parse().ok()?,
    })
}

/// All processes.
#[must_use]
pub fn all() -> BTreeMap<i32, Stat> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| Some((pid, stat(pid)?))).collect()
}

/// Living processes whose chain of parents leads to `root`.
///
/// Where the kernel lists a process's children, only they are looked at; elsewhere all processes
/// are, which costs with every process of the machine.
#[must_use]
pub fn descendants(root: i32) -> Vec<(i32, Stat)> {
    let everything = match children(root) {
        Some(_) => None,
        None => Some(children_of_all()),
    };
    let children_of = |pid| match &everything {
        Some(all) => all.get(&pid).cloned().unwrap_or_default(),
        None => children(pid).unwrap_or_default(),
    };
    let (mut found, mut seen) = (Vec::new(), BTreeSet::from([root]));
    let mut next = vec![root];
    while let Some(parent) = next.pop() {
        for pid in children_of(parent) {
            if seen.insert(pid) {
                next.push(pid);
                let alive = stat(pid).filter(|stat| !stat.is_dead());
                found.extend(alive.map(|stat| (pid, stat)));
            }
        }
    }
    found
}

/// Whether looking at descendants costs only with their number.
#[must_use]
pub fn lists_children() -> bool {
    children(std::process::id().cast_signed()).is_some()
}

/// Children of all threads of a process; `None` when the kernel does not list them.
fn children(pid: i32) -> Option<Vec<i32>> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let mut children = Vec::new();
    for thread in threads.flatten() {
        let listed = match fs::read_to_string(thread.path().join("children")) {
            Ok(listed) => listed,
            // The thread may have ended since; a kernel without the list has it for none.
            Err(_) if thread.path().exists() => return None,
            Err(_) => continue,
        };
        children.extend(
            listed
                .split_ascii_whitespace()
                .filter_map(|pid| pid.parse::<i32>().ok()),
        );
    }
    Some(children)
}

fn children_of_all() -> BTreeMap<i32, Vec<i32>> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for (pid, stat) in all() {
        children.entry(stat.parent).or_default().push(pid);
    }
    children
}

/// Living processes of the session that a dead supervisor led, or with its mark in their first
/// environment: what it may have left.
#[must_use]
pub fn orphans(leader: &Identity, mark: &str) -> Vec<i32> {
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    // A session's number is not given to a new process while the session lives; one that another
    // process has by now, or that is our own, says nothing.
    let session_is_its = boot_id().is_ok_and(|boot| boot == leader.boot_id)
        && stat(leader.pid).is_none_or(|stat| stat.start_ticks == leader.start_ticks)
        && stat(own).is_some_and(|stat| stat.session != leader.pid);
    let left = |pid: i32, stat: &Stat| {
        let in_session = session_is_its && stat.session == leader.pid;
        pid != own && !stat.is_dead() && (in_session || has(pid, mark))
    };
    all()
        .iter()
        .filter(|(pid, stat)| left(**pid, stat))
        .map(|(pid, _)| *pid)
        .collect()
}

fn has(pid: i32, assignment: &str) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment
        .split(|byte| *byte == 0)
        .any(|entry| entry == assignment.as_bytes())
}

/// Names this boot of the machine.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn boot_id() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?
        .trim()
        .to_owned())
}

/// Milliseconds since the boot, in steps of ten; the same in all processes.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn uptime_ms() -> io::Result<i64> {
    let text = fs::read_to_string("/proc/uptime")?;
    let seconds = text
        .split_ascii_whitespace()
        .next()
        .and_then(|word| word.parse::<f64>().ok());
    let seconds = seconds.ok_or_else(|| io::Error::other("/proc/uptime cannot be read"))?;
    Ok((seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_full_of_parentheses_is_read() {
        let tail = "S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 999 1000 77 0";
        let stat = parse_stat(&format!("42 (a) b)  {tail}")).unwrap();
        assert_eq!((stat.parent, stat.session, stat.start_ticks), (1, 42, 999));
        assert_eq!(stat.resident_pages, 77);
    }

    #[test]
    fn this_process_is_alive_and_another_start_is_not() {
        let own = Identity::own().unwrap();
        assert!(own.is_alive());
        assert!(
            !Identity {
                start_ticks: own.start_ticks + 1,
                ..own.clone()
            }
            .is_alive()
        );
        assert!(
            !Identity {
                boot_id: "another".into(),
                ..own
            }
            .is_alive()
        );
    }
}
