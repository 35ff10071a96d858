//! `diptych translate`: one-off translation of files.

mod maker;

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use diptych::article::{Article, Document, Encoding, Ends, Furniture, Newline};
use diptych::backend::BackendError;
use diptych::config::Config;
use diptych::language::Target;
use diptych::limits::stop::stop;
use diptych::pair::files::{Files, Names};
use diptych::pair::write::{Overwrite, Place};
use diptych::pipeline::commission::{Commission, Delivered, Made, Make};
use diptych::pipeline::{Coming, Failure, Options, Plan, Refresh};
use futures_util::StreamExt;

use super::args::Translate;
use super::inputs::{Input, Inputs};
use super::progress::Meter;
use super::report::{
    ArticleReport, FileReport, PlanReport, Planned, PlannedArticle, RunReport, State, plural,
};
use super::{Exit, print, say, shown, signals};
use maker::Maker;

/// Articles under way at once. The door decides how many requests are; this many articles keep it
/// busy, and bound the memory a run of thousands of files takes.
const ARTICLES: usize = 16;

/// One run, resolved.
struct Run {
    config: Config,
    maker: Maker,
    options: Options,
    encoding: Option<Encoding>,
    furniture: Furniture,
    overwrite: Overwrite,
    /// Standard input is answered on standard output, unless there is a folder to write to.
    answer: bool,
    meter: Meter,
}

/// Translates the files the arguments name.
pub(crate) async fn run(args: Translate) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    let to = args.to.as_deref().map(|to| target(to, &config)).transpose()?;
    let encoding = args.encoding.as_deref().map(str::parse).transpose()?;
    let inputs = Inputs::of(&args.paths, args.out.as_deref(), args.format.map(Into::into));
    inputs.apart()?;
    if args.json && args.out.is_none() && inputs.articles.iter().any(Input::is_standard_input) {
        bail!(
            "--json and an article from standard input would both answer on standard output: add --out"
        )
    }
    for (path, reason) in &inputs.skipped {
        say(format_args!("skipped {}: {reason}", shown(path)));
    }
    let (switch, stop) = stop();
    signals::stop_on_signal(switch)?;
    // Only those that will be asked for.
    let articles = if args.dry_run { 0 } else { inputs.articles.len() };
    let run = Arc::new(Run {
        maker: Maker::of(&config, articles, stop).await?,
        config,
        options: Options {
            to,
            refresh: if args.refresh { Refresh::Machines } else { Refresh::Never },
        },
        encoding,
        furniture: if args.drop_furniture { Furniture::Drop } else { Furniture::Keep },
        overwrite: if args.force { Overwrite::Anything } else { Overwrite::Ours },
        answer: args.out.is_none(),
        meter: Meter::new(),
    });
    if args.dry_run {
        run.plan(inputs, args.json).await
    } else {
        run.translate(inputs, args.json, args.strict).await
    }
}

/// `--to zh` is the configured variant.
pub(crate) fn target(to: &str, config: &Config) -> Result<Target> {
    if to.eq_ignore_ascii_case("zh") {
        return Ok(Target::Chinese(config.chinese));
    }
    to.parse().context("--to")
}

impl Run {
    async fn translate(self: Arc<Self>, inputs: Inputs, json: bool, strict: bool) -> Result<Exit> {
        let refused = inputs
            .refused
            .iter()
            .map(|refused| ArticleReport::failed(&refused.path, refused.reason.to_string()));
        let mut articles: Vec<ArticleReport> = refused.collect();
        for article in &articles {
            self.tell(article);
        }
        let coming: Vec<(Input, Option<Coming>)> =
            inputs.articles.into_iter().map(|input| (input, self.maker.expect())).collect();
        let work = coming.into_iter().map(|(input, coming)| {
            let run = self.clone();
            // A task of its own: one article's parsing does not hold up the others' replies.
            tokio::spawn(async move {
                let report = run.article(&input, coming).await;
                run.tell(&report);
                report
            })
        });
        let mut reports = futures_util::stream::iter(work).buffered(ARTICLES);
        while let Some(report) = reports.next().await {
            articles.push(report.context("an article's task broke off")?);
        }
        self.meter.finish();
        let skipped = inputs.skipped.iter().map(|(path, _)| path.display().to_string()).collect();
        let report = RunReport::new(articles, skipped);
        let printed = if json {
            print(&report.json()?)
        } else if report.articles.iter().any(|article| !article.files.is_empty()) {
            print(&report.summary())
        } else {
            Ok(())
        };
        if let Err(error) = printed {
            // The articles are done all the same.
            say(format_args!("error: {}", super::chain(&error)));
            return Ok(Exit::Partly);
        }
        Ok(exit(&report, strict))
    }

