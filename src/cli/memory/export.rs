//! `diptych memory export`.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, Result, bail};
use diptych::config::Config;
use diptych::exchange::Format;

use super::args::{ExchangeFormat, Export};
use super::{Exit, Held, plural, print, print_json};

/// The format a file's name tells.
pub(super) fn format_of(path: &Path) -> Option<ExchangeFormat> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "jsonl" => Some(ExchangeFormat::Jsonl),
        "tmx" => Some(ExchangeFormat::Tmx),
        "xlf" | "xliff" => Some(ExchangeFormat::Xliff),
        _ => None,
    }
}

/// Writes the memory: a file is there whole or not at all.
pub(super) async fn run(held: &Held, config: &Config, args: Export, json: bool) -> Result<Exit> {
    let named = args.file.as_deref().and_then(format_of);
    let format = match (args.format.or(named), &args.file) {
        (Some(format), _) => format,
        (None, None) => ExchangeFormat::Jsonl,
        (None, Some(file)) => {
            bail!("{}: name it .jsonl or .tmx, or give --format", file.display())
        }
    };
    if format == ExchangeFormat::Xliff {
        bail!("XLIFF is for one article: add \"xliff\" to `write` under [output]")
    }
    let format = Format::from(format);
    let Some(path) = args.file else {
        match held.export(config, format, BufWriter::new(std::io::stdout())).await {
            Ok(written) => tracing::info!(written, "exported"),
            // Whoever reads has what they wanted.
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(error),
        }
        return Ok(Exit::Complete);
    };
    let cannot = || format!("cannot write {}", path.display());
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let file = tempfile::Builder::new()
        .permissions(readable())
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .with_context(cannot)?;
    let written = held.export(config, format, BufWriter::new(file.as_file())).await?;
    file.as_file().sync_all().with_context(cannot)?;
    file.persist(&path).map_err(|error| error.error).with_context(cannot)?;
    if json {
        #[derive(serde::Serialize)]
        struct Exported<'a> {
            file: &'a Path,
            translations: usize,
        }
        return print_json(
            "diptych.memory-export/1",
            Exported { file: &path, translations: written },
        );
    }
    print(&format!("exported: {} to {}\n", plural(written, "translation"), path.display()))?;
    Ok(Exit::Complete)
}

fn is_gone(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

/// The usual mode for new files, from which the umask takes away; temporary files have 0600.
fn readable() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    std::fs::Permissions::from_mode(0o666)
}

/// A file of any size, read in pieces.
pub(super) fn open(path: &Path) -> Result<std::io::BufReader<File>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(std::io::BufReader::with_capacity(1 << 20, file))
}
