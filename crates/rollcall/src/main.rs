//! The program: see the crate's documentation, or `rollcall --help`.

fn main() -> std::process::ExitCode {
    rollcall::run(std::env::args_os())
}
