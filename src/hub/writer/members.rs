//! The members of a batch, sorted by kind, each with whom to answer.

use std::collections::HashMap;

use super::{Behind, Done, Job, PublishJob};
use crate::{
    error::{Error, ErrorCode},
    store::batch::{Ack, Batch, Claim, Withdrawal},
};

#[derive(Debug, Default)]
pub(super) struct Members {
    pub publishes: Vec<PublishJob>,
    pub acks: Vec<(Ack, Done<()>)>,
    pub claims: Vec<(Box<Claim>, Done<Option<String>>)>,
    pub withdrawals: Vec<(Withdrawal, Done<bool>)>,
    pub behind: Behind,
    count: usize,
    weight: usize,
    bytes: usize,
}

impl Members {
    /// Members in one transaction, the slow ones counted more.
    const WEIGHT_MAX: usize = 256;
    /// Bytes of data in one transaction.
    const BYTES_MAX: usize = 8 * 1024 * 1024;

    /// Weight of what takes trips of its own to the database.
    const SLOW: usize = 16;

    pub fn add(&mut self, job: Job) {
        self.weight += if matches!(job, Job::Claim(..) | Job::Withdraw(..)) { Self::SLOW } else { 1 };
        self.count += 1;
        match job {
            Job::Publish(publish) => {
                self.bytes += publish.item.data.len();
                self.publishes.push(*publish);
            }
            Job::Ack(ack, done) => self.acks.push((ack, done)),
            Job::Claim(claim, done) => self.claims.push((claim, done)),
            Job::Withdraw(withdrawal, done) => self.withdrawals.push((withdrawal, done)),
            Job::Behind(Behind { reads, seen, audit }) => {
                self.weight += audit.len() / 4;
                self.behind.reads.extend(reads);
                self.behind.seen.extend(seen);
                self.behind.audit.extend(audit);
            }
        }
    }

    pub fn is_full(&self) -> bool {
        self.weight >= Self::WEIGHT_MAX || self.bytes >= Self::BYTES_MAX
    }

    pub fn is_empty(&self) -> bool {
        self.publishes.is_empty()
            && self.acks.is_empty()
            && self.claims.is_empty()
            && self.withdrawals.is_empty()
            && self.behind.is_empty()
    }

    /// As the store takes them; acks folded to the highest of each subscription.
    pub fn batch(&self) -> Batch<'_> {
        let mut highest: HashMap<_, Ack> = HashMap::with_capacity(self.acks.len());
        for (ack, _) in &self.acks {
            let folded = highest.entry((ack.stream, ack.agent)).or_insert(*ack);
            folded.seq = folded.seq.max(ack.seq);
        }
        Batch {
            publishes: self.publishes.iter().map(|publish| &publish.item).collect(),
            acks: highest.into_values().collect(),
            claims: self.claims.iter().map(|(claim, _)| &**claim).collect(),
            withdrawals: self.withdrawals.iter().map(|(withdrawal, _)| withdrawal).collect(),
            reads: &self.behind.reads,
            seen: &self.behind.seen,
            audit: &self.behind.audit,
        }
    }

    /// Takes out the publishes with these ascending indices.
    pub fn take_publishes(&mut self, indices: &[usize]) -> Vec<PublishJob> {
        let mut taken: Vec<_> = indices.iter().rev().map(|index| self.publishes.remove(*index)).collect();
        taken.reverse();
        taken
    }

    /// One batch for each member, when the database refuses them together.
    pub fn singles(self) -> impl Iterator<Item = Self> {
        let Self { publishes, acks, claims, withdrawals, behind, .. } = self;
        let jobs = publishes
            .into_iter()
            .map(|publish| Job::Publish(Box::new(publish)))
            .chain(acks.into_iter().map(|(ack, done)| Job::Ack(ack, done)))
            .chain(claims.into_iter().map(|(claim, done)| Job::Claim(claim, done)))
            .chain(withdrawals.into_iter().map(|(withdrawal, done)| Job::Withdraw(withdrawal, done)))
            .chain((!behind.is_empty()).then_some(Job::Behind(behind)));
        jobs.map(|job| {
            let mut single = Self::default();
            single.add(job);
            single
        })
    }

    pub fn len(&self) -> usize {
        self.count
    }

    /// Answers every member with the same refusal.
    pub fn refuse(self, code: ErrorCode) {
        let refusal = || Error::of(code);
        self.publishes.into_iter().for_each(|publish| drop(publish.done.send(Err(refusal()))));
        self.acks.into_iter().for_each(|(_, done)| drop(done.send(Err(refusal()))));
        self.claims.into_iter().for_each(|(_, done)| drop(done.send(Err(refusal()))));
        self.withdrawals.into_iter().for_each(|(_, done)| drop(done.send(Err(refusal()))));
    }
}
