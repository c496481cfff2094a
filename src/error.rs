//! Everything that can go wrong, as one type: a code of the protocol's table, what was wrong this time, and, for the log
//! only, the cause.

use std::{borrow::Cow, error::Error as StdError, fmt};

pub use agent_hub_protocol::error::{ErrorCode, Retry};
use agent_hub_protocol::{
    name::NameError,
    parse::ParseError,
    problem::{Position, Problem},
};

/// The result of anything that can be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal or failure. What a client sees of it is [`Error::problem`]; the source never leaves the hub.
#[derive(Debug)]
pub struct Error {
    code: ErrorCode,
    detail: Option<Cow<'static, str>>,
    retry_after_s: Option<u64>,
    position: Option<Box<Position>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error that its code says all about.
    #[must_use]
    pub fn of(code: ErrorCode) -> Self {
        Self { code, detail: None, retry_after_s: None, position: None, source: None }
    }

    /// An error with what was wrong this time. The detail is seen by the client: no secret, no data, no internals.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: Some(detail.into()), ..Self::of(code) }
    }

    /// A value that is not allowed.
    #[must_use]
    pub fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::Invalid, detail)
    }

    /// A void position, and from where to go on.
    #[must_use]
    pub fn resync(position: Position) -> Self {
        Self { position: Some(Box::new(position)), ..Self::of(ErrorCode::Resync) }
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds when to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Seconds for `Retry-After`; every error that may pass has one.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u64> {
        let passes = matches!(self.code.retry(), Retry::Later | Retry::SameKey) && self.code.status() != 408;
        self.retry_after_s.or_else(|| passes.then_some(1))
    }

    /// Logs it, once, where it is handled: a fault of the hub as an error; what the database or a full queue brought about is
    /// told where that is noticed, and each refusal because of it only in detail. A request's span carries its id.
    pub fn log(&self) {
        match self.code.status() {
            500 => tracing::error!(error = %self, "a request failed"),
            501.. => tracing::debug!(error = %self, "a request was refused"),
            _ => {}
        }
    }

    /// What a client may know.
    #[must_use]
    pub fn detail(&self) -> &str {
        self.detail.as_deref().unwrap_or_else(|| self.code.title())
    }

    /// The body of an HTTP answer. That of 401 and 404 is always the same: it must not tell what is wrong from what is missing,
    /// nor what is missing from what is somebody else's.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let is_constant = matches!(self.code, ErrorCode::Unauthenticated | ErrorCode::NotFound);
        let detail = self.detail.as_deref().filter(|_| !is_constant);
        let mut problem = Problem::new(self.code, detail.map(str::to_owned));
        problem.position = self.position.as_deref().cloned();
        problem
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail())?;
        match &self.source {
            Some(source) => write!(f, " ({source})"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self::of(code)
    }
}

impl From<ParseError> for Error {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::Syntax { .. } => Self::new(ErrorCode::BadRequest, error.to_string()),
            ParseError::Shape(told) => Self::invalid(told),
        }
    }
}

impl From<NameError> for Error {
    fn from(error: NameError) -> Self {
        Self::invalid(format!("the name {error}"))
    }
}
