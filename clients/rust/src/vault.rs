//! Where an agent's private keys and what it believes are kept: in the files of its profile, or in memory.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use agent_hub_protocol::time::Timestamp;

use crate::{
    Error, Result,
    profile::{self, Profile},
    seal::{Keyring, Opened, SealError, Suite, Trust, system_random},
};

/// How long an opened envelope is remembered at least, in milliseconds: a day.
const REMEMBER_MS: i64 = 24 * 3600 * 1000;

/// An agent's keys and trust.
pub(crate) struct Vault {
    agent: String,
    files: Option<Profile>,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    keyring: Option<Keyring>,
    trust: Trust,
    /// When the file of what is believed was changed, as it was read.
    trust_changed: Option<SystemTime>,
    /// How far each file of opened envelopes was read.
    read: Vec<(PathBuf, u64)>,
    /// The day of which expired envelopes were forgotten.
    forgot_on: String,
}

impl Vault {
    /// In the files of a profile.
    pub(crate) fn files(profile: &Profile) -> Self {
        Self { agent: profile.agent.clone(), files: Some(profile.clone()), inside: Mutex::default() }
    }

    /// In memory: gone with the process.
    pub(crate) fn memory(agent: &str) -> Self {
        Self { agent: agent.into(), files: None, inside: Mutex::default() }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the keys are, for people.
    pub(crate) fn place(&self) -> String {
        self.place_of("+keys.json")
    }

    /// Where it is kept what is believed, for people.
    pub(crate) fn trust_place(&self) -> String {
        self.place_of("+trust.json")
    }

    fn place_of(&self, ending: &str) -> String {
        self.files.as_ref().map_or("this process".into(), |profile| profile.file(ending).display().to_string())
    }

    /// The private keys, if there are any.
    pub(crate) fn keyring(&self) -> Result<Option<Keyring>> {
        let mut inside = self.inside();
        if let Some(profile) = &self.files {
            let path = profile.file("+keys.json");
            inside.keyring = match profile::read(&path)? {
                Some(json) => Some(self.keys(Keyring::read(&json, &self.agent))?),
                None => None,
            };
        }
        Ok(inside.keyring.clone())
    }

    /// The private keys; drawn if there are none yet.
    pub(crate) fn keyring_or_new(&self, suite: Suite) -> Result<Keyring> {
        let _turn = self.turn()?;
        match self.keyring()? {
            Some(keyring) => Ok(keyring),
            None => self.write_keyring(Keyring::generate(&self.agent, suite, &mut system_random())),
        }
    }

    /// Replaces the private keys by their successors; drawn if there are none yet.
    pub(crate) fn rotate_keyring(&self, suite: Suite) -> Result<Keyring> {
        let _turn = self.turn()?;
        match self.keyring()? {
            Some(keyring) => self.write_keyring(self.keys(keyring.rotate(suite, &mut system_random()))?),
            None => self.write_keyring(Keyring::generate(&self.agent, suite, &mut system_random())),
        }
    }

    /// Replaces the private keys by new ones without a chain, of a version after `known`.
    pub(crate) fn replace_keyring(&self, suite: Suite, known: u32) -> Result<Keyring> {
        let _turn = self.turn()?;
        let keyring = match self.keyring()? {
            Some(keyring) => self.keys(keyring.replace(suite, known, &mut system_random()))?,
            None if known == 0 => Keyring::generate(&self.agent, suite, &mut system_random()),
            None => {
                let never_used = Keyring::generate(&self.agent, suite, &mut system_random());
                self.keys(never_used.replace(suite, known, &mut system_random()))?
            }
        };
        self.write_keyring(keyring)
    }

    fn write_keyring(&self, keyring: Keyring) -> Result<Keyring> {
        if let Some(profile) = &self.files {
            profile::write_private(&profile.file("+keys.json"), &(keyring.to_json() + "\n"))?;
        }
        self.inside().keyring = Some(keyring.clone());
        Ok(keyring)
    }

    /// Looks at what is believed now, with what other processes of this agent learned meanwhile.
    pub(crate) fn trust<T>(&self, look: impl FnOnce(&Trust) -> T) -> Result<T> {
        let mut inside = self.inside();
        if let Some(profile) = &self.files {
            load_trust(profile, &mut inside)?;
            read_seen(profile, &mut inside)?;
        }
        let today = day(now_ms());
        if inside.forgot_on != today {
            inside.trust.forget_expired(now_ms());
            inside.forgot_on = today;
        }
        Ok(look(&inside.trust))
    }

    /// Changes what is believed.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Trust) -> Result<T>) -> Result<T> {
        let _turn = self.turn()?;
        let mut inside = self.inside();
        let Some(profile) = &self.files else { return change(&mut inside.trust) };
        // Whatever its time says: two writers may have come within one tick of the clock.
        inside.trust_changed = None;
        load_trust(profile, &mut inside)?;
        let before = (inside.trust.hub.clone(), inside.trust.pins.clone());
        let done = change(&mut inside.trust)?;
        if before != (inside.trust.hub.clone(), inside.trust.pins.clone()) {
            let json = serde_json::to_string_pretty(&inside.trust).unwrap_or_default();
            profile::write_private(&profile.file("+trust.json"), &(json + "\n"))?;
        }
        Ok(done)
    }

