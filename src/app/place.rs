//! Where a hub keeps its things: the database, the lock, the secret and the operator's profile beside it.

use std::path::{Path, PathBuf};

use agent_hub_client::profile::{self, Draft, Profile, folder_of};

use crate::{
    auth::key,
    clock::now_ms,
    config::{AccessConfig, DatabaseConfig, Secret},
    hub::JwtSecrets,
    store::{FileLock, OpenError, Store, beside, sqlite_path},
};

/// Shortest secret that JWTs are signed with, in bytes.
const SECRET_MIN_BYTES: usize = 32;

/// The operator that the first start makes.
pub const OPERATOR: &str = "operator";

/// Why the hub does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is wrong.
    #[error("{0}")]
    Setting(String),
    /// Something else is.
    #[error("{0}")]
    Failure(String),
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        Self::Setting(error.0)
    }
}

/// Where a hub keeps its things.
#[derive(Debug)]
pub struct Place {
    url: Secret,
    /// The file of an embedded database.
    database: Option<PathBuf>,
    /// It was named, and is not in the data folder.
    is_named: bool,
    /// Where the operator's profile goes.
    folder: PathBuf,
}

impl Place {
    /// Finds it from the settings; nothing is made.
    ///
    /// # Errors
    /// No database was named and there is no home to put one into.
    pub fn find(config: &DatabaseConfig) -> Result<Self, StartError> {
        let folder = || {
            config.data_dir.clone().or_else(profile::default_folder).ok_or_else(|| {
                StartError::Setting("there is no home folder: say where the data goes with --data-dir".into())
            })
        };
        let Some(url) = &config.database_url else {
            let folder = folder()?;
            let database = folder.join("hub.db");
            let url = Secret::new(format!("sqlite:{}", database.display()));
            return Ok(Self { url, database: Some(database), is_named: false, folder });
        };
        let url = url.clone();
        if is_mysql(url.expose()) {
            return Ok(Self { url, database: None, is_named: true, folder: folder()? });
        }
        let database = sqlite_path(url.expose())?;
        let folder = folder_of(&database).map(Path::to_owned).unwrap_or_default();
        let is_data_folder = config.data_dir.as_ref().is_some_and(|data| folder.starts_with(data));
        Ok(Self { url, database: Some(database), is_named: !is_data_folder, folder })
    }

    /// The file of an embedded database.
    #[must_use]
    pub fn database(&self) -> Option<&Path> {
        self.database.as_deref()
    }

    /// Takes an embedded database for one hub.
    ///
    /// # Errors
    /// Another hub has it.
    pub fn lock(&self) -> Result<Option<FileLock>, StartError> {
        let Some(database) = &self.database else { return Ok(None) };
        self.find_or_make_folder()?;
        Ok(Some(FileLock::take(database)?))
    }

    /// The data folder is made. That of a database which was named is there, or the name is a slip, and would become an empty hub.
    fn find_or_make_folder(&self) -> Result<(), StartError> {
        let folder = &self.folder;
        if !self.is_named {
            let made = std::fs::create_dir_all(folder);
            return made.map_err(|error| StartError::Setting(format!("cannot make {}: {error}", folder.display())));
        }
        self.missing_folder().map_or(Ok(()), |told| Err(StartError::Setting(told)))
    }

    /// What to do about the folder of a database that was named, if it is not there.
    #[must_use]
    pub fn missing_folder(&self) -> Option<String> {
        let database = self.database.as_ref().filter(|_| self.is_named && !self.folder.is_dir())?;
        let (folder, database) = (self.folder.display(), database.display());
        Some(format!("there is no folder {folder} for the database {database}: make it first, or mend DATABASE_URL"))
    }

    /// Opens the database.
    ///
    /// # Errors
    /// Its folder is not there; as [`Store::open`].
    pub async fn open_store(&self, data_max_bytes: u64) -> Result<Store, StartError> {
        if self.database.is_some() {
            self.find_or_make_folder()?;
        }
        Ok(Store::open(self.url.expose(), data_max_bytes).await?)
    }

    /// The secrets that JWTs are signed and checked with. Beside an embedded database one is made at the first start.
    ///
    /// # Errors
    /// Missing on MySQL, where all nodes need the same; or weak.
    pub fn jwt_secrets(&self, access: &AccessConfig) -> Result<JwtSecrets, StartError> {
        let current = match (&access.jwt_secret, &self.database) {
            (Some(secret), _) => secret.clone(),
            (None, Some(database)) => read_or_make_secret(&beside(database, ".jwt-secret"))?,
            (None, None) => {
                return Err(StartError::Setting(format!(
                    "JWT_SECRET is needed with MySQL, the same on every node; a good one: JWT_SECRET={}",
                    suggestion()?
                )));
            }
        };
        let source = match (&access.jwt_secret, &self.database) {
            (None, Some(database)) => format!("the secret in {}", beside(database, ".jwt-secret").display()),
            _ => "JWT_SECRET".to_owned(),
        };
        let previous = access.jwt_secret_previous.as_ref();
        for (name, secret) in [(source.as_str(), Some(&current)), ("JWT_SECRET_PREVIOUS", previous)] {
            if let Some(why) = secret.and_then(weakness) {
                return Err(StartError::Setting(format!("{name} {why}; a good one: {}", suggestion()?)));
            }
        }
        Ok(JwtSecrets { current, previous: access.jwt_secret_previous.clone() })
    }

