//! After the commit: answer everybody, then push. One task, so that entries are told in the order of their numbers.

use std::{sync::Arc, time::Instant};

use agent_hub_protocol::{
    body::Notification,
    event::{Event, Happening},
    frame::{HubFrame, Traffic},
    time::Timestamp,
    trace::TraceParent,
};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::Span;

use super::{PublishJob, Setting, members::Members};
use crate::{
    error::{Error, ErrorCode},
    hub::{registry::EntryFrame, token::TokenKey, traffic::item_name},
    store::{
        batch::{Outcome, Published},
        items::Addressee,
    },
    telemetry::traces,
};

/// A batch that is on disk.
#[derive(Debug)]
pub(super) struct Spoken {
    pub members: Members,
    pub outcome: Outcome,
    pub committed_at: Instant,
}

pub(super) async fn run(setting: Setting, mut told: mpsc::Receiver<Spoken>) {
    let Setting { registry, tokens, metrics, .. } = setting;
    while let Some(Spoken { members, outcome, committed_at }) = told.recv().await {
        let mut stored = Vec::with_capacity(members.publishes.len());
        for (publish, published) in members.publishes.into_iter().zip(outcome.published) {
            let PublishJob { item, from, addresses, span, done, .. } = publish;
            // Whoever asked may be gone; the item is stored and is told all the same.
            drop(done.send(match &published {
                Published::Stored(_) => Ok(item.id),
                Published::Repeated(first) => Ok(*first),
                Published::Mismatch => Err(Error::of(ErrorCode::IdempotencyMismatch)),
            }));
            if let Published::Stored(addressees) = published {
                stored.push((item, from, addresses, addressees, span));
            }
        }
        members.acks.into_iter().for_each(|(_, done)| drop(done.send(Ok(()))));
        for ((_, done), data) in members.claims.into_iter().zip(outcome.claimed) {
            drop(done.send(Ok(data)));
        }
        for ((_, done), there) in members.withdrawals.into_iter().zip(outcome.withdrawn) {
            drop(done.send(Ok(there)));
        }
        metrics.published.inc_by(stored.len() as u64);
        for (item, from, addresses, addressees, span) in stored {
            let push = Push { tokens: &tokens, item: &item, from: &from, committed_at, span: &span };
            // Before it is pushed: whoever watches is told what happened in its order.
            registry.traffic.happened(Happening::Published, |event| push.describe(&addresses, event));
            for (address, addressee) in addresses.iter().zip(addressees) {
                if let Some(inline_max) = registry.interest(addressee.stream) {
                    registry.tell_entry(&Arc::new(push.frame(address, addressee, inline_max)));
                } else {
                    // At most an inbox request waits, which reads for itself.
                    registry.tell_head(addressee.stream, addressee.seq);
                }
            }
            registry.traffic.published(|| push.traffic(&addresses));
        }
    }
}

struct Push<'a> {
    tokens: &'a TokenKey,
    item: &'a crate::store::batch::NewItem,
    from: &'a str,
    committed_at: Instant,
    span: &'a Span,
}

impl Push<'_> {
    /// Encoded once for everybody, and once more with the data if anybody wants it.
    fn frame(&self, address: &str, addressee: Addressee, inline_max: u32) -> EntryFrame {
        let span = traces::push(self.span);
        let item = self.item;
        let mut notification = Notification {
            stream: address.to_owned(),
            seq: addressee.seq,
            token: self.tokens.encode(item.id),
            from: self.from.to_owned(),
            name: item.name.clone(),
            size: i64::try_from(item.data.len()).unwrap_or(i64::MAX),
            ttl: item.ttl,
            created_at: Timestamp(item.created_at),
            reply_to: item.reply_to.map(|id| self.tokens.encode(id)),
            one_time: item.one_time,
            traceparent: item
                .traceparent
                .as_ref()
                .and_then(|trace| TraceParent::from_bytes(trace))
                .map(|trace| trace.to_string()),
            data: None,
        };
        let plain = encode(&HubFrame::Notify(notification.clone()));
        let small = u32::try_from(item.data.len()).ok().filter(|size| *size <= inline_max && inline_max > 0);
        let inline = small.filter(|_| !item.one_time).map(|size| {
            notification.data = Some(item.data.clone());
            (size, encode(&HubFrame::Notify(notification)))
        });
        let Addressee { stream, seq } = addressee;
        EntryFrame { stream, seq, item: item.id, committed_at: self.committed_at, plain, inline, span }
    }

    fn describe(&self, addresses: &[Arc<str>], event: &mut Event) {
        event.agent = Some(self.from.to_owned());
        event.to = addresses.iter().map(ToString::to_string).collect();
        event.item = Some(item_name(&self.item.id));
        event.name = Some(self.item.name.clone());
        event.size = i64::try_from(self.item.data.len()).ok();
        event.reply_to = self.item.reply_to.as_ref().map(item_name);
    }

    fn traffic(&self, addresses: &[Arc<str>]) -> Utf8Bytes {
        encode(&HubFrame::Traffic(Traffic {
            from: self.from.to_owned(),
            to: addresses.iter().map(|address| address.to_string()).collect(),
            name: self.item.name.clone(),
            size: i64::try_from(self.item.data.len()).unwrap_or(i64::MAX),
            created_at: Timestamp(self.item.created_at),
        }))
    }
}

fn encode(frame: &HubFrame) -> Utf8Bytes {
    // Frames are plain data with string keys: encoding cannot fail.
    serde_json::to_string(frame).unwrap_or_default().into()
}
