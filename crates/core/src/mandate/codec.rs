//! The mandate's bytes: big-endian, packed, as `docs/design/0001-spine.md` section 4 lays them out.
//!
//! Reading checks as it goes, in the order of `MandateLib.sol`, so that both refuse the same bytes with the same error. Writing
//! ends with reading: there is one set of checks.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256, keccak256};

use super::{
    Class, Component, Kind, Linear, MAX_AGENTS, MAX_CLASSES, MAX_COMPONENTS, MAX_LINEAR, MAX_NAME,
    MAX_VIEWS, MAX_WIDTH, Mandate, MandateError, Mode, Term, VALUE_BITS, View,
};
use crate::units::{BPS, WAD};

/// The encoding's version.
const VERSION: u8 = 1;

const FLAG_MARKET_WIDE: u8 = 1;
const FLAG_RESIDUAL: u8 = 2;
const FLAG_NEEDS_SCORE: u8 = 4;

/// Sizes in bytes of what stands before the lists, and of the fixed parts of their items.
const HEAD: usize = 53;
const CLASS: usize = 23;
const COMPONENT: usize = 51;
const LINEAR: usize = 17;
const TERM: usize = 46;
const VIEW: usize = 25;

impl Mandate {
    /// The canonical bytes of a valid mandate.
    pub fn encode(&self) -> Result<Vec<u8>, MandateError> {
        let bytes = Writer::default().mandate(self)?;
        Self::decode(&bytes, u64::MAX)?;
        Ok(bytes)
    }

    /// Reads a mandate; whatever is not the canonical encoding of a valid mandate is refused.
    ///
    /// No window may be longer than `min_delay_s`, the kernel's D_m.
    pub fn decode(bytes: &[u8], min_delay_s: u64) -> Result<Self, MandateError> {
        let mut reader = Reader { bytes, used: 0 };
        let mandate = reader.mandate(min_delay_s)?;
        if reader.used < bytes.len() {
            return Err(MandateError::MandateLength { given: bytes.len(), expected: reader.used });
        }
        Ok(mandate)
    }

