//! A description and its data: what `train`, `vet`, `manifest` and `refresh` start from.

use std::path::{Path, PathBuf};

use mandate_train::{Dataset, Description, Family, Step};
use mandate_vet::checks::{Examined, Rules, examine};
use mandate_vet::manifest::Manifest;
use mandate_vet::{Source, VetError};

use super::told;

/// Which training is meant.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// The description: columns, split, family and limits (docs/training.md lists every key)
    pub(super) description: PathBuf,
    /// The CSV or Parquet file, in place of the one the description names
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Seed of split and training, in place of the description's
    #[arg(long)]
    seed: Option<u64>,
    /// Family, in place of the description's
    #[arg(long, value_parser = family)]
    family: Option<Family>,
}

fn family(text: &str) -> Result<Family, String> {
    Family::ALL.into_iter().find(|family| family.word() == text).ok_or_else(|| {
        let allowed = Family::ALL.map(Family::word).join(", ");
        format!("family is {text:?}, allowed: {allowed}")
    })
}

/// A description as it is trained by, and the file of its data.
pub(super) struct Training {
    file: PathBuf,
    pub(super) text: String,
    pub(super) description: Description,
    pub(super) source: Source,
}

impl Training {
    /// Reads what `which` names.
    pub(super) fn read(which: &Which) -> anyhow::Result<Self> {
        let mut training = Self::open(&which.description, which.data.as_deref(), which.seed)?;
        let config = &mut training.description.config;
        config.family = which.family.unwrap_or(config.family);
        Ok(training)
    }

    /// Reads a description, and its data or those that are named in their place.
    pub(super) fn open(
        path: &Path,
        data: Option<&Path>,
        seed: Option<u64>,
    ) -> anyhow::Result<Self> {
        let text = Description::text(path).map_err(told)?;
        let mut description = Description::parse(&text, path).map_err(told)?;
        description.config.seed = seed.unwrap_or(description.config.seed);
        let Some(data) = data.or(description.data.as_deref()) else {
            anyhow::bail!("the description names no data; name a file with --data");
        };
        let source = Source::read(data).map_err(told)?;
        Ok(Self { file: path.to_owned(), text, description, source })
    }

    /// Refuses to write over the description or its data.
    pub(super) fn keep_apart(&self, written: &[&Path]) -> anyhow::Result<()> {
        written.iter().try_for_each(|out| super::keep_apart(out, &[&self.file, self.source.path()]))
    }

    /// The columns that the description names.
    pub(super) fn dataset(&self) -> anyhow::Result<Dataset> {
        self.source.dataset(&self.description).map_err(told)
    }

    /// The manifest of a training on `data`.
    pub(super) fn manifest(&self, data: &Dataset) -> anyhow::Result<Manifest> {
        let manifest = Manifest::of(self.text.as_bytes(), &self.description, &self.source, data);
        manifest.map_err(|error| vet_told(&error))
    }

    /// What `parse` makes of the description's text: the rules of a section beside those of training, if it has that one.
    pub(super) fn section<T>(
        &self,
        parse: fn(&str) -> Result<Option<T>, VetError>,
    ) -> anyhow::Result<Option<T>> {
        let file = self.file.display();
        parse(&self.text).map_err(|error| anyhow::anyhow!("{file}: {error}; {}", error.hint()))
    }

    /// A path that stands in the description, from its folder.
    pub(super) fn beside(&self, path: &Path) -> PathBuf {
        self.file.parent().unwrap_or_else(|| Path::new("")).join(path)
    }

    /// What the checks of the description's `[vet]` section find, if it has one.
    pub(super) fn vetted(
        &self,
        progress: &mut dyn FnMut(Step),
    ) -> anyhow::Result<Option<Examined>> {
        self.section(Rules::parse)?.map(|rules| self.examined(&rules, progress)).transpose()
    }

    /// What the checks of `rules` find.
    pub(super) fn examined(
        &self,
        rules: &Rules,
        progress: &mut dyn FnMut(Step),
    ) -> anyhow::Result<Examined> {
        examine(&self.source, &self.description, rules, progress).map_err(|e| vet_told(&e))
    }
}

fn vet_told(error: &VetError) -> anyhow::Error {
    anyhow::anyhow!("{error}; {}", error.hint())
}

/// Where the manifest of a model file lies.
pub(super) fn beside(model: &Path) -> PathBuf {
    model.with_extension("manifest.json")
}
