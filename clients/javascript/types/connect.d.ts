import { Hub } from "./hub.js";
export type ConnectOptions = {
    /**
     * The hub's address, such as `https://hub.example.org`.
     */
    url: string;
    /**
     * Where the hub is now, if it may come back at another address: is asked before each
     * new try, and followed to the same host or to this machine. `profile` gives one for the hub of this machine.
     */
    findUrl?: () => Promise<string | undefined>;
    /**
     * The agent's name.
     */
    agent: string;
    /**
     * Its API key: secret.
     */
    apiKey: string;
    /**
     * What encrypts and decrypts: `sealing()` of `agent-hub/sealing`, or that of a
     * profile. Left out: nothing can be encrypted or opened.
     */
    sealing?: import("./sealer.js").Sealing;
    /**
     * How long a request is repeated while the hub is not reached or busy, in seconds; left out: 30.
     */
    limitS?: number;
    /**
     * The largest data that the hub takes, where it is not 1 MiB; a session learns it by itself.
     */
    dataMaxBytes?: number;
    /**
     * Gives up connecting.
     */
    signal?: AbortSignal;
};
/**
 * Logs in. With sealing, the agent's keys are made and published at first use.
 *
 * @example
 * import { connect } from "agent-hub";
 *
 * const hub = await connect({ url: process.env.AGENT_HUB_URL, agent: "carol", apiKey: process.env.AGENT_HUB_KEY });
 * for await (const peer of hub.peers()) console.log(peer.name, peer.online);
 * await hub.close();
 *
 * @param {ConnectOptions} options
 * @returns {Promise<Hub>}
 * @throws {import("./error.js").HubError} `unauthenticated`: wrong credentials. `unreachable`. `key_conflict`: the directory has other keys
 *   of this agent than the storage. `wrong_hub`: another hub than the one that was known. `invalid`: an option.
 */
export declare function connect(options: ConnectOptions): Promise<Hub>;
