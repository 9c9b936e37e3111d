//! Training again: the same files must make the same bytes.

use std::path::Path;

use mandate_model::Model;
use mandate_train::{Description, Report, fit};
use mandate_vet::Source;
use mandate_vet::manifest::Manifest;

use crate::error::CardError;
use crate::request::Origin;

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
