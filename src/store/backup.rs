//! Copying a running embedded database. MySQL has tools of its own for this.

use std::{os::unix::fs::OpenOptionsExt, path::Path};

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

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
        // Under another name until it is marked and on disk: a copy that was cut short must not pass for one.
        let unfinished = super::beside(target, ".part");
        drop(std::fs::remove_file(&unfinished));
        let mut options = std::fs::OpenOptions::new();
        let file = options.create_new(true).write(true).mode(0o600).open(&unfinished).map_err(|error| told(&error))?;
        let name = unfinished.to_str().ok_or_else(|| told(&"its name is not UTF-8"))?;
        sqlx::query("VACUUM INTO ?").bind(name).execute(read).await.map_err(|error| told(&error))?;
        let options = SqliteConnectOptions::new().filename(&unfinished);
        let mut copy = options.connect().await.map_err(|error| told(&error))?;
        sqlx::query("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)")
            .bind(COPY_MARK)
            .bind(&b"backup"[..])
            .execute(&mut copy)
            .await
            .map_err(|error| told(&error))?;
        copy.close().await.map_err(|error| told(&error))?;
        file.sync_all().and_then(|()| std::fs::rename(&unfinished, target)).map_err(|error| told(&error))
    }
}
