//! The card itself.

use std::path::Path;

use mandate_model::{Family, Link, Missing, Model};
use mandate_vet::Source;
use mandate_vet::fairness::Report;
use mandate_vet::manifest::{DataFile, File, Manifest};
use serde::Serialize;

use crate::again::{Again, imported_again, sampled};
use crate::data::Rows;
use crate::error::CardError;
use crate::groups::fairness;
use crate::importance::{Share, importance};
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
    /// Hash of the manifest of the training data, where the model commits to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
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
    pub data: DataFile,
    /// What it was imported from, or the description that it was trained by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<File>,
    /// What it was trained on, where it commits to that and the request names the description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training: Option<Manifest>,
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
        let (model_file, bytes) = hashed(&model_path)?;
        let model = Model::decode(&bytes)
            .map_err(|source| CardError::Model { path: model_path, source })?;
        let source = Source::read(&folder.join(&request.data.file)).map_err(CardError::of_file)?;
        let data = DataFile::of(&source)?;
        let rows = Rows::read(&source, &request.data, &model)?;
        let Origin { file: origin, training, quantisation } =
            origin(request, folder, &model, &rows, &source)?;
        let (reasons_rows, reasons) = importance(&model, &rows)?;
        let (prices, money, held) = held(request, folder, &model, &rows)?;
        Ok(Self {
            format: FORMAT,
            request: request.clone(),
            identity: identity(&model),
            model_file,
            data,
            origin,
            training,
            quality: Quality::of(&rows, &model),
            quantisation,
            reasons_rows,
            reasons,
            fairness: match (&request.fairness, request.threshold) {
                (Some(asked), Some(threshold)) => {
                    Some(fairness(&model, &rows, &source, asked, threshold)?)
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

/// Where a model comes from.
#[derive(Default)]
struct Origin {
    file: Option<File>,
    training: Option<Manifest>,
    quantisation: Option<Quantisation>,
}

fn origin(
    request: &Request,
    folder: &Path,
    model: &Model,
    rows: &Rows,
    data: &Source,
) -> Result<Origin, CardError> {
    if let Some(imported) = &request.origin.imported {
        let path = folder.join(imported);
        let (file, bytes) = hashed(&path)?;
        let failed = |source| CardError::Import { path: path.clone(), source };
        let float = mandate_import::read(&bytes).map_err(failed)?;
        let sampled = |source: &Source| sampled((&path, &float), source, &request.data);
        let sample = sampled(data)?;
        let other =
            request.origin.data.as_ref().map(|other| {
                sampled(&Source::read(&folder.join(other)).map_err(CardError::of_file)?)
            });
        let other = other.transpose()?;
        let with = other.as_ref().unwrap_or(&sample);
        imported_again((&path, &float), &request.origin, with, model)?;
        let cost = Quantisation::of_import(&float, &sample, rows);
        return Ok(Origin { file: Some(file), quantisation: Some(cost), training: None });
    }
    if let Some(trained) = &request.origin.trained {
        let path = folder.join(trained);
        let (file, text) = hashed(&path)?;
        let again = Again::train((&path, &text), folder, &request.origin, model)?;
        let quantisation = Some(Quantisation::of_training(&again));
        return Ok(Origin { file: Some(file), quantisation, training: again.manifest });
    }
    Ok(Origin::default())
}

/// A file by its contents.
fn hashed(path: &Path) -> Result<(File, Vec<u8>), CardError> {
    File::of(path).map_err(|source| CardError::Io { path: path.to_owned(), source })
}

type Robust = (Option<File>, Option<String>, Vec<Held>);

fn held(request: &Request, folder: &Path, model: &Model, rows: &Rows) -> Result<Robust, CardError> {
    let (Some(asked), Some(threshold)) = (&request.robustness, request.threshold) else {
        return Ok((None, None, Vec::new()));
    };
    let path = folder.join(&asked.prices);
    let (file, bytes) = hashed(&path)?;
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
        manifest: model.manifest().map(|hash| hash.to_string()),
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
