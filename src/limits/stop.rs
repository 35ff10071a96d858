//! A stop, passed in as a value: what is in flight finishes, nothing new begins, waits end.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;

/// Asks everyone who holds the [`Stop`] to stop. Clones are one switch.
#[derive(Clone, Debug)]
pub struct StopSwitch(Arc<watch::Sender<bool>>);

/// Tells whether to stop.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

tokio::task_local! {
    /// What else stops the work of this task. Carried by the task, so that nothing between whoever
    /// asks for an article and the door has to know of more than one stop.
    static ALSO: Stop;
}

/// A switch and what it switches.
pub fn stop() -> (StopSwitch, Stop) {
    let (sender, receiver) = watch::channel(false);
    (StopSwitch(Arc::new(sender)), Stop(receiver))
}

impl StopSwitch {
    /// Stops, once and for all.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// A stop that never comes.
    pub fn never() -> Self {
        stop().1
    }

    /// Does some work so that for it, whatever it looks at, this is a stop too: one article of
    /// many is stopped, and the others go on.
    pub async fn also_for<F: Future>(&self, work: F) -> F::Output {
        ALSO.scope(self.clone(), work).await
    }

    /// Whether it has been asked for.
    pub fn is_stopped(&self) -> bool {
        self.is_set() || ALSO.try_with(Self::is_set).unwrap_or(false)
    }

    /// Waits until it is asked for; for ever where that cannot be any more.
    pub async fn stopped(&self) {
        match ALSO.try_with(Clone::clone) {
            Ok(also) => tokio::select! {
                () = self.set() => {}
                () = also.set() => {}
            },
            Err(_) => self.set().await,
        }
    }

    /// As [`Self::or`], whatever else stops the work of this task: of a request under way only the
    /// loss of its answer is worth the end.
    pub async fn or_alone<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.set() => None,
            value = future => Some(value),
        }
    }

    fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    async fn set(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending().await
        }
    }

    /// What the future gives, or `None` if the stop comes first.
    pub async fn or<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.stopped() => None,
            value = future => Some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_work_is_stopped_and_the_others_go_on() {
        let (_, all) = stop();
        let (one, its) = stop();
        let looks = || async { (all.is_stopped(), all.or(std::future::ready(())).await.is_none()) };
        assert_eq!(its.also_for(looks()).await, (false, false));
        one.stop();
        assert_eq!(its.also_for(looks()).await, (true, true));
        assert_eq!(looks().await, (false, false), "outside of it nothing is stopped");
    }

    #[tokio::test]
    async fn the_stop_of_all_stops_each() {
        let ((switch, all), (_, its)) = (stop(), stop());
        switch.stop();
        assert!(its.also_for(all.or(std::future::pending::<()>())).await.is_none());
    }
}
