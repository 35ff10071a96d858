//! An engine that translates text between tags, as the providers' engines do: well-formed markup
//! only, every element kept, what is protected left alone.

use diptych::backend::pseudo;
use diptych::glossary::RequiredTerm;
use diptych::language::traditional::characters;
use diptych::language::{Language, Target};
use diptych::paragraph::Marked;

/// How an engine treats elements.
pub(crate) struct Engine<'a> {
    pub(crate) to: Target,
    /// Whether the content of an element, given its start tag without brackets, is left alone.
    pub(crate) protected: &'a dyn Fn(&str) -> bool,
    /// Source and target forms that it enforces.
    pub(crate) terms: &'a [(String, String)],
}

impl Engine<'_> {
    /// The translation of marked-up text; `Err` where the markup is not well-formed.
    pub(crate) fn translate(&self, text: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut open: Vec<(String, bool)> = Vec::new();
        let mut rest = text;
        let mut first = true;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('<') {
                let end = inside.find('>').ok_or("a tag without an end")?;
                let tag = &inside[..end];
                let name = tag.trim_matches('/').split(' ').next().unwrap_or_default().to_owned();
                if tag.starts_with('/') {
                    let (opened, _) = open.pop().ok_or("an end tag without a start")?;
                    if opened != name {
                        return Err(format!("</{name}> closes <{opened}>"));
                    }
                } else if !tag.ends_with('/') {
                    open.push((name.clone(), (self.protected)(tag)));
                }
                // Azure's dictionary: the translation takes the place of the element.
                if name == "mstrans:dictionary" && !tag.starts_with('/') {
                    let form = tag.split('"').nth(1).ok_or("a dictionary without translation")?;
                    out.push_str(form);
                } else if name != "mstrans:dictionary" {
                    out.push_str(&rest[..end + 2]);
                }
                rest = &inside[end + 1..];
                continue;
            }
            let (piece, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            rest = after;
            if open.iter().any(|(name, _)| name == "mstrans:dictionary") {
                continue;
            }
            if open.iter().any(|(_, protected)| *protected) {
                out.push_str(piece);
                continue;
            }
            out.push_str(&escaped(&self.words(&unescaped(piece)?, first)));
            first = false;
        }
        if open.is_empty() { Ok(out) } else { Err("an element is never closed".into()) }
    }

    fn words(&self, text: &str, first: bool) -> String {
        if text.trim().is_empty() {
            return text.to_owned();
        }
        let terms: Vec<_> = self
            .terms
            .iter()
            .map(|(source, target)| RequiredTerm {
                source: source.clone(),
                accepted: vec![target.clone()],
                ..RequiredTerm::default()
            })
            .collect();
        let into = self.to.language();
        let said = pseudo::translate(&Marked::from_plain(text), into, &terms).plain(&[]);
        let said = match self.to {
            Target::Chinese(variant) => characters(&said, variant).into_owned(),
            Target::English => said,
        };
        let label = match into {
            Language::Chinese => said.find('］').map_or(0, |at| at + '］'.len_utf8()),
            Language::English => said.find("] ").map_or(0, |at| at + 2),
        };
        if first { said } else { said[label..].to_owned() }
    }
}

/// An unescaped `&` or one of an entity nobody knows is not well-formed.
pub(crate) fn unescaped(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known =
            [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\'')];
        let (name, c) = known
            .into_iter()
            .find(|(name, _)| rest.starts_with(name))
            .ok_or_else(|| format!("a bare & in {text}"))?;
        out.push(c);
        rest = &rest[name.len()..];
    }
    Ok(out + rest)
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
