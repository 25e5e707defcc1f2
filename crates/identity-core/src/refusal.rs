//! Refusals: typed values that change nothing, say which rule, and name the next legal step (A5).

/// What every refusal can say of itself, in one voice for the command line and the wire.
pub trait Refusal: std::error::Error {
    /// The stable code, in lower snake case.
    fn code(&self) -> &'static str;

    /// The rule of the design that refuses, such as `O2`.
    fn rule(&self) -> &'static str;

    /// The next legal step, as an imperative without a full stop.
    fn next(&self) -> &'static str;
}
