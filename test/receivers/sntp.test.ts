import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "#src/core/limits.ts";
import { silentLog } from "#src/core/log.ts";
import { decodeNtp, encodeNtp, fromNtp, NTP_ZERO, type NtpPacket, ntpReferenceText } from "#src/core/ntp.ts";
import type { SocketAddress } from "#src/core/world.ts";
import { openSntp, sntpOptions } from "#src/receivers/sntp.ts";
import { countingMetrics } from "../support/counting-metrics.ts";
import { createVirtualNetwork, type MachineOptions } from "../support/virtual-udp.ts";

const SERVER: SocketAddress = { host: "10.0.0.1", port: 10123 };
const NONCE = { seconds: 0x01234567, fraction: 0x89abcdef };
const QUESTION: NtpPacket = {
  leap: 0,
  version: 4,
  mode: 3,
  stratum: 0,
  poll: 6,
  precision: 32,
  rootDelaySeconds: 0,
  rootDispersionSeconds: 0,
  referenceId: 0,
  reference: NTP_ZERO,
  origin: NTP_ZERO,
  receive: NTP_ZERO,
  transmit: NONCE,
};

async function openServer(settings: Record<string, unknown> = {}, machine: Partial<MachineOptions> = {}) {
  const network = createVirtualNetwork(1);
  const server = network.machine({ address: SERVER.host, ...machine });
  const client = network.machine({ address: "10.0.0.2" });
  const metrics = countingMetrics();
  const options = sntpOptions.parse({ listen: "10.0.0.1:10123", ...settings });
  const answerer = await network.until(openSntp({ world: server.world, log: silentLog, metrics, ...options }));
  const answers: Uint8Array[] = [];
  const socket = await client.world.net.bindUdp({
    host: "0.0.0.0",
    port: 0,
    onMessage: (bytes) => answers.push(bytes),
    onError: (error) => assert.fail(error),
  });
  async function ask(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    socket.send(bytes, SERVER);
    await network.run(1);
    return answers.pop();
  }
  const ignored = (reason: string): number => metrics.count("lockstep_sntp_ignored_total", { reason });
  return { network, server, answerer, metrics, ask, ignored };
}

test("a question is answered with the server's time of arrival and of leaving", async () => {
  const { server, ask, network } = await openServer({}, { offsetMs: 5_000, readErrorMs: 0.001 });
  const answer = decodeNtp((await ask(encodeNtp(QUESTION)))!);
  assert.deepEqual([answer.leap, answer.version, answer.mode, answer.stratum, answer.poll], [0, 4, 4, 10, 6]);
  assert.deepEqual(answer.origin, NONCE);
  assert.equal(ntpReferenceText(answer.referenceId), "LOCL");
  const arrivedMs = server.wallMs() - (network.nowMs() - 0.1); // the way takes 0.1 ms
  for (const stamp of [answer.receive, answer.transmit]) {
    assert.ok(Math.abs(fromNtp(stamp, arrivedMs) - arrivedMs) < 0.002);
  }
});

test("the stamps are of arriving and of leaving, whatever happens in between", async () => {
  const { server, ask, network } = await openServer();
  // Every look at the clocks takes a millisecond, and a careful reading fifty.
  const { clock } = server.world;
  const { monotonicMs, wallMs, readWall } = clock;
  let tookMs = 0;
  Object.assign(clock, {
    monotonicMs: () => monotonicMs() + ++tookMs,
    wallMs: () => Math.floor(wallMs() + ++tookMs),
    readWall: () => {
      const reading = readWall();
      tookMs += 50;
      return { ...reading, wallMs: reading.wallMs + tookMs, monotonicMs: reading.monotonicMs + tookMs };
    },
  });
  const arrivedMs = server.wallMs() + 0.1 + 1; // the way, and the first look
  const answer = decodeNtp((await ask(encodeNtp(QUESTION)))!);
  assert.ok(Math.abs(fromNtp(answer.receive, arrivedMs) - arrivedMs) < 0.01);
  assert.ok(fromNtp(answer.transmit, arrivedMs) - arrivedMs > 50);
  assert.equal(network.nowMs(), 1);
});

test("precision and dispersion are the error of reading the clock, rounded up", async () => {
  for (const readErrorMs of [0.001, 0.02, 0.5]) {
    const { ask } = await openServer({}, { readErrorMs });
    const answer = decodeNtp((await ask(encodeNtp(QUESTION)))!);
    const precisionMs = 2 ** answer.precision * 1000;
    assert.ok(precisionMs >= readErrorMs && precisionMs < 2.1 * readErrorMs, `${precisionMs} for ${readErrorMs}`);
    assert.ok(answer.rootDispersionSeconds * 1000 >= readErrorMs);
  }
});

test("the version of the question is the version of the answer", async () => {
  const { ask } = await openServer();
  for (const version of [1, 2, 3, 4]) {
    assert.equal(decodeNtp((await ask(encodeNtp({ ...QUESTION, version })))!).version, version);
  }
});

test("an answer has 48 bytes, also to a longer question", async () => {
  const { ask } = await openServer();
  const long = new Uint8Array(400);
  long.set(encodeNtp(QUESTION));
  assert.equal((await ask(long))?.length, 48);
});

