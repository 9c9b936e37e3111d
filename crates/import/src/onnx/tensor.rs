//! Constants.

use super::proto::TensorProto;
use crate::error::ImportError;

/// Numbers with a shape.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tensor {
    pub(super) dims: Vec<usize>,
    pub(super) data: Vec<f64>,
}

impl Tensor {
    pub(super) fn read(proto: TensorProto, place: &str) -> Result<Self, ImportError> {
        if proto.data_location != 0 {
            let help = "save the model with its weights inside";
            return Err(ImportError::unsupported(place, "data in another file", help));
        }
        let data = numbers(&proto, place)?;
        let dims: Option<Vec<usize>> =
            proto.dims.iter().map(|&dim| usize::try_from(dim).ok()).collect();
        let size =
            |dims: &Vec<usize>| dims.iter().try_fold(1usize, |size, &dim| size.checked_mul(dim));
        match dims {
            Some(dims) if size(&dims) == Some(data.len()) => Ok(Self { dims, data }),
            _ => {
                let reason = format!(
                    "{} numbers, its shape is {:?}",
                    data.len(),
                    &proto.dims[..proto.dims.len().min(8)]
                );
                Err(ImportError::malformed(place, reason))
            }
        }
    }

    /// The same number, or one a column.
    pub(super) fn broadcast(&self, columns: usize, place: &str) -> Result<Vec<f64>, ImportError> {
        let last = *self.dims.last().unwrap_or(&1);
        if self.data.len() == 1 {
            return Ok(vec![self.data[0]; columns]);
        }
        if last == columns && self.data.len() == columns {
            return Ok(self.data.clone());
        }
        let reason = format!("a constant of shape {:?} beside {columns} columns", self.dims);
        Err(ImportError::malformed(place, reason))
    }
}

fn numbers(proto: &TensorProto, place: &str) -> Result<Vec<f64>, ImportError> {
    let raw = &proto.raw_data;
    let data: Vec<f64> = match (proto.data_type, raw.is_empty()) {
        (1, true) => proto.float_data.iter().map(|&x| x.into()).collect(),
        (1, false) => chunks(raw, place, f32::from_le_bytes)?.into_iter().map(f64::from).collect(),
        (11, true) => proto.double_data.clone(),
        (11, false) => chunks(raw, place, f64::from_le_bytes)?,
        (6, true) => proto.int32_data.iter().map(|&x| x.into()).collect(),
        (6, false) => chunks(raw, place, i32::from_le_bytes)?.into_iter().map(f64::from).collect(),
        (7, true) => proto.int64_data.iter().map(|&x| x as f64).collect(),
        (7, false) => {
            chunks(raw, place, i64::from_le_bytes)?.into_iter().map(|x| x as f64).collect()
        }
        (other, _) => {
            let what = format!("numbers of type {other}");
            let help = "known are float, double, int32 and int64";
            return Err(ImportError::unsupported(place, what, help));
        }
    };
    match data.iter().find(|x| !x.is_finite()) {
        Some(wrong) => Err(ImportError::malformed(place, format!("a constant is {wrong}"))),
        None => Ok(data),
    }
}

fn chunks<const N: usize, T>(
    raw: &[u8],
    place: &str,
    read: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, ImportError> {
    let (whole, rest) = raw.as_chunks::<N>();
    if rest.is_empty() {
        return Ok(whole.iter().map(|chunk| read(*chunk)).collect());
    }
    Err(ImportError::malformed(place, format!("{} bytes, {N} a number", raw.len())))
}
