//! Whom the model treats differently, by attributes that it may not use.

use mandate_model::{MISSING, Model, unpack};
use mandate_vet::fairness::{Attribute, Decision, Groups, Report, Rules, Texts, assess};
use mandate_vet::{Source, VetError};

use crate::data::Rows;
use crate::error::CardError;
use crate::request::Fairness;

/// The report on all rows of the card.
pub(crate) fn fairness(
    model: &Model,
    rows: &Rows,
    data: &Source,
    asked: &Fairness,
    threshold: f64,
) -> Result<Report, CardError> {
    let protected = asked.protected.iter().map(|text| text.parse());
    let protected = protected.collect::<Result<Vec<Attribute>, VetError>>()?;
    let decision = Decision { threshold, favourable: asked.favourable };
    let rules = Rules::new(protected, decision)?;
    let columns: Vec<&str> = rules.protected.iter().map(Attribute::column).collect();
    let Texts(texts) = Texts::read(data.csv()?, data.path(), &columns)?;
    let groups =
        rules.protected.iter().zip(&texts).map(|(attribute, texts)| attribute.groups(texts));
    let groups = groups.collect::<Result<Vec<Groups>, VetError>>()?;
    let names: Vec<String> = model.schema().features().iter().map(|f| f.name.clone()).collect();
    let mut read = vec![Vec::with_capacity(rows.len()); names.len()];
    for packed in &rows.packed {
        for (column, value) in read.iter_mut().zip(unpack(packed)) {
            column.push(if value == MISSING { f64::NAN } else { f64::from(value) });
        }
    }
    let outcomes: Vec<bool> = rows.outcomes.iter().map(|outcome| *outcome == 1.0).collect();
    Ok(assess(&rules, &groups, &rows.outputs, &outcomes, (&names, &read))?)
}
