//! An article to the files of its pair: what a one-off run asks for, here or of a worker.

use serde::{Deserialize, Serialize};

use super::{Counts, Failure, Options, Pipeline, PipelineError, Progress, Run, Translated};
use crate::article::{Article, Ends, Furniture};
use crate::config::Output as Form;
use crate::language::{Target, Variant};
use crate::pair::files::{self, Files, Names};

/// What is to become of an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commission {
    /// How it is to be translated.
    pub options: Options,
    /// Whether the navigation of a pasted page stays.
    pub furniture: Furniture,
    /// What is to be made of it.
    pub make: Make,
}

/// What is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Make {
    /// The files of its pair.
    Files {
        /// The file name they are named after.
        name: String,
        /// The forms beside `pair.json`.
        forms: Vec<Form>,
        /// The variant of Chinese that no name mentions.
        chinese: Variant,
        /// How a person left the lines of the translated version, where not as the article's.
        #[serde(default)]
        ends: Ends,
    },
    /// The text of the translated version alone.
    Text,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// What it was translated into.
    pub to: Target,
    /// Whether every paragraph has a translation.
    pub complete: bool,
    /// What the run did for it.
    pub counts: Counts,
    /// The paragraphs without a translation.
    pub untranslated: Vec<Untranslated>,
    /// What was made.
    pub made: Made,
}

/// What was made of an article.
#[derive(Clone, Debug)]
pub enum Made {
    /// The files of its pair.
    Files(Files),
    /// The text of the translated version.
    Text(String),
    /// Nothing but rules found anything to say: there is nothing worth a file.
    Nothing,
}

/// A paragraph without a translation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Untranslated {
    /// Its id in `pair.json`.
    pub id: String,
    /// Why, for a person.
    pub reason: String,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum CommissionError {
    /// It cannot be translated at all.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// `pair.json` cannot be put in words.
    #[error(transparent)]
    Unwritable(#[from] serde_json::Error),
}

/// Puts in words, for a person, why a paragraph has no translation.
pub type Words<'a> = &'a (dyn Fn(&Failure) -> String + Send + Sync);

impl Delivered {
    /// Whether anything a person or a machine said stands in it.
    pub fn is_translated(&self) -> bool {
        said(&self.counts) > 0
    }
}

fn said(counts: &Counts) -> usize {
    counts.paragraphs.saturating_sub(counts.untranslated + counts.by_rule)
}

impl Pipeline {
    /// Translates an article, and makes of it what is asked for.
    ///
    /// # Errors
    ///
    /// [`CommissionError`].
    pub async fn carry_out(
        &self,
        run: &Run,
        article: &Article,
        commission: &Commission,
        progress: &dyn Progress,
        words: Words<'_>,
    ) -> Result<Delivered, CommissionError> {
        let translated = self.translate_in(run, article, commission.options, progress).await?;
        let Translated { pair, document, counts, failures } = translated;
        let made = match &commission.make {
            _ if counts.untranslated > 0 && said(&counts) == 0 => Made::Nothing,
            Make::Text => {
                Made::Text(files::translated(&pair, &document, commission.furniture).text)
            }
            Make::Files { name, forms, chinese, ends } => {
                let names = Names::new(name.as_ref(), pair.to, *chinese);
                let (furniture, document) = (commission.furniture, document.with_ends(*ends));
                Made::Files(files::render(&pair, article, &document, &names, forms, furniture)?)
            }
        };
        let untranslated = failures.iter();
        let untranslated =
            untranslated.map(|(id, why)| Untranslated { id: id.to_string(), reason: words(why) });
        Ok(Delivered {
            to: pair.to,
            complete: pair.is_complete(),
            counts,
            untranslated: untranslated.collect(),
            made,
        })
    }
}
