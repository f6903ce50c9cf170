//! Work away from the threads that talk to clients: jobs done in steps, each in turn.
//!
//! A job that is not done after a step stands at the end of the queue again, so that a small request waits for one step
//! of a large one at most.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::pipeline::Desk;

/// Something to be done in steps.
pub(super) trait Job: Send {
    /// Does a little; `true`: all is done. A desk keeps what its thread has learnt of words.
    fn step(&mut self, desk: &mut Desk) -> bool;
    /// Told where a step broke down.
    fn broke(&mut self);
}

/// Jobs that wait, and threads that do them.
#[derive(Clone)]
pub(super) struct Workers(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    came: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Box<dyn Job>>,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Box<dyn Job>> {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if queue.closed {
                return None;
            }
            queue = self.came.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work(&self) {
        let mut desk = Desk::default();
        while let Some(mut job) = self.next() {
            match catch_unwind(AssertUnwindSafe(|| job.step(&mut desk))) {
                Ok(true) => {}
                Ok(false) => self.lock().jobs.push_back(job),
                Err(_) => {
                    // what the desk holds may be half of something
                    desk = Desk::default();
                    job.broke();
                }
            }
        }
    }
}

impl Workers {
    /// So many threads.
    pub(super) fn new(n_threads: usize) -> std::io::Result<Workers> {
        let shared = Arc::new(Shared { queue: Mutex::default(), came: Condvar::new() });
        for i in 0..n_threads.max(1) {
            let shared = shared.clone();
            std::thread::Builder::new().name(format!("work-{i}")).spawn(move || shared.work())?;
        }
        Ok(Workers(shared))
    }

    /// Puts a job at the end of the queue.
    pub(super) fn put(&self, job: Box<dyn Job>) {
        self.0.lock().jobs.push_back(job);
        self.0.came.notify_one();
    }

    /// Jobs that wait.
    pub(super) fn n_waiting(&self) -> usize {
        self.0.lock().jobs.len()
    }

    /// Threads end when nothing waits any more.
    pub(super) fn close(&self) {
        self.0.lock().closed = true;
        self.0.came.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};

    struct Count {
        name: char,
        left: usize,
        out: Sender<char>,
    }

    impl Job for Count {
        fn step(&mut self, _: &mut Desk) -> bool {
            assert!(self.left != 3, "a step breaks down");
            self.out.send(self.name).unwrap();
            self.left -= 1;
            self.left == 0
        }
        fn broke(&mut self) {
            self.out.send('!').unwrap();
        }
    }

    #[test]
    fn a_small_job_does_not_wait_for_a_large_one() {
        let workers = Workers(Arc::new(Shared { queue: Mutex::default(), came: Condvar::new() }));
        let (out, told) = channel();
        for (name, left) in [('a', 100), ('b', 1), ('c', 2)] {
            workers.put(Box::new(Count { name, left, out: out.clone() }));
        }
        assert_eq!(workers.n_waiting(), 3);
        let shared = workers.0.clone();
        let thread = std::thread::spawn(move || shared.work());
        workers.close();
        thread.join().unwrap();
        drop(out);
        let order: String = told.iter().collect();
        // three is where a step breaks down: the job ends, the thread does not
        assert!(order.starts_with("abcaca") && order.ends_with("a!"), "{order}");
    }
}
