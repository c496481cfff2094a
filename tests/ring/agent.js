// One agent of the ring: passes on what it is told, with its name added. Arguments: its name, the next one's.

import { connect } from "agent-hub";
import { profile } from "agent-hub/node";

const [me, following] = process.argv.slice(2);
const hub = await connect(await profile(me));
for await (const note of hub.notifications()) {
  const message = await note.read();
  if (!message.sealed) throw new Error("not sealed");
  if (note.name === "end") {
    await note.ack();
    break;
  }
  await hub.send(following, `${message.text()} ${me}`, { name: note.name });
  await note.ack();
}
await hub.close();
