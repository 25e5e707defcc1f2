//! What the numbers were taken on.

use std::fs;

/// Cores, processor and SQLite, in one line.
pub(crate) fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|it| field(&it, "model name"))
        .unwrap_or_else(|| "unknown processor".to_owned());
    let sqlite = rusqlite::version();
    format!("{cores} cores, {model}, SQLite {sqlite}")
}

/// The most memory this process ever had, in bytes, where the system tells.
pub(crate) fn peak_memory() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes: u32 = field(&status, "VmHWM")?
        .trim_end_matches("kB")
        .trim()
        .parse()
        .ok()?;
    Some(f64::from(kilobytes) * 1024.0)
}

fn field(text: &str, name: &str) -> Option<String> {
    text.lines()
        .filter_map(|it| it.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
}
