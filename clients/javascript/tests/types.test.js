// The types: the sources hold them, and `types/` is what they give now.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const timeout = 120_000;
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const TSC = join(PACKAGE, "node_modules", "typescript", "bin", "tsc");

/** What the compiler has to say; nothing if all is well. */
function compile(...words) {
  return new Promise((resolve) => {
    execFile(process.execPath, [TSC, ...words], { cwd: PACKAGE }, (error, stdout, stderr) =>
      resolve(error ? stdout + stderr : ""),
    );
  });
}

async function folder(t) {
  const made = await mkdtemp(join(tmpdir(), "agent-hub-js-"));
  t.after(() => rm(made, { recursive: true }));
  return made;
}

/** Every file of a folder with its text. */
async function textsOf(root) {
  const names = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = names.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path.slice(root.length), await readFile(path, "utf8")])),
  );
}

test("the strict compiler finds nothing, and types/ is current: `npm run types` writes it", { timeout }, async (t) => {
  const out = await folder(t);
  assert.equal(await compile("-p", "tsconfig.json", "--outDir", out), "");
  assert.deepEqual(await textsOf(join(PACKAGE, "types")), await textsOf(out));
});

test(
  "a program in TypeScript is helped by them, in a browser too, and told of its mistakes",
  { timeout },
  async (t) => {
    const out = await folder(t);
    await mkdir(join(out, "node_modules"));
    await symlink(PACKAGE, join(out, "node_modules", "agent-hub"));
    const program = `
    import { codes, connect, HubError, type ConnectOptions, type Message, type Peer, type Positions } from "agent-hub";
    import { memoryStorage, sealing, type Storage } from "agent-hub/sealing";
    const storage: Storage = memoryStorage();
    const options: ConnectOptions = { url: "http://127.0.0.1", agent: "a", apiKey: "k", sealing: sealing({ storage, suite: "xwing" }) };
    await using hub = await connect(options);
    const { token }: { token: string } = await hub.send(["a", "#b"], new Uint8Array(), { ttl: 60 });
    const notes = hub.notifications({ own: true });
    for await (const note of notes) {
      const message: Message = await note.read({ signal: AbortSignal.timeout(1) });
      const text: string = message.text() + message.from + note.createdAt.toISOString() + (message.sentAt?.getTime() ?? 0);
      const reply: string | undefined = note.replyTo;
      await note.reply(text + reply);
    }
    const positions: Positions = notes.positions;
    for await (const peer of hub.peers()) { const known: Peer = peer; known.name satisfies string; }
    const acked: number | undefined = (await hub.wait(1)).streams["a"]?.acked;
    try { await hub.keys.verify("b", await hub.keys.words()); } catch (error) { if (error instanceof HubError) error.code satisfies string; }
    codes.not_found.meaning satisfies string;
    // @ts-expect-error: a misspelt option
    await hub.publish({ name: "n", data: "d", too: ["b"] });
    // @ts-expect-error: no such suite
    sealing({ storage, suite: "x448" });
    // @ts-expect-error: a body is bytes or text
    await hub.send("b", { a: 1 });
    export { acked, positions, token };
  `;
    await writeFile(join(out, "program.mts"), program);
    const lib = ["ES2022", "DOM", "DOM.Iterable", "DOM.AsyncIterable", "ESNext.Disposable"];
    for (const [module, moduleResolution] of [
      ["NodeNext", "NodeNext"],
      ["ESNext", "bundler"],
    ]) {
      const compilerOptions = {
        strict: true,
        noEmit: true,
        target: "ES2022",
        types: [],
        lib,
        module,
        moduleResolution,
      };
      await writeFile(join(out, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.mts"] }));
      assert.equal(await compile("-p", out), "");
    }
  },
);
