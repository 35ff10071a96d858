//! The tools in force: for the jobs, and for the commands that ask over the socket.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedRwLockReadGuard, RwLock, RwLockWriteGuard, watch};

use super::status::{Figures, Status};
use super::workshop::{Tools, Workshop};

/// The tools in force, and who uses them beside the jobs.
pub struct InForce {
    tools: watch::Sender<Option<Arc<Tools>>>,
    /// Read by each command at work, written while tools are made that cannot be at work beside
    /// others.
    in_use: Arc<RwLock<()>>,
    renewing: Mutex<()>,
    status: Arc<Status>,
}

/// What came of looking at the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// They are as they were.
    Unchanged,
    /// What has changed is in force.
    Renewed,
    /// The tools have to be made anew, with nothing in hand.
    Anew,
}

/// Tools that a command uses: none are made anew before it is dropped.
pub struct Borrowed {
    /// The tools.
    pub tools: Arc<Tools>,
    _in_use: OwnedRwLockReadGuard<()>,
}

impl InForce {
    /// None yet.
    pub fn new(status: Arc<Status>) -> Self {
        let (in_use, renewing) = (Arc::default(), Mutex::default());
        Self { tools: watch::Sender::new(None), in_use, renewing, status }
    }

    /// The tools, if there are any.
    pub fn get(&self) -> Option<Arc<Tools>> {
        self.tools.borrow().clone()
    }

    /// All that the worker says of itself, as it is now.
    pub fn figures(&self) -> Figures {
        let gauges = self.get().map(|tools| tools.pipeline.gauges());
        self.status.figures(gauges.unwrap_or_default())
    }

    /// Waits until there are tools.
    pub async fn first(&self) -> Option<Arc<Tools>> {
        let mut tools = self.tools.subscribe();
        tools.wait_for(Option::is_some).await.ok().and_then(|tools| tools.clone())
    }

    /// The tools for a command, once none are being made; `None` where there are none.
    pub async fn borrow(&self) -> Option<Borrowed> {
        let in_use = self.in_use.clone().read_owned().await;
        self.get().map(|tools| Borrowed { tools, _in_use: in_use })
    }

    /// Waits until no command uses the tools, and lets none begin until this is dropped.
    pub async fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.in_use.write().await
    }

    /// Puts other tools in force, or none.
    pub fn set(&self, tools: Option<Tools>) {
        self.tools.send_replace(tools.map(Arc::new));
    }

    /// Brings in force what has changed on the disk, as far as that can be done at once; where it
    /// is broken, what was in force stays, and that is said loudly.
    ///
    /// # Errors
    ///
    /// What is broken, the causes in order.
    pub async fn renew(&self, workshop: &dyn Workshop) -> Result<Renewal, Vec<String>> {
        let _one = self.renewing.lock().await;
        let Some(tools) = self.get().filter(|_| workshop.has_changed()) else {
            return Ok(Renewal::Unchanged);
        };
        match workshop.renew(&tools).await {
            Ok(Some(new)) => {
                tracing::info!("term base and corrections are read again");
                self.status.reloaded(None);
                self.set(Some(new));
                Ok(Renewal::Renewed)
            }
            Ok(None) => Ok(Renewal::Anew),
            Err(causes) => {
                let reason = causes.join(": ");
                tracing::error!(%reason, "what was changed cannot be used; the earlier settings stay in force");
                self.status.reloaded(Some(reason));
                Err(causes)
            }
        }
    }
}
