//! What governance lets agents do to one market's parameters.
//!
//! A mandate is immutable: its bytes are stored as contract code, and its id is their hash. [`Mandate::encode`] and
//! [`Mandate::decode`] are inverse on valid mandates, so one behaviour has one encoding and one id.

mod codec;
mod error;
mod value;

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};

pub use error::MandateError;
pub use value::Value;

/// Most agents of a mandate.
pub const MAX_AGENTS: usize = 16;

/// Most classes of a mandate.
pub const MAX_CLASSES: usize = 8;

/// Most components of a class.
pub const MAX_COMPONENTS: usize = 8;

/// Most linear predicates of a mandate.
pub const MAX_LINEAR: usize = 8;

/// Most views a mandate may call.
pub const MAX_VIEWS: usize = 2;

/// Longest name of a view, in bytes.
pub const MAX_NAME: usize = 32;

/// Bits of a parameter's packed value.
pub const VALUE_BITS: u32 = 160;

/// Widest component, in bits.
pub const MAX_WIDTH: u8 = 96;

/// How a decision's output is made trustworthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// The EVM runs the model in the transaction that decides.
    Inline = 1,
}

/// Which way a component's moves are riskier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// Upwards: a limit on new draws.
    Up = 0,
    /// Downwards: a spread that pays suppliers.
    Down = 1,
    /// Away from the fallback's value, or across it.
    TwoSided = 2,
    /// Never moved by a decision.
    Frozen = 3,
}

/// One number inside a parameter's packed value, and how far it may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// Lowest bit in the packed value.
    pub offset: u8,
    /// Width in bits, 1 to 96.
    pub width: u8,
    /// Which way is riskier.
    pub kind: Kind,
    /// Smallest value allowed.
    pub min: u128,
    /// Largest value allowed.
    pub max: u128,
    /// Largest riskier move in one decision, absolute.
    pub step: u128,
    /// Largest safer move in one decision, absolute; the width's maximum means no bound.
    pub safe_step: u128,
}

/// The rules of one class of parameters: they share layout, clock rule and model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The class's number in its economy.
    pub id: u8,
    /// Whether the class has one parameter for the whole market, subject zero.
    pub market_wide: bool,
    /// Whether the value fades to the fallback's when the agent falls silent.
    pub residual: bool,
    /// Whether acts under the parameter need a recent score.
    pub needs_score: bool,
    /// Slot whose active model decides.
    pub model_slot: u32,
    /// Signer set whose reports count.
    pub signer_set: u32,
    /// Greatest age of a report, in seconds.
    pub greatest_age_s: u32,
    /// Shortest time between two riskier moves of one parameter, in seconds.
    pub delay_s: u32,
    /// Shortest time that market-wide features are averaged over, in seconds.
    pub averaging_s: u32,
    /// The numbers in the value, lowest bit first.
    pub components: Vec<Component>,
}

/// One summand of a linear predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Class of the parameter.
    pub class: u8,
    /// Subject of the parameter.
    pub subject: B256,
    /// Which of the class's components.
    pub component: u8,
    /// What the component is multiplied with; 96 bits signed.
    pub coefficient: i128,
}

/// `Σ coefficient · component ≤ bound`, on the state after a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linear {
    /// Largest sum allowed.
    pub bound: i128,
    /// The summands.
    pub terms: Vec<Term>,
}

/// A named predicate in a contract of its own, called with a fixed stipend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The contract.
    pub target: Address,
    /// Gas the call gets.
    pub stipend: u32,
    /// What a refusal calls it, 1 to 32 bytes.
    pub name: Vec<u8>,
}

/// A market's mandate, as encoded on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// How outputs are made trustworthy.
    pub mode: Mode,
    /// The economy's actuator.
    pub market: Address,
    /// Time from which the mandate makes nothing riskier, in seconds since 1970.
    pub expiry: u64,
    /// How long a queued decision waits, in seconds.
    pub window_s: u32,
    /// How long after its window a queued decision may be applied, in seconds.
    pub grace_s: u32,
    /// How long an applied decision can be rolled back, in seconds.
    pub finality_s: u32,
    /// Silence after which a residual value starts to fade, in seconds.
    pub tau_s: u32,
    /// How long the fade takes, in seconds.
    pub tau_r_s: u32,
    /// Share of supply that new draws leave free while a riskier market-wide change waits, in basis points.
    pub exit_reserve_bps: u16,
    /// Who may bring decisions, ascending.
    pub agents: Vec<Address>,
    /// The parameters that may move, ascending by id.
    pub classes: Vec<Class>,
    /// Linear predicates.
    pub linear: Vec<Linear>,
    /// Predicates in contracts.
    pub views: Vec<View>,
}

impl Mandate {
    /// The rules of class `id`.
    pub fn class(&self, id: u8) -> Option<&Class> {
        self.classes.binary_search_by_key(&id, |class| class.id).ok().map(|i| &self.classes[i])
    }
}
