import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, Channel, Message } from "#src/alerts/channels/channel.ts";
import { Outbox } from "#src/alerts/outbox.ts";
import { silentLog } from "#src/core/log.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { openJournal } from "#src/state/journal.ts";
import { Simulation } from "../sim/simulation.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function message(text: string): Message {
  return { receiver: "ops", groupKey: text, groupLabels: {}, reason: "first notification", alerts: [] };
}

/** A receiver that answers as told; `throw` is no answer at all. */
async function setUp(answer: (body: string, attempt: number) => Answer | "throw") {
  const simulation = new Simulation(1);
  const host = simulation.host("aggregator");
  const received: { body: string; id: string; atMs: number }[] = [];
  const channel: Channel = {
    format: (message) => message.groupKey,
    deliver: (body, id) => {
      received.push({ body, id, atMs: simulation.scheduler.nowMs });
      const said = answer(body, received.length);
      return said === "throw" ? Promise.reject(new Error("ECONNREFUSED")) : Promise.resolve(said);
    },
  };
  const wait = <T>(promise: Promise<T>): Promise<T> => simulation.scheduler.until(promise);
  let process = host.start();
  const open = async () => {
    const state = await wait(openJournal(process.world.files, silentLog, "/state"));
    const outbox = await wait(
      Outbox.open({
        world: process.world,
        log: silentLog,
        metrics: createMetrics(),
        state,
        channels: new Map([["ops", channel]]),
      }),
    );
    return { state, outbox };
  };
  let { state, outbox } = await open();
  return {
    received,
    simulation,
    async send(text: string) {
      const { message: prepared, change } = outbox.prepare(message(text));
      await wait(state.commit([change]));
      outbox.take(prepared);
    },
    async restart() {
      process.kill();
      process = host.start();
      ({ state, outbox } = await open());
    },
    attempts: () => outbox.attempts(),
    waiting: () => outbox.waiting(),
    dead: async () => [...(await state.load("dead_letters")).values()] as { body: string; lastError: string }[],
  };
}

const again: Answer = { kind: "again", why: "the receiver answered 503", afterMs: undefined };

test("messages are delivered in order, each once, and leave nothing behind", async () => {
  const h = await setUp(() => ({ kind: "delivered" }));
  for (const text of ["a", "b", "c"]) await h.send(text);
  await h.simulation.run(1000);
  assert.deepEqual(
    h.received.map(({ body }) => body),
    ["a", "b", "c"],
  );
  assert.equal(new Set(h.received.map(({ id }) => id)).size, 3);
  await h.restart();
  await h.simulation.run(HOUR);
  assert.equal(h.received.length, 3);
});

test("a receiver that is away gets everything when it is back, in order, under the same ids", async () => {
  let up = false;
  const h = await setUp(() => (up ? { kind: "delivered" } : "throw"));
  await h.send("a");
  await h.send("b");
  await h.simulation.run(2 * HOUR);
  const tries = h.received.length;
  assert.ok(tries > 20 && tries < 400, `${tries} tries in two hours`);
  assert.ok(
    h.received.every(({ body }) => body === "a"),
    "b waits its turn",
  );
  up = true;
  await h.simulation.run(15 * MINUTE);
  assert.deepEqual(
    h.received.slice(tries).map(({ body }) => body),
    ["a", "b"],
  );
  assert.equal(new Set(h.received.filter(({ body }) => body === "a").map(({ id }) => id)).size, 1);
});

test("a kill between any two steps sends again what was not confirmed, under the same id", async () => {
  const h = await setUp((_, attempt) => (attempt < 4 ? again : { kind: "delivered" }));
  await h.send("a");
  for (let i = 0; i < 4; i++) {
    await h.simulation.run(1);
    await h.restart();
  }
  await h.simulation.run(HOUR);
  assert.equal(new Set(h.received.map(({ id }) => id)).size, 1);
  assert.equal(h.waiting(), 0);
});

test("Retry-After is kept to", async () => {
  const h = await setUp(
    (_, attempt) => (attempt === 1 ? { ...again, afterMs: 90_000 } : { kind: "delivered" }) as Answer,
  );
  await h.send("a");
  await h.simulation.run(HOUR);
  assert.equal(h.received.length, 2);
  assert.ok(h.received[1]!.atMs - h.received[0]!.atMs >= 90_000);
});

test("what is refused becomes a dead letter, and the next message goes on", async () => {
  const h = await setUp((body) =>
    body === "bad" ? { kind: "refused", why: "the receiver answered 400" } : { kind: "delivered" },
  );
  await h.send("bad");
  await h.send("good");
  await h.simulation.run(MINUTE);
  assert.deepEqual(
    h.received.map(({ body }) => body),
    ["bad", "good"],
  );
  assert.deepEqual(
    (await h.dead()).map(({ body, lastError }) => [body, lastError]),
    [["bad", "the receiver answered 400"]],
  );
  assert.deepEqual(
    h.attempts().map(({ outcome }) => outcome),
    ["delivered", "refused"],
  );
});

test("after a day a message is given up, and kept as a dead letter", async () => {
  const h = await setUp(() => again);
  await h.send("a");
  await h.simulation.run(23 * HOUR);
  assert.equal((await h.dead()).length, 0);
  await h.simulation.run(2 * HOUR);
  assert.deepEqual(
    (await h.dead()).map(({ body }) => body),
    ["a"],
  );
  assert.equal(h.waiting(), 0);
});
