/** What every engine of the state does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StateStore } from "#src/state/state.ts";
import type { SeededRandom } from "../support/random.ts";

export interface StateHarness {
  readonly state: StateStore;
  readonly random: SeededRandom;
  wait<T>(promise: Promise<T>): Promise<T>;
  killAndReopen(): Promise<void>;
  closeAndReopen(): Promise<void>;
  end(): Promise<void>;
}

export function stateContract(engine: string, open: () => Promise<StateHarness>): void {
  const claim = (what: string, run: (h: StateHarness) => Promise<void>): void => {
    test(`${engine}: ${what}`, async () => {
      const harness = await open();
      try {
        await run(harness);
      } finally {
        await harness.end();
      }
    });
  };
  const load = async (h: StateHarness, collection: string) =>
    Object.fromEntries(await h.wait(h.state.load(collection)));

  claim("records are kept by collection and key, changed and removed", async (h) => {
    await h.wait(
      h.state.commit([
        { collection: "alerts", key: "a", value: { state: "firing", n: 1 } },
        { collection: "alerts", key: "b", value: 'ü\n"' },
        { collection: "events", key: "a", value: [1, null, true] },
      ]),
    );
    await h.wait(h.state.commit([{ collection: "alerts", key: "b", value: undefined }]));
    await h.killAndReopen();
    assert.deepEqual(await load(h, "alerts"), { a: { state: "firing", n: 1 } });
    assert.deepEqual(await load(h, "events"), { a: [1, null, true] });
    assert.deepEqual(await load(h, "nothing"), {});
  });

  claim("a commit is there whole or not at all, whenever the kill comes", async (h) => {
    let confirmed = 0;
    for (let round = 0; round < 40; round++) {
      const commits = Array.from({ length: 1 + h.random.below(5) }, (_, i) => {
        const n = confirmed + i + 1;
        return h.state.commit([
          { collection: "left", key: "n", value: n },
          { collection: "right", key: "n", value: n },
        ]);
      });
      const sent = confirmed + commits.length;
      for (const commit of commits)
        void commit.then(
          () => confirmed++,
          () => undefined,
        );
      if (h.random.chance(0.5)) await h.wait(commits[h.random.below(commits.length)]!);
      const known = confirmed;
      await h.killAndReopen();
      const left = (await load(h, "left"))["n"] ?? 0;
      assert.deepEqual((await load(h, "right"))["n"] ?? 0, left);
      assert.ok(Number(left) >= known && Number(left) <= sent, `confirmed ${known}, found ${left}, sent ${sent}`);
      confirmed = Number(left);
    }
  });

  claim("many changes do not grow it without bound", async (h) => {
    const value = "x".repeat(2000);
    for (let i = 0; i < 3000; i++) {
      const commit = h.state.commit([{ collection: "c", key: `k${i % 10}`, value: `${i} ${value}` }]);
      if (i % 100 === 99) await h.wait(commit);
    }
    assert.ok(h.state.stats().diskBytes < 3_000_000, `${h.state.stats().diskBytes} bytes for 20 kB of records`);
    await h.closeAndReopen();
    const records = await load(h, "c");
    assert.deepEqual(
      Object.keys(records).sort(),
      Array.from({ length: 10 }, (_, i) => `k${i}`),
    );
    assert.ok(Object.values(records).every((text) => String(text).startsWith("29")));
  });
}
