//! x
use super::Parsed;
/// x
pub fn parse(text: &str) -> Parsed {
    let _ = text;
    Parsed::default()
}
/// x
pub fn render(target: &crate::paragraph::Marked) -> String {
    target.plain(&[])
}
