//! Profiles: who an agent is on this machine. One folder, shared with the command line and the other libraries; the files
//! are described in `docs/encryption.md`.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use agent_hub_protocol::name::AgentName;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Where a hub is that nobody said anything else about.
const DEFAULT_URL: &str = "http://127.0.0.1:3000";

/// How long another process may hold a lock; each holds it for a few milliseconds.
const LOCK_LIMIT: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// An agent's credentials, and where its files are.
#[derive(Clone)]
pub struct Profile {
    /// The folder of the hub's or the user's data; profiles are in `profiles/` of it.
    folder: PathBuf,
    /// The agent's name.
    pub agent: String,
    /// Its API key: secret.
    pub api_key: String,
    /// The hub's address.
    pub url: String,
    /// The profile names its hub; else it is of the hub of its folder.
    pub is_elsewhere: bool,
}

#[derive(Serialize, Deserialize)]
struct Written {
    agent: String,
    api_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hub: Option<String>,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profile").field("agent", &self.agent).field("url", &self.url).finish_non_exhaustive()
    }
}

impl Profile {
    /// The profile of `agent` in the default folder: `$AGENT_HUB_DATA_DIR`, else `$XDG_DATA_HOME/agent-hub`, else
    /// `~/.local/share/agent-hub`.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn load(agent: &str) -> Result<Self> {
        let told = || Error::Profile { path: format!("{agent}.json"), why: "there is no home folder".into() };
        Self::load_from(&default_folder().ok_or_else(told)?, agent)
    }

    /// The profile of `agent` in `folder`.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn load_from(folder: &Path, agent: &str) -> Result<Self> {
        Self::find_in(folder, agent)?.ok_or_else(|| Error::Profile {
            path: path_in(folder, agent, ".json").display().to_string(),
            why: "there is no such profile".into(),
        })
    }

    /// The profile of `agent` in `folder`, if there is one.
    ///
    /// # Errors
    /// It cannot be read, or the name is none.
    pub fn find_in(folder: &Path, agent: &str) -> Result<Option<Self>> {
        AgentName::parse(agent).map_err(|error| Error::name("the agent's name", error))?;
        let path = path_in(folder, agent, ".json");
        let Some(text) = read(&path)? else { return Ok(None) };
        let written: Written = serde_json::from_str(&text)
            .map_err(|_| Error::Profile { path: path.display().to_string(), why: "is not a profile".into() })?;
        let is_elsewhere = written.hub.is_some();
        let url = match written.hub {
            Some(url) => url,
            None => local_hub(folder)?,
        };
        Ok(Some(Self { folder: folder.into(), agent: written.agent, api_key: written.api_key, url, is_elsewhere }))
    }

    /// A profile that is not written anywhere; the agent's keys go into `folder`.
    #[must_use]
    pub fn new(folder: PathBuf, agent: &str, api_key: &str, url: &str) -> Self {
        Self {
            folder,
            agent: agent.into(),
            api_key: api_key.into(),
            url: url.trim_end_matches('/').into(),
            is_elsewhere: true,
        }
    }

    /// Writes the profile of an agent: with the address of its hub, or for the hub of this folder. Returns the file's path.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(folder: &Path, agent: &str, api_key: &str, hub: Option<&str>) -> Result<PathBuf> {
        Draft::open(folder, agent, hub)?.write(api_key)
    }

    /// The path of one of the agent's files: `NAME` and an ending such as `+keys.json`.
    #[must_use]
    pub fn file(&self, ending: &str) -> PathBuf {
        path_in(&self.folder, &self.agent, ending)
    }

    /// The folder that `profiles/` is in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Where profiles are when nothing else is said.
#[must_use]
pub fn default_folder() -> Option<PathBuf> {
    set("AGENT_HUB_DATA_DIR").or_else(home_folder)
}

/// The same, where `AGENT_HUB_DATA_DIR` says nothing.
#[must_use]
pub fn home_folder() -> Option<PathBuf> {
    let data = set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")))?;
    Some(data.join("agent-hub"))
}

