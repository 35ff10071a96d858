//! Which tables of a `pipeline.toml` two processes have to agree on, and whether they do.
//!
//! A worker works with its own settings. A command that asks it for something sends the prints of
//! the tables that would matter: where one differs, the table is named instead of being passed
//! over. What a command settles itself (variant, forms, where files go) is no part of it.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::file::File;

/// The print of each table, by its name as it is written: `[backends.main]`. Only comparable
/// within one version of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tables(BTreeMap<String, String>);

/// The table of the memory.
const MEMORY: &str = "[memory]";

impl Tables {
    /// The prints of a file's tables; its paths are relative to `base`.
    pub(super) fn of(written: &File, base: &Path) -> Self {
        let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
        let base = base.canonicalize().unwrap_or_else(|_| base.to_owned());
        let mut tables = BTreeMap::from([
            (MEMORY.to_owned(), print(&(&base, &written.memory))),
            ("[glossary]".to_owned(), print(&(&base, &written.glossary))),
            ("[pipeline]".to_owned(), print(&written.pipeline)),
            ("[checks]".to_owned(), print(&written.checks)),
            ("[style]".to_owned(), print(&written.style)),
        ]);
        for name in &written.pipeline.backends {
            if let Some(backend) = written.backends.get(name) {
                tables.insert(format!("[backends.{name}]"), print(backend));
            }
        }
        Self(tables)
    }

    /// Only the table of the memory: all that matters where nothing is translated.
    #[must_use]
    pub fn of_memory(&self) -> Self {
        let memory = self.0.iter().filter(|(name, _)| *name == MEMORY);
        Self(memory.map(|(name, print)| (name.clone(), print.clone())).collect())
    }

    /// The tables of these settings that `others` do not have just so.
    pub fn unlike(&self, others: &Self) -> Vec<&str> {
        let differ = self.0.iter().filter(|(name, print)| others.0.get(*name) != Some(print));
        differ.map(|(name, _)| name.as_str()).collect()
    }
}

/// What is written in a table, whatever its order and its comments, and with its defaults.
fn print(table: &impl Debug) -> String {
    blake3::hash(format!("{table:?}").as_bytes()).to_hex().chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn tables(text: &str) -> Tables {
        Config::parse(Path::new("pipeline.toml"), text).unwrap().tables
    }

    fn differ(one: &str, other: &str) -> Vec<String> {
        tables(one).unlike(&tables(other)).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn only_what_differs_is_named() {
        const MAIN: &str = "[backends.main]\nmodel = \"a\"\n";
        assert_eq!(differ(MAIN, MAIN), [""; 0]);
        assert_eq!(differ(MAIN, "[backends.main]\nmodel = \"b\"\n"), ["[backends.main]"]);
        assert_eq!(differ("[checks]\nextra_requests = 2\n", ""), [""; 0], "it is the default");
        assert_eq!(differ("[checks]\nextra_requests = 1\n", ""), ["[checks]"]);
        assert_eq!(differ("[style]\nquotes = \"straight\"\n", ""), ["[style]"]);
        assert_eq!(differ("[output]\nwrite = [\"tmx\"]\n", ""), [""; 0], "a command's own");
        assert_eq!(differ("[memory]\ncorrections = \"c.jsonl\"\n", ""), ["[memory]"]);
    }

    #[test]
    fn the_same_file_in_another_folder_is_another_term_base() {
        let here = tables("");
        let there = Config::parse(Path::new("src/pipeline.toml"), "").unwrap().tables;
        assert_eq!(here.unlike(&there), ["[glossary]", "[memory]"]);
        assert_eq!(here.of_memory().unlike(&there), ["[memory]"]);
    }
}
