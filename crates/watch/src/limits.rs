//! Limits that a model in use is held to.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::WatchError;

/// What may not be passed. A limit that is none is not held.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Most population stability index of an input, the score or the target; chance must not explain it either.
    pub psi: Option<f64>,
    /// Most distance of distribution functions of the same; chance must not explain it either.
    pub ks: Option<f64>,
    /// Least skill: the whole interval must lie below it to break it.
    pub skill: Option<f64>,
    /// Least share of the reference's skill that is kept: the whole interval must lie below it to break it.
    pub kept: Option<f64>,
    /// Most that realised may be above or below expected, as a share: the whole interval must lie outside to break it.
    pub calibration: Option<f64>,
    /// Chance of a false alarm of the alarm, for ever.
    pub alarm: Option<f64>,
    /// Factor of the odds, as a logarithm, in which the alarm takes chances for calibrated.
    pub tolerance: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            psi: Some(0.25),
            ks: None,
            skill: Some(0.0),
            kept: Some(0.5),
            calibration: Some(0.25),
            alarm: Some(0.01),
            tolerance: 0.1,
        }
    }
}

impl Limits {
    /// Sets one limit.
    ///
    /// # Errors
    /// [`WatchError::Setting`] for a value that no figure can have.
    pub fn set(&mut self, limit: Limit) -> Result<(), WatchError> {
        let Limit { name, value } = limit;
        match name {
            Name::Psi => self.psi = value,
            Name::Ks => self.ks = value,
            Name::Skill => self.skill = value,
            Name::Kept => self.kept = value,
            Name::Calibration => self.calibration = value,
            Name::Alarm => self.alarm = value,
            Name::Tolerance => self.tolerance = value.unwrap_or(0.0),
        }
        self.check()
    }

    /// Refuses limits that mean nothing.
    ///
    /// # Errors
    /// [`WatchError::Setting`].
    pub fn check(&self) -> Result<(), WatchError> {
        let inside = |key, value: Option<f64>, low: f64, high: f64, allowed| match value {
            Some(value) if !(low..=high).contains(&value) => {
                Err(WatchError::Setting { key, given: value.to_string(), allowed })
            }
            _ => Ok(()),
        };
        inside("psi", self.psi, 0.0, 100.0, "0 to 100, or off")?;
        inside("ks", self.ks, 0.0, 1.0, "0 to 1, or off")?;
        inside("skill", self.skill, -10.0, 1.0, "-10 to 1, or off")?;
        inside("kept", self.kept, 0.0, 1.0, "0 to 1, or off")?;
        inside("calibration", self.calibration, 0.0, 10.0, "0 to 10, or off")?;
        inside("alarm", self.alarm, 1e-9, 0.5, "1e-9 to 0.5, or off")?;
        inside("tolerance", Some(self.tolerance), 0.0, 5.0, "0 to 5")
    }
}

/// One limit as it is named on a command line: `psi=0.3`, or `psi=off`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    name: Name,
    value: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Psi,
    Ks,
    Skill,
    Kept,
    Calibration,
    Alarm,
    Tolerance,
}

impl FromStr for Limit {
    type Err = WatchError;

    fn from_str(text: &str) -> Result<Self, WatchError> {
        let refused = || WatchError::Setting {
            key: "limit",
            given: text.to_owned(),
            allowed: "NAME=VALUE or NAME=off, of psi, ks, skill, kept, calibration, alarm, tolerance",
        };
        let (name, value) = text.split_once('=').ok_or_else(refused)?;
        let name = match name {
            "psi" => Name::Psi,
            "ks" => Name::Ks,
            "skill" => Name::Skill,
            "kept" => Name::Kept,
            "calibration" => Name::Calibration,
            "alarm" => Name::Alarm,
            "tolerance" => Name::Tolerance,
            _ => return Err(refused()),
        };
        let value = match value {
            "off" => None,
            number => Some(number.parse().map_err(|_| refused())?),
        };
        let limit = Self { name, value };
        Limits::default().set(limit)?;
        Ok(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_named_moved_and_taken_away() {
        let mut limits = Limits::default();
        limits.set("psi=0.4".parse().unwrap()).unwrap();
        limits.set("skill=off".parse().unwrap()).unwrap();
        assert_eq!((limits.psi, limits.skill, limits.alarm), (Some(0.4), None, Some(0.01)));
        for bad in ["psi", "psi=", "psi=nan", "psi=-1", "alarm=1", "shape=1", "ks=2"] {
            assert!(bad.parse::<Limit>().is_err(), "{bad}");
        }
    }
}
