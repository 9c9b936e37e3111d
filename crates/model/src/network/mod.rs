//! Dense networks of rectified linear units, laid out as the EVM reads them.
//!
//! A word of 256 bits holds one weight of 4 to 8 units, a *lane* for each: one multiplication by an input serves them
//! all, and one more sums a word of units into the margin. A lane is signed, and what it borrows from the lane above is
//! paid back by adding half a lane to each (`lanes.rs`). That works as long as no sum leaves its lane, which `check.rs`
//! shows for every input before a program is accepted.
//!
//! Inputs are held inside limits that the program names, so that the proof speaks of the values a model was made for.

mod check;
mod infer;
mod lanes;
mod orders;

use alloc::vec::Vec;

use alloy_primitives::U256;

use crate::{
    MAX_VALUE, MISSING, ModelError,
    bytes::{Reader, put_u24, u24_from_be},
};
pub use lanes::lane_bits;
pub(crate) use orders::{orders, split, steps};

/// Most hidden layers.
pub const MAX_LAYERS: u8 = 8;
/// Most units in a hidden layer.
pub const MAX_UNITS: usize = 128;
/// Fewest lanes in a word.
pub const MIN_LANES: u8 = 4;
/// Most lanes in a word.
pub const MAX_LANES: u8 = 8;

/// What of a feature the network sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What is below counts as this.
    pub low: i32,
    /// What is above counts as this.
    pub high: i32,
    /// What a missing value counts as: from `low` to `high`.
    pub missing: i32,
}

impl Limits {
    /// How far the value that counts lies above `low`.
    pub const fn read(&self, value: i32) -> i64 {
        let counts = match value {
            MISSING => self.missing,
            below if below < self.low => self.low,
            above if above > self.high => self.high,
            inside => inside,
        };
        (counts - self.low) as i64
    }

    /// Largest value that `read` answers.
    pub const fn span(&self) -> i64 {
        (self.high - self.low) as i64
    }
}

/// One unit: a weight for each input of its layer, over a bias.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// The sum when every input is at its lowest.
    pub bias: i64,
    /// One for each input.
    pub weights: Vec<i64>,
}

/// A hidden layer. Each unit says its sum if that is positive, shifted down, and zero otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    lanes: u8,
    shift: u8,
    inputs: usize,
    biases: Vec<i64>,
    /// Unit by unit.
    weights: Vec<i64>,
}

impl Layer {
    /// A layer of `units`, to which units that say nothing are added until words of `lanes` are full.
    pub fn new(lanes: u8, shift: u8, units: Vec<Unit>) -> Result<Self, ModelError> {
        check::lanes(lanes)?;
        let inputs = units.first().map_or(0, |unit| unit.weights.len());
        if units.iter().any(|unit| unit.weights.len() != inputs) {
            return Err(ModelError::NetworkShape {
                reason: "units of one layer differ in weights",
            });
        }
        let mut layer = Self { lanes, shift, inputs, biases: Vec::new(), weights: Vec::new() };
        for unit in units {
            check::fits(unit.bias, lanes)?;
            unit.weights.iter().try_for_each(|&weight| check::fits(weight, lanes))?;
            layer.biases.push(unit.bias);
            layer.weights.extend(unit.weights);
        }
        let full = layer.biases.len().next_multiple_of(lanes.into());
        layer.biases.resize(full, 0);
        layer.weights.resize(full * inputs, 0);
        Ok(layer)
    }

    /// Lanes in a word.
    pub const fn lanes(&self) -> u8 {
        self.lanes
    }

    /// Bits by which a positive sum is shifted down.
    pub const fn shift(&self) -> u8 {
        self.shift
    }

    /// Number of inputs.
    pub const fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of units, those that fill up the last word included.
    pub const fn units(&self) -> usize {
        self.biases.len()
    }

    /// The bias of one unit.
    pub fn bias(&self, unit: usize) -> i64 {
        self.biases[unit]
    }

    /// The weights of one unit.
    pub fn weights(&self, unit: usize) -> &[i64] {
        &self.weights[unit * self.inputs..(unit + 1) * self.inputs]
    }

