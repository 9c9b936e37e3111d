//! What certified training cost, and what it proves of the test part.

use std::fmt;

use serde::Serialize;

use super::Certified;
use super::certificate::{Certificate, Certificates, Share, shares};
use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::fit::Trained;
use crate::report::Side;
use crate::schema::pack_row;

/// The certified model beside the plain one of the same description.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CertifiedReport {
    /// The settings.
    pub settings: Certified,
    /// Rows of the smallest and of the largest bag.
    pub bag_rows: (usize, usize),
    /// The figures of the model that the description trains without `[certified]`, on the same parts, in integers.
    pub plain: Side,
    /// How many edits of the training data the test rows withstand.
    pub shares: Vec<Share>,
}

impl CertifiedReport {
    pub(crate) fn of(
        data: &Dataset,
        test: &[usize],
        settings: &Certified,
        bags: &[Vec<usize>],
        (trained, plain): (&Trained, &Trained),
    ) -> Result<Self, TrainError> {
        let sizes = || bags.iter().map(Vec::len);
        let model = &trained.model;
        let certificates = Certificates::new(model, settings, trained.report.loss)?;
        let of_row = |&i: &usize| -> Result<Certificate, TrainError> {
            Ok(certificates.of(&pack_row(model.schema(), data.row(i))?)?)
        };
        let all: Vec<Certificate> = test.iter().map(of_row).collect::<Result<_, _>>()?;
        Ok(Self {
            settings: *settings,
            bag_rows: (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0)),
            plain: plain.report.integer.clone(),
            shares: shares(&all, settings.bags),
        })
    }
}

impl fmt::Display for CertifiedReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Certified { bags, threshold, bound, vote, .. } = &self.settings;
        let (least, most) = self.bag_rows;
        let plain = self.plain.figures.named();
        let (name, figure) = plain.first().copied().unwrap_or(("", f64::NAN));
        let vote = vote.word();
        writeln!(
            f,
            "certified             {vote} of {bags} bags of {least} to {most} rows, ±{bound} around {threshold}"
        )?;
        writeln!(f, "{:<22}{figure:.6}", format!("plain {name}"))?;
        write!(f, "edits withstood      ")?;
        for Share { edits, share, .. } in &self.shares {
            write!(f, " {edits}: {:.1} %,", 100.0 * share)?;
        }
        write!(f, " of the test rows")
    }
}
