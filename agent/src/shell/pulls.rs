//! Pulls under way, one task each.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Event;
use crate::data::pull::{Order, Puller};
use crate::logic::Input;

const PROGRESS_EVERY: Duration = Duration::from_millis(200);

pub(super) struct Pulls {
    pub puller: Puller,
    pub events: mpsc::Sender<Event>,
    tasks: BTreeMap<String, JoinHandle<()>>,
}

impl Pulls {
    pub fn new(puller: Puller, events: mpsc::Sender<Event>) -> Self {
        Self {
            puller,
            events,
            tasks: BTreeMap::new(),
        }
    }

    /// Starts a pull. A cancelled one of the same content is waited for: both write one file.
    pub fn start(&mut self, order: Order) {
        self.tasks.retain(|_, task| !task.is_finished());
        let former = self.tasks.remove(&order.sha256);
        let (puller, events) = (self.puller.clone(), self.events.clone());
        let sha256 = order.sha256.clone();
        let task = tokio::spawn(async move {
            if let Some(former) = former {
                former.abort();
                let _ = former.await;
            }
            pull(puller, order, events).await;
        });
        self.tasks.insert(sha256, task);
    }

    /// What it brought so far stays for a later pull to resume.
    pub fn cancel(&mut self, sha256: &str) {
        if let Some(task) = self.tasks.get(sha256) {
            task.abort();
        }
    }

    pub fn count(&self) -> usize {
        self.tasks
            .values()
            .filter(|task| !task.is_finished())
            .count()
    }

    pub fn cancel_all(&self) {
        self.tasks.values().for_each(JoinHandle::abort);
    }
}

async fn pull(puller: Puller, order: Order, events: mpsc::Sender<Event>) {
    let sha256 = order.sha256.clone();
    let told = Mutex::new(Instant::now());
    let progress = |bytes| {
        let Ok(mut told) = told.lock() else { return };
        if told.elapsed() >= PROGRESS_EVERY {
            *told = Instant::now();
            let sha256 = sha256.clone();
            // A full channel loses only a figure; the next one follows soon.
            let _ = events.try_send(Event::Input(Input::PullProgress { sha256, bytes }));
        }
    };
    let result = puller.pull(&order, progress).await;
    let _ = events
        .send(Event::Input(Input::PullEnded {
            sha256: order.sha256,
            lent: order.lent,
            result,
        }))
        .await;
}