    /// The layer with inputs of weight zero for the units that fill up the layer before it.
    fn behind(self, units: usize, lanes: u8) -> Result<Self, ModelError> {
        if !fills_up(self.inputs, units, lanes) {
            return Err(ModelError::NetworkShape { reason: "weights do not fit the layer before" });
        }
        let mut weights = Vec::with_capacity(self.biases.len() * units);
        for unit in 0..self.units() {
            weights.extend_from_slice(self.weights(unit));
            weights.resize((unit + 1) * units, 0);
        }
        Ok(Self { inputs: units, weights, ..self })
    }

    /// Bytes of one row: the words of as many units as a word has lanes.
    const fn row_bytes(&self, last: bool) -> usize {
        32 * (1 + self.inputs + last as usize)
    }

    fn rows(&self) -> usize {
        self.units() / usize::from(self.lanes)
    }
}

/// Whether `units` is `given`, filled up to whole words.
const fn fills_up(given: usize, units: usize, lanes: u8) -> bool {
    given <= units && units - given < lanes as usize
}

/// A margin of rectified layers over limited inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    limits: Vec<Limits>,
    layers: Vec<Layer>,
    outputs: Vec<i64>,
}

impl Network {
    /// A network of layers as they were before they were filled up, and one output weight for each unit of the last.
    pub fn new(
        limits: Vec<Limits>,
        layers: Vec<Layer>,
        mut outputs: Vec<i64>,
    ) -> Result<Self, ModelError> {
        let mut joined: Vec<Layer> = Vec::with_capacity(layers.len());
        for layer in layers {
            let (units, lanes) = joined.last().map_or((limits.len(), 1), |l| (l.units(), l.lanes));
            joined.push(layer.behind(units, lanes)?);
        }
        let last = joined.last().ok_or(ModelError::NetworkShape { reason: "no hidden layer" })?;
        if !fills_up(outputs.len(), last.units(), last.lanes) {
            return Err(ModelError::NetworkShape { reason: "outputs do not fit the last layer" });
        }
        outputs.iter().try_for_each(|&weight| check::fits(weight, last.lanes))?;
        outputs.resize(last.units(), 0);
        Ok(Self { limits, layers: joined, outputs })
    }

    /// What of each feature counts, in feature order.
    pub fn limits(&self) -> &[Limits] {
        &self.limits
    }

    /// The hidden layers, from the inputs on.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// What each unit of the last layer adds to the margin.
    pub fn outputs(&self) -> &[i64] {
        &self.outputs
    }

    pub(crate) fn decode(
        reader: &mut Reader<'_>,
        features: u8,
        layers: u8,
    ) -> Result<Self, ModelError> {
        let limits = decode_limits(reader.take(9 * usize::from(features))?)?;
        let mut inputs = limits.len();
        let headers = reader.take(3 * usize::from(layers))?.as_chunks::<3>().0;
        let mut shapes = Vec::with_capacity(headers.len());
        for header in headers {
            let shape = decode_header(*header, inputs)?;
            inputs = usize::from(header[0]) * usize::from(header[1]);
            shapes.push((shape, usize::from(header[1])));
        }
        let sizes = shapes.iter().enumerate();
        let last = |index| index + 1 == headers.len();
        let bytes = sizes.map(|(index, (layer, rows))| rows * layer.row_bytes(last(index))).sum();
        let mut words = reader.take(bytes)?.as_chunks::<32>().0.iter();
        let mut word = || words.next().map_or(U256::ZERO, |word| U256::from_be_bytes(*word));
        let mut network = Self { limits, layers: Vec::new(), outputs: Vec::new() };
        for (index, (mut layer, rows)) in shapes.into_iter().enumerate() {
            for _ in 0..rows {
                layer.decode_row(&mut word);
                if last(index) {
                    let outputs = lanes::unpack(layer.lanes, word());
                    network.outputs.extend(outputs[..layer.lanes.into()].iter().rev());
                }
            }
            network.layers.push(layer);
        }
        Ok(network)
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.limits.iter().for_each(|l| put_u24(out, l.low.wrapping_sub(MISSING)));
        self.limits.iter().for_each(|l| put_u24(out, l.high.wrapping_sub(l.low)));
        self.limits.iter().for_each(|l| put_u24(out, l.missing.wrapping_sub(l.low)));
        for layer in &self.layers {
            out.extend([layer.lanes, u8::try_from(layer.rows()).unwrap_or(u8::MAX), layer.shift]);
        }
        for (index, layer) in self.layers.iter().enumerate() {
            let last = index + 1 == self.layers.len();
            for row in 0..layer.rows() {
                layer.encode_row(row, out);
                if last {
                    let first = row * usize::from(layer.lanes);
                    let outputs = self.outputs[first..][..layer.lanes.into()].iter().rev();
                    put_word(out, lanes::pack(layer.lanes, outputs.copied()));
                }
            }
        }
    }

