//! Channels, for operators.

use agent_hub_protocol::{
    admin::{AdminChannelAnswer, AdminChannelsAnswer},
    name::ChannelName,
    time::Timestamp,
};

use super::page;
use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    hub::Hub,
    store::change::Audit,
};

impl Hub {
    /// Channels after `after` in the order of their names, disabled ones too.
    ///
    /// # Errors
    /// No answer.
    pub async fn list_all_channels(&self, after: &str, limit: u32) -> Result<AdminChannelsAnswer> {
        let after = if after.is_empty() || after.starts_with('#') { after.to_owned() } else { format!("#{after}") };
        let (rows, more) = page(self.store.channel_overview(&after, limit + 1).await?, limit);
        let channels = rows.iter().map(|row| {
            let ([name, owner], (closed, disabled)) = (row.names(), row.flags());
            let created_at = Timestamp(row.created_at);
            AdminChannelAnswer { name, owner, closed, disabled, created_at, members: row.members, head: row.head }
        });
        Ok(AdminChannelsAnswer { channels: channels.collect(), more })
    }

    /// Disables or enables a channel: nothing is sent to a disabled one, and nobody joins it.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn set_channel_disabled(&self, who: &Principal, channel: &str, disabled: bool) -> Result<()> {
        let not_found = || Error::new(ErrorCode::NotFound, "there is no such channel");
        let name = ChannelName::parse(channel).map_err(|_| not_found())?;
        let channel = self.directory.channel(name.as_str()).await?.ok_or_else(not_found)?;
        let action = if disabled { "channel.disable" } else { "channel.enable" };
        let audit = Audit { actor: &who.name, action, subject: &channel.name, detail: "" };
        self.store.set_channel_disabled(channel.id, disabled, audit).await?;
        self.follow_up().await;
        Ok(())
    }
}
