//! Errors that end with what to do.

use std::fmt;

use mandate_deploy::DeployError;

/// An error, and what whoever sees it should do.
#[derive(Debug)]
struct Helped {
    error: anyhow::Error,
    help: String,
}

impl fmt::Display for Helped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}\n  = help: {}", self.error, self.help)
    }
}

impl std::error::Error for Helped {}

/// An error with its way out.
pub(crate) fn fail(what: impl fmt::Display, help: impl Into<String>) -> anyhow::Error {
    Helped { error: anyhow::anyhow!("{what}"), help: help.into() }.into()
}

/// A deployment's error with its way out.
pub(crate) fn told(error: DeployError) -> anyhow::Error {
    let help = error.hint();
    Helped { error: error.into(), help }.into()
}

/// Attaches a way out to whatever failed.
pub(crate) trait Help<T> {
    /// The same, with what to do; an error that already says so keeps its own words.
    fn help(self, help: impl Into<String>) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> Help<T> for Result<T, E> {
    fn help(self, help: impl Into<String>) -> anyhow::Result<T> {
        self.map_err(|error| {
            let error = error.into();
            if error.is::<Helped>() {
                return error;
            }
            Helped { error, help: help.into() }.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_help_stays() {
        let result: anyhow::Result<()> = Err(fail("it broke", "mend it"));
        let error = result.help("give up").unwrap_err();
        assert_eq!(format!("{error:#}"), "it broke\n  = help: mend it");
    }
}
