// Whom something is sealed for: everybody that its addresses reach, as far as their keys are believed.

import { HubError, refused, SealError } from "../error.js";

/** @typedef {import("./suites.js").PublicKey} PublicKey */

/** Whom something can be sealed for, and whom not. */
export class Recipients {
  /** By name. @type {Map<string, PublicKey>} */
  keys = new Map();
  /** Why not, by name. @type {Map<string, HubError>} */
  #refused = new Map();
  #agent;
  #own;

  /**
   * @param {string} agent Who sends it.
   * @param {PublicKey} own Its key: what the hub says of that does not count.
   */
  constructor(agent, own) {
    this.#agent = agent;
    this.#own = own;
  }

  /** Members of the channels that it cannot be sealed for. @returns {import("../sealer.js").LeftOut[]} */
  get leftOut() {
    const left = [...this.#refused].filter(([agent]) => !this.keys.has(agent));
    return left.map(([agent, { code }]) => ({ agent, code })).sort((one, other) => (one.agent < other.agent ? -1 : 1));
  }

  /**
   * Adds everybody that the addresses reach; of a channel, its members now.
   *
   * @param {string[]} to
   * @param {{ keys: import("./keys.js").Keys, port: import("../sealer.js").Port, signal?: AbortSignal }} from
   */
  async add(to, { keys, port, signal }) {
    for (const address of to) {
      try {
        if (address === this.#agent) this.keys.set(address, this.#own);
        else if (!address.startsWith("#")) this.keys.set(address, await keys.encryptionKey(address, signal));
        else await this.#addMembers(port.members(address, signal), keys);
      } catch (error) {
        if (!(error instanceof HubError) || error.code !== "not_found") throw error;
        throw refused("unknown_address", `there is no agent or channel \`${address}\``);
      }
    }
  }

  /**
   * Members without good keys may be left out, unless nobody but the sender remains.
   *
   * @param {boolean} allMembers None may.
   * @throws {HubError} Why not. Keys that are not believed may be an attack: they come first.
   */
  check(allMembers) {
    const isNobodyLeft = [...this.keys.keys()].every((agent) => agent === this.#agent);
    const left = this.leftOut.map(({ agent }) => this.#refused.get(agent));
    if (left.length === 0 || !(allMembers || isNobodyLeft)) return;
    throw left.find((error) => error instanceof SealError) ?? left[0];
  }

  /**
   * @param {AsyncIterable<import("../wire/bodies.js").Peer>} members
   * @param {import("./keys.js").Keys} keys
   */
  async #addMembers(members, keys) {
    const others = [];
    for await (const member of members) {
      if (member.name === this.#agent) this.keys.set(member.name, this.#own);
      else others.push(member);
    }
    for (const [agent, believed] of await keys.believe(others)) {
      if (believed instanceof HubError) this.#refused.set(agent, believed);
      else this.keys.set(agent, believed.enc);
    }
  }
}
