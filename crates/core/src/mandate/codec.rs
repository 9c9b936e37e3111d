//! The mandate's bytes: big-endian, packed, as `docs/design/0001-spine.md` section 4 lays them out.

use alloc::{string::String, vec::Vec};

use alloy_primitives::{Address, B256, keccak256};

use super::{Class, Component, Kind, Linear, Mandate, MandateError, Mode, Term, View};

/// The encoding's version.
const VERSION: u8 = 1;

const FLAG_MARKET_WIDE: u8 = 1;
const FLAG_RESIDUAL: u8 = 2;
const FLAG_NEEDS_SCORE: u8 = 4;
const FLAGS: u8 = FLAG_MARKET_WIDE | FLAG_RESIDUAL | FLAG_NEEDS_SCORE;

impl Mandate {
    /// The canonical bytes of a valid mandate.
    pub fn encode(&self) -> Result<Vec<u8>, MandateError> {
        self.validate()?;
        let mut out = Writer::default();
        out.head(self)?;
        self.agents.iter().for_each(|agent| out.bytes(agent.as_slice()));
        self.classes.iter().try_for_each(|class| out.class(class))?;
        self.linear.iter().try_for_each(|linear| out.linear(linear))?;
        self.views.iter().try_for_each(|view| out.view(view))?;
        Ok(out.0)
    }

    /// Reads a mandate; whatever is not the canonical encoding of a valid mandate is refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, MandateError> {
        let mut reader = Reader { bytes, used: 0 };
        let mandate = reader.mandate()?;
        if reader.used < bytes.len() {
            return Err(MandateError::MandateLength { given: bytes.len(), expected: reader.used });
        }
        mandate.validate()?;
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

    fn count(&mut self, count: usize) -> Result<(), MandateError> {
        let error = MandateError::MandateCount { given: count, least: 0, most: 255 };
        self.0.push(u8::try_from(count).map_err(|_| error)?);
        Ok(())
    }

    fn head(&mut self, m: &Mandate) -> Result<(), MandateError> {
        self.bytes(&[VERSION, m.mode as u8]);
        self.bytes(m.market.as_slice());
        self.uint(m.expiry.into(), 40)?;
        for seconds in [m.window_s, m.grace_s, m.finality_s, m.tau_s, m.tau_r_s] {
            self.uint(seconds.into(), 32)?;
        }
        self.uint(m.exit_reserve_bps.into(), 16)?;
        for count in [m.agents.len(), m.classes.len(), m.linear.len(), m.views.len()] {
            self.count(count)?;
        }
        Ok(())
    }

