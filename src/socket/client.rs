//! The command's side: it asks the worker that holds the memory.

use std::io::Read;
use std::time::Duration;

use super::SocketError;
use super::message::{Answer, ArticleHead, Ask, Further, MadeHead, Request, Skipped};
use super::place::{Place, own_user};
use super::wire::Wire;
use crate::article::{Article, Encoding, MAX_BYTES};
use crate::config::Tables;
use crate::exchange::{Format, Importing};
use crate::limits::stop::Stop;
use crate::memory::forget::{Asked, Forgotten};
use crate::memory::{Compacted, Stats};
use crate::pair::files::Files;
use crate::pair::write::Output;
use crate::pipeline::commission::{Commission, Delivered, Made};
use crate::pipeline::{Options, Plan, Progress};

/// How long a worker may take to greet.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest file of a pair that is taken; the largest articles make far smaller ones.
const LARGEST_FILE: usize = 32 * MAX_BYTES;

/// How much of a file is read at once.
const READ: usize = 1 << 16;

/// A worker that holds the memory.
#[derive(Clone, Debug)]
pub struct Client {
    place: Place,
    tables: Tables,
}

/// A run that the worker knows of; it ends when this is dropped.
#[derive(Debug)]
pub struct OpenRun {
    number: u64,
    _wire: Wire,
}

/// What an import of the worker's did.
#[derive(Debug)]
pub struct Taken {
    /// Translations of machines.
    pub machines: u64,
    /// New corrections.
    pub people: u64,
    /// Units that said nothing, or nothing new.
    pub nothing: u64,
    /// Units that could not be used.
    pub skipped: u64,
    /// Units an earlier import had taken in.
    pub resumed: u64,
    /// The first of the units that could not be used.
    pub notices: Vec<Skipped>,
}

impl Client {
    /// The worker at this place, if there is one; `tables` are the command's own settings.
    ///
    /// # Errors
    ///
    /// Where somebody answers who is no worker of ours: [`SocketError::Version`],
    /// [`SocketError::Stranger`], [`SocketError::Silent`].
    pub async fn find(place: Place, tables: Tables) -> Result<Option<Self>, SocketError> {
        let found = connect(&place).await?.is_some();
        Ok(found.then_some(Self { place, tables }))
    }

    /// Begins a run of so many articles.
    ///
    /// # Errors
    ///
    /// [`SocketError::Refused`] where the worker has other settings.
    pub async fn run(&self, articles: usize) -> Result<OpenRun, SocketError> {
        let mut wire = self.ask(Ask::Run { articles }).await?;
        match answer(&mut wire).await? {
            Answer::Run(number) => Ok(OpenRun { number, _wire: wire }),
            _ => Err(SocketError::Unexpected),
        }
    }

    /// Has an article translated. Once it is stopped, nothing more is sent for it.
    ///
    /// # Errors
    ///
    /// [`SocketError::Refused`] where it cannot be translated.
    pub async fn translate(
        &self,
        run: &OpenRun,
        article: &Article,
        encoding: Option<Encoding>,
        commission: &Commission,
        progress: &dyn Progress,
        stop: &Stop,
    ) -> Result<Delivered, SocketError> {
        let commission = commission.clone();
        let mut stopped = stop.is_stopped();
        let article_head = head(article, encoding);
        let ask = Ask::Translate { article: article_head, commission, run: run.number, stopped };
        let mut wire = self.ask(ask).await?;
        wire.send_run(&article.bytes).await?;
        let mut untranslated = Vec::new();
        loop {
            let answered = tokio::select! {
                biased;
                answered = answer(&mut wire) => Some(answered?),
                () = stop.stopped(), if !stopped => None,
            };
            match answered {
                None => {
                    stopped = true;
                    wire.send(&Further::Stop).await?;
                }
                Some(Answer::Event(event)) => progress.event(event),
                Some(Answer::Untranslated(paragraph)) => untranslated.push(paragraph),
                Some(Answer::Delivered { to, complete, counts, made }) => {
                    let made = receive(&mut wire, made).await?;
                    return Ok(Delivered { to, complete, counts, untranslated, made });
                }
                Some(_) => return Err(SocketError::Unexpected),
            }
        }
    }