    /// Remembers that an envelope was opened under this token.
    ///
    /// Refused if it was under another, perhaps a moment ago and by another process.
    pub(crate) fn note_opened(&self, opened: &Opened, token: &str, expires_at_ms: i64) -> Result<()> {
        let _turn = self.turn()?;
        let mut inside = self.inside();
        if let Some(profile) = &self.files {
            read_seen(profile, &mut inside)?;
        }
        match inside.trust.token_of(&opened.from, &opened.id) {
            Some(known) if known == token => return Ok(()),
            Some(_) => return Err(Error::seal(opened.from.clone())(SealError::Replayed)),
            None => {}
        }
        let until = expires_at_ms.max(now_ms().saturating_add(REMEMBER_MS));
        inside.trust.note_opened(&opened.from, &opened.id, token, until);
        let Some(profile) = &self.files else { return Ok(()) };
        let path = profile.file(&format!("+seen-{}", day(until)));
        let written = OpenOptions::new().create(true).append(true).mode(0o600).open(&path).and_then(|mut file| {
            // In one write, since Node.js appends without waiting for its turn; after a line that was torn, on a new one.
            let is_torn =
                file.metadata()?.len() > inside.read.iter().find(|(read, _)| *read == path).map_or(0, |read| read.1);
            let start = if is_torn { "\n" } else { "" };
            file.write_all(format!("{start}{} {} {token} {until}\n", opened.from, opened.id).as_bytes())
        });
        written.map_err(|error| profile::failed(&path, &error))
    }

    /// The turn among the processes of this agent to read, change and write a file.
    fn turn(&self) -> Result<Option<File>> {
        let Some(profile) = &self.files else { return Ok(None) };
        let path = profile.file("+lock");
        profile::lock(&path).map(Some)
    }

    fn keys(&self, keyring: std::result::Result<Keyring, SealError>) -> Result<Keyring> {
        keyring.map_err(|_| Error::Profile { path: self.place(), why: "is damaged".into() })
    }
}

fn load_trust(profile: &Profile, inside: &mut Inside) -> Result<()> {
    let path = profile.file("+trust.json");
    let changed = std::fs::metadata(&path).and_then(|about| about.modified()).ok();
    if changed.is_none() || changed == inside.trust_changed {
        return Ok(());
    }
    if let Some(json) = profile::read(&path)? {
        let read: Trust = serde_json::from_str(&json)
            .map_err(|_| Error::Profile { path: path.display().to_string(), why: "is damaged".into() })?;
        (inside.trust.hub, inside.trust.pins) = (read.hub, read.pins);
        inside.trust_changed = changed;
    }
    Ok(())
}

/// Reads what was added to the files of opened envelopes, and deletes those whose day is over.
fn read_seen(profile: &Profile, inside: &mut Inside) -> Result<()> {
    let today = day(now_ms());
    let prefix = format!("{}+seen-", profile.agent);
    let folder = profile.file("");
    let Some(folder) = profile::folder_of(&folder) else { return Ok(()) };
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for path in entries.flatten().map(|entry| entry.path()) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Some(date) = name.strip_prefix(&prefix) else { continue };
        if date < today.as_str() {
            drop(std::fs::remove_file(&path));
            continue;
        }
        read_added(&path, inside).map_err(|error| profile::failed(&path, &error))?;
    }
    Ok(())
}

fn read_added(path: &Path, inside: &mut Inside) -> std::io::Result<()> {
    let at = inside.read.iter().position(|(known, _)| known == path).unwrap_or_else(|| {
        inside.read.push((path.into(), 0));
        inside.read.len() - 1
    });
    let mut file = File::open(path)?;
    if file.metadata()?.len() <= inside.read[at].1 {
        return Ok(());
    }
    file.seek(SeekFrom::Start(inside.read[at].1))?;
    let mut added = String::new();
    file.read_to_string(&mut added)?;
    // A line that is still being written is read the next time.
    let whole = added.rfind('\n').map_or(0, |end| end + 1);
    for line in added[..whole].lines() {
        inside.trust.read_seen(line);
    }
    inside.read[at].1 += whole as u64;
    Ok(())
}

/// The UTC day of a moment.
fn day(ms: i64) -> String {
    Timestamp(ms).to_rfc3339().chars().take(10).collect()
}

/// This machine's clock, milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
