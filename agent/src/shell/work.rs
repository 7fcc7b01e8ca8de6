//! The executor's thread. One thread, so that checks of the journal and starts follow one order;
//! a thread and not a task, because it waits for the disk.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::{Event, unix_ms};
use crate::data::collect::collect;
use crate::data::store::Store;
use crate::executor::{Executor, StartError};
use crate::journal::JournalError;
use crate::logic::Input;
use crate::model::{AttemptKey, Outcome, OutputWanted, StartOrder};

const POLL_EVERY: Duration = Duration::from_millis(40);
const IDLE_EVERY: Duration = Duration::from_secs(1);

/// An order to the thread.
#[derive(Debug)]
pub(super) enum Work {
    Start(Box<StartOrder>),
    Stop(AttemptKey),
    Collect(AttemptKey),
    CollectCheckpoint(AttemptKey),
    RecordEnd(AttemptKey, Outcome),
    Release(AttemptKey),
    /// Stop everything, wait so long for it, end.
    StopAllAndEnd(Duration),
}

/// The thread and the way to it. Dropping the way ends the thread and leaves payloads running.
#[derive(Debug)]
pub(super) struct Worker {
    pub orders: Sender<Work>,
    pub thread: JoinHandle<()>,
}

pub(super) fn spawn(
    executor: Executor,
    store: Store,
    events: mpsc::Sender<Event>,
) -> io::Result<Worker> {
    let (orders, receiver) = channel();
    let runtime = Handle::current();
    let mut state = Thread {
        executor,
        store,
        events,
        runtime,
    };
    let thread = std::thread::Builder::new()
        .name("executor".into())
        .spawn(move || {
            if let Err(error) = state.serve(&receiver) {
                let _ = state.events.blocking_send(Event::Fatal(error.to_string()));
            }
        })?;
    Ok(Worker { orders, thread })
}

struct Thread {
    executor: Executor,
    store: Store,
    events: mpsc::Sender<Event>,
    runtime: Handle,
}

impl Thread {
    fn serve(&mut self, orders: &Receiver<Work>) -> Result<(), JournalError> {
        loop {
            let wait = if self.executor.has_running() {
                POLL_EVERY
            } else {
                IDLE_EVERY
            };
            match orders.recv_timeout(wait) {
                Ok(Work::StopAllAndEnd(patience)) => {
                    self.stop_all(patience);
                    return Ok(());
                }
                Ok(work) => self.carry_out(work)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            self.poll();
        }
    }

    fn carry_out(&mut self, work: Work) -> Result<(), JournalError> {
        match work {
            Work::Start(order) => self.start(*order)?,
            Work::Stop(key) => self.executor.stop(&key, unix_ms()),
            Work::Collect(key) => self.collect(key, |order| order.outputs),
            Work::CollectCheckpoint(key) => {
                self.collect(key, |order| order.checkpoint.into_iter().collect());
            }
            Work::RecordEnd(key, outcome) => self.executor.end(&key, &outcome)?,
            Work::Release(key) => self.executor.release(&key, unix_ms())?,
            Work::StopAllAndEnd(_) => {}
        }
        Ok(())
    }

    fn start(&mut self, order: StartOrder) -> Result<(), JournalError> {
        let key = order.key.clone();
        match self.executor.start(order, unix_ms()) {
            Ok(()) => self.tell(Input::Started(key)),
            Err(StartError::Refused(why)) => self.tell(Input::StartRefused { key, why }),
            Err(StartError::Journal(error)) => return Err(error),
        }
        Ok(())
    }

    /// Hashing may take long: not on this thread.
    fn collect(&self, key: AttemptKey, wanted: impl FnOnce(StartOrder) -> Vec<OutputWanted>) {
        let Some((work_dir, order)) = self.executor.outputs_of(&key) else {
            return;
        };
        let wanted = wanted(order);
        let (store, events) = (self.store.clone(), self.events.clone());
        self.runtime.spawn_blocking(move || {
            let result = collect(&store, &work_dir, &wanted);
            let _ = events.blocking_send(Event::Input(Input::Collected { key, result }));
        });
    }

    fn poll(&mut self) {
        for ended in self.executor.poll(unix_ms()) {
            let (key, task, status) = (ended.key, ended.task, ended.status);
            self.tell(Input::TaskEnded { key, task, status });
        }
    }

    fn stop_all(&mut self, patience: Duration) {
        let until = Instant::now() + patience;
        self.executor.stop_all(unix_ms());
        while self.executor.has_running() && Instant::now() < until {
            self.executor.poll(unix_ms());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// When the core is gone nobody needs to hear it: the next agent finds the same on the disk.
    fn tell(&self, input: Input) {
        let _ = self.events.blocking_send(Event::Input(input));
    }
}
