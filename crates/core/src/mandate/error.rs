//! Why bytes or rules are not a mandate.

use alloy_primitives::U256;

/// Why a mandate was refused. The Solidity errors have the same names and fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum MandateError {
    /// The version is not known.
    #[error("mandate version {given}, only 1 is known")]
    MandateVersion { given: u8 },
    /// The mode is not known.
    #[error("mandate mode {given}, only 1 (inline) is known")]
    MandateMode { given: u8 },
    /// The bytes end before the mandate does, or go on after it.
    #[error("mandate has {given} bytes, {expected} expected")]
    MandateLength { given: usize, expected: usize },
    /// A list is too short or too long, or an index points behind it.
    #[error("{given} stands where {least} to {most} are allowed")]
    MandateCount { given: usize, least: usize, most: usize },
    /// The window is longer than governance waits for anything, so that nobody could leave in time.
    #[error("window of {window} s, at most {limit} s allowed")]
    WindowTooLong { window: u32, limit: u64 },
    /// The grace is longer than a quarter of the window.
    #[error("grace of {grace} s, at most {limit} s (a quarter of the window) allowed")]
    GraceTooLong { grace: u32, limit: u32 },
    /// A decision would be final before its window is over.
    #[error("finality of {finality} s, at least the window of {window} s required")]
    FinalityTooShort { finality: u32, window: u32 },
    /// The exit reserve is above the whole.
    #[error("exit reserve of {bps} bps, at most {limit} allowed")]
    ReserveTooLarge { bps: u16, limit: u16 },
    /// The delay is zero.
    #[error("class {class} has no delay between riskier moves, at least 1 s required")]
    ZeroDelay { class: u8 },
    /// Agents, classes or components are out of order, listed twice, or overlap.
    #[error("{given} is out of order after {previous}")]
    NotAscending { given: U256, previous: U256 },
    /// A corridor contains nothing.
    #[error("corridor {min} to {max} is empty")]
    CorridorEmpty { min: u128, max: u128 },
    /// A corridor does not fit its component.
    #[error("corridor reaches {max}, more than {width} bits hold")]
    CorridorTooWide { max: u128, width: u8 },
    /// A component is empty, wider than 96 bits, or ends outside the value.
    #[error("component ends at bit {width}, at most {limit} and 96 bits allowed")]
    ComponentWidth { width: u32, limit: u32 },
    /// A component's kind is not known.
    #[error("component kind {kind}, at most 3 is known")]
    UnknownKind { kind: u8 },
    /// A residual class is market-wide and has one two-sided component at bit 0 whose corridor contains 1.
    #[error(
        "class {class} is residual: market-wide, one two-sided component at bit 0, corridor around 1e18 required"
    )]
    ResidualShape { class: u8 },
    /// A class that is decided by epochs needs an averaging time.
    #[error("class {class} is decided by epochs and has no averaging time")]
    NoAveraging { class: u8 },
    /// A linear predicate names a class that the mandate has not.
    #[error("a linear predicate names class {class}, which the mandate has not")]
    UnknownTerm { class: u8 },
    /// A flag bit has no meaning.
    #[error("class flags {flags:#04x}, at most 0x07 have a meaning")]
    ClassFlags { flags: u8 },
    /// A number does not fit its field: no bytes can say it, so Solidity has no such error.
    #[error("a number does not fit into its {bits} bits")]
    TooWide { bits: u32 },
}
