//! One call to whichever scheduler leads.
//!
//! Several addresses may be known. A call goes to the one that led last; an answer that names
//! another leader is followed, and silence or refusal to lead moves on to the next address, with
//! growing pauses, until the time is up. Every request of `ewc.v1` may be repeated: submissions
//! carry an idempotency key, and the other changes are level-triggered.

mod api;
mod endpoint;
mod verdict;

use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;
use tonic::transport::Channel;
use tonic::{Response, Status};

use crate::args::ConnectArgs;
use crate::error::{CliError, Kind};
use endpoint::Security;
use verdict::{Verdict, deepest, is_broken, verdict};

/// Most leaders followed in a row before the next address is tried after a pause.
const HOPS_MAX: u32 = 4;
/// Said beside a refusal of what was asked before.
const UNHEARD: &str = "an attempt before this one got no answer: it may have taken effect";
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Whether a request changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only asks.
    Read,
    /// It changes something; if no answer comes, it may have.
    Write,
}

/// Calls schedulers.
pub struct Client {
    urls: Vec<String>,
    security: Security,
    timeout: Duration,
    /// Who answered last, and the way there. Held only to copy it in or out.
    leader: Mutex<Option<(String, Channel)>>,
}

impl Client {
    /// A client of the schedulers that the flags name; opens no connection yet.
    pub fn new(args: &ConnectArgs) -> Result<Client, CliError> {
        let security = Security::new(args)?;
        for url in &args.endpoint {
            security.endpoint(url, PAUSE_FIRST)?;
        }
        Ok(Client {
            urls: args.endpoint.clone(),
            security,
            timeout: args.timeout,
            leader: Mutex::new(None),
        })
    }

    /// One call, repeated until somebody answers for the network or the time is up. For a stream,
    /// the time covers its beginning only.
    async fn call<Q, A, F>(
        &self,
        effect: Effect,
        request: &Q,
        rpc: impl Fn(Channel, Q) -> F,
    ) -> Result<A, CliError>
    where
        Q: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let mut route = Route::new(&self.urls, self.leader().map(|(url, _)| url));
        let deadline = Instant::now() + self.timeout;
        let (mut maybe_done, mut heard) = (false, false);
        let mut last = String::new();
        let mut suspect_at = None;
        // An attempt that is cut off at once would only blur whether something was done.
        while Instant::now() + self.patience() / 4 < deadline {
            let url = route.url.clone();
            let answer = self.once(&url, deadline, request, &rpc).await?;
            heard |= matches!(&answer, Attempt::Status(status) if !is_broken(status));
            match verdict(answer) {
                Verdict::Answer((answer, channel)) => {
                    self.set_leader(Some((url, channel)));
                    return Ok(answer);
                }
                Verdict::Refused(status) => {
                    let error = CliError::from_status(&status);
                    // The refusal may come of what the attempt without an answer did.
                    return Err(match maybe_done && effect == Effect::Write {
                        true => error.also_hint(UNHEARD),
                        false => error,
                    });
                }
                Verdict::OtherLeader { leader, why } => {
                    last = why;
                    if !self.may_follow(&leader) || !route.follow(leader) {
                        route.next(deadline).await;
                    }
                }
                Verdict::Silence {
                    maybe_sent,
                    suspect,
                    why,
                } => {
                    maybe_done |= maybe_sent;
                    suspect_at = suspect.then_some(url);
                    last = why;
                    self.set_leader(None);
                    route.next(deadline).await;
                }
            }
        }
        let maybe_done = maybe_done && effect == Effect::Write;
        let error = self.given_up(maybe_done, &last);
        Err(match suspect_at.filter(|_| !heard) {
            Some(url) => error.hint(self.security.likely_mistake(&url)),
            None if heard || maybe_done => error,
            None => error.hint(self.is_one_running()),
        })
    }

    /// One attempt. The outer error is one that no other address will mend.
    async fn once<Q, A, F>(
        &self,
        url: &str,
        deadline: Instant,
        request: &Q,
        rpc: &impl Fn(Channel, Q) -> F,
    ) -> Result<Attempt<(A, Channel)>, CliError>
    where
        Q: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let patience = self.patience();
        let until = deadline.min(Instant::now() + patience);
        let channel = match self.leader().filter(|(leader, _)| leader == url) {
            Some((_, channel)) => channel,
            None => {
                let endpoint = self.security.endpoint(url, patience)?;
                match tokio::time::timeout_at(until, endpoint.connect()).await {
                    Err(_) => {
                        return Ok(Attempt::NotConnected {
                            suspect: false,
                            why: no_answer(url),
                        });
                    }
                    Ok(Err(error)) => return Ok(not_connected(url, &error)),
                    Ok(Ok(channel)) => channel,
                }
            }
        };
        let answer = rpc(channel.clone(), request.clone());
        Ok(match tokio::time::timeout_at(until, answer).await {
            Err(_) => Attempt::NoAnswer(no_answer(url)),
            Ok(Err(status)) => Attempt::Status(status),
            Ok(Ok(response)) => Attempt::Answer((response.into_inner(), channel)),
        })
    }

    /// How long one attempt may take: a scheduler that accepts and says nothing must leave time
    /// for the others.
    fn patience(&self) -> Duration {
        (self.timeout / 3).min(Duration::from_secs(10))
    }

    fn may_follow(&self, leader: &str) -> bool {
        let allowed = self.security.endpoint(leader, PAUSE_FIRST);
        if let Err(error) = &allowed {
            eprintln!("not following the leader to {leader}: {}", error.message);
        }
        allowed.is_ok()
    }

    fn given_up(&self, maybe_done: bool, last: &str) -> CliError {
        let seconds = self.timeout.as_secs_f64();
        if maybe_done {
            let message = format!("no answer within {seconds} s; it may have taken effect: {last}");
            return CliError::new(Kind::OutcomeUnknown, message);
        }
        let message = format!("no scheduler could answer within {seconds} s: {last}");
        CliError::new(Kind::Unreachable, message)
    }

    fn is_one_running(&self) -> String {
        format!("is a scheduler running at {}?", self.urls.join(" or "))
    }

    fn leader(&self) -> Option<(String, Channel)> {
        self.leader.lock().ok()?.clone()
    }

    fn set_leader(&self, known: Option<(String, Channel)>) {
        if let Ok(mut leader) = self.leader.lock() {
            *leader = known;
        }
    }
}