const UNANSWERED: readonly (readonly [string, Uint8Array, string])[] = [
  ["an empty packet", new Uint8Array(0), "short"],
  ["47 bytes", encodeNtp(QUESTION).subarray(0, 47), "short"],
  ["version 0", encodeNtp({ ...QUESTION, version: 0 }), "version"],
  ["version 5", encodeNtp({ ...QUESTION, version: 5 }), "version"],
  ["a peer's packet", encodeNtp({ ...QUESTION, mode: 1 }), "mode"],
  ["another server's answer", encodeNtp({ ...QUESTION, mode: 4 }), "mode"],
  ["a broadcast", encodeNtp({ ...QUESTION, mode: 5 }), "mode"],
  ["a control packet", encodeNtp({ ...QUESTION, mode: 6 }), "mode"],
  ["a private packet (monlist)", encodeNtp({ ...QUESTION, mode: 7 }), "mode"],
];
for (const [name, bytes, reason] of UNANSWERED) {
  test(`${name} gets no answer and is counted as ${reason}`, async () => {
    const { ask, ignored, metrics } = await openServer();
    assert.equal(await ask(bytes), undefined);
    assert.equal(ignored(reason), 1);
    assert.equal(metrics.count("lockstep_sntp_answers_total"), 0);
  });
}

test("a question from port 0 gets no answer", async () => {
  const { network, ignored } = await openServer();
  network.inject(encodeNtp(QUESTION), { host: "10.0.0.2", port: 0 }, SERVER);
  await network.run(1);
  assert.equal(ignored("port"), 1);
});

test("an address over its budget is told so once, then nothing, and is answered again later", async () => {
  const { network, ask, ignored, metrics } = await openServer({ requestsPerSecond: 1, burst: 4 });
  const kinds: string[] = [];
  for (let i = 0; i < 7; i++) {
    const answer = await ask(encodeNtp(QUESTION));
    kinds.push(answer === undefined ? "nothing" : kindOf(answer));
  }
  assert.deepEqual(kinds, ["time", "time", "time", "time", "RATE", "nothing", "nothing"]);
  assert.equal(ignored("rate"), 3);
  await network.run(60_000);
  for (const kind of ["time", "time", "time", "time", "RATE"]) {
    assert.equal(kindOf((await ask(encodeNtp(QUESTION)))!), kind);
  }
  assert.equal(metrics.count("lockstep_sntp_answers_total"), 8);
});

function kindOf(bytes: Uint8Array): string {
  const packet = decodeNtp(bytes);
  return packet.stratum === 0 && packet.leap === 3 ? ntpReferenceText(packet.referenceId) : "time";
}

test("one address over its budget takes nothing from another", async () => {
  const { network, ask, metrics } = await openServer({ requestsPerSecond: 1, burst: 2 });
  for (let i = 0; i < 5; i++) network.inject(encodeNtp(QUESTION), { host: "10.9.9.9", port: 123 }, SERVER);
  await network.run(1);
  assert.equal(kindOf((await ask(encodeNtp(QUESTION)))!), "time");
  assert.equal(metrics.count("lockstep_sntp_answers_total"), 3);
});

test("more addresses than are counted apart: the one heard longest ago starts anew", async () => {
  const { network, metrics } = await openServer({ requestsPerSecond: 0.001, burst: 1 });
  const from = (host: string): void => network.inject(encodeNtp(QUESTION), { host, port: 123 }, SERVER);
  from("first");
  for (let i = 1; i < LIMITS.sntpAddresses; i++) from(`a${i}`);
  await network.run(1);
  const answered = async (host: string): Promise<boolean> => {
    const before = metrics.count("lockstep_sntp_answers_total");
    from(host);
    await network.run(1);
    return metrics.count("lockstep_sntp_answers_total") > before;
  };
  assert.equal(await answered("a500"), false, "it is known, and over its budget: nobody has to make room");
  assert.equal(await answered("first"), false, "it is still known");
  assert.equal(await answered("new"), true);
  assert.equal(await answered("first"), false, "it was heard again since, so another made room");
  assert.equal(await answered("a1"), true, "the one that made room");
});

test("a clock that is set is answered as it is now, at once", async () => {
  const { server, ask } = await openServer({}, { readErrorMs: 0.001 });
  await ask(encodeNtp(QUESTION));
  server.stepWall(3_600_000);
  const answer = decodeNtp((await ask(encodeNtp(QUESTION)))!);
  assert.ok(Math.abs(fromNtp(answer.transmit, server.wallMs()) - server.wallMs()) < 2);
});

test("between two readings of the clock its time goes on within what the answer claims", async () => {
  for (const wallRatePpm of [0, 300, -300]) {
    const { network, server, ask } = await openServer({}, { readErrorMs: 0.002, wallRatePpm });
    for (let i = 0; i < 40; i++) {
      await network.run(700);
      const answer = decodeNtp((await ask(encodeNtp(QUESTION)))!);
      const wallMs = server.wallMs() - 0.9; // it was asked 0.1 ms into the millisecond that `ask` waits
      const errorMs = Math.abs(fromNtp(answer.transmit, wallMs) - wallMs);
      const claimedMs = 2 ** answer.precision * 1000;
      assert.ok(errorMs <= claimedMs + 0.001, `${errorMs} ms off, ${claimedMs} ms claimed, at ${wallRatePpm} ppm`);
    }
  }
});

test("closed, it answers no more", async () => {
  const { answerer, ask } = await openServer();
  await answerer.close();
  assert.equal(await ask(encodeNtp(QUESTION)), undefined);
});

test("settings that can't be meant are refused", () => {
  for (const wrong of [{ stratum: 0 }, { stratum: 16 }, { listen: "nowhere" }, { burst: 0 }, { other: 1 }]) {
    assert.equal(sntpOptions.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});
