// Over TLS: requests and sockets go to a hub behind a proxy that speaks it, and only if its certificate holds.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { TestHub } from "./hub.js";

const run = promisify(execFile);
const TOLD = fileURLToPath(new URL("told.js", import.meta.url));

/** A certificate for this machine that nobody knows, and a proxy before the hub that has it. */
async function tlsBefore(t, hub) {
  const folder = await mkdtemp(join(tmpdir(), "agent-hub-js-"));
  t.after(() => rm(folder, { recursive: true }));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  await run("openssl", ["req", "-x509", ...kind, ...subject, "-days", "1", "-keyout", key, "-out", cert]);
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (socket) => {
    const line = connect(Number(new URL(hub.url).port), "127.0.0.1");
    socket.pipe(line).pipe(socket);
    for (const end of [socket, line]) end.on("error", () => [socket, line].forEach((each) => each.destroy()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { url: `https://127.0.0.1:${server.address().port}`, cert };
}

test(
  "requests and sockets go over TLS, and a certificate that does not hold is refused",
  { timeout: 60_000 },
  async (t) => {
    const hub = await TestHub.start(t);
    const { url, cert } = await tlsBefore(t, hub);
    const alice = await hub.connect("alice");
    const env = { ...process.env, AGENT_HUB_URL: url, AGENT_HUB_KEY: await hub.key("bob") };
    await alice.send("bob", "over TLS", { plain: true });
    const { stdout } = await run(process.execPath, [TOLD], { env: { ...env, NODE_EXTRA_CA_CERTS: cert } });
    assert.equal(stdout, "over TLS");
    await assert.rejects(run(process.execPath, [TOLD], { env }), /unreachable.*self-signed/s);
  },
);
