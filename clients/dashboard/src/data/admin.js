// The routes of administration (docs/admin.md), one verb each. Answers have the names of the wire.

/** @typedef {{ name: string, role: string, disabled: boolean, created_at: string, last_seen?: string, sessions: number, backlog: number, oldest?: string }} Agent */
/** @typedef {{ stream: string, acked: number, acked_at?: string, head: number, backlog: number, oldest?: string }} StreamState */
/** @typedef {{ session: string, agent: string, opened_at: string, address: string, streams: number, behind: number, watching: boolean }} LiveSession */
/** @typedef {Agent & { streams: StreamState[], live: LiveSession[], keys?: unknown }} AgentDetail */
/** @typedef {{ name: string, owner: string, closed: boolean, disabled: boolean, created_at: string, members: number, head: number }} Channel */
/** @typedef {{ item: string, from: string, to: string[], name: string, size: number, ttl: number, one_time: boolean, created_at: string, expires_at: string, state: string, reply_to?: string }} ItemLine */
/** @typedef {{ agent: string, pushed: string[], acked: boolean, acked_by?: string, read?: string, online: boolean }} RecipientLife */
/** @typedef {{ address: string, seq: number, recipients: RecipientLife[], more: boolean }} AddressLife */
/** @typedef {ItemLine & { taken_by?: string, taken_at?: string, addresses: AddressLife[], readers: { agent: string, read: string }[], thread: ItemLine[], replies: ItemLine[] }} ItemLife */
/** @typedef {{ id: number, at: string, actor: string, action: string, subject: string, detail: string }} AuditLine */
/** @typedef {{ data_max_bytes: number, socket_data_max_bytes: number, message_max_bytes: number, inline_max_bytes: number, to_max: number, ttl_max_s: number }} Limits */
/** @typedef {{ version: string, hub: string, epoch: string, started_at: string, database: string, ready: boolean, sessions: number, watchers: number, limits: Limits }} HubFacts */
/** @typedef {{ interval_s: number, until: string, series: Record<string, (number | null)[]> }} History */
/** @typedef {{ actor?: string, action?: string, subject?: string, since?: string, until?: string }} AuditQuery */
/** @typedef {Record<string, string | number | undefined>} Query */

/** What an operator asks the hub. */
export class Admin {
  #hub;

  /** @param {import("/client/index.js").Hub} hub */
  constructor(hub) {
    this.#hub = hub;
  }

  /** @param {AbortSignal} [signal] @returns {Promise<HubFacts>} */
  hub(signal) {
    return this.#get("/admin/hub", {}, signal);
  }

  /** @param {AbortSignal} [signal] @returns {Promise<History>} */
  history(signal) {
    return this.#get("/admin/history", {}, signal);
  }

  /** @param {Query} query @param {AbortSignal} [signal] @returns {Promise<{ agents: Agent[], more: boolean }>} */
  agents(query, signal) {
    return this.#get("/admin/agents", query, signal);
  }

  /** @param {string} name @param {AbortSignal} [signal] @returns {Promise<AgentDetail>} */
  agent(name, signal) {
    return this.#get(`/admin/agents/${encodeURIComponent(name)}`, {}, signal);
  }

  /** @param {string} name @param {string} role @returns {Promise<{ name: string, api_key: string }>} */
  create(name, role) {
    return this.#post("/admin/agents", { name, role });
  }

  /** @param {string} name @param {number | undefined} overlapS @returns {Promise<{ name: string, api_key: string }>} */
  rotate(name, overlapS) {
    return this.#post(`/admin/agents/${encodeURIComponent(name)}/rotate`, overlapS ? { overlap_s: overlapS } : {});
  }

  /** @param {string} name @param {string} role @returns {Promise<unknown>} */
  role(name, role) {
    return this.#post(`/admin/agents/${encodeURIComponent(name)}/role`, { role });
  }

  /** @param {string} name @param {boolean} disabled @returns {Promise<unknown>} */
  disable(name, disabled) {
    return this.#post(`/admin/agents/${encodeURIComponent(name)}/${disabled ? "disable" : "enable"}`);
  }

  /** @param {string} session @returns {Promise<unknown>} */
  cut(session) {
    return this.#hub.request(`/admin/sessions/${encodeURIComponent(session)}`, { method: "DELETE" });
  }

  /** @param {AbortSignal} [signal] @returns {Promise<{ channels: Channel[], more: boolean }>} */
  channels(signal) {
    return this.#get("/admin/channels", { limit: 1_000 }, signal);
  }

  /** @param {Query} query @param {AbortSignal} [signal] @returns {Promise<{ items: ItemLine[], more: boolean }>} */
  items(query, signal) {
    return this.#get("/admin/items", query, signal);
  }

  /** @param {string} item Its id, or its token. @param {AbortSignal} [signal] @returns {Promise<ItemLife>} */
  item(item, signal) {
    return this.#get(`/admin/items/${encodeURIComponent(item)}`, {}, signal);
  }

  /**
   * @param {AuditQuery & { before?: number, limit?: number }} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<{ lines: AuditLine[], more: boolean }>}
   */
  audit(query, signal) {
    return this.#get("/admin/audit", query, signal);
  }

  /** @param {AuditQuery} query @param {AbortSignal} [signal] @returns {Promise<string>} */
  async auditCsv(query, signal) {
    return String(await this.#hub.request(withQuery("/admin/audit.csv", query), { asText: true, signal }));
  }

  /**
   * @param {string} path
   * @param {Query} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>} As the hub wrote it: the page believes its hub.
   */
  #get(path, query, signal) {
    return this.#hub.request(withQuery(path, query), signal ? { signal } : {});
  }

  /**
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>}
   */
  #post(path, body) {
    return this.#hub.request(path, { method: "POST", ...(body === undefined ? {} : { body }) });
  }
}

/**
 * @param {string} path
 * @param {Query} query Nothing and `""` are left out.
 */
function withQuery(path, query) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const written = pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
  return written === "" ? path : `${path}?${written}`;
}
