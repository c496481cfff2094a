//! What a database can answer instead of an answer, sorted by what may be done about it.

use std::fmt;

use crate::error::{Error, ErrorCode};

/// The result of a statement.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// What may be done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Deadlock, lock timeout, snapshot conflict, busy: roll back, then the whole transaction again.
    Conflict,
    /// The connection is gone or silent. Before COMMIT was sent: as a conflict.
    Lost,
    /// No connection can be had: as a conflict, and whoever comes after need not try.
    Away,
    /// COMMIT was sent and not answered: nobody knows. Never again by the hub.
    Unknown,
    /// No room left.
    Full,
    /// The database refused one member's data.
    Data,
    /// Anything else: a fault of ours, or of the database's schema.
    Other,
}

impl FaultKind {
    /// Its name, for traces.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Lost => "lost",
            Self::Away => "away",
            Self::Unknown => "unknown",
            Self::Full => "full",
            Self::Data => "data",
            Self::Other => "other",
        }
    }
}

/// A failed statement.
#[derive(Debug)]
pub struct Fault {
    /// What may be done about it.
    pub kind: FaultKind,
    source: Option<sqlx::Error>,
}

impl Fault {
    /// A fault that no statement reported, such as a time limit.
    #[must_use]
    pub fn of(kind: FaultKind) -> Self {
        Self { kind, source: None }
    }

    /// The same fault, found while COMMIT was on its way.
    #[must_use]
    pub fn at_commit(self) -> Self {
        match self.kind {
            // The server answered, and its answer was no.
            FaultKind::Conflict | FaultKind::Full | FaultKind::Data => self,
            FaultKind::Lost | FaultKind::Away | FaultKind::Other | FaultKind::Unknown => {
                Self { kind: FaultKind::Unknown, ..self }
            }
        }
    }

    /// No connection could be had, whatever the database said why: it refuses, has too many, or is not there.
    #[must_use]
    pub fn away(error: sqlx::Error) -> Self {
        Self { kind: FaultKind::Away, source: Some(error) }
    }

    /// The same fault, found at the first statement of a transaction.
    #[must_use]
    pub fn at_open(self) -> Self {
        match self.kind {
            FaultKind::Lost => Self { kind: FaultKind::Away, ..self },
            _ => self,
        }
    }

    /// Whether the connection cannot be used any more.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self.kind, FaultKind::Lost | FaultKind::Away | FaultKind::Unknown)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{:?}: {source}", self.kind),
            None => write!(f, "{:?}: no answer in time", self.kind),
        }
    }
}

impl std::error::Error for Fault {}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        let kind = match &error {
            sqlx::Error::Database(refusal) => match refusal.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
                Some(mysql) => mysql_kind(mysql.number()),
                None => sqlite_kind(refusal.code().and_then(|code| code.parse().ok()).unwrap_or(0)),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => FaultKind::Lost,
            _ => FaultKind::Other,
        };
        Self { kind, source: Some(error) }
    }
}

/// By the error numbers of MySQL and MariaDB.
fn mysql_kind(number: u16) -> FaultKind {
    match number {
        // Lock wait timeout, deadlock, record changed since last read, WSREP conflict.
        1205 | 1213 | 1020 | 1047 => FaultKind::Conflict,
        // Disk full, table full, temporary space full.
        1021 | 1114 | 1041 | 3675 => FaultKind::Full,
        // Too many connections, shutdown, killed, statement time limit, read-only server, gone away.
        1040 | 1053 | 1152 | 1158..=1161 | 1184 | 1290 | 1317 | 1836 | 1927 | 1969 | 3024 | 4031 => FaultKind::Lost,
        // Duplicate, too long, out of range, bad string, packet too large.
        1062 | 1264 | 1366 | 1406 | 1153 | 1048 => FaultKind::Data,
        _ => FaultKind::Other,
    }
}

/// By the result codes of SQLite; the low byte is the primary code.
fn sqlite_kind(code: i32) -> FaultKind {
    match code & 0xFF {
        // BUSY, LOCKED.
        5 | 6 => FaultKind::Conflict,
        // FULL; an I/O error on write is how some file systems say the same.
        13 => FaultKind::Full,
        10 if code == 778 => FaultKind::Full,
        // TOOBIG, CONSTRAINT, MISMATCH.
        18..=20 => FaultKind::Data,
        _ => FaultKind::Other,
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let code = match fault.kind {
            FaultKind::Conflict | FaultKind::Lost | FaultKind::Away => ErrorCode::Unavailable,
            FaultKind::Unknown => ErrorCode::OutcomeUnknown,
            FaultKind::Full => ErrorCode::StorageFull,
            FaultKind::Data | FaultKind::Other => ErrorCode::Internal,
        };
        Self::of(code).because(fault)
    }
}
