//! A machine that takes jobs and ends them, one event at a time.

use super::conservative::Reserved;
use super::discipline::Discipline;
use super::easy::Waiting;
use super::job::{Done, QueueError, QueuedJob};
use super::numbers::ProcessorRange;
use super::running::Running;

/// Equal processors and their queue.
pub struct Machine {
    processors: u32,
    discipline: Discipline,
    now_ms: i64,
    /// No job ends later, whatever the discipline does.
    latest_ms: i64,
    running: Running,
    queue: Queue,
}

enum Queue {
    Fcfs(Waiting),
    Easy(Waiting),
    EasySjbf(Waiting),
    Conservative(Reserved),
}

impl Machine {
    /// An empty machine whose clock stands at the beginning of all time.
    pub fn new(processors: u32, discipline: Discipline) -> Machine {
        let queue = match discipline {
            Discipline::Fcfs => Queue::Fcfs(Waiting::new(false)),
            Discipline::Easy => Queue::Easy(Waiting::new(false)),
            Discipline::EasySjbf => Queue::EasySjbf(Waiting::new(true)),
            Discipline::Conservative => Queue::Conservative(Reserved::default()),
        };
        Machine {
            processors,
            discipline,
            now_ms: i64::MIN,
            latest_ms: i64::MIN,
            running: Running::new(processors),
            queue,
        }
    }

    /// Tells its processors apart: each job gets the lowest numbers that are free.
    pub fn with_numbers(mut self) -> Machine {
        self.running.number();
        self
    }

    /// The processors of the job that ended last; none unless they are told apart.
    pub fn numbers_of_ended(&self) -> &[ProcessorRange] {
        self.running.numbers_of_ended()
    }

    /// Its processors.
    pub fn processors(&self) -> u32 {
        self.processors
    }

    /// Its discipline.
    pub fn discipline(&self) -> Discipline {
        self.discipline
    }

    /// Jobs that wait.
    pub fn waiting(&self) -> usize {
        match &self.queue {
            Queue::Fcfs(jobs) | Queue::Easy(jobs) | Queue::EasySjbf(jobs) => jobs.len(),
            Queue::Conservative(jobs) => jobs.len(),
        }
    }

    /// Jobs that run.
    pub fn running(&self) -> usize {
        self.running.count()
    }

    /// When the next job ends, if one runs.
    pub fn next_end_ms(&self) -> Option<i64> {
        self.running.next_end_ms()
    }

    /// Takes a job at the time of its submission. Ends before that time must have been taken out
    /// with [`Machine::end`].
    ///
    /// # Errors
    /// The job can never run here, or comes late. The machine is unchanged.
    pub fn submit(&mut self, job: QueuedJob) -> Result<(), QueueError> {
        job.check(self.processors, self.now_ms)?;
        let latest_ms = self.latest_ms.max(job.submit_ms);
        let latest_ms = latest_ms.checked_add(job.estimate_ms);
        self.latest_ms = latest_ms.ok_or(QueueError::BeyondTime(job.id))?;
        let now_ms = job.submit_ms;
        self.advance(now_ms);
        let running = &mut self.running;
        match &mut self.queue {
            Queue::Fcfs(jobs) => {
                jobs.push(job);
                jobs.start_heads(running, now_ms);
            }
            Queue::Easy(jobs) => {
                jobs.push(job);
                if running.free() >= job.processors {
                    jobs.backfill(running, now_ms);
                }
            }
            Queue::EasySjbf(jobs) => {
                jobs.push(job);
                jobs.backfill(running, now_ms);
            }
            Queue::Conservative(jobs) => jobs.push(job, running, now_ms),
        }
        Ok(())
    }

    /// Ends the job that ends next, and starts what can start then. `None` when nothing runs:
    /// then nothing waits either.
    pub fn end(&mut self) -> Option<Done> {
        let now_ms = self.running.next_end_ms()?;
        let done = self.running.end()?;
        self.advance(now_ms);
        let running = &mut self.running;
        match &mut self.queue {
            Queue::Fcfs(jobs) => jobs.start_heads(running, now_ms),
            Queue::Easy(jobs) | Queue::EasySjbf(jobs) => jobs.backfill(running, now_ms),
            Queue::Conservative(jobs) => jobs.compress(running, now_ms),
        }
        Some(done)
    }

    fn advance(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
        self.running.pass_estimates(now_ms);
    }
}
