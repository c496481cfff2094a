// The client of agent-hub, for Node and browsers: no dependency, no build step.
//
// - `connect.js`: from credentials to a `Hub`, whose verbs are in `hub.js`;
// - `requests/`: REST, logged in, repeated where that can help, bounded in time;
// - `session/`: being told over a socket, every entry once and in order, whatever happens to the connection;
// - `websocket/`: Node's and the browser's, as something that messages are received from;
// - `wire/`: what JSON becomes;
// - `sealing/` (entry point `agent-hub/sealing`): encryption; `node.js` (`agent-hub/node`): the files of a profile.

export { codes } from "./codes.js";
export { connect } from "./connect.js";
export { HubError, SealError } from "./error.js";
export { Hub } from "./hub.js";
export { Message } from "./message.js";
export { Note } from "./note.js";
export { Notifications } from "./notifications.js";

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
