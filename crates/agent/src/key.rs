//! Where the agent's key comes from: a keystore file or the environment, never an argument.

use std::fs;
use std::path::{Path, PathBuf};

use mandate_chain::{KeyError, Signer};

/// Where the key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// An environment variable that holds it in hexadecimal.
    Environment {
        /// Name of the variable.
        name: String,
    },
    /// An encrypted keystore file.
    Keystore {
        /// The file.
        path: PathBuf,
        /// Where its password is.
        password: PasswordSource,
    },
}

/// Where the password of a keystore is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// An environment variable.
    Environment {
        /// Name of the variable.
        name: String,
    },
    /// The first line of a file.
    File {
        /// The file.
        path: PathBuf,
    },
}

impl KeySource {
    /// Loads the key. Decrypting a keystore takes about a second.
    ///
    /// # Errors
    /// [`KeyError`], which never repeats what was read.
    pub fn load(&self) -> Result<Signer, KeyError> {
        match self {
            Self::Environment { name } => Signer::from_env(name),
            Self::Keystore { path, password } => Signer::from_keystore(path, &password.load()?),
        }
    }
}

impl PasswordSource {
    fn load(&self) -> Result<String, KeyError> {
        match self {
            Self::Environment { name } => {
                std::env::var(name).map_err(|_| KeyError::Unset { name: name.clone() })
            }
            Self::File { path } => first_line(path),
        }
    }
}

fn first_line(path: &Path) -> Result<String, KeyError> {
    let fail = |detail: &str| KeyError::Keystore {
        path: path.display().to_string(),
        detail: detail.into(),
    };
    let text = fs::read_to_string(path).map_err(|_| fail("its password file cannot be read"))?;
    text.lines().next().map(str::to_owned).ok_or_else(|| fail("its password file is empty"))
}
