//! Group commit: many who wait for their writes to be durable share one flush.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

/// Counts writes, and knows up to which of them a flush has come.
#[derive(Debug, Default)]
pub(super) struct GroupCommit {
    /// Tickets given out: each stands for writes made before it was taken.
    written: AtomicU64,
    /// The highest ticket that a flush covers. Held during a flush, so that those who come
    /// meanwhile queue up behind it, and the first of them flushes for all.
    durable: Mutex<u64>,
}

impl GroupCommit {
    /// Returns once everything its caller wrote before the call is flushed; by the caller's own
    /// flush only where no other's began after those writes.
    ///
    /// Dropped while flushing, it leaves the flush to the next in line.
    pub(super) async fn commit<F>(&self, flush: impl FnOnce() -> F) -> io::Result<()>
    where
        F: Future<Output = io::Result<()>>,
    {
        let ticket = self.written.fetch_add(1, Ordering::SeqCst) + 1;
        let mut durable = self.durable.lock().await;
        if *durable >= ticket {
            return Ok(());
        }
        let covered = self.written.load(Ordering::SeqCst);
        flush().await?;
        *durable = covered;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;

    /// A medium whose writes are durable only when flushed.
    #[derive(Default)]
    struct Medium {
        written: AtomicUsize,
        durable: AtomicUsize,
        flushes: AtomicUsize,
    }

    impl Medium {
        async fn flush(&self) -> io::Result<()> {
            let reached = self.written.load(Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            self.durable.fetch_max(reached, Ordering::SeqCst);
            self.flushes.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_hundred_share_a_few_flushes_and_each_is_durable() {
        let (medium, group) = (Arc::new(Medium::default()), GroupCommit::default());
        join_all((0..100_u64).map(|i| {
            let (medium, group) = (&medium, &group);
            async move {
                tokio::time::sleep(Duration::from_micros(i * 100)).await;
                let mine = medium.written.fetch_add(1, Ordering::SeqCst) + 1;
                group.commit(|| medium.flush()).await.unwrap();
                assert!(medium.durable.load(Ordering::SeqCst) >= mine, "{mine} is not durable");
            }
        }))
        .await;
        let flushes = medium.flushes.load(Ordering::SeqCst);
        assert!((2..=5).contains(&flushes), "{flushes} flushes");
    }

    #[tokio::test]
    async fn a_failed_flush_acknowledges_nobody() {
        let group = GroupCommit::default();
        let fail = || async { Err(io::Error::other("disk full")) };
        let (first, second) = tokio::join!(group.commit(fail), group.commit(fail));
        assert!(first.is_err() && second.is_err());
        assert!(group.commit(|| async { Ok(()) }).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_leaves_takes_nobody_along() {
        let (medium, group) = (Medium::default(), GroupCommit::default());
        let leaving =
            tokio::time::timeout(Duration::from_millis(1), group.commit(|| medium.flush()));
        let staying = async {
            tokio::task::yield_now().await;
            medium.written.fetch_add(1, Ordering::SeqCst);
            group.commit(|| medium.flush()).await
        };
        let (left, stayed) = tokio::join!(leaving, staying);
        assert!(left.is_err() && stayed.is_ok());
        assert_eq!(medium.durable.load(Ordering::SeqCst), 1);
    }
}
