//! A table in Markdown: case, what to reach, what was measured.

/// Rows in order.
pub(crate) struct Table(Vec<[String; 3]>);

impl Table {
    /// No rows.
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// One more row.
    pub(crate) fn row(&mut self, case: &str, reach: &str, measured: String) {
        eprintln!("  {case}: {measured} ({reach})");
        self.0.push([case.to_owned(), reach.to_owned(), measured]);
    }

    /// Prints it.
    pub(crate) fn print(&self) {
        println!("| case | to reach | measured |");
        println!("|---|---|---|");
        for [case, reach, measured] in &self.0 {
            println!("| {case} | {reach} | {measured} |");
        }
    }
}