    /// One article, from its bytes to its files.
    async fn article(&self, input: &Input, coming: Option<Coming>) -> ArticleReport {
        match self.try_article(input, coming).await {
            Ok(report) => report,
            Err(error) => ArticleReport::failed(&input.path, super::chain(&error)),
        }
    }

    async fn try_article(&self, input: &Input, coming: Option<Coming>) -> Result<ArticleReport> {
        let article = input.read(self.encoding)?;
        let answer = self.answer && input.is_standard_input();
        let make = if answer {
            Make::Text
        } else {
            let name = input.name.to_string_lossy().into_owned();
            let (forms, chinese) = (self.config.outputs.clone(), self.config.chinese);
            let ends = self.check_outputs(input, &article)?;
            Make::Files { name, forms, chinese, ends }
        };
        let commission = Commission { options: self.options, furniture: self.furniture, make };
        // From here on it counts as under way.
        drop(coming);
        let delivered = self.maker.make(&article, self.encoding, &commission, &self.meter).await?;
        let translated = delivered.is_translated();
        let Delivered { to, complete, counts, untranslated, made } = delivered;
        let mut report = ArticleReport {
            path: input.path.clone(),
            state: if complete { State::Complete } else { State::Incomplete },
            reason: None,
            target: Some(to.code()),
            files: Vec::new(),
            untranslated,
            counts,
            translated,
        };
        match made {
            Made::Nothing => {
                report.state = State::Failed;
                report.reason = report.untranslated.first().map(|first| first.reason.clone());
            }
            Made::Text(text) => print(&text)?,
            Made::Files(files) => report.files = self.write(input, &article, to, &files)?,
        }
        Ok(report)
    }

    /// Looks, before anything is paid for, whether the outputs may be written, and how a person
    /// left the lines of the translated version.
    fn check_outputs(&self, input: &Input, article: &Article) -> Result<Ends> {
        let document = Document::parse(article.text.clone(), article.format);
        let to = document.target(self.options.to, self.config.chinese)?;
        let names = self.names(input, to);
        let outputs = names.all(&self.config.outputs);
        // A source version that a person fixed as they fixed the article is what will be written.
        let source = names.source();
        let keeps = self.furniture == Furniture::Keep;
        let outputs = outputs.iter().map(|name| {
            (name.as_str(), (keeps && *name == source).then_some(article.bytes.as_slice()))
        });
        let place = self.place(input, article, to);
        place.check(outputs, self.overwrite)?;
        Ok(place.kept_ends(&names, article.encoding))
    }

    fn names(&self, input: &Input, to: Target) -> Names {
        Names::new(&input.name, to, self.config.chinese)
    }

    /// Where the files of an article's pair go.
    fn place(&self, input: &Input, article: &Article, to: Target) -> Place {
        let place = Place::new(&input.folder, self.names(input, to).manifest());
        place.with_newline(Newline::of(&article.text))
    }

    fn write(
        &self,
        input: &Input,
        article: &Article,
        to: Target,
        files: &Files,
    ) -> Result<Vec<FileReport>> {
        let place = self.place(input, article, to);
        let written = place.publish(&files.outputs, &files.manifest, self.overwrite)?;
        let all = files.outputs.iter().chain([&files.manifest]);
        Ok(all
            .map(|output| FileReport {
                path: input.folder.join(&output.name),
                written: written.contains(&output.name),
            })
            .collect())
    }

