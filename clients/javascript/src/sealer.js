// What a client needs of encryption. `agent-hub/sealing` has it; the client itself knows no more of it than this.

/**
 * What encrypts and decrypts, before it knows for whom.
 *
 * @typedef {object} Sealing
 * @property {(port: Port) => Sealer} attach Is called once, by `connect`.
 */

/**
 * What sealing needs of a client.
 *
 * @typedef {object} Port
 * @property {string} agent The agent's name.
 * @property {string} url The hub's address, for people.
 * @property {() => Promise<string>} hubId Who the hub is, as it says itself.
 * @property {(name: string, signal?: AbortSignal) => Promise<import("./wire/bodies.js").Peer>} peer An agent, as the directory has it; `me`: this one.
 * @property {(channel: string, signal?: AbortSignal) => AsyncIterable<import("./wire/bodies.js").Peer>} members The members of a channel.
 * @property {(keys: object, signal?: AbortSignal) => Promise<void>} putKeys Publishes this agent's keys.
 */

/**
 * What is to be sealed.
 *
 * @typedef {object} Draft
 * @property {string[]} to Addresses.
 * @property {string} name
 * @property {string | undefined} replyTo
 * @property {Uint8Array} body
 * @property {boolean} allMembers It is refused unless it can be sealed for each member of a channel.
 * @property {(bytes: number) => void} checkSize Throws if the data would be too large.
 * @property {AbortSignal} [signal]
 */

/**
 * A member of a channel that something was not sealed for: it is told of it, and cannot open it.
 *
 * @typedef {object} LeftOut
 * @property {string} agent
 * @property {string} code Why: `no_keys`, or why its keys are not believed: `key_changed`, `key_rolled_back`, `bad_bundle`.
 */

/**
 * An envelope, and whom it is for.
 *
 * @typedef {object} Sealed
 * @property {string} data The text for `data`.
 * @property {string[]} sealedFor
 * @property {LeftOut[]} leftOut
 */

/**
 * What encrypts and decrypts for one agent.
 *
 * @typedef {object} Sealer
 * @property {(signal?: AbortSignal) => Promise<void>} begin Sees to it that the agent has keys, and the directory has them.
 * @property {(draft: Draft) => Promise<Sealed>} seal
 * @property {(item: import("./wire/bodies.js").Item, signal?: AbortSignal) => Promise<{ body: Uint8Array, sentAt: Date }>} open
 * @property {import("./sealing/keys.js").Keys} keys The verbs about keys.
 */

export {};
