//! The streams that agents keep open: log requests and wake-ups go down, log chunks come up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ewc_core::Event;
use ewc_core::model::SiteId;
use ewc_proto::v1;
use tokio::sync::{broadcast, mpsc};
use tonic::Status;

use crate::driver::Handle;

/// Messages that may wait for one agent.
const DOWN_MAX: usize = 256;
/// Chunks that may wait for one reader of a log.
const CHUNKS_MAX: usize = 64;
/// Readers of logs at a time.
const READERS_MAX: usize = 1024;

/// What flows to a reader of a log.
pub type LogReader = mpsc::Receiver<Result<v1::LogChunk, Status>>;

/// All open streams.
#[derive(Debug, Default)]
pub struct AttachHub {
    streams: Mutex<Streams>,
}

#[derive(Debug, Default)]
struct Streams {
    next: u64,
    sites: BTreeMap<String, (u64, mpsc::Sender<Result<v1::AttachDown, Status>>)>,
    readers: BTreeMap<u64, (String, mpsc::Sender<Result<v1::LogChunk, Status>>)>,
}

impl AttachHub {
    /// An agent opened its stream; an older one of the same site is closed.
    pub fn attach(&self, site: &str) -> (u64, mpsc::Receiver<Result<v1::AttachDown, Status>>) {
        let (sender, receiver) = mpsc::channel(DOWN_MAX);
        let mut streams = self.streams();
        streams.next += 1;
        let number = streams.next;
        streams.sites.insert(site.to_owned(), (number, sender));
        // What was asked over the older stream is answered on none.
        streams.end_readers(|from| from == site);
        (number, receiver)
    }

    /// An agent's stream ended: readers of its logs hear of it.
    pub fn detach(&self, site: &str, number: u64) {
        let mut streams = self.streams();
        if streams
            .sites
            .get(site)
            .is_none_or(|(known, _)| *known != number)
        {
            return;
        }
        streams.sites.remove(site);
        streams.end_readers(|from| from == site);
    }

    /// Asks a site for a log. The request's id is filled in here.
    pub fn request_log(
        &self,
        site: &str,
        mut request: v1::LogRequest,
    ) -> Result<(u64, LogReader), Status> {
        let mut streams = self.streams();
        if streams.readers.len() >= READERS_MAX {
            return Err(Status::resource_exhausted(
                "too many logs are being read; try again",
            ));
        }
        streams.next += 1;
        let id = streams.next;
        request.request_id = id;
        let unavailable = || Status::unavailable(format!("the agent of {site} is not connected"));
        let (_, down) = streams.sites.get(site).ok_or_else(unavailable)?;
        down.try_send(Ok(message(v1::attach_down::What::Log(request))))
            .map_err(|_| unavailable())?;
        let (sender, reader) = mpsc::channel(CHUNKS_MAX);
        streams.readers.insert(id, (site.to_owned(), sender));
        Ok((id, reader))
    }

    /// Nobody reads a log any more.
    pub fn stop_log(&self, id: u64) {
        let mut streams = self.streams();
        let Some((site, _)) = streams.readers.remove(&id) else {
            return;
        };
        if let Some((_, down)) = streams.sites.get(&site) {
            // A full queue: the agent's chunks will find no reader, which stops it as well.
            let _ = down.try_send(Ok(message(v1::attach_down::What::StopLog(id))));
        }
    }

    /// A chunk came up from a site. Waits for a slow reader, which slows the agent's stream. What
    /// another site was asked for is not taken from this one.
    pub async fn log_data(&self, site: &str, data: v1::LogData) {
        let readers = self.streams().readers.get(&data.request_id).cloned();
        let Some((_, reader)) = readers.filter(|(asked, _)| asked == site) else {
            return self.stop_unknown(site, data.request_id);
        };
        if let Some(chunk) = data.chunk
            && reader.send(Ok(chunk)).await.is_err()
        {
            return self.stop_log(data.request_id);
        }
        if !data.error.is_empty() {
            let _ = reader
                .send(Err(Status::not_found(data.error.clone())))
                .await;
        }
        if data.end || !data.error.is_empty() {
            self.streams().readers.remove(&data.request_id);
        }
    }

    fn stop_unknown(&self, site: &str, id: u64) {
        if let Some((_, down)) = self.streams().sites.get(site) {
            let _ = down.try_send(Ok(message(v1::attach_down::What::StopLog(id))));
        }
    }

    /// Tells a site that there is something new for it.
    pub fn wake(&self, site: &str) {
        if let Some((_, down)) = self.streams().sites.get(site) {
            // A full queue holds a wake-up already.
            let _ = down.try_send(Ok(message(v1::attach_down::What::Wake(true))));
        }
    }

    /// Closes every stream: agents will look for the new leader.
    pub fn close(&self) {
        let mut streams = self.streams();
        streams.sites.clear();
        streams.end_readers(|_| true);
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Streams {
    /// Readers of these sites hear that there is no more, and that it was not the end.
    fn end_readers(&mut self, ends: impl Fn(&str) -> bool) {
        self.readers.retain(|_, (from, reader)| {
            let gone = ends(from);
            if gone {
                let _ = reader.try_send(Err(Status::unavailable("the agent's stream broke")));
            }
            !gone
        });
    }
}

fn message(what: v1::attach_down::What) -> v1::AttachDown {
    v1::AttachDown { what: Some(what) }
}

/// Wakes agents when what they are to do changes, and lets go of them when leadership is lost.
pub async fn wake_agents(hub: Arc<AttachHub>, handle: Handle) {
    let mut events = handle.events();
    let mut led = false;
    loop {
        match events.recv().await {
            Ok(done) => {
                let sites = done.iter().filter_map(|event| match event {
                    Event::Desired(site) => Some(*site),
                    _ => None,
                });
                wake_sites(&hub, &handle, sites);
            }
            Err(broadcast::error::RecvError::Lagged(_)) => {
                let sites = (0..handle.state().sites().len() as u32).map(SiteId);
                wake_sites(&hub, &handle, sites);
            }
            Err(broadcast::error::RecvError::Closed) => return,
        }
        let leads = handle.standing().leads;
        if led && !leads {
            hub.close();
        }
        led = leads;
    }
}

fn wake_sites(hub: &AttachHub, handle: &Handle, sites: impl Iterator<Item = SiteId>) {
    if !handle.standing().leads {
        return;
    }
    let state = handle.state();
    for site in sites {
        if let Some(site) = state.site(site) {
            hub.wake(&site.spec.name);
        }
    }
}
