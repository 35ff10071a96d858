//! The worker's socket: what other commands ask while it holds the memory.

use std::sync::Arc;
use std::time::Duration;

use diptych::limits::stop::Stop;
use diptych::pipeline::Failure;
use diptych::socket::place::Place;
use diptych::socket::server::{Current, Host, Server};
use diptych::worker::in_force::InForce;
use futures_util::future::BoxFuture;

use super::Desk;
use crate::cli::translate::advice;

/// Answers once the memory is open, until it is stopped; what was asked before comes to its end,
/// within the grace.
pub(super) async fn answer(in_force: Arc<InForce>, desk: Arc<Desk>, stop: Stop, grace: Duration) {
    let over = async {
        stop.stopped().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        () = listen(in_force, desk, stop.clone()) => {}
        () = over => {}
    }
}

async fn listen(in_force: Arc<InForce>, desk: Arc<Desk>, stop: Stop) {
    let Some(Some(tools)) = stop.or(in_force.first()).await else { return };
    let place = Place::of(tools.pipeline.memory().path());
    drop(tools);
    match Server::bind(&place).await {
        Ok(server) => {
            tracing::info!(socket = %server.path().display(), "answering");
            server.serve(Arc::new(Answering { in_force, desk }), stop).await;
        }
        Err(error) => {
            tracing::error!(%error, "nobody can ask this worker: other commands wait for its end");
        }
    }
}

/// What this worker answers from.
struct Answering {
    in_force: Arc<InForce>,
    desk: Arc<Desk>,
}

impl Host for Answering {
    fn current(&self) -> BoxFuture<'_, Result<Current, Vec<String>>> {
        Box::pin(async move {
            self.in_force.renew(&*self.desk).await?;
            let borrowed = self.in_force.borrow().await.ok_or_else(|| {
                vec!["the worker cannot open its memory at the moment: see its log".to_owned()]
            })?;
            Ok(Current {
                pipeline: borrowed.tools.pipeline.clone(),
                corrections: borrowed.tools.corrections.clone(),
                tables: borrowed.tools.tables.clone(),
                held: Box::new(borrowed),
            })
        })
    }

    fn words(&self, failure: &Failure) -> String {
        advice(failure)
    }
}
