// What the errors say of themselves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HubError, SealError } from "agent-hub";

test("what is wrong with one item lasts, and what is wrong around it does not", () => {
  const hub = (code, status) => new HubError(code, "x", { status });
  const lasting = [hub("expired", 410), hub("address_disabled", 422), hub("no_keys", 0), new SealError("malformed")];
  assert.deepEqual(
    lasting.map((error) => error.lasts),
    lasting.map(() => true),
  );
  const passing = [hub("unauthenticated", 401), hub("too_many_requests", 429), hub("busy", 503), hub("http_404", 404)];
  passing.push(hub("unreachable", 0), hub("closed", 0), hub("profile", 0));
  assert.deepEqual(
    passing.map((error) => error.lasts),
    passing.map(() => false),
  );
});
