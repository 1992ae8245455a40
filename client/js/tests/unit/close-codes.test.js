import assert from "node:assert/strict";
import { test } from "node:test";
import { afterClose } from "../../gochat/close-codes.js";

test("close codes decide: reconnect, sign in again, or stop", () => {
  assert.equal(afterClose(4401, true), "refresh");
  assert.equal(afterClose(1008, true), "stop");
  assert.equal(afterClose(1012, true), "soon");
  for (const code of [1000, 1001, 1005, 1006, 1009, 1013, 4999])
    assert.equal(afterClose(code, true), "reconnect", `${code}`);
});

test("a failed handshake may be the token's fault", () => {
  assert.equal(afterClose(1006, false), "check");
});
