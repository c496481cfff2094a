//! What the commands of an agent share: who is asking ([`seat`]), what it was shown and has sent ([`memory`]), how it moves past
//! what it said itself ([`own`]), how entries are named ([`reference`]) and written ([`line`]), and how the way of a large body is shown ([`progress`]).

pub(super) mod line;
pub(super) mod memory;
mod names;
pub(super) mod own;
pub(super) mod progress;
pub(super) mod reference;
pub(super) mod seat;
mod shown;

pub(super) use line::Filter;
pub(super) use memory::{Memory, Story};
pub(super) use reference::Reference;
pub(super) use seat::{Asked, Seat, SeatArgs};