fn set(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The address of the hub whose folder this is, as it wrote it when it last started.
///
/// # Errors
/// The file is there and cannot be read.
pub fn local_hub(folder: &Path) -> Result<String> {
    Ok(find_local_hub(folder)?.unwrap_or_else(|| DEFAULT_URL.into()))
}

/// The same, if it wrote one.
pub(crate) fn find_local_hub(folder: &Path) -> Result<Option<String>> {
    Ok(read(&folder.join("hub.url"))?.map(|url| url.trim().into()))
}

fn path_in(folder: &Path, agent: &str, ending: &str) -> PathBuf {
    folder.join("profiles").join(format!("{agent}{ending}"))
}

/// The text of a file, if it is there.
pub(crate) fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, &error)),
    }
}

/// Writes a file that only this user can read: whole, or not at all.
///
/// # Errors
/// It cannot be written.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    Unwritten::open(path)?.write(text)
}

/// The profile of an agent that is about to get its key. What can be in the way of writing it is found before the key is asked for:
/// a hub tells a key once.
#[derive(Debug)]
pub struct Draft {
    agent: String,
    hub: Option<String>,
    file: Unwritten,
}

impl Draft {
    /// Makes the folder and the file, and takes the room for it; there is no profile yet.
    ///
    /// # Errors
    /// A profile cannot be written here.
    pub fn open(folder: &Path, agent: &str, hub: Option<&str>) -> Result<Self> {
        AgentName::parse(agent).map_err(|error| Error::name("the agent's name", error))?;
        let mut file = Unwritten::open(&path_in(folder, agent, ".json"))?;
        file.reserve()?;
        Ok(Self { agent: agent.into(), hub: hub.map(Into::into), file })
    }

    /// Writes it. Returns the file's path.
    ///
    /// # Errors
    /// It cannot be written after all.
    pub fn write(self, api_key: &str) -> Result<PathBuf> {
        let written = Written { agent: self.agent, api_key: api_key.into(), hub: self.hub };
        let path = self.file.path.clone();
        self.file.write(&(serde_json::to_string_pretty(&written).unwrap_or_default() + "\n"))?;
        Ok(path)
    }
}

/// A private file under another name, until it is whole. Dropped, nothing is left of it.
#[derive(Debug)]
struct Unwritten {
    path: PathBuf,
    unfinished: PathBuf,
    file: File,
}

impl Unwritten {
    fn open(path: &Path) -> Result<Self> {
        make_folder(path)?;
        // A name of its own: two processes may write at once, and each must write a whole file.
        let unfinished = path.with_extension(format!("{}.new", uuid::Uuid::new_v4().simple()));
        let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&unfinished);
        let file = file.map_err(|error| failed(path, &error))?;
        Ok(Self { path: path.into(), unfinished, file })
    }

    /// Takes room on the disk, more than a profile needs.
    fn reserve(&mut self) -> Result<()> {
        let taken = self.file.write_all(&[b' '; 4096]).and_then(|()| self.file.sync_all());
        taken.and_then(|()| self.file.rewind()).map_err(|error| failed(&self.path, &error))
    }

    fn write(mut self, text: &str) -> Result<()> {
        let mut written = || {
            self.file.write_all(text.as_bytes())?;
            self.file.set_len(text.len() as u64)?;
            self.file.sync_all()?;
            std::fs::rename(&self.unfinished, &self.path)?;
            // The name too must outlast a power cut: who lost published keys cannot be written to.
            folder_of(&self.path).map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        };
        written().map_err(|error| failed(&self.path, &error))
    }
}

impl Drop for Unwritten {
    fn drop(&mut self) {
        // Once it is whole, it has another name.
        drop(std::fs::remove_file(&self.unfinished));
    }
}

/// Takes the turn among the processes that lock this file, until the file is dropped.
///
/// # Errors
/// Another has held it for 5 seconds; it cannot be made.
pub fn lock(path: &Path) -> Result<File> {
    make_folder(path)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    let file = file.map_err(|error| failed(path, &error))?;
    let end = Instant::now() + LOCK_LIMIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Profile {
                    path: path.display().to_string(),
                    why: "another process holds it".into(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(path, &error)),
        }
    }
}

/// Makes the folder of a private file.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    let Some(folder) = folder_of(path) else { return Ok(()) };
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| failed(folder, &error))
}

/// The folder that a file is in. That of a bare name is the working folder, which `Path::parent` calls "": a path that nothing opens.
#[must_use]
pub fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

pub(crate) fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::Profile { path: path.display().to_string(), why: error.to_string() }
}
