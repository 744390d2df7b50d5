/** What was found is found again, until a series comes or goes; and no more of it is kept than is allowed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FoundSeries } from "#src/core/series-store.ts";
import { FoundPaths } from "#src/query/found-paths.ts";
import { memoryReader } from "../support/memory-reader.ts";
import { evaluate, NOON_SECONDS, queryEnvironment } from "../support/query-environment.ts";

function list(count: number): FoundSeries[] {
  return Array.from({ length: count }, (_, id) => ({ path: `a.${id}`, id }));
}

test("a list is known until something changes", () => {
  const found = new FoundPaths();
  assert.equal(found.of("a.*", 1), undefined);
  const names = list(3);
  found.keep("a.*", 1, names);
  assert.equal(found.of("a.*", 1), names);
  assert.equal(found.of("a.*", 2), undefined);
  found.keep("a.*", 1, names); // found before the change that somebody else has seen already
  assert.equal(found.of("a.*", 2), undefined);
});

test("the one used longest ago goes first, and one that is too long is not kept", () => {
  const found = new FoundPaths();
  assert.equal(found.of("none", 7), undefined);
  for (const pattern of ["a", "b", "c"]) found.keep(pattern, 7, list(30_000));
  assert.equal(found.of("a", 7)?.length, 30_000);
  found.keep("d", 7, list(30_000));
  assert.deepEqual(
    ["a", "b", "c", "d"].map((pattern) => found.of(pattern, 7) !== undefined),
    [true, false, true, true],
  );
  found.keep("huge", 7, list(100_001));
  assert.equal(found.of("huge", 7), undefined);
});

test("requests find new series at once, and deleted ones no more", async () => {
  const one = (name: string) => ({
    name,
    archives: [{ stepSeconds: 60, retentionSeconds: 86_400, startSeconds: NOON_SECONDS - 60, values: [1, 2] }],
  });
  const series = [one("a.x")];
  const reader = memoryReader(series);
  let searches = 0;
  const environment = queryEnvironment(
    {
      ...reader,
      find: (query) => {
        searches++;
        return reader.find(query);
      },
    },
    { found: new FoundPaths() },
  );
  const names = async () =>
    (
      await evaluate(environment, {
        targets: ["a.*"],
        fromSeconds: NOON_SECONDS - 120,
        untilSeconds: NOON_SECONDS,
        nowSeconds: NOON_SECONDS,
        timeZone: environment.timeZone,
        xFilesFactor: 0,
        templateValues: new Map(),
      })
    ).map(({ name }) => name);
  assert.deepEqual([await names(), await names(), searches], [["a.x"], ["a.x"], 1]);
  series.push(one("a.b"));
  assert.deepEqual([await names(), await names(), searches], [["a.b", "a.x"], ["a.b", "a.x"], 2]);
});
