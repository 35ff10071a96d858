//! A person's translation with the line ends it has: paragraphs that were split, and lines that
//! were broken by hand.

use super::render::render;
use crate::paragraph::{Marked, Paragraph, Slot, Token};

/// What may stand for a line end while a line is written: white space to Markdown, and in nobody's
/// prose.
const STAND_INS: [char; 4] = ['\u{2004}', '\u{2005}', '\u{2006}', '\u{2008}'];

/// As [`render`], but a line feed of `target` is written as one, with what its container asks for
/// before the next line; `before` is what stands before the paragraph on its own first line, and
/// `line_end` is how the article ends its lines.
///
/// Places of one line (headings, table cells, front matter) have no room for line ends.
pub fn render_lines(
    paragraph: &Paragraph,
    target: &Marked,
    definitions: &str,
    before: &str,
    line_end: &str,
) -> String {
    let stand_in = STAND_INS.into_iter().find(|&c| !target.as_str().contains(c));
    // A split of a plain text may have other line ends.
    let target = &without_returns(target);
    let (Slot::Markdown, Some(stand_in), true) =
        (paragraph.slot, stand_in, target.as_str().contains('\n'))
    else {
        return render(paragraph, target, definitions);
    };
    let prefix = continuation(before);
    let next_line = format!("{line_end}{prefix}");
    let mut written = String::new();
    for (block, gap) in blocks(target) {
        let line = replaced(&block, stand_in);
        written.push_str(&render(paragraph, &line, definitions).replace(stand_in, &next_line));
        for _ in 1..gap {
            written.push_str(line_end);
            written.push_str(prefix.trim_end());
        }
        if gap > 0 {
            written.push_str(&next_line);
        }
    }
    written
}

fn without_returns(target: &Marked) -> Marked {
    if !target.as_str().contains('\r') {
        return target.clone();
    }
    Marked::from_tokens(target.tokens().into_iter().map(|token| match token {
        Token::Text(text) => Token::Text(text.replace('\r', "").into()),
        token => token,
    }))
}

/// The paragraphs a text was split into, each with how many line ends follow it.
fn blocks(target: &Marked) -> Vec<(Marked, usize)> {
    let mut blocks = Vec::new();
    let mut open = 0_usize;
    let mut tokens: Vec<Token<'_>> = Vec::new();
    for token in target.tokens() {
        let Token::Text(text) = &token else {
            match &token {
                Token::Open(_) => open += 1,
                Token::Close(_) => open = open.saturating_sub(1),
                Token::Kept(_) | Token::Text(_) => {}
            }
            tokens.push(token);
            continue;
        };
        // A paragraph cannot end inside of a mark.
        if open > 0 {
            tokens.push(token);
            continue;
        }
        let mut rest = text.as_ref();
        while let Some(at) = rest.find("\n\n") {
            let (before, after) = rest.split_at(at);
            rest = after.trim_start_matches('\n');
            tokens.push(Token::Text(before.to_owned().into()));
            let block = Marked::from_tokens(std::mem::take(&mut tokens));
            blocks.push((block, after.len() - rest.len()));
        }
        tokens.push(Token::Text(rest.to_owned().into()));
    }
    blocks.push((Marked::from_tokens(tokens), 0));
    blocks
}

fn replaced(block: &Marked, stand_in: char) -> Marked {
    let mut buffer = [0; 4];
    let stand_in: &str = stand_in.encode_utf8(&mut buffer);
    Marked::from_tokens(block.tokens().into_iter().map(|token| match token {
        Token::Text(text) => Token::Text(text.replace('\n', stand_in).into()),
        token => token,
    }))
}

/// What the containers of a paragraph want before a further line of it: `> ` again, and as many
/// spaces as a list marker is wide.
fn continuation(before: &str) -> String {
    let mut prefix = String::new();
    let mut rest = before;
    while let Some(c) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let marker = match c {
            '>' | ' ' | '\t' => {
                prefix.push(c);
                rest = &rest[1..];
                continue;
            }
            '-' | '*' | '+' => 1,
            _ if digits > 0 && rest[digits..].starts_with(['.', ')']) => digits + 1,
            '[' if rest.starts_with("[^") => {
                // A footnote: four spaces belong to it, however long its name is.
                return prefix + "    ";
            }
            // A task's box, the begin of a link: no part of the container.
            _ => break,
        };
        let spaces = rest[marker..].bytes().take_while(|&b| b == b' ').count();
        prefix.push_str(&" ".repeat(marker + spaces));
        rest = &rest[marker + spaces..];
    }
    prefix
}

#[cfg(test)]
mod tests {
    use crate::article::{Document, Format, Furniture, LineEnds};
    use crate::paragraph::Marked;

    /// The first paragraph of an article, replaced by this text.
    fn check(article: &str, target: &str, written: &str) {
        let document = Document::parse(article.to_owned(), Format::Markdown);
        let mut targets: Vec<_> =
            document.paragraphs().iter().map(|paragraph| paragraph.source.clone()).collect();
        targets[0] = Marked::parse(target).unwrap();
        let wordings = targets.iter().map(|target| (target, LineEnds::Kept));
        let version = document.write_wordings(wordings, Furniture::Keep);
        assert_eq!(version.text, written);
        // What a person left is read as it was written.
        let again = Document::parse_lines(version.text.clone(), Format::Markdown);
        let pieces: Vec<_> = again
            .paragraphs()
            .iter()
            .filter(|piece| piece.range.start < version.at[0].end)
            .map(|piece| piece.source.plain(&piece.marks))
            .collect();
        let blocks = targets[0].plain(&document.paragraphs()[0].marks);
        assert_eq!(pieces.join("\n\n"), blocks.replace("\n\n\n", "\n\n"));
    }

    #[test]
    fn a_split_keeps_to_its_container() {
        check("One.\n\nTwo.\n", "一。\n\n二。", "一。\n\n二。\n\nTwo.\n");
        check("One.\n\nTwo.\n", "一。\n\n\n二。", "一。\n\n\n二。\n\nTwo.\n");
        check("> One.\n>\n> Two.\n", "一。\n\n二。", "> 一。\n>\n> 二。\n>\n> Two.\n");
        check("- One.\n- Two.\n", "一。\n\n二。", "- 一。\n\n  二。\n- Two.\n");
        check("10. One.\n\nTwo.\n", "一。\n\n二。", "10. 一。\n\n    二。\n\nTwo.\n");
        check(
            "One.\r\n\r\nTwo.\r\n",
            "一。\n\n二，\n三。",
            "一。\r\n\r\n二，\r\n三。\r\n\r\nTwo.\r\n",
        );
        check("> - One.\n", "一。\n\n二。", "> - 一。\n>\n>   二。\n");
    }

    #[test]
    fn lines_broken_by_hand_stay_broken() {
        check("One.\n\nTwo.\n", "一，\n二。", "一，\n二。\n\nTwo.\n");
        check("> One *two*.\n", "一，\n二<1>三\n四</1>。", "> 一，\n> 二*三\n> 四*。\n");
        check("- One.\n", "一，\n二。", "- 一，\n  二。\n");
    }

    #[test]
    fn a_heading_has_no_room_for_a_line_end() {
        let document = Document::parse("# One\n".to_owned(), Format::Markdown);
        let target = Marked::from_plain("一\n二");
        let written =
            document.write_wordings([(&target, LineEnds::Kept)].into_iter(), Furniture::Keep);
        assert_eq!(written.text, "# 一二\n");
    }
}