    fn class(&mut self, class: &Class) -> Result<(), MandateError> {
        let flag = |set, bit| if set { bit } else { 0 };
        let flags = flag(class.market_wide, FLAG_MARKET_WIDE)
            | flag(class.residual, FLAG_RESIDUAL)
            | flag(class.needs_score, FLAG_NEEDS_SCORE);
        self.bytes(&[class.id, flags]);
        self.count(class.components.len())?;
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
        self.count(linear.terms.len())?;
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
        self.count(view.name.len())?;
        self.bytes(view.name.as_bytes());
        Ok(())
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    used: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], MandateError> {
        let needed = self.used + count;
        let taken = self.bytes.get(self.used..needed);
        let short = MandateError::MandateLength { given: self.bytes.len(), expected: needed };
        self.used = needed;
        taken.ok_or(short)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MandateError> {
        Ok(self.take(N)?.try_into().expect("take returns as many bytes as asked for"))
    }

    fn byte(&mut self) -> Result<u8, MandateError> {
        Ok(self.array::<1>()?[0])
    }

    fn u16(&mut self) -> Result<u16, MandateError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32, MandateError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    fn uint(&mut self, bytes: usize) -> Result<u128, MandateError> {
        Ok(self.take(bytes)?.iter().fold(0, |n, byte| n << 8 | u128::from(*byte)))
    }

    fn address(&mut self) -> Result<Address, MandateError> {
        Ok(Address::from(self.array()?))
    }

    fn list<T>(
        &mut self,
        count: u8,
        mut item: impl FnMut(&mut Self) -> Result<T, MandateError>,
    ) -> Result<Vec<T>, MandateError> {
        (0..count).map(|_| item(self)).collect()
    }

    fn mandate(&mut self) -> Result<Mandate, MandateError> {
        let version = self.byte()?;
        if version != VERSION {
            return Err(MandateError::MandateVersion { given: version });
        }
        let mode = self.mode()?;
        let market = self.address()?;
        let expiry = self.uint(5)? as u64;
        let (window_s, grace_s, finality_s) = (self.u32()?, self.u32()?, self.u32()?);
        let (tau_s, tau_r_s) = (self.u32()?, self.u32()?);
        let exit_reserve_bps = self.u16()?;
        let [n_agents, n_classes, n_linear, n_views] = self.array()?;
        Ok(Mandate {
            mode,
            market,
            expiry,
            window_s,
            grace_s,
            finality_s,
            tau_s,
            tau_r_s,
            exit_reserve_bps,
            agents: self.list(n_agents, Self::address)?,
            classes: self.list(n_classes, Self::class)?,
            linear: self.list(n_linear, Self::linear)?,
            views: (0..n_views as usize).map(|view| self.view(view)).collect::<Result<_, _>>()?,
        })
    }

    fn mode(&mut self) -> Result<Mode, MandateError> {
        let given = self.byte()?;
        if given != Mode::Inline as u8 {
            return Err(MandateError::MandateMode { given });
        }
        Ok(Mode::Inline)
    }

    fn class(&mut self) -> Result<Class, MandateError> {
        let [id, flags, n_components] = self.array()?;
        if flags & !FLAGS != 0 {
            return Err(MandateError::ClassFlags { flags });
        }
        Ok(Class {
            id,
            market_wide: flags & FLAG_MARKET_WIDE != 0,
            residual: flags & FLAG_RESIDUAL != 0,
            needs_score: flags & FLAG_NEEDS_SCORE != 0,
            model_slot: self.u32()?,
            signer_set: self.u32()?,
            greatest_age_s: self.u32()?,
            delay_s: self.u32()?,
            averaging_s: self.u32()?,
            components: self.list(n_components, Self::component)?,
        })
    }

    fn component(&mut self) -> Result<Component, MandateError> {
        let [offset, width, kind] = self.array()?;
        let kind = match kind {
            0 => Kind::Up,
            1 => Kind::Down,
            2 => Kind::TwoSided,
            3 => Kind::Frozen,
            kind => return Err(MandateError::UnknownKind { kind }),
        };
        Ok(Component {
            offset,
            width,
            kind,
            min: self.uint(12)?,
            max: self.uint(12)?,
            step: self.uint(12)?,
            safe_step: self.uint(12)?,
        })
    }

    fn linear(&mut self) -> Result<Linear, MandateError> {
        let n_terms = self.byte()?;
        let bound = i128::from_be_bytes(self.array()?);
        Ok(Linear { bound, terms: self.list(n_terms, Self::term)? })
    }

    fn term(&mut self) -> Result<Term, MandateError> {
        Ok(Term {
            class: self.byte()?,
            subject: B256::from(self.array()?),
            component: self.byte()?,
            // 96 bits, sign kept by shifting them to the top and back.
            coefficient: (self.uint(12)? << 32) as i128 >> 32,
        })
    }

    fn view(&mut self, view: usize) -> Result<View, MandateError> {
        let (target, stipend, length) = (self.address()?, self.u32()?, self.byte()?);
        let name = self.take(length as usize)?.to_vec();
        let name = String::from_utf8(name).map_err(|_| MandateError::BadView { view })?;
        Ok(View { target, stipend, name })
    }
}
