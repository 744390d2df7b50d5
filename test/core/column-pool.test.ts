/** Arrays that are lent: always empty, never lent twice at a time, and not more of them kept than is wanted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ColumnPool } from "#src/core/column-pool.ts";

const LARGE = 100_000;

test("what comes back is lent again, as empty as new", () => {
  const pool = new ColumnPool();
  const first = pool.lease();
  const array = first.take(LARGE);
  assert.ok(array.every(Number.isNaN));
  array.fill(7);
  const meanwhile = pool.lease().take(LARGE);
  assert.notEqual(meanwhile.buffer, array.buffer, "not while somebody has it");
  first.release();
  first.release();
  const second = pool.lease();
  const again = second.take(LARGE - 5000);
  assert.equal(again.buffer, array.buffer);
  assert.deepEqual([again.length, again.every(Number.isNaN)], [LARGE - 5000, true]);
  assert.notEqual(second.take(LARGE).buffer, array.buffer, "nor twice after it came back twice");
});

test("a large array is not used for little, and small ones are not kept", () => {
  const pool = new ColumnPool();
  const lease = pool.lease();
  const large = lease.take(10 * LARGE);
  const small = lease.take(100);
  lease.release();
  const next = pool.lease();
  assert.notEqual(next.take(LARGE).buffer, large.buffer);
  assert.notEqual(next.take(100).buffer, small.buffer);
  assert.equal(next.take(4 * LARGE).buffer, large.buffer);
});

test("no more is kept than one large query needs", () => {
  const pool = new ColumnPool();
  const lease = pool.lease();
  const million = 1_000_000;
  const before = new Set(Array.from({ length: 8 }, () => lease.take(million).buffer));
  lease.release();
  const next = pool.lease();
  const after = Array.from({ length: 8 }, () => next.take(million).buffer);
  assert.equal(after.filter((buffer) => before.has(buffer)).length, 4);
});
