// A real hub for a test: its own process, its own database, gone when the test ends.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { connect } from "agent-hub";

const run = promisify(execFile);

/** Every test of what the hub keeps runs on both. */
export const DATABASES = /** @type {const} */ (["sqlite", "mysql"]);

const START_LIMIT_MS = 30_000;

/** @param {string} name @param {string} what */
function setting(name, what) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: it must be ${what}`);
  return value;
}

/**
 * @typedef {object} HubOptions
 * @property {"sqlite" | "mysql"} [database]
 * @property {string[]} [flags] Of `serve`.
 */

export class TestHub {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #process;
  /** Agents and their keys. @type {Map<string, string>} */
  #keys = new Map();
  /** @type {import("agent-hub").Hub[]} */
  #clients = [];
  url = "";
  log = "";

  /**
   * @param {string} folder
   * @param {string[]} flags
   * @param {Record<string, string>} env
   */
  constructor(folder, flags, env) {
    this.folder = folder;
    this.flags = flags;
    this.env = env;
    this.binary = setting("AGENT_HUB_BIN", "the path of a built agent-hub");
  }

  /**
   * Starts a hub that lives as long as the test.
   *
   * @param {import("node:test").TestContext} test
   * @param {HubOptions} [options]
   */
  static async start(test, { database = "sqlite", flags = [] } = {}) {
    const folder = await mkdtemp(join(tmpdir(), "agent-hub-js-"));
    test.after(() => rm(folder, { recursive: true, force: true }));
    const hub = new TestHub(folder, flags, database === "mysql" ? await freshDatabase(test) : {});
    test.after(() => hub.end());
    await hub.serve();
    return hub;
  }

  /** Serves: at first on a free port, and when started again on the same. */
  async serve() {
    const listen = this.url === "" ? "127.0.0.1:0" : new URL(this.url).host;
    const child = spawn(this.binary, ["serve", "--listen", listen, ...this.flags], { env: this.#env() });
    this.#process = child;
    child.stderr.on("data", (chunk) => (this.log += chunk));
    let told = "";
    await new Promise((resolve, reject) => {
      const fail = (/** @type {string} */ why) =>
        reject(new Error(`the hub did not start: ${why}\n${told}${this.log}`));
      const timer = setTimeout(() => fail("it took too long"), START_LIMIT_MS);
      child.on("exit", (code) => fail(`it ended with ${code}`));
      child.on("error", (error) => fail(error.message));
      child.stdout.on("data", (chunk) => {
        told += chunk;
        const address = /listens on (http:\S+)/.exec(told);
        if (!address) return;
        clearTimeout(timer);
        this.url = String(address[1]);
        resolve(undefined);
      });
    });
  }

  /**
   * Ends the hub: at once, or as an operator would.
   *
   * @param {"SIGKILL" | "SIGTERM"} [how]
   */
  async stop(how = "SIGKILL") {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(how);
    await ended;
  }

  async restart(how = /** @type {"SIGKILL" | "SIGTERM"} */ ("SIGKILL")) {
    await this.stop(how);
    await this.serve();
  }

  /** Killed, and started again at an address that it had not before. */
  async restartElsewhere() {
    await this.stop();
    this.url = "";
    await this.serve();
  }

  /** Closes the clients and ends the hub. */
  async end() {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.stop();
  }

  /**
   * Runs a command of the hub's own; what it prints.
   *
   * @param {string[]} words
   */
  async command(...words) {
    const { stdout } = await run(this.binary, words, { env: this.#env() });
    return stdout.trim();
  }

  /**
   * The API key of an agent, who is made if it is new.
   *
   * @param {string} agent
   */
  async key(agent) {
    const known = this.#keys.get(agent);
    if (known) return known;
    const key = await this.command("agent", "add", agent);
    this.#keys.set(agent, key);
    return key;
  }

  /**
   * A client of an agent, who is made if it is new; closed when the test ends.
   *
   * @param {string} agent
   * @param {Partial<import("agent-hub").ConnectOptions>} [options]
   */
  async connect(agent, options = {}) {
    const client = await connect({ url: this.url, agent, apiKey: await this.key(agent), ...options });
    this.#clients.push(client);
    return client;
  }

  /**
   * Writes the profile of an agent, as docs/encryption.md has it.
   *
   * @param {string} agent
   * @param {string} [url]
   */
  async writeProfile(agent, url = this.url) {
    const profiles = join(this.folder, "profiles");
    await mkdir(profiles, { recursive: true });
    const text = JSON.stringify({ agent, api_key: await this.key(agent), hub: url });
    await writeFile(join(profiles, `${agent}.json`), text, { mode: 0o600 });
  }

  #env() {
    return { PATH: process.env.PATH, AGENT_HUB_DATA_DIR: this.folder, ...this.env };
  }
}

/**
 * A database of its own on the MariaDB of the tests, dropped when the test ends.
 *
 * @param {import("node:test").TestContext} test
 */
async function freshDatabase(test) {
  const server = new URL(setting("AGENT_HUB_TEST_MYSQL", "the address of a MariaDB, as mysql://root@127.0.0.1:3306"));
  const name = `agent_hub_js_${randomBytes(6).toString("hex")}`;
  const sql = (/** @type {string} */ statement) =>
    run("mariadb", ["--no-defaults", "-h", server.hostname, "-P", server.port, "-u", server.username, "-e", statement]);
  await sql(`CREATE DATABASE ${name}`);
  test.after(() => sql(`DROP DATABASE ${name}`));
  return { DATABASE_URL: `${server.href.replace(/\/$/, "")}/${name}`, JWT_SECRET: randomBytes(32).toString("hex") };
}
