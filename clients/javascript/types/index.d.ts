export { codes } from "./codes.js";
export { connect } from "./connect.js";
export { HubError, SealError } from "./error.js";
export { Hub } from "./hub.js";
export { Message } from "./message.js";
export { Note } from "./note.js";
export { Notifications } from "./notifications.js";
export type Code = import("./codes.js").Code;
export type ConnectOptions = import("./connect.js").ConnectOptions;
export type Inbox = import("./inbox.js").Inbox;
export type ListenOptions = import("./options.js").ListenOptions;
export type PublishOptions = import("./options.js").PublishOptions;
export type SendOptions = import("./options.js").SendOptions;
export type Positions = import("./session/tracks.js").Positions;
export type Channel = import("./wire/bodies.js").Channel;
export type Item = import("./wire/bodies.js").Item;
export type Membership = import("./wire/bodies.js").Membership;
export type Peer = import("./wire/bodies.js").Peer;
export type Skipped = import("./wire/bodies.js").Skipped;
export type HubEvent = import("./wire/frames.js").HubEvent;
export type Told = import("./session/watch.js").Told;
export type Status = import("./wire/status.js").Status;
/** @typedef {import("./codes.js").Code} Code */
/** @typedef {import("./connect.js").ConnectOptions} ConnectOptions */
/** @typedef {import("./inbox.js").Inbox} Inbox */
/** @typedef {import("./options.js").ListenOptions} ListenOptions */
/** @typedef {import("./options.js").PublishOptions} PublishOptions */
/** @typedef {import("./options.js").SendOptions} SendOptions */
/** @typedef {import("./session/tracks.js").Positions} Positions */
/** @typedef {import("./wire/bodies.js").Channel} Channel */
/** @typedef {import("./wire/bodies.js").Item} Item */
/** @typedef {import("./wire/bodies.js").Membership} Membership */
/** @typedef {import("./wire/bodies.js").Peer} Peer */
/** @typedef {import("./wire/bodies.js").Skipped} Skipped */
/** @typedef {import("./wire/frames.js").HubEvent} HubEvent */
/** @typedef {import("./session/watch.js").Told} Told */
/** @typedef {import("./wire/status.js").Status} Status */