    /// The URL of a database server, if that is what is used. It may hold a password.
    #[must_use]
    pub fn server(&self) -> Option<&Secret> {
        if self.database.is_none() { Some(&self.url) } else { None }
    }

    /// The file of the secret, where it has one.
    #[must_use]
    pub fn secret_file(&self) -> Option<PathBuf> {
        self.database.as_ref().map(|database| beside(database, ".jwt-secret"))
    }

    /// The folder that profiles are in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the profile of an agent of this hub, which `hub.url` beside it tells the address of.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_profile(&self, agent: &str, api_key: &str, hub: Option<&str>) -> Result<PathBuf, StartError> {
        Profile::write(&self.folder, agent, api_key, hub).map_err(|error| StartError::Setting(error.to_string()))
    }

    /// Prepares the profile of an agent of this hub that is to get a key.
    ///
    /// # Errors
    /// It could not be written.
    pub fn draft_profile(&self, agent: &str) -> Result<Draft, StartError> {
        Draft::open(&self.folder, agent, None).map_err(|error| StartError::Setting(error.to_string()))
    }

    /// Keeps an operator's profile that is there already under another name: its key stands nowhere else.
    ///
    /// # Errors
    /// It cannot be renamed.
    pub fn keep_operator(&self) -> Result<Option<PathBuf>, StartError> {
        let kept = self.folder.join("profiles").join(format!("operator+before-{}.json", now_ms()));
        match std::fs::rename(self.operator(), &kept) {
            Ok(()) => Ok(Some(kept)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StartError::Setting(format!("{}: {error}", self.operator().display()))),
        }
    }

    /// Another node was first to make the operator: what was here before is right again.
    pub fn restore_operator(&self, kept: Option<PathBuf>) {
        drop(match kept {
            Some(kept) => std::fs::rename(kept, self.operator()),
            None => std::fs::remove_file(self.operator()),
        });
    }

    fn operator(&self) -> PathBuf {
        self.folder.join("profiles").join("operator.json")
    }

    /// Notes where the hub is reached from this machine, for the profiles of its agents.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn note_url(&self, url: &str) -> Result<(), StartError> {
        let told = |error: agent_hub_client::Error| StartError::Setting(error.to_string());
        profile::write_private(&self.folder.join("hub.url"), &format!("{url}\n")).map_err(told)?;
        match Profile::find_in(&self.folder, OPERATOR) {
            Ok(Some(known)) if known.url != url => self.write_profile(OPERATOR, &known.api_key, Some(url)).map(drop),
            Ok(_) => Ok(()),
            // The hub can do without.
            Err(error) => {
                tracing::warn!(%error, "the operator's profile cannot be read");
                Ok(())
            }
        }
    }
}

fn is_mysql(url: &str) -> bool {
    url.starts_with("mysql:") || url.starts_with("mariadb:")
}

fn suggestion() -> Result<String, StartError> {
    let random = key::generate().map_err(|error| StartError::Failure(error.to_string()))?;
    Ok(random.trim_start_matches("ahub_")[..64].to_owned())
}

/// What is wrong with a secret, if anything is.
#[must_use]
pub fn weakness(secret: &Secret) -> Option<&'static str> {
    let secret = secret.expose();
    let mut distinct: Vec<u8> = secret.bytes().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let lower = secret.to_ascii_lowercase();
    let is_example = [
        "super_secret",
        "changeme",
        "change_me",
        "change-me",
        "your-secret",
        "your_secret",
        "secret_key",
        "string-secret",
        "your-256-bit",
    ];
    if is_example.iter().any(|example| lower.contains(example)) {
        Some("is an example that everybody knows")
    } else if secret.len() < SECRET_MIN_BYTES {
        Some("has fewer than 32 bytes")
    } else if distinct.len() < 8 {
        Some("is easy to guess: it has fewer than 8 different characters")
    } else {
        None
    }
}

fn read_or_make_secret(path: &Path) -> Result<Secret, StartError> {
    match std::fs::read_to_string(path) {
        Ok(secret) => Ok(Secret::new(secret.trim())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let secret = suggestion()?;
            profile::write_private(path, &format!("{secret}\n"))
                .map_err(|error| StartError::Setting(error.to_string()))?;
            Ok(Secret::new(secret))
        }
        Err(error) => Err(StartError::Setting(format!("cannot read {}: {error}", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_secrets_are_told_from_good_ones() {
        for weak in ["", "short", "super_secret_key_123", &"a".repeat(64), "please-CHANGEME-please-CHANGEME-please"] {
            assert!(weakness(&Secret::from(weak)).is_some(), "{weak}");
        }
        assert_eq!(weakness(&Secret::new(suggestion().unwrap())), None);
    }
}
