//! One job's article: from its bytes to the files that will be published.

use std::fmt;
use std::path::Path;

use jiff::Timestamp;

use super::callback;
use super::workshop::Tools;
use crate::article::{Article, Format, Furniture};
use crate::backend::BackendError;
use crate::config::OnError;
use crate::language::Target;
use crate::pair::files::{self, Names};
use crate::pipeline::{Failure, Options, PipelineError, Refresh, Run, Translated};
use crate::queue::Claimed;
use crate::queue::outcome::{End, Happened, Untranslated};

/// What came of translating.
pub(super) enum Verdict {
    /// This is to be published.
    Happened(Box<Happened>),
    /// This too, unless another attempt is worth it.
    Unlucky(Box<Happened>),
    /// It was no fault of the job; it is to be given back.
    Outside(Outside),
}

/// Why a job goes back on the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outside {
    /// The worker was told to stop.
    Stopped,
    /// No backend can be asked.
    Backend(String),
    /// What is bought could not be kept.
    Memory(String),
    /// Answers were lost on the way, or late. This attempt counts.
    Unlucky(String),
    /// It waited for another article's paragraph, in vain.
    Waited,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("the worker is stopping"),
            Self::Backend(reason) | Self::Memory(reason) | Self::Unlucky(reason) => {
                f.write_str(reason)
            }
            Self::Waited => f.write_str("a paragraph was asked for in another article, in vain"),
        }
    }
}

impl Happened {
    /// Nothing was translated, for this reason.
    pub(super) fn nothing(reason: impl Into<String>) -> Self {
        Self {
            end: End::Failed,
            reason: Some(reason.into()),
            target: None,
            files: Vec::new(),
            untranslated: Vec::new(),
            counts: Default::default(),
        }
    }
}

/// Translates the article of a job.
pub(super) async fn translate(claimed: &Claimed, tools: &Tools) -> Verdict {
    let refused = |reason: String| Verdict::Happened(Box::new(Happened::nothing(reason)));
    if let Some(reason) = &claimed.refused {
        return refused(reason.clone());
    }
    let (article, options) = match read(claimed, tools) {
        Ok(read) => read,
        Err(reason) => return refused(reason),
    };
    // A backend that was down for an earlier job is tried again.
    let run = Run::default();
    let translated = match tools.pipeline.translate_in(&run, &article, options, &()).await {
        Ok(translated) => translated,
        Err(PipelineError::Memory(error)) => {
            return Verdict::Outside(Outside::Memory(error.to_string()));
        }
        Err(error) => return refused(error.to_string()),
    };
    if let Some(outside) = outside(&translated.failures) {
        return Verdict::Outside(outside);
    }
    let unlucky = translated.failures.iter().any(|(_, failure)| is_unlucky(failure));
    match happened(claimed, tools, &article, translated) {
        Ok(happened) if unlucky => Verdict::Unlucky(Box::new(happened)),
        Ok(happened) => Verdict::Happened(Box::new(happened)),
        Err(error) => refused(format!("its pair cannot be written: {error}")),
    }
}

/// The article and what is asked for it.
fn read(claimed: &Claimed, tools: &Tools) -> Result<(Article, Options), String> {
    let job = &claimed.job;
    let now = Timestamp::now();
    if let Some(deadline) = job.options.deadline
        && deadline.0 < now
    {
        return Err(format!("its deadline {} was over before it was begun", deadline.0));
    }
    if let Some(address) = &job.options.callback {
        callback::allowed(address, &tools.callback_hosts)
            .map_err(|why| format!("callback: {why}"))?;
    }
    let name = job.name.as_str();
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    let format = Format::of_extension(extension.unwrap_or_default())
        .ok_or("its format is not known by its name (.md, .markdown, .txt are)")?;
    let to = match job.options.target.as_deref() {
        None => None,
        Some(zh) if zh.eq_ignore_ascii_case("zh") => Some(Target::Chinese(tools.chinese)),
        Some(to) => Some(to.parse::<Target>().map_err(|error| format!("target: {error}"))?),
    };
    let article = Article::read(name.to_owned(), format, job.article.clone(), None)
        .map_err(|error| error.to_string())?;
    Ok((article, Options { to, refresh: Refresh::Never }))
}

fn happened(
    claimed: &Claimed,
    tools: &Tools,
    article: &Article,
    translated: Translated,
) -> Result<Happened, serde_json::Error> {
    let Translated { pair, document, counts, failures } = translated;
    let forms = claimed.job.options.outputs.as_deref().unwrap_or(&tools.outputs);
    let names = Names::new(Path::new(claimed.job.name.as_str()), pair.to, tools.chinese);
    let files = files::render(&pair, article, &document, &names, forms, Furniture::Keep)?;
    let files = files.outputs.into_iter().chain([files.manifest]).collect();
    let reason = if let Some((_, first)) = failures.first() {
        Some(format!(
            "{} of {} paragraphs untranslated: {first}",
            failures.len(),
            counts.paragraphs
        ))
    } else if counts.errors > 0 && tools.on_error == OnError::Hold {
        Some(format!("held, since the checks found {} errors in it", counts.errors))
    } else {
        None
    };
    let untranslated = failures
        .iter()
        .map(|(id, why)| Untranslated { id: id.to_string(), reason: why.to_string() });
    Ok(Happened {
        end: if reason.is_some() { End::Failed } else { End::Done },
        reason,
        target: Some(pair.to.code()),
        files,
        untranslated: untranslated.collect(),
        counts,
    })
}

/// Whether the same request may well succeed later.
fn is_unlucky(failure: &Failure) -> bool {
    let Failure::Backend(error) = failure else { return false };
    matches!(**error, BackendError::Lost { .. } | BackendError::Late { .. })
}

/// Whether paragraphs are missing for reasons that have nothing to do with the article.
fn outside(failures: &[(crate::paragraph::ParagraphId, Failure)]) -> Option<Outside> {
    let mut waited = None;
    for (_, failure) in failures {
        match failure {
            Failure::Stopped => return Some(Outside::Stopped),
            Failure::Unkept => return Some(Outside::Memory(failure.to_string())),
            // The next day brings a new one.
            Failure::Budget(_) => return Some(Outside::Backend(failure.to_string())),
            Failure::Elsewhere => waited = Some(Outside::Waited),
            Failure::Backend(error) => match &**error {
                BackendError::Stopped { .. } => return Some(Outside::Stopped),
                BackendError::Unreachable { .. }
                | BackendError::Refused { .. }
                | BackendError::Quota { .. }
                | BackendError::Busy { .. }
                | BackendError::Closed { .. }
                // The model's name or the address is wrong: so for every article.
                | BackendError::Rejected { status: 404, .. } => {
                    return Some(Outside::Backend(error.to_string()));
                }
                BackendError::Late { .. }
                | BackendError::Lost { .. }
                | BackendError::TooLarge { .. }
                | BackendError::Cut { .. }
                | BackendError::Withheld { .. }
                | BackendError::Unusable { .. }
                | BackendError::Rejected { .. } => {}
            },
            Failure::Unusable(_) | Failure::Missing | Failure::TooLarge { .. } => {}
        }
    }
    waited
}
