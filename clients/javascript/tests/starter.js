// A process of its own for `profile.test.js`: connects as an agent of a profile, learns a peer's keys, prints its words.

import { connect } from "agent-hub";
import { profile } from "agent-hub/node";

const [agent, peer] = process.argv.slice(2);
const hub = await connect(await profile(agent));
if (peer) await hub.keys.of(peer);
process.stdout.write(await hub.keys.words());
await hub.close();
