//! What is checked before anything is sent: what is refused here would be refused by the hub, with the same code.

use agent_hub_protocol::{
    body::PublishBody,
    error::ErrorCode,
    frame::WelcomeLimits,
    limits::TO_MAX,
    name::{Address, check_item_name},
};

use crate::{Error, Hub, Result};

/// What a hub takes whose operator turned nothing: bytes of data, and seconds of `ttl`.
const USUAL: (u64, i64) = (1024 * 1024, 365 * 24 * 3600);

/// The limits that do not depend on the hub's configuration.
pub(crate) fn check(body: &PublishBody) -> Result<()> {
    check_item_name(&body.name).map_err(|error| Error::name("`name`", error))?;
    let to = body.to.as_deref().unwrap_or_default();
    for address in to {
        Address::parse(address)
            .map_err(|error| Error::name(&format!("the address `{}`", address.escape_debug()), error))?;
    }
    let invalid = |told: &str| Err(Error::refused(ErrorCode::Invalid, told));
    match body {
        PublishBody { to: Some(to), .. } if to.is_empty() => invalid("`to` must name somebody"),
        PublishBody { to: Some(to), .. } if to.len() > TO_MAX => invalid("`to` has more than 64 addresses"),
        PublishBody { ttl: Some(ttl), .. } if *ttl < 1 => invalid("`ttl` must be at least 1 second"),
        _ => Ok(()),
    }
}

impl Hub {
    /// Checks what the hub's operator can turn: bytes of data as they are sent, and `ttl`. A hub tells it only to a session, so it is asked
    /// for only where more is wanted than is usual.
    pub(crate) async fn check_size(&self, bytes: usize, ttl: Option<i64>) -> Result<()> {
        let (bytes, ttl) = (bytes as u64, ttl.unwrap_or_default());
        let (data_max, ttl_max) = match self.known_limits() {
            Some(known) => (known.data_max_bytes, known.ttl_max_s),
            None if bytes <= USUAL.0 && ttl <= USUAL.1 => return Ok(()),
            None => match self.ask_limits().await {
                Some(told) => (told.data_max_bytes, told.ttl_max_s),
                // The hub will say.
                None => return Ok(()),
            },
        };
        if bytes > data_max {
            let told = format!("the data has {bytes} bytes as it would be sent; this hub takes {data_max}");
            return Err(Error::refused(ErrorCode::TooLarge, told));
        }
        if ttl > ttl_max {
            return Err(Error::refused(ErrorCode::Invalid, format!("`ttl` is at most {ttl_max} seconds at this hub")));
        }
        Ok(())
    }

    /// Adds to what is too large how much would fit. An envelope is base64 of the body and of what goes with it.
    pub(crate) async fn with_what_fits(&self, error: Error, body: usize, data: usize) -> Error {
        if !error.is(ErrorCode::TooLarge) {
            return error;
        }
        let limits = match self.known_limits() {
            Some(known) => Some(known),
            None => self.ask_limits().await,
        };
        let told = match limits.map(|limits| limits.data_max_bytes) {
            Some(most) if data == body => format!("{error}: up to {most} bytes fit"),
            Some(most) => {
                let fits = (most / 4 * 3).saturating_sub((data / 4 * 3).saturating_sub(body) as u64);
                format!("{error}: a body of up to {fits} bytes fits, this one has {body}")
            }
            None => format!("{error}; a body of {body} bytes is {data} bytes of data"),
        };
        Error::refused(ErrorCode::TooLarge, told)
    }

    async fn ask_limits(&self) -> Option<WelcomeLimits> {
        let told = crate::session::ask_limits(self).await?;
        self.learn_limits(told);
        Some(told)
    }
}
