// Who is there: agents and channels. `Hub` has these verbs.

import { HubError } from "./error.js";
import { checkAgentName, checkChannelName } from "./names.js";
import { checkOptions } from "./options.js";
import { pages } from "./pages.js";
import { Rest } from "./requests/rest.js";
import {
  channelAnswer,
  channelsAnswer,
  membersAnswer,
  membershipAnswer,
  okAnswer,
  peerAnswer,
  peersAnswer,
} from "./wire/bodies.js";

/** @typedef {import("./options.js").WaitOptions} WaitOptions */
/** @typedef {import("./wire/bodies.js").Channel} Channel */
/** @typedef {import("./wire/bodies.js").Membership} Membership */
/** @typedef {import("./wire/bodies.js").Peer} Peer */

const CHANNELS = "/secure/channels";

/** The verbs about agents and channels. */
export class Directory {
  #rest;

  /** @param {Rest} rest */
  constructor(rest) {
    this.#rest = rest;
  }

  /**
   * Every agent, in the order of their names.
   *
   * @param {WaitOptions} [options]
   * @returns {AsyncGenerator<Peer, void, undefined>}
   */
  peers(options = {}) {
    checkOptions(options, ["signal"]);
    return pages(this.#rest, { path: "/secure/agents", shape: peersAnswer, field: "agents", signal: options.signal });
  }

  /**
   * One agent.
   *
   * @param {string} name
   * @param {WaitOptions} [options]
   * @returns {Promise<Peer>}
   * @throws {HubError} `not_found`.
   */
  async peer(name, options = {}) {
    checkOptions(options, ["signal"]);
    return this.#rest.call({ path: `/secure/agents/${checkAgentName(name)}`, signal: options.signal }, peerAnswer);
  }

  /**
   * Every channel, in the order of their names.
   *
   * @param {WaitOptions} [options]
   * @returns {AsyncGenerator<Channel, void, undefined>}
   */
  channels(options = {}) {
    checkOptions(options, ["signal"]);
    return pages(this.#rest, { path: CHANNELS, shape: channelsAnswer, field: "channels", signal: options.signal });
  }

  /**
   * Makes a channel; its maker is its owner and a member.
   *
   * @param {string} name With or without its `#`.
   * @param {{ closed?: boolean } & WaitOptions} [options] `closed`: its owner chooses the members, and only they publish.
   * @returns {Promise<Channel>}
   * @throws {HubError} `name_taken`.
   */
  async createChannel(name, options = {}) {
    checkOptions(options, ["closed", "signal"]);
    const { closed = false, signal } = options;
    const body = { name: checkChannelName(name), ...(closed ? { closed } : {}) };
    try {
      return await this.#rest.call({ method: "POST", path: CHANNELS, body, signal }, channelAnswer);
    } catch (error) {
      // An earlier try may have made it, and its answer was lost.
      const isOurs = error instanceof HubError && error.code === "name_taken" && Rest.wasRepeated(error);
      const made = isOurs ? await this.#findChannel(`#${body.name}`, signal) : undefined;
      if (made?.owner === this.#rest.agent && made.closed === closed) return made;
      throw error;
    }
  }

  /**
   * Joins a channel: what is published from now on is told to this agent. Doing it twice is the same as once.
   *
   * @param {string} name With or without its `#`.
   * @param {WaitOptions} [options]
   * @returns {Promise<Membership>}
   * @throws {HubError} `not_found`. `not_member`: it is closed.
   */
  async join(name, options = {}) {
    checkOptions(options, ["signal"]);
    return this.#rest.call(
      { method: "PUT", path: pathOf(name, "membership"), signal: options.signal },
      membershipAnswer,
    );
  }

  /**
   * Leaves a channel.
   *
   * @param {string} name With or without its `#`.
   * @param {WaitOptions} [options]
   * @returns {Promise<void>}
   * @throws {HubError} `owner_stays`, `not_found`.
   */
  async leave(name, options = {}) {
    checkOptions(options, ["signal"]);
    await this.#rest.call({ method: "DELETE", path: pathOf(name, "membership"), signal: options.signal }, okAnswer);
  }

  /**
   * The members of a channel, for members and operators.
   *
   * @param {string} name With or without its `#`.
   * @param {WaitOptions} [options]
   * @returns {AsyncGenerator<Peer, void, undefined>}
   * @throws {HubError} `not_found`, `not_member`.
   */
  members(name, options = {}) {
    checkOptions(options, ["signal"]);
    const path = pathOf(name, "members");
    return pages(this.#rest, { path, shape: membersAnswer, field: "members", signal: options.signal });
  }

  /**
   * Makes an agent a member; for the owner and operators.
   *
   * @param {string} name The channel.
   * @param {string} agent
   * @param {WaitOptions} [options]
   * @returns {Promise<void>}
   * @throws {HubError} `forbidden`, `not_found`.
   */
  async addMember(name, agent, options = {}) {
    checkOptions(options, ["signal"]);
    const path = `${pathOf(name, "members")}/${checkAgentName(agent)}`;
    await this.#rest.call({ method: "PUT", path, signal: options.signal }, okAnswer);
  }

  /**
   * Ends an agent's membership; for the owner and operators.
   *
   * @param {string} name The channel.
   * @param {string} agent
   * @param {WaitOptions} [options]
   * @returns {Promise<void>}
   * @throws {HubError} `forbidden`, `not_found`.
   */
  async removeMember(name, agent, options = {}) {
    checkOptions(options, ["signal"]);
    const path = `${pathOf(name, "members")}/${checkAgentName(agent)}`;
    await this.#rest.call({ method: "DELETE", path, signal: options.signal }, okAnswer);
  }

  /**
   * @param {string} name
   * @param {AbortSignal} [signal]
   */
  async #findChannel(name, signal) {
    for await (const channel of this.channels({ signal })) {
      if (channel.name === name) return channel;
    }
    return undefined;
  }
}

/**
 * In a path, a channel is written without its `#`.
 *
 * @param {string} name
 * @param {string} rest
 */
function pathOf(name, rest) {
  return `${CHANNELS}/${checkChannelName(name)}/${rest}`;
}
