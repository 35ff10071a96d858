//! Markdown: the laws over generated and hostile texts, and over corpora where there are some.

use std::path::{Path, PathBuf};

use diptych::article::{Document, Format, Furniture};
use diptych::paragraph::{Kind, Mark, Marked, Paragraph, Slot, Token};

/// Reads a text.
fn read(text: &str) -> Document {
    Document::parse(text.to_owned(), Format::Markdown)
}

/// Law 1: each paragraph as its own translation gives the same bytes; ranges are in order, apart,
/// and hold something.
fn untouched(text: &str) -> Result<(), String> {
    let document = read(text);
    let mut done = 0;
    for Paragraph { range, .. } in document.paragraphs() {
        if range.start < done || range.is_empty() || text.get(range.clone()).is_none() {
            return Err(format!("range {range:?} after {done}"));
        }
        done = range.end;
    }
    let sources: Vec<Marked> = document.paragraphs().iter().map(|p| p.source.clone()).collect();
    let written = document.write(&sources, Furniture::Keep);
    if written.text == text { Ok(()) } else { Err(format!("written: {:?}", written.text)) }
}

/// Law 2: each paragraph replaced by a token of its own: all else stays, and reading again gives
/// the same paragraphs with those texts.
fn replaced(text: &str) -> Result<(), String> {
    let document = read(text);
    let paragraphs = document.paragraphs();
    let token = |i: usize| format!("译文{i:04}");
    let targets: Vec<Marked> = paragraphs
        .iter()
        .enumerate()
        .map(|(i, paragraph)| match paragraph.kind {
            // A picture without its mark would be none.
            Kind::Caption => {
                Marked::from_tokens([Token::Open(1), Token::Text(token(i).into()), Token::Close(1)])
            }
            _ => Marked::from_plain(&token(i)),
        })
        .collect();
    let written = document.write(&targets, Furniture::Keep);
    let (mut at_source, mut at_target) = (0, 0);
    for (paragraph, range) in paragraphs.iter().zip(&written.at) {
        if text[at_source..paragraph.range.start] != written.text[at_target..range.start] {
            return Err("bytes between paragraphs differ".into());
        }
        (at_source, at_target) = (paragraph.range.end, range.end);
    }
    if text[at_source..] != written.text[at_target..] {
        return Err("bytes after the last paragraph differ".into());
    }
    let again = read(&written.text);
    let told = |paragraph: &Paragraph| (paragraph.kind, paragraph.source.plain(&paragraph.marks));
    let got: Vec<_> = again.paragraphs().iter().map(told).collect();
    let want: Vec<_> = paragraphs.iter().enumerate().map(|(i, p)| (p.kind, token(i))).collect();
    if got != want {
        let at = got.iter().zip(&want).take_while(|(a, b)| a == b).count();
        return Err(format!(
            "paragraph {at}: {:?} instead of {:?} ({} instead of {} in all)\n{}",
            got.get(at),
            want.get(at),
            got.len(),
            want.len(),
            written.text
        ));
    }
    Ok(())
}

/// Law 3: each paragraph's own source, written by the general path, reads as the same tokens. Gives
/// how many paragraphs were the same bytes.
fn rewritten(text: &str) -> Result<usize, String> {
    let document = read(text);
    let mut whole = String::new();
    let mut done = 0;
    let mut same = 0;
    for paragraph in document.paragraphs() {
        let written = document.rendered(paragraph, &paragraph.source);
        same += usize::from(written == text[paragraph.range.clone()]);
        whole.push_str(&text[done..paragraph.range.start]);
        whole.push_str(&written);
        done = paragraph.range.end;
    }
    whole.push_str(&text[done..]);
    let again = read(&whole);
    let told = |p: &Paragraph| (p.kind, p.source.normalised(&p.marks));
    let got: Vec<_> = again.paragraphs().iter().map(told).collect();
    let want: Vec<_> = document.paragraphs().iter().map(told).collect();
    if got != want {
        let at = got.iter().zip(&want).take_while(|(a, b)| a == b).count();
        return Err(format!("paragraph {at}: {:?} became {:?}", want.get(at), got.get(at)));
    }
    Ok(same)
}

fn check_laws(text: &str) {
    for (law, result) in
        [("1", untouched(text)), ("2", replaced(text)), ("3", rewritten(text).map(drop))]
    {
        if let Err(why) = result {
            panic!("law {law} of {text:?}: {why}");
        }
    }
}

/// With `DIPTYCH_CORPORA` set, the laws over all Markdown below that folder.
#[test]
fn corpora() {
    let Some(folder) = std::env::var_os("DIPTYCH_CORPORA") else { return };
    let folder = PathBuf::from(folder);
    let mut texts: Vec<(String, String)> = std::fs::read_dir(folder.join("md"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.display().to_string(), std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    texts.sort();
    for name in ["commonmark.json", "gfm.json"] {
        texts.extend(examples(&folder.join(name)));
    }
    let verbose = std::env::var_os("DIPTYCH_VERBOSE").is_some();
    let mut failures = [0; 3];
    let (mut paragraphs, mut same) = (0, 0);
    for (name, text) in &texts {
        paragraphs += read(text).paragraphs().len();
        let results = [untouched(text), replaced(text), rewritten(text).map(|n| same += n)];
        for (law, result) in results.into_iter().enumerate() {
            if let Err(why) = result {
                failures[law] += 1;
                if verbose {
                    eprintln!("law {} of {name}: {why}\n", law + 1);
                }
            }
        }
    }
    eprintln!(
        "{} texts, {paragraphs} paragraphs ({same} rewritten to the same bytes); \
         broken: law 1 {}, law 2 {}, law 3 {}",
        texts.len(),
        failures[0],
        failures[1],
        failures[2]
    );
    assert_eq!(failures[0], 0);
}

fn examples(path: &Path) -> Vec<(String, String)> {
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut texts = Vec::new();
    for (part, examples) in json.as_object().unwrap() {
        for example in examples.as_array().into_iter().flatten() {
            if let Some(text) = example["markdown"].as_str() {
                texts.push((
                    format!("{} {part} {}", path.display(), example["example"]),
                    text.to_owned(),
                ));
            }
        }
    }
    texts
}
