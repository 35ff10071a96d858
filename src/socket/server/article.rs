//! Articles: translated, or planned.

use tokio::sync::mpsc::{self, UnboundedSender};

use super::{Current, Desk, Talk, refused, say};
use crate::article::{Article, MAX_BYTES};
use crate::limits::stop::StopSwitch;
use crate::pair::files::Files;
use crate::pipeline::commission::{Commission, Delivered, Made};
use crate::pipeline::{Event, Options, Progress, Run};
use crate::socket::SocketError;
use crate::socket::message::{Answer, ArticleHead, Further, MadeHead};
use crate::socket::wire::Wire;

/// Hands news on to whoever asked.
struct News(UnboundedSender<Event>);

impl Progress for News {
    fn event(&self, event: Event) {
        // Nobody listens any more: the work goes on to its end all the same.
        let _ = self.0.send(event);
    }
}

impl Desk {
    pub(super) async fn translate(
        &self,
        wire: &mut Wire,
        current: Current,
        article: ArticleHead,
        commission: Commission,
        (run, switch): (Run, StopSwitch),
    ) -> Talk {
        // Not while the article comes: whoever sends it slowly keeps nobody from new settings.
        drop(current);
        let article = read(wire, article).await?;
        let current = self.host.current().await.map_err(SocketError::Refused)?;
        let (news, mut events) = mpsc::unbounded_channel();
        // A task of its own: whether the command reads or not, replies are received and kept.
        let mut work = tokio::spawn({
            let host = self.host.clone();
            async move {
                let words = |failure: &_| host.words(failure);
                let news = News(news);
                let pipeline = &current.pipeline;
                let done = pipeline.carry_out(&run, &article, &commission, &news, &words).await;
                done.map_err(|error| refused(&error))
            }
        });
        let mut gone = None;
        let done = loop {
            tokio::select! {
                biased;
                Some(event) = events.recv() => {
                    if gone.is_none() {
                        gone = wire.send(&Answer::Event(event)).await.err();
                    }
                }
                done = &mut work => break done,
                further = wire.receive::<Further>(), if gone.is_none() => match further {
                    Ok(Further::Stop) => switch.stop(),
                    Err(error) => gone = Some(error),
                },
            }
            if gone.is_some() {
                // Nobody waits for it: what is under way is kept, and nothing more is paid for.
                switch.stop();
            }
        };
        if let Some(gone) = gone {
            return Err(gone);
        }
        let done = done.map_err(|_| SocketError::Refused(vec!["the work broke off".to_owned()]))?;
        deliver(wire, done?).await
    }
}

pub(super) async fn plan(
    wire: &mut Wire,
    current: Current,
    article: ArticleHead,
    options: Options,
) -> Talk {
    let article = read(wire, article).await?;
    // It blocks: the memory is read, and every brief is filled.
    let plan = tokio::task::spawn_blocking(move || current.pipeline.plan(&article, options)).await;
    let plan = plan.map_err(|_| SocketError::Refused(vec!["the work broke off".to_owned()]))?;
    say(wire, &Answer::Plan(plan.map_err(|error| refused(&error))?)).await
}

/// The article itself.
async fn read(wire: &mut Wire, head: ArticleHead) -> Result<Article, SocketError> {
    let bytes = wire.receive_run(MAX_BYTES).await?;
    let ArticleHead { name, format, encoding } = head;
    let encoding = encoding.map(|name| name.parse()).transpose();
    let encoding = encoding.map_err(|error: crate::article::UnknownEncoding| refused(&error))?;
    Article::read(name, format, bytes, encoding).map_err(|error| refused(&error))
}

async fn deliver(wire: &mut Wire, delivered: Delivered) -> Talk {
    let Delivered { to, complete, counts, untranslated, made } = delivered;
    for paragraph in untranslated {
        say(wire, &Answer::Untranslated(paragraph)).await?;
    }
    let (head, runs) = match made {
        Made::Nothing => (MadeHead::Nothing, Vec::new()),
        Made::Text(text) => (MadeHead::Text, vec![text.into_bytes()]),
        Made::Files(Files { mut outputs, manifest }) => {
            outputs.push(manifest);
            let names = outputs.iter().map(|output| output.name.clone()).collect();
            (MadeHead::Files(names), outputs.into_iter().map(|output| output.bytes).collect())
        }
    };
    say(wire, &Answer::Delivered { to, complete, counts, made: head }).await?;
    for run in runs {
        wire.send_run(&run).await?;
    }
    Ok(())
}