    /// What translating an article would send.
    ///
    /// # Errors
    ///
    /// As [`Self::translate`].
    pub async fn plan(
        &self,
        article: &Article,
        encoding: Option<Encoding>,
        options: Options,
    ) -> Result<Plan, SocketError> {
        let mut wire = self.ask(Ask::Plan { article: head(article, encoding), options }).await?;
        wire.send_run(&article.bytes).await?;
        match answer(&mut wire).await? {
            Answer::Plan(plan) => Ok(plan),
            _ => Err(SocketError::Unexpected),
        }
    }

    /// Has the worker bring in force what has changed on the disk.
    ///
    /// # Errors
    ///
    /// [`SocketError::Refused`] where that is broken.
    pub async fn reload(&self) -> Result<(), SocketError> {
        match answer(&mut self.ask_memory(Ask::Reload).await?).await? {
            Answer::Done => Ok(()),
            _ => Err(SocketError::Unexpected),
        }
    }

    /// The figures of the memory, and its size on the disk.
    ///
    /// # Errors
    ///
    /// [`SocketError`].
    pub async fn stats(&self) -> Result<(Stats, u64), SocketError> {
        match answer(&mut self.ask_memory(Ask::Stats).await?).await? {
            Answer::Stats { stats, bytes } => Ok((stats, bytes)),
            _ => Err(SocketError::Unexpected),
        }
    }

    /// Forgets, or tells what would be forgotten.
    ///
    /// # Errors
    ///
    /// [`SocketError`].
    pub async fn forget(&self, asked: Asked) -> Result<Forgotten, SocketError> {
        match answer(&mut self.ask_memory(Ask::Forget(asked)).await?).await? {
            Answer::Forgotten(forgotten) => Ok(forgotten),
            _ => Err(SocketError::Unexpected),
        }
    }

    /// Makes the store anew.
    ///
    /// # Errors
    ///
    /// [`SocketError`].
    pub async fn compact(&self) -> Result<Compacted, SocketError> {
        match answer(&mut self.ask_memory(Ask::Compact).await?).await? {
            Answer::Compacted(compacted) => Ok(compacted),
            _ => Err(SocketError::Unexpected),
        }
    }

