//! Who this hub is. Drawn once, with the database; several nodes that start at once agree on what the first one wrote.

use uuid::Uuid;

use super::{
    Store, audit,
    dialect::made,
    fault::{Fault, FaultKind, Result},
    pool::{WriteTx, on_read, on_tx},
};

/// What `settings` holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// Kept through restores.
    pub hub_id: String,
    /// Drawn again after a restore: under another epoch every position is void.
    pub epoch: String,
    /// Turns item ids into tokens.
    pub token_key: [u8; 16],
    /// The database is a restored copy, and the epoch was drawn just now.
    pub is_restored: bool,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("hub_id", &self.hub_id).field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

const HUB_ID: &[u8] = b"hub_id";
pub(super) const EPOCH: &[u8] = b"epoch";
const TOKEN_KEY: &[u8] = b"token_key";
/// Stands in a copy that `backup` made; the first start on it draws a new epoch.
pub(super) const COPY_MARK: &[u8] = b"copy";

fn random_id() -> Vec<u8> {
    Uuid::new_v4().simple().to_string().into_bytes()
}

impl Store {
    /// Reads the settings, and draws those that are missing. On a marked copy, draws a new epoch first.
    ///
    /// # Errors
    /// No answer, or a settings table that was tampered with.
    pub async fn settings(&self) -> Result<Settings> {
        let rows = self.setting_rows().await?;
        let has = |name: &[u8]| rows.iter().any(|row| row.0 == name);
        let is_whole = [HUB_ID, EPOCH, TOKEN_KEY, audit::LAST, audit::SWEPT].into_iter().all(has) && !has(COPY_MARK);
        // What is whole is only read: a command beside a busy hub takes no locks.
        if is_whole {
            return of_rows(&rows, false);
        }
        let is_restored = self.draw_settings().await?;
        of_rows(&self.setting_rows().await?, is_restored)
    }

    /// Whether the database turned out to be a restored copy.
    async fn draw_settings(&self) -> Result<bool> {
        let mut tx = WriteTx::begin(&self.pools).await?;
        // The control stream first, as whoever changes something locks it.
        let sql = tx.dialect().insert_ignore("streams (id, address, head)", 3, 1);
        on_tx!(tx, |conn| sqlx::query(made(&sql))
            .bind(super::CONTROL)
            .bind(&b"$control"[..])
            .bind(0_i64)
            .execute(conn)
            .await
            .map(drop))?;
        // Not a UUID: of 128 bits all have to be random.
        let mut token_key = vec![0; 16];
        aws_lc_rs::rand::fill(&mut token_key).map_err(|_| Fault::of(FaultKind::Other))?;
        let fresh: [(&[u8], Vec<u8>); 5] = [
            (HUB_ID, random_id()),
            (EPOCH, random_id()),
            (TOKEN_KEY, token_key),
            (audit::LAST, vec![0; 32]),
            (audit::SWEPT, vec![0; 32]),
        ];
        for (name, value) in fresh {
            let sql = tx.dialect().insert_ignore("settings (name, value)", 2, 1);
            on_tx!(tx, |conn| sqlx::query(made(&sql)).bind(name).bind(value).execute(conn).await.map(drop))?;
        }
        let marks = on_tx!(tx, |conn| {
            sqlx::query("DELETE FROM settings WHERE name = ?")
                .bind(COPY_MARK)
                .execute(conn)
                .await
                .map(|done| done.rows_affected())
        })?;
        if marks > 0 {
            draw_epoch(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(marks > 0)
    }

    async fn setting_rows(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        on_read!(&self.pools, |conn| sqlx::query_as("SELECT name, value FROM settings").fetch_all(conn).await)
    }
}

fn of_rows(rows: &[(Vec<u8>, Vec<u8>)], is_restored: bool) -> Result<Settings> {
    let find = |name: &[u8]| rows.iter().find(|row| row.0 == name).map(|row| row.1.clone());
    let text = |name: &[u8]| find(name).and_then(|value| String::from_utf8(value).ok());
    let key = find(TOKEN_KEY).and_then(|value| <[u8; 16]>::try_from(value).ok());
    match (text(HUB_ID), text(EPOCH), key) {
        (Some(hub_id), Some(epoch), Some(token_key)) => Ok(Settings { hub_id, epoch, token_key, is_restored }),
        _ => Err(Fault::of(FaultKind::Other)),
    }
}

/// Draws an epoch and notes it, within a transaction; what it is.
pub(super) async fn draw_epoch(tx: &mut WriteTx) -> Result<String> {
    let epoch = random_id();
    on_tx!(tx, |conn| {
        sqlx::query("UPDATE settings SET value = ? WHERE name = ?")
            .bind(&epoch[..])
            .bind(EPOCH)
            .execute(conn)
            .await
            .map(drop)
    })?;
    Ok(String::from_utf8(epoch).unwrap_or_default())
}
