//! Independent runs on all cores, in one order whoever is faster.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use super::Progress;
use crate::LabError;

/// Does `count` jobs, each on one thread with a runtime of its own, and answers in the order of their numbers.
///
/// A job tells when another day of its world has begun. After the first failure no further job is begun.
pub(super) fn run<T: Send, J>(
    count: usize,
    progress: &mut dyn Progress,
    job: J,
) -> Result<Vec<T>, LabError>
where
    J: AsyncFn(usize, &mut dyn FnMut(u64)) -> Result<T, LabError> + Sync,
{
    let threads = thread::available_parallelism().map_or(1, usize::from).min(count.max(1));
    let next = AtomicUsize::new(0);
    let (tell, told) = channel();
    let mut done: Vec<(usize, Result<T, LabError>)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (tell, next, job) = (tell.clone(), &next, &job);
                scope.spawn(move || work(count, next, &tell, job))
            })
            .collect();
        drop(tell);
        for (days, ()) in (1..).zip(told) {
            progress.at(days);
        }
        workers.into_iter().flat_map(|w| w.join().expect("a worker panicked")).collect()
    });
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Takes one job after another until none is left.
fn work<T, J>(
    count: usize,
    next: &AtomicUsize,
    tell: &Sender<()>,
    job: &J,
) -> Vec<(usize, Result<T, LabError>)>
where
    J: AsyncFn(usize, &mut dyn FnMut(u64)) -> Result<T, LabError>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the system gives a timer");
    let mut done = Vec::new();
    loop {
        let i = next.fetch_add(1, Ordering::Relaxed);
        if i >= count {
            return done;
        }
        // Nobody listens only when the demo has failed already.
        let mut day = |_| {
            let _ = tell.send(());
        };
        let result = runtime.block_on(job(i, &mut day));
        if result.is_err() {
            next.store(count, Ordering::Relaxed);
        }
        done.push((i, result));
    }
}