    /// Bytes before the first row, and of each row: between rows the chain may cut.
    pub(crate) fn sizes(&self) -> (usize, Vec<usize>) {
        let before = 9 * self.limits.len() + 3 * self.layers.len();
        let last = self.layers.len() - 1;
        let layers = self.layers.iter().enumerate();
        let rows = layers.flat_map(|(i, l)| core::iter::repeat_n(l.row_bytes(i == last), l.rows()));
        (before, rows.collect())
    }
}

impl Layer {
    fn decode_row(&mut self, word: &mut impl FnMut() -> U256) {
        let (lanes, first) = (usize::from(self.lanes), self.units());
        let biases = lanes::unpack(self.lanes, word().wrapping_sub(lanes::halves(self.lanes)));
        self.biases.extend(&biases[..lanes]);
        self.weights.resize((first + lanes) * self.inputs, 0);
        for input in 0..self.inputs {
            let weights = lanes::unpack(self.lanes, word());
            for (lane, weight) in weights[..lanes].iter().enumerate() {
                self.weights[(first + lane) * self.inputs + input] = *weight;
            }
        }
    }

    fn encode_row(&self, row: usize, out: &mut Vec<u8>) {
        let units = row * usize::from(self.lanes)..(row + 1) * usize::from(self.lanes);
        let biases = lanes::pack(self.lanes, self.biases[units.clone()].iter().copied());
        put_word(out, biases.wrapping_add(lanes::halves(self.lanes)));
        for input in 0..self.inputs {
            let weights = units.clone().map(|unit| self.weights[unit * self.inputs + input]);
            put_word(out, lanes::pack(self.lanes, weights));
        }
    }
}

fn put_word(out: &mut Vec<u8>, word: U256) {
    out.extend_from_slice(&word.to_be_bytes::<32>());
}

fn decode_limits(bytes: &[u8]) -> Result<Vec<Limits>, ModelError> {
    let values = bytes.as_chunks::<3>().0;
    let u24 = |index: usize| u24_from_be(values[index]);
    let features = values.len() / 3;
    let limits = (0..features).map(|feature| {
        let (low, span) = (u24(feature), u24(features + feature));
        let missing = u24(2 * features + feature);
        if low == 0 || low + span > MAX_VALUE - MISSING || missing > span {
            return Err(ModelError::LimitsOutOfOrder { feature });
        }
        let low = low + MISSING;
        Ok(Limits { low, high: low + span, missing: low + missing })
    });
    limits.collect()
}

/// A layer without units, as its three bytes announce it.
fn decode_header([lanes, rows, shift]: [u8; 3], inputs: usize) -> Result<Layer, ModelError> {
    check::lanes(lanes)?;
    let units = usize::from(lanes) * usize::from(rows);
    if units == 0 || units > MAX_UNITS {
        return Err(ModelError::UnitCountOutOfRange { given: units, allowed: MAX_UNITS });
    }
    let allowed = (lane_bits(lanes) - 2) as u8;
    if shift > allowed {
        return Err(ModelError::ShiftOutOfRange { given: shift, allowed });
    }
    Ok(Layer { lanes, shift, inputs, biases: Vec::new(), weights: Vec::new() })
}
