/**
 * What every store of series does, whatever it is made of. An engine passes all of it; `harness` says how one is
 * opened, killed and opened again, and moves the time.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FetchedSeries, SampleBatch, SeriesStore } from "#src/core/series-store.ts";

export interface StoreHarness {
  readonly store: SeriesStore;
  /** Seconds since 1970 by the store's clock. */
  nowSeconds(): number;
  /** Lets time pass. */
  pass(seconds: number): Promise<void>;
  /** Waits for something that the store does. */
  wait<T>(promise: Promise<T>): Promise<T>;
  /** kill -9, and a new process on the same disk. */
  killAndReopen(): Promise<void>;
  /** An orderly stop, and a new process. */
  closeAndReopen(): Promise<void>;
  end(): Promise<void>;
}

/** Rules of the harness' store: `fine.*` has 10s:1h,60s:1d, `sum.*` is summed, `slow.*` has 60s:1d, `brief.*` 10s:1h, all else 10s:2d,1m:30d,10m:1y. */
export const CONTRACT_SCHEMAS = `
[fine]
pattern = ^(fine|sum)\\.
retentions = 10s:1h,60s:1d
[slow]
pattern = ^slow\\.
retentions = 60s:1d
[brief]
pattern = ^brief\\.
retentions = 10s:1h
`;
export const CONTRACT_AGGREGATIONS = `
[sum]
pattern = ^sum\\.
aggregationMethod = sum
xFilesFactor = 0
[fine]
pattern = ^fine\\.strict
xFilesFactor = 1
`;

export type Point = readonly [name: string, seconds: number, value: number];

export function batchOf(store: SeriesStore, points: readonly Point[]): SampleBatch {
  return {
    length: points.length,
    ids: Int32Array.from(points, ([name]) => store.resolve(name)),
    seconds: Uint32Array.from(points, ([, seconds]) => seconds),
    values: Float64Array.from(points, ([, , value]) => value),
  };
}

export function append(store: SeriesStore, ...points: readonly Point[]): void {
  store.append(batchOf(store, points));
}

async function fetchOne(h: StoreHarness, name: string, from: number, until: number): Promise<FetchedSeries> {
  const id = h.store.resolve(name);
  const query = { series: [{ path: name, id }], fromSeconds: from, untilSeconds: until, nowSeconds: h.nowSeconds() };
  const [series] = await h.wait(h.store.fetch(query));
  assert.ok(series, `${name} has a window from ${from} to ${until}`);
  return series;
}

async function values(h: StoreHarness, name: string, from: number, until: number): Promise<(number | null)[]> {
  const series = await fetchOne(h, name, from, until);
  return [...series.values].map((value) => (Number.isNaN(value) ? null : value));
}