/// What came of one attempt.
enum Attempt<A> {
    Answer(A),
    Status(Status),
    /// Nothing was sent.
    NotConnected {
        /// Somebody listens there, and both sides do not agree how to speak.
        suspect: bool,
        /// For people.
        why: String,
    },
    /// Something may have been sent.
    NoAnswer(String),
}

/// Which address is next.
struct Route<'a> {
    urls: &'a [String],
    position: usize,
    url: String,
    hops: u32,
    pause: Duration,
}

impl<'a> Route<'a> {
    fn new(urls: &'a [String], leader: Option<String>) -> Route<'a> {
        let first = || urls.first().cloned().unwrap_or_default();
        Route {
            urls,
            position: 0,
            url: leader.unwrap_or_else(first),
            hops: 0,
            pause: PAUSE_FIRST,
        }
    }

    /// Goes to a leader; false after too many in a row.
    fn follow(&mut self, leader: String) -> bool {
        self.hops += 1;
        self.url = leader;
        self.hops <= HOPS_MAX
    }

    /// Goes to the next known address, after a pause once all were tried.
    async fn next(&mut self, deadline: Instant) {
        self.hops = 0;
        self.position += 1;
        if self.position.is_multiple_of(self.urls.len().max(1)) {
            tokio::time::sleep_until(deadline.min(Instant::now() + self.pause)).await;
            self.pause = (self.pause * 2).min(PAUSE_MAX);
        }
        if let Some(url) = self.urls.get(self.position % self.urls.len().max(1)) {
            self.url.clone_from(url);
        }
    }
}

fn no_answer(url: &str) -> String {
    format!("{url} does not answer")
}

fn not_connected<A>(url: &str, error: &tonic::transport::Error) -> Attempt<A> {
    let cause = deepest(error);
    // The other side's greeting made no sense, or its certificate none.
    let no_sense = |error: &std::io::Error| error.kind() == std::io::ErrorKind::InvalidData;
    Attempt::NotConnected {
        suspect: cause.downcast_ref().is_some_and(no_sense),
        why: format!("{url}: {cause}"),
    }
}
