//! Training or importing again: the same files must make the same program.

use std::path::Path;

use mandate_import::{Columns, FloatModel, Sample, Take, import};
use mandate_model::{Feature, Model};
use mandate_train::{Description, Report, Table, fit};
use mandate_vet::Source;
use mandate_vet::manifest::Manifest;

use crate::error::CardError;
use crate::request::{Data, Origin};

/// A training that made the model once more.
pub(crate) struct Again {
    pub(crate) report: Report,
    /// Of the files, where the model commits to them.
    pub(crate) manifest: Option<Manifest>,
}

impl Again {
    /// Recomputes the manifest if the model commits to one, then trains; refuses files or bytes that are not the model's.
    pub(crate) fn train(
        (path, text): (&Path, &[u8]),
        folder: &Path,
        origin: &Origin,
        model: &Model,
    ) -> Result<Self, CardError> {
        let mut description = Description::read(path)?;
        if let Some(seed) = origin.seed {
            description.config.seed = seed;
        }
        let data = origin.data.as_ref().map(|data| folder.join(data)).or(description.data.clone());
        let data = data.ok_or(CardError::Setting {
            key: "origin.data",
            given: "missing".into(),
            allowed: "the data, where the description names none",
        })?;
        let source = Source::read(&data).map_err(CardError::of_file)?;
        let data = source.dataset(&description)?;
        let committed = model.manifest();
        let manifest = committed.map(|_| Manifest::of(text, &description, &source, &data));
        let manifest = manifest.transpose()?;
        if let (Some(made), Some(given)) = (manifest.as_ref().map(Manifest::hash), committed)
            && made != given
        {
            let (made, given) = (made.to_string(), given.to_string());
            return Err(CardError::OtherData { path: path.to_owned(), made, given });
        }
        let mut trained = fit(&data, &description.config)?;
        if let Some(hash) = committed {
            trained = trained.committed(hash)?;
        }
        let (made, given) = (trained.model.program().id(), model.program().id());
        if made != given {
            let (made, given) = (made.to_string(), given.to_string());
            return Err(CardError::NotReproduced { path: path.to_owned(), made, given });
        }
        Ok(Self { report: trained.report, manifest })
    }
}

/// What a model of another library reads of `source`, with the target where the file has it: columns without names are the model's
/// in their order, less that one.
pub(crate) fn sampled(
    (path, float): (&Path, &FloatModel),
    source: &Source,
    asked: &Data,
) -> Result<Sample, CardError> {
    let has_target = Table::open(source.csv()?, source.path())?.column(&asked.target).is_ok();
    let target = has_target.then(|| asked.target.clone());
    let positive = target.as_ref().and(asked.positive.clone());
    let columns = Columns { target, positive, ignore: Vec::new() };
    Sample::from_csv(source.csv()?, source.path(), float, &columns)
        .map_err(|source| CardError::Import { path: path.to_owned(), source })
}

/// Imports again; refuses a file that makes another program. Words are the importer's to choose.
pub(crate) fn imported_again(
    (path, float): (&Path, &FloatModel),
    origin: &Origin,
    sample: &Sample,
    model: &Model,
) -> Result<(), CardError> {
    let take = Take { trees: origin.trees, depth: origin.depth, limits: origin.limits };
    let made = import(float, sample, take, None)
        .map_err(|source| CardError::Import { path: path.to_owned(), source })?;
    if !same_but_for_words(&made.quantised.model, model) {
        let given = model.program().id().to_string();
        return Err(CardError::NotImported { path: path.to_owned(), given });
    }
    Ok(())
}

/// Whether two models say the same of every row, and explain it by the same numbers.
fn same_but_for_words(a: &Model, b: &Model) -> bool {
    let rules = |model: &Model| {
        let bare = |feature: &Feature| Feature {
            unit: String::new(),
            reason: String::new(),
            ..feature.clone()
        };
        model.schema().features().iter().map(bare).collect::<Vec<_>>()
    };
    let sums = |model: &Model| {
        let head = model.program().head();
        (head.link, head.shift, head.bias)
    };
    let (program, other) = (a.program(), b.program());
    rules(a) == rules(b)
        && sums(a) == sums(b)
        && program.limits() == other.limits()
        && program.body() == other.body()
        && a.explanation_data() == b.explanation_data()
}