export function storeContract(engine: string, open: () => Promise<StoreHarness>): void {
  const claim = (what: string, run: (h: StoreHarness) => Promise<void>): void => {
    test(`${engine}: ${what}`, async () => {
      const harness = await open();
      try {
        await run(harness);
      } finally {
        await harness.end();
      }
    });
  };

  claim("a name has one id, and keeps it", async (h) => {
    const a = h.store.resolve("a.b");
    assert.equal(h.store.resolve("a.c"), a + 1);
    assert.equal(h.store.resolve("a.b"), a);
    assert.equal(h.store.names.nameOf(a + 1), "a.c");
  });

  claim("the window is (from, until], on multiples of the step", async (h) => {
    const now = h.nowSeconds() - (h.nowSeconds() % 60);
    append(h.store, ["w", now - 20, 1], ["w", now - 10, 2], ["w", now, 3]);
    const series = await fetchOne(h, "w", now - 20, now);
    assert.deepEqual([series.startSeconds, series.endSeconds, series.stepSeconds], [now - 10, now + 10, 10]);
    assert.deepEqual([...series.values], [2, 3]);
    assert.deepEqual(await values(h, "w", now - 25, now - 1), [1, 2]);
    assert.deepEqual(await values(h, "w", now - 20, now - 20), [2], "an empty window holds one slot");
  });

  claim("a stamp is floored to its slot, and the last write wins", async (h) => {
    const now = h.nowSeconds() - (h.nowSeconds() % 60);
    append(h.store, ["s", now + 1, 1], ["s", now + 9, 2], ["s", now + 3, 3]);
    await h.pass(20);
    assert.deepEqual(await values(h, "s", now - 1, now), [3]);
    append(h.store, ["s", now + 5, 4]);
    assert.deepEqual(await values(h, "s", now - 1, now), [4]);
  });

  claim("sending again changes nothing", async (h) => {
    const now = h.nowSeconds() - (h.nowSeconds() % 60);
    const points: Point[] = Array.from({ length: 30 }, (_, i) => ["again", now - 300 + i * 10, i]);
    append(h.store, ...points);
    append(h.store, ...points);
    assert.deepEqual(
      await values(h, "again", now - 301, now - 1),
      points.map(([, , value]) => value),
    );
  });

  claim("what was durable survives kill -9, and what was not is whole or absent", async (h) => {
    const now = h.nowSeconds() - (h.nowSeconds() % 60);
    append(h.store, ["k.one", now - 10, 1.25], ["k.two", now - 10, -7], ["slow.k", now - 60, 99]);
    await h.wait(h.store.durable());
    append(h.store, ["k.one", now, 2.5]);
    await h.killAndReopen();
    assert.deepEqual(await values(h, "k.one", now - 11, now - 1), [1.25]);
    assert.deepEqual(await values(h, "k.two", now - 11, now - 1), [-7]);
    assert.deepEqual(await values(h, "slow.k", now - 61, now - 1), [99]);
    assert.ok([null, 2.5].includes((await values(h, "k.one", now - 1, now))[0]!));
  });

  claim("history outlives windows, restarts and kills", async (h) => {
    const start = h.nowSeconds() - (h.nowSeconds() % 60);
    const want: number[] = [];
    for (let i = 0; i < 400; i++) {
      append(h.store, ["h.cpu", start + i * 10, i / 4], ["slow.h", start + i * 10, i]);
      want.push(i / 4);
      await h.pass(10);
      if (i === 150) await h.closeAndReopen();
      if (i === 290) {
        await h.wait(h.store.durable());
        await h.killAndReopen();
      }
    }
    assert.deepEqual(await values(h, "h.cpu", start - 1, start + 3990), want);
    const slow = await values(h, "slow.h", start - 1, start + 3960);
    assert.deepEqual(
      slow.slice(0, 66),
      Array.from({ length: 66 }, (_, i) => i * 6 + 5),
      "the last of each minute",
    );
    assert.ok(h.store.stats().segments > 0, "windows were written out");
    assert.deepEqual(h.store.stats().damage, []);
  });

  claim("late points are merged, whenever they come", async (h) => {
    const start = h.nowSeconds() - (h.nowSeconds() % 60);
    for (let i = 0; i < 300; i++) {
      if (i < 100 || i >= 200) append(h.store, ["l", start + i * 10, i]);
      await h.pass(10);
    }
    const gap: Point[] = Array.from({ length: 100 }, (_, i) => ["l", start + (100 + i) * 10, 100 + i]);
    append(h.store, ...gap, ["l", start + 50, -5]);
    const want = Array.from({ length: 300 }, (_, i) => (i === 5 ? -5 : i));
    assert.deepEqual(await values(h, "l", start - 1, start + 2990), want, "at once");
    await h.wait(h.store.durable());
    await h.killAndReopen();
    assert.deepEqual(await values(h, "l", start - 1, start + 2990), want, "after a kill");
    await h.pass(600);
    assert.deepEqual(await values(h, "l", start - 1, start + 2990), want, "once they are in segments");
    await h.killAndReopen();
    assert.deepEqual(await values(h, "l", start - 1, start + 2990), want, "and after another kill");
    assert.ok(h.store.stats().samples.late >= 0);
  });

  claim("late points that come in bulk lie over what was there, and change its summaries", async (h) => {
    const boundary = (Math.floor(h.nowSeconds() / 7200) + 1) * 7200; // of a window of summaries
    const start = boundary - 3000;
    await h.pass(start - h.nowSeconds());
    for (let i = 0; i < 300; i++) {
      append(h.store, ["fine.b3", start + i * 10, i]);
      await h.pass(10);
    }
    await h.pass(100);
    append(h.store, ["fine.b3", start + 1610, -1], ["sum.b3", start + 1610, -1]);
    for (let slot = 150; slot < 240; slot++) {
      const moment = start + slot * 10;
      const series = Array.from({ length: 100 }, (_, n): Point => [`fine.b${n}`, moment, 1000 + slot]);
      append(h.store, ...series, ["sum.b3", moment, 2]);
    }
    append(h.store, ["fine.b3", start + 1710, -2]);
    const rowOf = (i: number, before: number | null): number | null =>
      i === 171 && before !== null ? -2 : i >= 150 && i < 240 ? 1000 + i : before === null ? null : i;
    const check = async (when: string): Promise<void> => {
      const fine = (before: number | null) => Array.from({ length: 200 }, (_, n) => rowOf(n + 100, before));
      assert.deepEqual(await values(h, "fine.b3", start + 990, start + 2990), fine(0), when);
      assert.deepEqual(await values(h, "fine.b70", start + 990, start + 2990), fine(null), when);
      const summed = await values(h, "sum.b3", boundary - 3660, boundary - 60);
      assert.deepEqual(
        summed.slice(36),
        Array.from({ length: 24 }, (_, m) => (m < 14 ? 12 : null)),
        `${when}, summed`,
      );
      const coarse = await values(h, "fine.b3", boundary - 3660, boundary - 60);
      const means = Array.from({ length: 50 }, (_, m) => {
        const minute = Array.from({ length: 6 }, (_v, n) => rowOf(m * 6 + n, 0)!);
        return minute.reduce((sum, value) => sum + value, 0) / 6;
      });
      assert.deepEqual(coarse, [...Array.from({ length: 10 }, () => null), ...means], `${when}, a minute each`);
    };
    await check("at once");
    await h.wait(h.store.durable());
    await h.killAndReopen();
    await check("after a kill");
    await h.pass(310);
    await check("in segments");
    await h.killAndReopen();
    await check("in segments, after another kill");
    assert.deepEqual(h.store.stats().damage, []);
  });

  claim("restarting again and again multiplies nothing", async (h) => {
    const start = h.nowSeconds() - (h.nowSeconds() % 60);
    for (let i = 0; i < 300; i++) {
      append(h.store, ["again.ring", start + i * 10, i]);
      await h.pass(10);
    }
    const some: Point[] = Array.from({ length: 50 }, (_, i) => ["again.late", start + i * 10, i]);
    const future: Point[] = Array.from({ length: 50 }, (_, i) => ["again.future", h.nowSeconds() + 7200 + i, i]);
    append(h.store, ...some, ...future);
    await h.wait(h.store.durable());
    const before = h.store.stats().diskBytes;
    for (let restart = 0; restart < 12; restart++) await h.killAndReopen();
    const { samples, diskBytes } = h.store.stats();
    assert.deepEqual([samples.late, samples.future], [50, 50]);
    assert.ok(diskBytes < 20 * before, `${before} bytes became ${diskBytes}`);
    assert.deepEqual(
      await values(h, "again.late", start - 1, start + 490),
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  claim("a point from the future waits, and harms nobody", async (h) => {
    const start = h.nowSeconds() - (h.nowSeconds() % 60);
    append(h.store, ["f.fast", start + 3600, 36], ["f.year", start + 31_536_000, 1]);
    append(h.store, ["f.right", start, 1]);
    assert.equal(h.store.stats().samples.future, 2);
    for (let i = 1; i < 400; i++) {
      append(h.store, ["f.right", start + i * 10, i]);
      await h.pass(10);
      if (i === 200) await h.closeAndReopen();
    }
    assert.deepEqual(
      await values(h, "f.right", start + 5, start + 3990),
      Array.from({ length: 399 }, (_, i) => i + 1),
    );
    assert.deepEqual(await values(h, "f.fast", start + 3599, start + 3600), [36], "its time has come");
    assert.equal((await fetchOne(h, "f.year", start - 1, start)).values.length, 1);
  });

  claim("coarser archives summarise finer ones", async (h) => {
    const start = h.nowSeconds() - (h.nowSeconds() % 3600) + 3600;
    await h.pass(start - h.nowSeconds());
    for (let i = 0; i < 6 * 120; i++) {
      append(h.store, ["fine.a", start + i * 10, i], ["sum.a", start + i * 10, 1], ["fine.strict", start + i * 10, i]);
      if (i % 6 !== 3) append(h.store, ["fine.gaps", start + i * 10, i]);
      await h.pass(10);
    }
    const from = start - 1;
    const until = start + 600;
    const average = Array.from({ length: 11 }, (_, m) => m * 6 + 2.5);
    assert.deepEqual(await values(h, "fine.a", from, until), average);
    assert.equal((await fetchOne(h, "fine.a", from, until)).stepSeconds, 60);
    assert.deepEqual(
      await values(h, "sum.a", from, until),
      Array.from({ length: 11 }, () => 6),
    );
    assert.deepEqual(
      await values(h, "fine.gaps", from, until),
      Array.from({ length: 11 }, (_, m) => (6 * m * 5 + 12) / 5),
    );
    // The youngest slots are summarised on the fly. A late point changes the summary that it falls into.
    await h.pass(200);
    const changed = start + 4740;
    const minute = [474, 475, 476, 477, 478, 479].reduce((sum, value) => sum + value) / 6;
    assert.deepEqual(await values(h, "fine.a", from, changed), [
      ...Array.from({ length: 79 }, (_, m) => m * 6 + 2.5),
      minute,
    ]);
    append(h.store, ["fine.a", changed + 20, 476 + 600]);
    assert.equal((await values(h, "fine.a", from, changed)).at(-1), minute + 100, "at once");
    await h.pass(400);
    assert.equal((await values(h, "fine.a", from, changed)).at(-1), minute + 100, "in a segment");
    await h.closeAndReopen();
    assert.equal((await values(h, "fine.a", from, changed)).at(-1), minute + 100, "after a restart");
    assert.deepEqual(await values(h, "fine.a", from, until), average);
    const other = await h.wait(
      h.store.fetch({
        series: [{ path: "fine.a", id: h.store.resolve("fine.a") }],
        fromSeconds: from + 60,
        untilSeconds: until,
        nowSeconds: h.nowSeconds(),
        aggregation: "max",
      }),
    );
    assert.equal(other[0]!.values[0], 11, "any aggregation can be asked for later");
  });

  claim("a slot with too few known values is unknown", async (h) => {
    const start = h.nowSeconds() - (h.nowSeconds() % 3600) + 3600;
    await h.pass(start - h.nowSeconds());
    for (let i = 0; i < 6 * 90; i++) {
      if (i % 6 !== 0) append(h.store, ["fine.strict.one", start + i * 10, 1]);
      if (i % 6 < 2) append(h.store, ["fine.few", start + i * 10, 1]);
      if (i % 6 < 3) append(h.store, ["fine.half", start + i * 10, 1]);
      await h.pass(10);
    }
    assert.deepEqual(await values(h, "fine.strict.one", start - 1, start), [null]);
    assert.deepEqual(await values(h, "fine.few", start - 1, start), [null]);
    assert.deepEqual(await values(h, "fine.half", start - 1, start), [1]);
  });

  claim("a point older than the finest archive goes straight to the next", async (h) => {
    const now = h.nowSeconds() - (h.nowSeconds() % 60);
    append(h.store, ["fine.old", now - 7200, 7], ["sum.old", now - 7200, 7], ["fine.gone", now - 2 * 86_400, 1]);
    assert.deepEqual(await values(h, "fine.old", now - 7201, now - 7200), [7]);
    assert.deepEqual(await values(h, "sum.old", now - 7201, now - 7200), [7]);
    assert.equal(h.store.stats().samples.dropped["older_than_retention"], 1);
    await h.pass(400);
    assert.deepEqual(await values(h, "fine.old", now - 7201, now - 7200), [7]);
    await h.closeAndReopen();
    assert.deepEqual(await values(h, "sum.old", now - 7201, now - 7200), [7]);
  });

  claim("outside of what is kept there is no series at all", async (h) => {
    const now = h.nowSeconds();
    const id = h.store.resolve("slow.none");
    const fetch = (fromSeconds: number, untilSeconds: number) =>
      h.wait(h.store.fetch({ series: [{ path: "slow.none", id }], fromSeconds, untilSeconds, nowSeconds: now }));
    assert.deepEqual(await fetch(now - 3 * 86_400, now - 2 * 86_400), []);
    assert.deepEqual(await fetch(now + 10, now + 20), []);
    assert.equal((await fetch(now - 3 * 86_400, now)).length, 1);
  });

  claim("names are found by glob", async (h) => {
    for (const name of ["a.b.c", "a.b.d", "a.bb.c", "a.b", "x;k=v", "a.b.c.deep"]) h.store.resolve(name);
    const find = async (pattern: string): Promise<string[]> => {
      const found = await h.wait(h.store.find({ pattern, limit: 100 }));
      return found.map((node) => (node.id === undefined ? `${node.path}.` : node.path)).sort();
    };
    const rows: readonly (readonly [string, readonly string[]])[] = [
      ["a.b.c", ["a.b.c", "a.b.c."]],
      ["*", ["a."]],
      ["a.*", ["a.b", "a.b.", "a.bb."]],
      ["a.?.*", ["a.b.c", "a.b.c.", "a.b.d"]],
      ["a.{b,bb}.c", ["a.b.c", "a.b.c.", "a.bb.c"]],
      ["a.b.[a-c]", ["a.b.c", "a.b.c."]],
      ["a.b.[!c]", ["a.b.d"]],
      ["**.deep", ["a.b.c.deep"]],
      ["a.**.c", ["a.b.c", "a.b.c.", "a.bb.c"]],
      ["a.bb.**", ["a.bb.c"]],
      ["nothing.*", []],
      ["x*", []],
    ];
    for (const [pattern, want] of rows) assert.deepEqual(await find(pattern), want, pattern);
    await assert.rejects(h.wait(h.store.find({ pattern: "a.b.*", limit: 1 })), { code: "STORE_FIND_LIMIT" });
  });

  claim("tagged series are found by tags", async (h) => {
    for (const name of ["disk;host=n1;mount=/", "disk;host=n2", "cpu;host=n1", "plain.name"]) h.store.resolve(name);
    const find = async (...texts: readonly string[]): Promise<string[]> => {
      const expressions = texts.map((text) => {
        const [, key, operator, value] = /^([^=!~]+)(=~|!=~|!=|=)(.*)$/.exec(text)!;
        return { key: key!, operator: operator as "=", value: value! };
      });
      return (await h.wait(h.store.findTagged({ expressions, limit: 100 }))).map((series) => series.path).sort();
    };
    assert.deepEqual(await find("name=disk"), ["disk;host=n1;mount=/", "disk;host=n2"]);
    assert.deepEqual(await find("name=disk", "host!=n1"), ["disk;host=n2"]);
    assert.deepEqual(await find("host=~n", "mount="), ["cpu;host=n1", "disk;host=n2"]);
    assert.deepEqual(await find("host=~n", "name!=~c"), ["disk;host=n1;mount=/", "disk;host=n2"]);
    await assert.rejects(find("host!=n1"), { code: "STORE_TAG_QUERY" });
  });

  claim("a deleted series is gone, and its name begins anew", async (h) => {
    const now = h.nowSeconds() - (h.nowSeconds() % 60);
    const [a, tagged] = [h.store.resolve("d.a.one"), h.store.resolve("disk;host=n1")];
    append(h.store, ["d.a.one", now - 10, 1], ["d.b", now - 10, 2], ["disk;host=n1", now - 10, 3]);
    const paths = async (pattern: string): Promise<string[]> =>
      (await h.wait(h.store.find({ pattern, limit: 9 }))).map((node) => node.path).sort();
    const tags = { expressions: [{ key: "name", operator: "=", value: "disk" }], limit: 9 } as const;
    await h.wait(h.store.delete([a, tagged, a, 99]));
    const check = async (): Promise<void> => {
      assert.deepEqual([await paths("d.*"), await paths("d.a.*")], [["d.b"], []]);
      assert.deepEqual(await h.wait(h.store.findTagged(tags)), []);
      assert.equal(h.store.stats().series, 1);
    };
    await check();
    await h.killAndReopen();
    await check();
    append(h.store, ["d.a.one", now, 4], ["disk;host=n1", now, 5]);
    assert.ok(h.store.resolve("d.a.one") > tagged, "an id is never used again");
    assert.deepEqual([await paths("d.*"), await paths("d.a.*")], [["d.a", "d.b"], ["d.a.one"]]);
    await h.pass(20);
    assert.deepEqual(await values(h, "d.a.one", now - 11, now), [null, 4]);
    await h.closeAndReopen();
    assert.deepEqual(await values(h, "disk;host=n1", now - 11, now), [null, 5]);
    assert.deepEqual((await h.wait(h.store.findTagged(tags))).length, 1);
  });

  claim("names and tags are there again after a kill", async (h) => {
    append(h.store, ["n.a", h.nowSeconds(), 1], ["disk;host=n1", h.nowSeconds(), 2]);
    await h.wait(h.store.durable());
    await h.killAndReopen();
    const { names } = h.store;
    assert.deepEqual([names.nameOf(0), names.nameOf(1), names.ids], ["n.a", "disk;host=n1", 2]);
    assert.equal(h.store.resolve("n.b"), 2);
    assert.equal((await h.wait(h.store.find({ pattern: "n.*", limit: 9 }))).length, 2);
  });

  claim("a search in a range of time finds what lived in it", async (h) => {
    const start = h.nowSeconds() - (h.nowSeconds() % 60);
    append(h.store, ["t.old.a", start, 1], ["disk;host=old", start, 1], ["slow.old", start, 1]);
    for (let i = 0; i <= 400; i++) {
      append(h.store, ["t.on.a", start + i * 10, i], ["disk;host=on;unit=b", start + i * 10, i]);
      if (i === 200) append(h.store, ["t.mid.a", start + i * 10, i]);
      await h.pass(10);
    }
    append(h.store, ["t.late.a", start + 1000, 1], ["t.new.a", h.nowSeconds(), 1]);
    h.store.resolve("t.none.a");
    const check = async (when: string): Promise<void> => {
      const rows: readonly (readonly [from: number | undefined, until: number | undefined, nodes: string])[] = [
        [undefined, undefined, "late mid new none old on"],
        [undefined, start, "old on"],
        [start + 1, start + 900, "on"],
        [start + 10, start + 1000, "late on"],
        [start + 1990, start + 2010, "mid on"],
        [start + 2010, undefined, "new on"],
        [undefined, start - 1, ""],
        [h.nowSeconds() + 100, undefined, ""],
      ];
      for (const [fromSeconds, untilSeconds, nodes] of rows) {
        const limited = { limit: 100, fromSeconds, untilSeconds };
        const range = `${when}, from ${fromSeconds && fromSeconds - start} until ${untilSeconds && untilSeconds - start}`;
        const branches = await h.wait(h.store.find({ pattern: "t.*", ...limited }));
        assert.equal(
          branches
            .map(({ path }) => path.slice(2))
            .sort()
            .join(" "),
          nodes,
          range,
        );
        const leaves = await h.wait(h.store.find({ pattern: "t.*.a", ...limited }));
        assert.equal(
          leaves
            .map(({ path }) => path.split(".")[1])
            .sort()
            .join(" "),
          nodes,
          range,
        );
      }
      const expressions = [{ key: "name", operator: "=", value: "disk" } as const];
      const tagged = await h.wait(h.store.findTagged({ expressions, limit: 1, fromSeconds: start + 60 }));
      assert.deepEqual(
        tagged.map(({ path }) => path),
        ["disk;host=on;unit=b"],
        when,
      );
      const words = (key: string | undefined, untilSeconds: number) =>
        h.wait(h.store.tagWords({ ...(key === undefined ? {} : { key }), prefix: "", expressions: [], untilSeconds }));
      assert.deepEqual([...(await words("host", start))].sort(), ["old", "on"], when);
      assert.deepEqual(await words(undefined, start - 1), [], when);
      const slow = await h.wait(h.store.find({ pattern: "slow.*", limit: 9, fromSeconds: start + 60 }));
      assert.deepEqual(slow, [], when);
    };
    await check("at once");
    await h.wait(h.store.durable());
    await h.killAndReopen();
    await check("after a kill");
    await h.pass(1500);
    await check("in segments");
    await h.killAndReopen();
    await check("in segments, after a kill");
    await h.closeAndReopen();
    await check("after a restart");
  });

  claim("series without a value for longer than any is kept are deleted", async (h) => {
    const start = h.nowSeconds() - (h.nowSeconds() % 60);
    append(h.store, ["brief.gone", start, 1], ["brief.stays", start, 1], ["other.stays", start, 1]);
    append(h.store, ["brief.ahead", start + 36_000, 1]);
    h.store.resolve("brief.never");
    const feed = async (minutes: number): Promise<void> => {
      for (let i = 0; i < minutes; i += 10) {
        append(h.store, ["brief.stays", h.nowSeconds(), i]);
        await h.pass(600);
      }
    };
    await feed(60);
    assert.equal(h.store.stats().deletedSeries.unseen, 0);
    await h.closeAndReopen();
    await feed(130);
    const left = ["brief.ahead", "brief.stays", "other.stays"];
    assert.deepEqual(await everything(h), left);
    assert.equal(h.store.stats().deletedSeries.unseen, 2);
    await h.killAndReopen();
    assert.deepEqual(await everything(h), left);
    await h.pass(3 * 3600);
    assert.deepEqual(
      await everything(h),
      left,
      "nothing goes while nothing comes: it may be our clock that has jumped",
    );
  });
}

/** All names that can be found, by tree and by tags. */
async function everything(h: StoreHarness): Promise<string[]> {
  const plain = await h.wait(h.store.find({ pattern: "**", limit: 1000 }));
  const expressions = [{ key: "name", operator: "!=", value: "" } as const];
  const tagged = await h.wait(h.store.findTagged({ expressions, limit: 1000 }));
  return [...plain.filter(({ id }) => id !== undefined), ...tagged].map(({ path }) => path).sort();
}
