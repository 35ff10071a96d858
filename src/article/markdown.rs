//! x
use super::Parsed;
/// x
pub fn parse(text: &str) -> Parsed {
    let _ = text;
    Parsed::default()
}
/// x
pub fn render(
    paragraph: &crate::paragraph::Paragraph,
    target: &crate::paragraph::Marked,
    definitions: &str,
) -> String {
    let _ = definitions;
    target.plain(&paragraph.marks)
}
