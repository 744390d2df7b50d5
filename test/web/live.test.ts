/** Keeping browsers up to date, in virtual time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "#src/core/limits.ts";
import { silentLog } from "#src/core/log.ts";
import { type Channel, type Listener, Live } from "#src/web/live.ts";
import { type CountingMetrics, countingMetrics } from "../support/counting-metrics.ts";
import { FakeWorld } from "../support/fake-world.ts";

interface Event {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

class FakeBrowser implements Listener {
  readonly events: Event[] = [];
  unsentBytes = 0;
  closed = false;

  send(frame: Uint8Array): void {
    const [id, event, data, ...end] = Buffer.from(frame).toString().split("\n");
    assert.deepEqual(end, ["", ""]);
    this.events.push({
      id: id!.replace("id: ", ""),
      event: event!.replace("event: ", ""),
      data: JSON.parse(data!.replace("data: ", "")),
    });
  }

  close(): void {
    this.closed = true;
  }

  /** Names of the events since the last call. */
  take(): string[] {
    return this.events.splice(0).map(({ event }) => event);
  }
}

interface Scene {
  readonly world: FakeWorld;
  readonly metrics: CountingMetrics;
  readonly live: Live;
  model: object | undefined;
  readonly builds: () => number;
  channel(): Promise<Channel>;
  /** A browser on the page. */
  browser(lastId?: string): Promise<FakeBrowser>;
}

function scene(): Scene {
  const world = new FakeWorld();
  const metrics = countingMetrics();
  const live = new Live({ world, log: silentLog, metrics });
  let builds = 0;
  const self: Scene = {
    world,
    metrics,
    live,
    model: { word: "alive" },
    builds: () => builds,
    async channel() {
      const channel = await live.channel("page", async () => {
        builds++;
        return self.model;
      });
      assert.ok(channel !== undefined);
      return channel;
    },
    async browser(lastId) {
      const browser = new FakeBrowser();
      (await self.channel()).add(browser, lastId);
      return browser;
    },
  };
  return self;
}

test("a new browser gets the whole model, and a beat", async () => {
  const self = scene();
  const browser = await self.browser();
  assert.deepEqual(browser.events[0]!.data["model"], { word: "alive" });
  assert.equal(browser.events[0]!.data["nowMs"], self.world.clock.wallMs());
  assert.deepEqual(browser.take(), ["model", "beat"]);
});

test("what changes comes within a second, and only that", async () => {
  const self = scene();
  const browser = await self.browser();
  browser.take();
  self.model = { word: "alive", more: 1 };
  await self.world.advance(1_000);
  assert.deepEqual(
    browser.events.map(({ event, data }) => [event, data["patch"]]),
    [["patch", { more: 1 }]],
  );
});

test("while nothing changes there is a beat every three seconds", async () => {
  const self = scene();
  const browser = await self.browser();
  browser.take();
  await self.world.advance(9_500);
  assert.deepEqual(browser.take(), ["beat", "beat", "beat"]);
});

test("who comes back gets what was missed", async () => {
  const self = scene();
  const first = await self.browser();
  const { id } = first.events[0]!;
  const staying = await self.browser();
  (await self.channel()).remove(first);
  self.model = { word: "late" };
  await self.world.advance(1_000);
  self.model = { word: "stale" };
  await self.world.advance(1_000);
  const back = await self.browser(id);
  assert.deepEqual(
    back.events.map(({ data }) => data["patch"]),
    [{ word: "late" }, { word: "stale" }, undefined],
  );
  assert.equal(back.events.at(-1)!.event, "beat");
  assert.equal(staying.closed, false);
});

test("who comes back from another process, or too late, gets the whole model", async () => {
  const self = scene();
  const browser = await self.browser();
  const { id } = browser.events[0]!;
  for (let i = 0; i < 70; i++) {
    self.model = { word: `state ${i}` };
    await self.world.advance(1_000);
  }
  for (const lastId of [id, "0123456789ab-70", "", "nonsense", `${id.split("-")[0]}-9999`]) {
    const back = await self.browser(lastId);
    assert.deepEqual(back.take(), ["model", "beat"], lastId);
  }
});

test("all browsers of a page share its work", async () => {
  const self = scene();
  for (let i = 0; i < 20; i++) await self.browser();
  const before = self.builds();
  await self.world.advance(5_000);
  assert.equal(self.builds() - before, 5);
  assert.equal(self.live.browsers, 20);
});

test("a browser that does not read is cut off, and the others are not", async () => {
  const self = scene();
  const slow = await self.browser();
  const quick = await self.browser();
  slow.unsentBytes = LIMITS.liveBufferBytes + 1;
  quick.take();
  self.model = { word: "late" };
  await self.world.advance(1_000);
  assert.equal(slow.closed, true);
  assert.deepEqual(quick.take(), ["patch"]);
  assert.equal(self.metrics.count("lockstep_web_live_dropped_total", { reason: "slow" }), 1);
});

test("when a page is gone, so are its browsers", async () => {
  const self = scene();
  const browser = await self.browser();
  self.model = undefined;
  await self.world.advance(1_000);
  assert.equal(browser.closed, true);
  assert.equal(self.live.browsers, 0);
});

test("a page that can't be made sends nothing, and goes on when it can", async () => {
  const world = new FakeWorld();
  const live = new Live({ world, log: silentLog, metrics: countingMetrics() });
  let broken = false;
  let number = 0;
  const channel = await live.channel("page", async () => {
    if (broken) throw new Error("by the test");
    return { number: number++ };
  });
  const browser = new FakeBrowser();
  channel!.add(browser, undefined);
  browser.take();
  broken = true;
  await world.advance(5_000);
  assert.deepEqual(browser.take(), []);
  broken = false;
  await world.advance(1_000);
  assert.deepEqual(browser.take(), ["patch"]);
});

test("nobody looks: nothing is done, and after a minute nothing is kept", async () => {
  const self = scene();
  const browser = await self.browser();
  (await self.channel()).remove(browser);
  const before = self.builds();
  await self.world.advance(30_000);
  assert.equal(self.builds(), before);
  await self.world.advance(40_000);
  assert.equal(self.world.pendingTimers, 0);
});

test("closing cuts everybody and leaves no timer", async () => {
  const self = scene();
  const browser = await self.browser();
  self.live.close();
  assert.equal(browser.closed, true);
  await self.world.advance(2_000);
  assert.equal(self.world.pendingTimers, 0);
});
