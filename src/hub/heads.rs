//! Comparing heads: every 2 s, and after an unknown outcome at once, the hub asks the store how far its live streams have got.
//! Whatever was not pushed (a lost hint, another node, a command beside the hub) is found here: late, never not at all.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::Hub;

const INTERVAL: Duration = Duration::from_secs(2);

pub(super) async fn compare(hub: Arc<Hub>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.compare.notified() => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
        let streams = hub.registry.streams();
        if streams.is_empty() {
            continue;
        }
        match hub.store.heads(&streams).await {
            Ok(heads) => heads.into_iter().for_each(|(stream, head)| hub.registry.tell_head(stream, head)),
            Err(fault) => tracing::warn!(%fault, "the heads could not be compared"),
        }
    }
}
