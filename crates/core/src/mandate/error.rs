//! Why bytes or rules are not a mandate.

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
    /// A list is too short or too long.
    #[error("a list has {given} items, {least} to {most} allowed")]
    MandateCount { given: usize, least: usize, most: usize },
    /// The window is zero, or longer than governance waits for anything.
    #[error("window of {window} s, 1 to {limit} s allowed")]
    WindowTooLong { window: u32, limit: u32 },
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
    /// Classes or components are out of order, or components overlap.
    #[error("{given} stands where more than {previous} is required")]
    NotAscending { given: u32, previous: u32 },
    /// A corridor contains nothing.
    #[error("corridor {min} to {max} is empty")]
    CorridorEmpty { min: u128, max: u128 },
    /// A corridor does not fit its component.
    #[error("corridor reaches {max}, more than {width} bits hold")]
    CorridorTooWide { max: u128, width: u8 },
    /// A component's width is zero or too large, or it ends outside the value.
    #[error("component is {width} bits wide, 1 to {limit} allowed")]
    ComponentWidth { width: u32, limit: u32 },
    /// A component's kind is not known.
    #[error("component kind {kind}, at most 3 is known")]
    UnknownKind { kind: u8 },
    /// A residual class must be market-wide with one two-sided component, and needs a fade.
    #[error(
        "class {class} is residual: it must be market-wide, of one two-sided component, with tau_r above 0"
    )]
    ResidualShape { class: u8 },
    /// A flag bit has no meaning.
    #[error("class flags {flags:#04x}, at most 0x07 have a meaning")]
    ClassFlags { flags: u8 },
    /// A number does not fit its field; the bytes cannot say it.
    #[error("a number does not fit into its {bits} bits")]
    TooWide { bits: u32 },
    /// An agent is the zero address or is listed twice.
    #[error("agent {agent} is zero or listed before")]
    BadAgent { agent: usize },
    /// A term names a parameter that the mandate has not, or counts it zero times.
    #[error(
        "linear predicate {predicate} term {term} names no component, a subject of a market-wide class, or a zero coefficient"
    )]
    BadTerm { predicate: usize, term: usize },
    /// A view has no contract, no gas, or no name in printable ASCII.
    #[error("view {view} has no contract, no stipend or no printable ASCII name")]
    BadView { view: usize },
}
