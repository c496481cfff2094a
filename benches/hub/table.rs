//! Results as a table of plain text.

/// Prints a title, one sentence on how it was measured, and rows of what, value and remark.
pub fn print(title: &str, how: &str, rows: &[[String; 3]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    println!("\n{title}\n{}\n{how}\n{}\n", "=".repeat(title.chars().count()), machine());
    for [what, value, remark] in rows {
        println!("  {what:<first$}  {value:<second$}  {remark}");
    }
    println!();
}

/// One row.
pub fn row(what: impl Into<String>, value: impl Into<String>, remark: impl Into<String>) -> [String; 3] {
    [what.into(), value.into(), remark.into()]
}

/// A whole number with its thousands apart.
pub fn count(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut told = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("?", |(_, m)| m);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let build = if cfg!(debug_assertions) { "DEBUG BUILD: the numbers mean nothing" } else { "release build" };
    format!("On {cores} cores ({model}), shared by the hub and the load; {build}.")
}
