//! Copying a running embedded database. MySQL has tools of its own for this.

use std::{
    fs::File,
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use uuid::Uuid;

use super::{OpenError, Store, pool::Pools, settings::COPY_MARK};

impl Store {
    /// Writes a consistent copy to `target`, while the hub runs. The copy is marked: the first start on it draws a new epoch.
    ///
    /// # Errors
    /// Not an embedded database, the file exists, or it cannot be written.
    pub async fn back_up(&self, target: &Path) -> Result<(), OpenError> {
        let Pools::Sqlite { read, .. } = &self.pools else {
            return Err(OpenError("backup copies an embedded database; on MySQL use mysqldump --single-transaction, and `agent-hub epoch --new` after a restore".into()));
        };
        if target.exists() {
            return Err(OpenError(format!("{} exists already", target.display())));
        }
        let told = |error: &dyn std::fmt::Display| OpenError(format!("cannot write {}: {error}", target.display()));
        // Under a name of its own until it is marked and on disk: a copy that was cut short must not pass for one.
        let unfinished = Unfinished(super::beside(target, &format!(".{}.part", Uuid::now_v7().simple())));
        let mut options = std::fs::OpenOptions::new();
        let file =
            options.create_new(true).write(true).mode(0o600).open(&unfinished.0).map_err(|error| told(&error))?;
        let name = unfinished.0.to_str().ok_or_else(|| told(&"its name is not UTF-8"))?;
        sqlx::query("VACUUM INTO ?").bind(name).execute(read).await.map_err(|error| told(&error))?;
        mark(&unfinished.0).await.map_err(|error| told(&error))?;
        // Unlike renaming, a link never takes the place of what another backup has just finished.
        let named = file.sync_all().and_then(|()| match std::fs::hard_link(&unfinished.0, target) {
            // Some file systems have no links.
            Err(error) if error.kind() != ErrorKind::AlreadyExists => std::fs::rename(&unfinished.0, target),
            done => done,
        });
        named.and_then(|()| sync_folder(target)).map_err(|error| told(&error))
    }
}

/// So that the first start on the copy knows that it is one.
async fn mark(copy: &Path) -> sqlx::Result<()> {
    let mut copy = SqliteConnectOptions::new().filename(copy).connect().await?;
    let sql = "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)";
    sqlx::query(sql).bind(COPY_MARK).bind(&b"backup"[..]).execute(&mut copy).await?;
    copy.close().await
}

/// The name is on disk too.
fn sync_folder(target: &Path) -> std::io::Result<()> {
    let target = std::path::absolute(target)?;
    target.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// A copy under way, with what SQLite puts beside it. Taken away whatever becomes of it: what was finished has another name by then.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        for path in [self.0.clone(), super::beside(&self.0, "-journal")] {
            drop(std::fs::remove_file(path));
        }
    }
}
