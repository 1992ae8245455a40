import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Backoff } from "../../gochat/backoff.js";

test("waits grow to their bound, and begin anew", () => {
  const random = mock.method(Math, "random", () => 1);
  const backoff = new Backoff(500, 20_000);
  const waits = Array.from({ length: 12 }, () => backoff.next());
  assert.deepEqual(waits.slice(0, 3).map(Math.round), [800, 1280, 2048]);
  assert.equal(waits.at(-1), 20_000);
  for (let more = 0; more < 2_000; more += 1) assert.equal(backoff.next(), 20_000);
  backoff.reset(2);
  assert.equal(Math.round(backoff.next()), 2048, "as after two failures");
  backoff.reset();
  assert.equal(Math.round(backoff.next()), 800);
  random.mock.restore();
});

test("waits spread over all of their range", () => {
  const rolls = [0, 0.5, 1];
  const random = mock.method(Math, "random", () => rolls.shift() ?? 0);
  const waits = [0, 1, 2].map(() => new Backoff(100, 10_000).next());
  assert.deepEqual(waits, [100, 130, 160]);
  random.mock.restore();
});
