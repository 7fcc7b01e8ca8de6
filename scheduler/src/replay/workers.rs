//! Plans recomputed beside each other. The answers do not depend on how many there are at a time.

use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};

use ewc_core::State;
use ewc_core::planner::Plan;

use super::answer::Answer;

/// A plan to recompute.
pub struct Task {
    /// What its answer is called.
    pub position: usize,
    /// The state it was made on.
    pub base: Arc<State>,
    /// The state it was repaired on, if it was.
    pub newer: Option<Arc<State>>,
    /// The plan as logged.
    pub plan: Plan,
}

impl Task {
    fn answer(&self) -> (usize, Answer) {
        (
            self.position,
            Answer::of(&self.base, self.newer.as_deref(), &self.plan),
        )
    }
}

/// Answers every task that `make` hands over; it waits when `threads` of them are not yet begun.
/// `make` is told false when nobody takes any more.
pub fn run(
    threads: usize,
    make: impl FnOnce(&mut dyn FnMut(Task) -> bool),
) -> Vec<(usize, Answer)> {
    if threads <= 1 {
        let mut answers = Vec::new();
        make(&mut |task| {
            answers.push(task.answer());
            true
        });
        return answers;
    }
    let (sender, tasks) = sync_channel(threads);
    let (answered, answers) = channel();
    let tasks = Mutex::new(tasks);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let answered = answered.clone();
            let tasks = &tasks;
            scope.spawn(move || work(tasks, &answered));
        }
        drop(answered);
        make(&mut |task| sender.send(task).is_ok());
        drop(sender);
        answers.iter().collect()
    })
}

fn work(tasks: &Mutex<Receiver<Task>>, answered: &Sender<(usize, Answer)>) {
    loop {
        // The lock is held only while waiting, never while planning.
        let task = tasks.lock().map(|tasks| tasks.recv());
        let Ok(Ok(task)) = task else {
            return;
        };
        if answered.send(task.answer()).is_err() {
            return;
        }
    }
}
