// An HTTP server that answers as a test says: for what a real hub does not do when it is asked.

import { createServer } from "node:http";
import { once } from "node:events";

/**
 * Serves as long as the test lives. Logins are answered; everything else by `answer`, which is given the request with its
 * body, how many came before it on this path, and how many logins there were.
 */
export async function scripted(t, answer, { jwtLifeS = 3_600 } = {}) {
  const requests = [];
  const logins = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const told = { method: request.method, path: request.url, headers: request.headers, body };
    const list = request.url === "/login" ? logins : requests;
    list.push(told);
    const before = list.filter(({ path }) => path === told.path).length - 1;
    const send = (status, json, headers = {}) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(typeof json === "string" ? json : JSON.stringify(json));
    };
    const reply = {
      send,
      response,
      refuse: (status, code, headers) => send(status, { code, title: "No.", status }, headers),
    };
    const answered = await answer?.(told, reply, { before, logins: logins.length });
    if (request.url === "/login" && answered === undefined)
      send(200, { token: jwt(jwtLifeS), expires_at: "2030-01-01T00:00:00Z" });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, server, requests, logins };
}

let drawn = 0;

/** What looks like a JWT of a hub. */
export function jwt(lifeS, hub = "h1") {
  const part = (json) => Buffer.from(JSON.stringify(json)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part({ aud: hub, iat: 1_000, exp: 1_000 + lifeS, n: (drawn += 1) })}.c2ln`;
}
