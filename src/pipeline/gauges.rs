//! How what a pipeline translates with stands at this moment: its backends, and its budget.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Pipeline;
use crate::limits::standing::Standing;

/// The gauges.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Gauges {
    /// Each backend that asks anybody, by its name in the configuration.
    pub backends: BTreeMap<String, Standing>,
    /// The budget, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Spent>,
}

/// What is spent of a budget, in the currency of the prices.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spent {
    /// Spent in its period, requests in flight not included.
    pub spent: f64,
    /// Of so much.
    pub limit: f64,
}

impl Pipeline {
    /// How its backends and its budget stand.
    pub fn gauges(&self) -> Gauges {
        let backends = self.lines.iter().filter_map(|line| {
            let name = line.backend.engine().backend.clone();
            Some((name, line.backend.standing()?))
        });
        let budget = self.budget.as_ref();
        let budget = budget.map(|it| Spent { spent: it.spent(), limit: it.limit() });
        Gauges { backends: backends.collect(), budget }
    }
}
