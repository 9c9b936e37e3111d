//! The card itself.

use std::path::Path;

use mandate_model::{Family, Link, Missing, Model};
use mandate_vet::fairness::Report;
use serde::Serialize;

use crate::data::Rows;
use crate::error::CardError;
use crate::groups::fairness;
use crate::importance::{Share, importance};
use crate::manifest::{File, Manifest};
use crate::quality::{Quality, Quantisation};
use crate::request::Request;
use crate::robustness::{Held, robustness};

/// Form of the file.
const FORMAT: u32 = 1;

/// Execution gas on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gas {
    /// Of the costliest of the inputs tried.
    pub run: u64,
    /// Of storing and registering the program.
    pub load: u64,
}

/// Which model it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Keccak-256 of the program.
    pub model: String,
    /// Keccak-256 of the schema.
    pub schema: String,
    /// GLM, trees or network.
    pub family: String,
    /// From margin to output.
    pub link: String,
    /// What the output says.
    pub output: String,
    /// Bytes of the program.
    pub bytes: usize,
    /// Contracts that hold it.
    pub contracts: usize,
}

/// What of a feature counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limit {
    /// The feature.
    pub feature: String,
    /// Of its numbers.
    pub unit: String,
    /// What is below counts as this.
    pub low: f64,
    /// What is above counts as this.
    pub high: f64,
    /// What a missing value does.
    pub missing: String,
}

/// Everything on the card; words come from the request, numbers from its files.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Card {
    /// Form of this file.
    pub format: u32,
    /// What was asked.
    pub request: Request,
    /// Which model it is.
    pub identity: Identity,
    /// The model file.
    pub model_file: File,
    /// The rows that it was measured on.
    pub data: Manifest,
    /// What it was imported from, or the description that it was trained by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<File>,
    /// How good it is.
    pub quality: Quality,
    /// What its integers cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantisation: Option<Quantisation>,
    /// Rows that reasons were taken of.
    pub reasons_rows: usize,
    /// What counts, most first.
    pub reasons: Vec<Share>,
    /// Whom it treats differently.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fairness: Option<Report>,
    /// The prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices: Option<File>,
    /// The word for their money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money: Option<String>,
    /// What holds at each budget.
    pub robustness: Vec<Held>,
    /// What of each feature counts.
    pub limits: Vec<Limit>,
    /// What it costs on chain.
    pub gas: Gas,
}

impl Card {
    /// Computes a card from the files of a request, whose paths start from `folder`; `gas` measures a model on chain.
    pub fn compute(
        request: &Request,
        folder: &Path,
        gas: impl Fn(&Model) -> Result<Gas, String>,
    ) -> Result<Self, CardError> {
        request.check()?;
        let model_path = folder.join(&request.model);
        let (model_file, bytes) = File::of(&model_path)?;
        let model = Model::decode(&bytes)
            .map_err(|source| CardError::Model { path: model_path, source })?;
        let data_path = folder.join(&request.data.file);
        let data = Manifest::of(&data_path)?;
        let rows = Rows::read(&data_path, &request.data, &model)?;
        let (origin, quantisation) = origin(request, folder, &model, &rows, &data_path)?;
        let (reasons_rows, reasons) = importance(&model, &rows)?;
        let (prices, money, held) = held(request, folder, &model, &rows)?;
        Ok(Self {
            format: FORMAT,
            request: request.clone(),
            identity: identity(&model),
            model_file,
            data,
            origin,
            quality: Quality::of(&rows, &model),
            quantisation,
            reasons_rows,
            reasons,
            fairness: match (&request.fairness, request.threshold) {
                (Some(asked), Some(threshold)) => {
                    Some(fairness(&model, &rows, &data_path, asked, threshold)?)
                }
                _ => None,
            },
            prices,
            money,
            robustness: held,
            limits: model.schema().features().iter().map(limit).collect(),
            gas: gas(&model).map_err(CardError::Gas)?,
        })
    }
}

fn origin(
    request: &Request,
    folder: &Path,
    model: &Model,
    rows: &Rows,
    data: &Path,
) -> Result<(Option<File>, Option<Quantisation>), CardError> {
    if let Some(imported) = &request.origin.imported {
        let path = folder.join(imported);
        let (file, bytes) = File::of(&path)?;
        let cost = Quantisation::of_import(&path, &bytes, (data, &request.data), rows)?;
        return Ok((Some(file), Some(cost)));
    }
    if let Some(trained) = &request.origin.trained {
        let path = folder.join(trained);
        let (file, _) = File::of(&path)?;
        let cost = Quantisation::of_training(&path, folder, &request.origin, model)?;
        return Ok((Some(file), Some(cost)));
    }
    Ok((None, None))
}

type Robust = (Option<File>, Option<String>, Vec<Held>);

fn held(request: &Request, folder: &Path, model: &Model, rows: &Rows) -> Result<Robust, CardError> {
    let (Some(asked), Some(threshold)) = (&request.robustness, request.threshold) else {
        return Ok((None, None, Vec::new()));
    };
    let path = folder.join(&asked.prices);
    let (file, bytes) = File::of(&path)?;
    let (money, held) = robustness(model, rows, asked, threshold, (&path, &bytes))?;
    Ok((Some(file), Some(money), held))
}

fn identity(model: &Model) -> Identity {
    let program = model.program();
    let family = match program.family() {
        Family::Glm => "linear",
        Family::Trees => "trees",
        Family::Network => "network",
        Family::Sparse => "sparse trees",
    };
    let link = match program.head().link {
        Link::Identity => "identity",
        Link::Logistic => "logistic",
        Link::Log => "log",
    };
    Identity {
        model: program.id().to_string(),
        schema: model.schema().hash().to_string(),
        family: family.into(),
        link: link.into(),
        output: model.schema().output.clone(),
        bytes: program.encode().len(),
        contracts: program.chunks().len(),
    }
}

fn limit(feature: &mandate_model::Feature) -> Limit {
    let value =
        |steps: i32| f64::from(steps) * f64::from(feature.scale_den) / f64::from(feature.scale_num);
    Limit {
        feature: feature.name.clone(),
        unit: feature.unit.clone(),
        low: value(feature.low),
        high: value(feature.high),
        missing: match feature.missing {
            Missing::Keep => "is read as missing".into(),
            Missing::Refuse => "is refused".into(),
            Missing::Replace(steps) => format!("is read as {}", value(steps)),
        },
    }
}
