//! Comparing heads: every 2 s, and after an unknown outcome at once, the hub asks the store how far its live streams have got.
//! Whatever was not pushed (a lost hint, another node, a command beside the hub) is found here: late, never not at all.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::Hub;
use crate::store::StreamId;

const INTERVAL: Duration = Duration::from_secs(2);

pub(super) async fn compare(hub: Arc<Hub>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.compare.notified() => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
        // What is known is noted first: what is pushed during the reading is no sign of a loss.
        let known = hub.registry.heads();
        if known.is_empty() {
            continue;
        }
        let streams: Vec<_> = known.keys().copied().collect();
        match hub.store.heads(&streams).await {
            Ok(heads) => heads.into_iter().for_each(|(stream, head)| tell(&hub, stream, head, &known)),
            Err(fault) => tracing::warn!(%fault, "the heads could not be compared"),
        }
    }
}

fn tell(hub: &Hub, stream: StreamId, head: i64, known: &HashMap<StreamId, i64>) {
    let told = known.get(&stream).copied().unwrap_or_default();
    if head < told {
        tracing::error!(stream, head, told, "a stream has lost entries: was the database restored? draw a new epoch");
        hub.registry.tell_fallen(stream, head);
    } else {
        hub.registry.tell_head(stream, head);
    }
}