    /// The mandate's identity: the hash of its bytes.
    pub fn id(&self) -> Result<B256, MandateError> {
        Ok(keccak256(self.encode()?))
    }
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn mandate(mut self, m: &Mandate) -> Result<Vec<u8>, MandateError> {
        self.head(m)?;
        m.agents.iter().for_each(|agent| self.bytes(agent.as_slice()));
        m.classes.iter().try_for_each(|class| self.class(class))?;
        m.linear.iter().try_for_each(|linear| self.linear(linear))?;
        m.views.iter().try_for_each(|view| self.view(view))?;
        Ok(self.0)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The low `bits` of `number`, which must fit.
    fn uint(&mut self, number: u128, bits: u32) -> Result<(), MandateError> {
        if number >> bits != 0 {
            return Err(MandateError::TooWide { bits });
        }
        self.bytes(&number.to_be_bytes()[16 - bits as usize / 8..]);
        Ok(())
    }

    fn count(&mut self, given: usize, most: usize) -> Result<(), MandateError> {
        check_count(given, 0, most)?;
        self.uint(given as u128, 8)
    }

    fn head(&mut self, m: &Mandate) -> Result<(), MandateError> {
        self.bytes(&[VERSION, m.mode as u8]);
        self.bytes(m.market.as_slice());
        self.uint(m.expiry.into(), 40)?;
        for seconds in [m.window_s, m.grace_s, m.finality_s, m.tau_s, m.tau_r_s] {
            self.uint(seconds.into(), 32)?;
        }
        self.uint(m.exit_reserve_bps.into(), 16)?;
        self.count(m.agents.len(), MAX_AGENTS)?;
        self.count(m.classes.len(), MAX_CLASSES)?;
        self.count(m.linear.len(), MAX_LINEAR)?;
        self.count(m.views.len(), MAX_VIEWS)
    }

    fn class(&mut self, class: &Class) -> Result<(), MandateError> {
        let flag = |set, bit| if set { bit } else { 0 };
        let flags = flag(class.market_wide, FLAG_MARKET_WIDE)
            | flag(class.residual, FLAG_RESIDUAL)
            | flag(class.needs_score, FLAG_NEEDS_SCORE);
        self.bytes(&[class.id, flags]);
        self.count(class.components.len(), MAX_COMPONENTS)?;
        for number in [
            class.model_slot,
            class.signer_set,
            class.greatest_age_s,
            class.delay_s,
            class.averaging_s,
        ] {
            self.uint(number.into(), 32)?;
        }
        class.components.iter().try_for_each(|component| self.component(component))
    }

    fn component(&mut self, c: &Component) -> Result<(), MandateError> {
        self.bytes(&[c.offset, c.width, c.kind as u8]);
        [c.min, c.max, c.step, c.safe_step].into_iter().try_for_each(|n| self.uint(n, 96))
    }

    fn linear(&mut self, linear: &Linear) -> Result<(), MandateError> {
        self.count(linear.terms.len(), 255)?;
        self.bytes(&linear.bound.to_be_bytes());
        for term in &linear.terms {
            self.bytes(&[term.class]);
            self.bytes(term.subject.as_slice());
            self.bytes(&[term.component]);
            self.int96(term.coefficient)?;
        }
        Ok(())
    }

    fn int96(&mut self, number: i128) -> Result<(), MandateError> {
        if number << 32 >> 32 != number {
            return Err(MandateError::TooWide { bits: 96 });
        }
        self.bytes(&number.to_be_bytes()[4..]);
        Ok(())
    }

    fn view(&mut self, view: &View) -> Result<(), MandateError> {
        self.bytes(view.target.as_slice());
        self.uint(view.stipend.into(), 32)?;
        self.count(view.name.len(), MAX_NAME)?;
        self.bytes(&view.name);
        Ok(())
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    used: usize,
}

impl<'a> Reader<'a> {
    /// Refuses unless `count` more bytes are there.
    const fn need(&self, count: usize) -> Result<(), MandateError> {
        let (given, expected) = (self.bytes.len(), self.used + count);
        if given < expected {
            return Err(MandateError::MandateLength { given, expected });
        }
        Ok(())
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], MandateError> {
        self.need(count)?;
        let taken = &self.bytes[self.used..self.used + count];
        self.used += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MandateError> {
        Ok(self.take(N)?.try_into().expect("take returns as many bytes as asked for"))
    }

    fn byte(&mut self) -> Result<u8, MandateError> {
        Ok(self.array::<1>()?[0])
    }

    fn u32(&mut self) -> Result<u32, MandateError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    fn uint(&mut self, bytes: usize) -> Result<u128, MandateError> {
        Ok(self.take(bytes)?.iter().fold(0, |n, byte| n << 8 | u128::from(*byte)))
    }

    fn mandate(&mut self, min_delay_s: u64) -> Result<Mandate, MandateError> {
        self.need(HEAD)?;
        let mut m = self.head()?;
        m.check_times(min_delay_s)?;
        let [n_agents, n_classes, n_linear, n_views] = self.array()?.map(usize::from);
        check_count(n_agents, 0, MAX_AGENTS)?;
        check_count(n_classes, 1, MAX_CLASSES)?;
        check_count(n_linear, 0, MAX_LINEAR)?;
        check_count(n_views, 0, MAX_VIEWS)?;
        m.agents = self.agents(n_agents)?;
        let mut previous = 0;
        for _ in 0..n_classes {
            m.classes.push(self.class(previous)?);
            previous = m.classes[m.classes.len() - 1].id;
        }
        for _ in 0..n_linear {
            m.linear.push(self.linear(&m)?);
        }
        for _ in 0..n_views {
            m.views.push(self.view()?);
        }
        Ok(m)
    }

    fn head(&mut self) -> Result<Mandate, MandateError> {
        let version = self.byte()?;
        if version != VERSION {
            return Err(MandateError::MandateVersion { given: version });
        }
        let mode = self.byte()?;
        if mode != Mode::Inline as u8 {
            return Err(MandateError::MandateMode { given: mode });
        }
        Ok(Mandate {
            mode: Mode::Inline,
            market: Address::from(self.array()?),
            expiry: self.uint(5)? as u64,
            window_s: self.u32()?,
            grace_s: self.u32()?,
            finality_s: self.u32()?,
            tau_s: self.u32()?,
            tau_r_s: self.u32()?,
            exit_reserve_bps: u16::from_be_bytes(self.array()?),
            agents: Vec::new(),
            classes: Vec::new(),
            linear: Vec::new(),
            views: Vec::new(),
        })
    }

    fn agents(&mut self, count: usize) -> Result<Vec<Address>, MandateError> {
        self.need(20 * count)?;
        let mut agents = Vec::with_capacity(count);
        let mut previous = Address::ZERO;
        for _ in 0..count {
            let agent = Address::from(self.array()?);
            ascending(agent > previous, word(agent), word(previous))?;
            agents.push(agent);
            previous = agent;
        }
        Ok(agents)
    }

    fn class(&mut self, previous: u8) -> Result<Class, MandateError> {
        self.need(CLASS)?;
        let n_components = usize::from(self.bytes[self.used + 2]);
        self.need(CLASS + COMPONENT * n_components)?;
        let [id, flags, _] = self.array()?;
        ascending(id > previous, U256::from(id), U256::from(previous))?;
        if flags > FLAG_MARKET_WIDE | FLAG_RESIDUAL | FLAG_NEEDS_SCORE {
            return Err(MandateError::ClassFlags { flags });
        }
        check_count(n_components, 1, MAX_COMPONENTS)?;
        let mut class = Class {
            id,
            market_wide: flags & FLAG_MARKET_WIDE != 0,
            residual: flags & FLAG_RESIDUAL != 0,
            needs_score: flags & FLAG_NEEDS_SCORE != 0,
            model_slot: self.u32()?,
            signer_set: self.u32()?,
            greatest_age_s: self.u32()?,
            delay_s: self.u32()?,
            averaging_s: self.u32()?,
            components: Vec::with_capacity(n_components),
        };
        class.check_clock()?;
        let mut free = 0;
        for _ in 0..n_components {
            let component = self.component(free)?;
            free = u32::from(component.offset) + u32::from(component.width);
            class.components.push(component);
        }
        class.check_residual()?;
        Ok(class)
    }

    /// Reads a component; the bits below `free` are taken.
    fn component(&mut self, free: u32) -> Result<Component, MandateError> {
        let [offset, width, kind] = self.array()?;
        let end = u32::from(offset) + u32::from(width);
        ascending(u32::from(offset) >= free, U256::from(offset), U256::from(free))?;
        if width == 0 || width > MAX_WIDTH || end > VALUE_BITS {
            return Err(MandateError::ComponentWidth { width: end, limit: VALUE_BITS });
        }
        let kind = match kind {
            0 => Kind::Up,
            1 => Kind::Down,
            2 => Kind::TwoSided,
            3 => Kind::Frozen,
            kind => return Err(MandateError::UnknownKind { kind }),
        };
        let [min, max, step, safe_step] =
            [self.uint(12)?, self.uint(12)?, self.uint(12)?, self.uint(12)?];
        if min > max {
            return Err(MandateError::CorridorEmpty { min, max });
        }
        if max >> width != 0 {
            return Err(MandateError::CorridorTooWide { max, width });
        }
        Ok(Component { offset, width, kind, min, max, step, safe_step })
    }

    fn linear(&mut self, m: &Mandate) -> Result<Linear, MandateError> {
        self.need(LINEAR)?;
        let n_terms = usize::from(self.bytes[self.used]);
        self.need(LINEAR + TERM * n_terms)?;
        self.used += 1;
        let bound = i128::from_be_bytes(self.array()?);
        check_count(n_terms, 1, 255)?;
        let terms = (0..n_terms).map(|_| self.term(m)).collect::<Result<_, _>>()?;
        Ok(Linear { bound, terms })
    }

    fn term(&mut self, m: &Mandate) -> Result<Term, MandateError> {
        let class = self.byte()?;
        let subject = B256::from(self.array()?);
        let component = self.byte()?;
        // 96 bits, the sign kept by shifting them to the top and back.
        let coefficient = (self.uint(12)? << 32) as i128 >> 32;
        let named = m.class(class).ok_or(MandateError::UnknownTerm { class })?;
        check_count(component.into(), 0, named.components.len() - 1)?;
        Ok(Term { class, subject, component, coefficient })
    }

    fn view(&mut self) -> Result<View, MandateError> {
        self.need(VIEW)?;
        let (target, stipend, length) = (self.array()?, self.u32()?, self.byte()?.into());
        let name = self.take(length)?.to_vec();
        check_count(length, 1, MAX_NAME)?;
        Ok(View { target: Address::from(target), stipend, name })
    }
}

impl Mandate {
    fn check_times(&self, min_delay_s: u64) -> Result<(), MandateError> {
        let (window, grace, finality) = (self.window_s, self.grace_s, self.finality_s);
        if u64::from(window) > min_delay_s {
            return Err(MandateError::WindowTooLong { window, limit: min_delay_s });
        }
        if grace > window / 4 {
            return Err(MandateError::GraceTooLong { grace, limit: window / 4 });
        }
        if finality < window {
            return Err(MandateError::FinalityTooShort { finality, window });
        }
        let (bps, limit) = (self.exit_reserve_bps, BPS as u16);
        if bps > limit {
            return Err(MandateError::ReserveTooLarge { bps, limit });
        }
        Ok(())
    }
}

impl Class {
    const fn check_clock(&self) -> Result<(), MandateError> {
        if self.delay_s == 0 {
            return Err(MandateError::ZeroDelay { class: self.id });
        }
        // A decision without a report of its own is counted by epochs.
        let by_epochs = self.market_wide || self.signer_set == 0;
        if by_epochs && self.averaging_s == 0 {
            return Err(MandateError::NoAveraging { class: self.id });
        }
        Ok(())
    }

    fn check_residual(&self) -> Result<(), MandateError> {
        let fits = match self.components[..] {
            [c] => {
                let around_one = c.min <= WAD && c.max >= WAD;
                self.market_wide && c.offset == 0 && c.kind == Kind::TwoSided && around_one
            }
            _ => false,
        };
        if self.residual && !fits {
            return Err(MandateError::ResidualShape { class: self.id });
        }
        Ok(())
    }
}

const fn check_count(given: usize, least: usize, most: usize) -> Result<(), MandateError> {
    if given < least || given > most {
        return Err(MandateError::MandateCount { given, least, most });
    }
    Ok(())
}

const fn ascending(holds: bool, given: U256, previous: U256) -> Result<(), MandateError> {
    if holds { Ok(()) } else { Err(MandateError::NotAscending { given, previous }) }
}

fn word(address: Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}