    /// Hands what the memory holds to `into`, piece by piece, and tells how many translations
    /// that were.
    ///
    /// # Errors
    ///
    /// [`SocketError`]; what `into` says as [`SocketError::Io`].
    pub async fn export(
        &self,
        format: Format,
        into: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<usize, SocketError> {
        let mut wire = self.ask_memory(Ask::Export { format }).await?;
        take(&mut wire, into).await?;
        match answer(&mut wire).await? {
            Answer::Exported(written) => Ok(written),
            _ => Err(SocketError::Unexpected),
        }
    }

    /// Hands every record of the store to `into`, as `Memory::of_records` reads them.
    ///
    /// # Errors
    ///
    /// As [`Self::export`].
    pub async fn records(
        &self,
        into: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<(), SocketError> {
        let mut wire = self.ask_memory(Ask::Records).await?;
        take(&mut wire, into).await?;
        match answer(&mut wire).await? {
            Answer::Done => Ok(()),
            _ => Err(SocketError::Unexpected),
        }
    }

    /// Has a file taken in; `progress` is told how many units are done.
    ///
    /// # Errors
    ///
    /// [`SocketError`]; what `from` says as [`SocketError::Io`].
    pub async fn import(
        &self,
        importing: Importing,
        mut from: impl Read,
        progress: impl Fn(u64),
    ) -> Result<Taken, SocketError> {
        let mut wire = self.ask_memory(Ask::Import(importing)).await?;
        let mut buffer = vec![0; READ];
        let mut over = false;
        loop {
            let answered = if over {
                Some(answer(&mut wire).await?)
            } else {
                // The worker may be done before the file is: then it says so.
                tokio::select! {
                    biased;
                    answered = answer(&mut wire) => Some(answered?),
                    () = std::future::ready(()) => None,
                }
            };
            match answered {
                None => {
                    let read = from.read(&mut buffer)?;
                    let piece = buffer.get(..read).unwrap_or_default();
                    over = piece.is_empty();
                    if over {
                        wire.end_run().await?;
                    } else {
                        wire.send_piece(piece).await?;
                    }
                }
                Some(Answer::Units(units)) => progress(units),
                Some(Answer::Imported { machines, people, nothing, skipped, resumed, notices }) => {
                    return Ok(Taken { machines, people, nothing, skipped, resumed, notices });
                }
                Some(_) => return Err(SocketError::Unexpected),
            }
        }
    }

    /// Asks for something that needs all settings to be the worker's.
    async fn ask(&self, ask: Ask) -> Result<Wire, SocketError> {
        self.send(Request { settings: self.tables.clone(), ask }).await
    }

    /// Asks for something that only concerns the memory.
    async fn ask_memory(&self, ask: Ask) -> Result<Wire, SocketError> {
        self.send(Request { settings: self.tables.of_memory(), ask }).await
    }

    async fn send(&self, request: Request) -> Result<Wire, SocketError> {
        let mut wire = connect(&self.place).await?.ok_or(SocketError::Gone)?;
        wire.send(&request).await?;
        Ok(wire)
    }
}

/// A connection on which both have greeted, if somebody is there.
async fn connect(place: &Place) -> Result<Option<Wire>, SocketError> {
    let Some(stream) = place.connect().await? else { return Ok(None) };
    let mut wire = Wire::new(stream);
    let (uid, path) = (wire.peer()?, place.path());
    if uid != own_user()? {
        return Err(SocketError::Stranger { path: path.to_owned(), uid });
    }
    match tokio::time::timeout(PATIENCE, wire.greet()).await {
        Ok(Ok(())) => Ok(Some(wire)),
        // It was about to go when we came.
        Ok(Err(SocketError::Gone)) => Ok(None),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(SocketError::Silent(path.to_owned())),
    }
}

/// The next answer that is no refusal.
async fn answer(wire: &mut Wire) -> Result<Answer, SocketError> {
    match wire.receive().await? {
        Answer::Refused(causes) => Err(SocketError::Refused(causes)),
        answer => Ok(answer),
    }
}

fn head(article: &Article, encoding: Option<Encoding>) -> ArticleHead {
    let (name, format) = (article.name.clone(), article.format);
    ArticleHead { name, format, encoding: encoding.map(Encoding::name) }
}

/// A run of bytes that an answer announced, handed on piece by piece.
async fn take(
    wire: &mut Wire,
    mut into: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> Result<(), SocketError> {
    match answer(wire).await? {
        Answer::Bytes => {}
        _ => return Err(SocketError::Unexpected),
    }
    while let Some(piece) = wire.receive_piece().await? {
        into(&piece)?;
    }
    Ok(())
}

async fn receive(wire: &mut Wire, head: MadeHead) -> Result<Made, SocketError> {
    Ok(match head {
        MadeHead::Nothing => Made::Nothing,
        MadeHead::Text => {
            let text = wire.receive_run(LARGEST_FILE).await?;
            Made::Text(String::from_utf8(text).map_err(|_| SocketError::Unexpected)?)
        }
        MadeHead::Files(names) => {
            let mut outputs = Vec::new();
            for name in names {
                // It becomes a file in the command's folder: a name, and no path.
                if name.is_empty() || name.contains(['/', '\0']) {
                    return Err(SocketError::Unexpected);
                }
                let bytes = wire.receive_run(LARGEST_FILE).await?;
                outputs.push(Output { name, bytes });
            }
            let manifest = outputs.pop().ok_or(SocketError::Unexpected)?;
            Made::Files(Files { outputs, manifest })
        }
    })
}
