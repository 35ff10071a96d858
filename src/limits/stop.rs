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

    /// Whether it has been asked for.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked for; for ever where that cannot be any more.
    pub async fn stopped(&self) {
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
