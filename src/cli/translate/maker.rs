//! Who makes the pairs: a pipeline of this run's own, or the worker that holds the memory.

use anyhow::{Result, bail};
use diptych::article::{Article, Encoding};
use diptych::config::Config;
use diptych::limits::stop::Stop;
use diptych::pipeline::commission::{Commission, Delivered};
use diptych::pipeline::{Coming, Options, Pipeline, Plan, Progress, Run};
use diptych::socket::client::{Client, OpenRun};

use super::advice;
use crate::cli::assemble;
use crate::cli::held::{Held, told};

/// Makes pairs of articles.
pub(super) enum Maker {
    /// This run.
    Ours { pipeline: Box<Pipeline>, run: Run },
    /// A worker.
    Workers { client: Client, run: OpenRun, stop: Stop },
}

impl Maker {
    /// Whoever has the memory of these settings, for so many articles. Waits for another run that
    /// is using it.
    pub(super) async fn of(config: &Config, articles: usize, stop: Stop) -> Result<Self> {
        // Mistakes in them are told whoever reads them afterwards.
        let glossary = assemble::glossary(config)?;
        let corrections = assemble::corrections(&config.corrections)?;
        let Some(held) = stop.or(Held::by(config)).await else {
            bail!("stopped while waiting for the memory {}", config.memory.display())
        };
        Ok(match held? {
            Held::Ours(memory) => {
                let budget = assemble::of_one_run(config);
                let pipeline = assemble::with(config, glossary, memory, corrections, budget, stop)?;
                Self::Ours { pipeline: Box::new(pipeline), run: Run::default() }
            }
            Held::Workers(client) => {
                let run = client.run(articles).await.map_err(told)?;
                Self::Workers { client, run, stop }
            }
        })
    }

    /// Announces an article; a worker knows of them by their number.
    pub(super) fn expect(&self) -> Option<Coming> {
        match self {
            Self::Ours { pipeline, .. } => Some(pipeline.expect()),
            Self::Workers { .. } => None,
        }
    }

    /// Makes of an article what is asked for.
    pub(super) async fn make(
        &self,
        article: &Article,
        encoding: Option<Encoding>,
        commission: &Commission,
        progress: &dyn Progress,
    ) -> Result<Delivered> {
        match self {
            Self::Ours { pipeline, run } => {
                Ok(pipeline.carry_out(run, article, commission, progress, &advice).await?)
            }
            Self::Workers { client, run, stop } => client
                .translate(run, article, encoding, commission, progress, stop)
                .await
                .map_err(told),
        }
    }

    /// What translating an article would send.
    pub(super) async fn plan(
        &self,
        article: &Article,
        encoding: Option<Encoding>,
        options: Options,
    ) -> Result<Plan> {
        match self {
            Self::Ours { pipeline, .. } => Ok(pipeline.plan(article, options)?),
            Self::Workers { client, .. } => {
                client.plan(article, encoding, options).await.map_err(told)
            }
        }
    }
}
