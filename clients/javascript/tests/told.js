// A process of its own for `tls.test.js`: bob is told something, reads it, and prints it.

import { connect } from "agent-hub";

const { AGENT_HUB_URL: url = "", AGENT_HUB_KEY: apiKey = "" } = process.env;
const hub = await connect({ url, agent: "bob", apiKey, limitS: 2 });
for await (const note of hub.notifications()) {
  process.stdout.write((await note.read()).text());
  await note.ack();
  break;
}
await hub.close();