    /// What a person should know about an article at once.
    fn tell(&self, article: &ArticleReport) {
        let path = shown(&article.path);
        if let Some(reason) = &article.reason {
            self.meter.line(format_args!("error: {path}: {reason}"));
        } else if let Some(first) = article.untranslated.first() {
            self.meter.line(format_args!(
                "error: {path}: {} of {} untranslated; {}: {}",
                article.untranslated.len(),
                plural(article.counts.paragraphs, "paragraph"),
                first.id,
                first.reason
            ));
        } else {
            let count = plural(article.counts.paragraphs, "paragraph");
            self.meter.line(format_args!("{path}: {count}"));
        }
    }

    async fn planned(&self, input: &Input) -> Result<Plan> {
        let article = input.read(self.encoding)?;
        self.maker.plan(&article, self.encoding, self.options).await
    }

    /// `--dry-run`.
    async fn plan(&self, inputs: Inputs, json: bool) -> Result<Exit> {
        let mut report = PlanReport::default();
        let mut good = 0;
        let total = inputs.articles.len() + inputs.refused.len();
        for refused in inputs.refused {
            let plan = Planned::Reason(refused.reason.to_string());
            report.articles.push(PlannedArticle { path: refused.path, plan });
        }
        for input in inputs.articles {
            let plan = match self.planned(&input).await {
                Ok(plan) => {
                    good += 1;
                    Planned::Plan(Box::new(plan))
                }
                Err(error) => Planned::Reason(super::chain(&error)),
            };
            report.articles.push(PlannedArticle { path: input.path, plan });
        }
        report.skipped =
            inputs.skipped.iter().map(|(path, _)| path.display().to_string()).collect();
        print(&if json { report.json()? } else { report.summary() })?;
        Ok(match good {
            _ if good == total => Exit::Complete,
            0 => Exit::Nothing,
            _ => Exit::Partly,
        })
    }
}

/// A failure with the next step.
pub(crate) fn advice(why: &Failure) -> String {
    if let Failure::Budget(_) = why {
        return format!(
            "{why}; raise budget of [pipeline] in pipeline.toml, or run again to spend as much once more: what was bought is remembered"
        );
    }
    let Failure::Backend(error) = why else { return why.to_string() };
    next_step(error).map_or_else(|| why.to_string(), |step| format!("{why}; {step}"))
}

/// What a person can do about an error of a backend.
pub(crate) fn next_step(error: &BackendError) -> Option<String> {
    Some(match error {
        BackendError::Unreachable { backend, .. } => format!(
            "start the server there (for Ollama: `ollama serve`), or set url and model of [backends.{backend}] in pipeline.toml"
        ),
        BackendError::Lost { backend, .. } => format!(
            "if it is slow, raise timeout_seconds or lower paragraphs_per_request of [backends.{backend}] in pipeline.toml"
        ),
        BackendError::Rejected { backend, status: 404, .. } => {
            format!("check url and model of [backends.{backend}] in pipeline.toml")
        }
        BackendError::Refused { backend, .. } => {
            format!(
                "set the environment variable that key_env of [backends.{backend}] names to a valid key"
            )
        }
        BackendError::TooLarge { backend, .. } => format!(
            "set context_tokens of [backends.{backend}] in pipeline.toml to what the model takes"
        ),
        BackendError::Quota { .. } => {
            "add credit, or name another backend in [pipeline] backends".to_owned()
        }
        _ => return None,
    })
}

fn exit(report: &RunReport, strict: bool) -> Exit {
    let failing = strict && report.counts.errors > 0;
    if report.complete && !failing {
        Exit::Complete
    } else if report
        .articles
        .iter()
        .any(|article| article.state == State::Complete || article.translated)
    {
        Exit::Partly
    } else {
        Exit::Nothing
    }
}
