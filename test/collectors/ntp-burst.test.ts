import assert from "node:assert/strict";
import { test } from "node:test";
import { type Burst, type BurstFailure, ntpBurst } from "#src/collectors/ntp-burst.ts";
import { errorText } from "#src/core/errors.ts";
import { silentLog } from "#src/core/log.ts";
import { decodeNtp, encodeNtp, type NtpPacket, ntpReferenceId, toNtp } from "#src/core/ntp.ts";
import type { SocketAddress, UdpOptions } from "#src/core/world.ts";
import { openSntp, sntpOptions } from "#src/receivers/sntp.ts";
import { countingMetrics } from "../support/counting-metrics.ts";
import { createVirtualNetwork, type Machine, propertySeed, type VirtualNetwork } from "../support/virtual-udp.ts";

const SERVER: SocketAddress = { host: "10.0.0.1", port: 123 };
const NODE = "10.0.0.2";

async function openOurs(network: VirtualNetwork, server: Machine): Promise<void> {
  const options = sntpOptions.parse({ listen: "10.0.0.1:123", burst: 1_000_000 });
  await network.until(openSntp({ world: server.world, log: silentLog, metrics: countingMetrics(), ...options }));
}

/** A server that answers as it should, but for what `lie` changes. */
async function openLiar(
  server: Machine,
  lie: (answer: NtpPacket, asked: number) => readonly (NtpPacket | Uint8Array)[],
): Promise<NtpPacket[]> {
  const questions: NtpPacket[] = [];
  const socket = await server.world.net.bindUdp({
    ...SERVER,
    onMessage(bytes, from) {
      const question = decodeNtp(bytes);
      questions.push(question);
      const now = toNtp(server.wallMs());
      const honest = { ...question, mode: 4, stratum: 2, precision: -20, origin: question.transmit, receive: now };
      for (const answer of lie({ ...honest, transmit: now }, questions.length)) {
        socket.send(answer instanceof Uint8Array ? answer : encodeNtp(answer), from);
      }
    },
    onError: (error) => assert.fail(error),
  });
  return questions;
}

interface Measured {
  readonly burst: Burst;
  readonly refused: readonly BurstFailure[];
}

async function measure(network: VirtualNetwork, node: Machine, signal?: AbortSignal): Promise<Measured> {
  const refused: BurstFailure[] = [];
  const burst = await network.until(
    ntpBurst(node.world, {
      server: SERVER,
      exchanges: 8,
      timeoutMs: 1_000,
      signal: signal ?? new AbortController().signal,
      refused: (reason) => refused.push(reason),
    }),
  );
  return { burst, refused };
}

function twoMachines(seed = 1) {
  const network = createVirtualNetwork(seed);
  return { network, server: network.machine(SERVER_MACHINE), node: network.machine({ address: NODE }) };
}
const SERVER_MACHINE = { address: SERVER.host };

test("|error| ≤ bound, always: 1,500 bursts, 12,000 exchanges, with our own answerer as the server", async (t) => {
  const seed = propertySeed();
  t.diagnostic(`seed ${seed}`);
  const seeds = createVirtualNetwork(seed).random;
  let exchanges = 0;
  for (let i = 0; i < 1_500; i++) {
    const network = createVirtualNetwork(Math.floor(seeds() * 2 ** 32));
    const { random } = network;
    const size = (): number => 10 ** (random() * 5 - 3); // 1 µs … 100 ms
    const [out, back, jitter] = [size(), size(), size()];
    network.setWay(NODE, SERVER.host, () => (random() < 0.02 ? undefined : out + random() * jitter));
    network.setWay(SERVER.host, NODE, () => (random() < 0.02 ? undefined : back + random() ** 4 * jitter * 10));
    const either = (limit: number): number => (random() * 2 - 1) * limit;
    const server = network.machine({
      address: SERVER.host,
      offsetMs: either(10 ** (random() * 7)),
      ratePpm: either(200),
      readErrorMs: 10 ** (random() * 4 - 4),
    });
    const node = network.machine({ address: NODE, ratePpm: either(200), readErrorMs: 10 ** (random() * 4 - 4) });
    await openOurs(network, server);
    await network.run(random() * 100_000);
    const { measured } = (await measure(network, node)).burst;
    if (measured === undefined) continue; // lost on the way
    exchanges += 8;
    // The estimate is of some microseconds or milliseconds ago; the truth is of now.
    const agedMs = node.world.clock.monotonicMs() - measured.estimate.monotonicMs;
    const truth = node.wallMs() - server.wallMs();
    const errorMs = Math.abs(measured.estimate.offsetMs - truth);
    const boundMs = measured.estimate.boundMs + agedMs * 500e-6;
    assert.ok(errorMs <= boundMs, `burst ${i} of seed ${seed}: error ${errorMs} ms, bound ${boundMs} ms`);
  }
  assert.ok(exchanges >= 10_000, `only ${exchanges} exchanges were answered`);
});

test("what is asked says nothing about us: all zero but the version, the mode and a random stamp", async () => {
  const { network, server, node } = twoMachines();
  const questions = await openLiar(server, (answer) => [answer]);
  await measure(network, node);
  assert.equal(questions.length, 8);
  for (const { transmit, ...rest } of questions) {
    assert.deepEqual(
      { ...rest, reference: 0, origin: 0, receive: 0 },
      {
        leap: 0,
        version: 4,
        mode: 3,
        stratum: 0,
        poll: 0,
        precision: 32,
        rootDelaySeconds: 0,
        rootDispersionSeconds: 0,
        referenceId: 0,
        reference: 0,
        origin: 0,
        receive: 0,
      },
    );
    assert.deepEqual([rest.reference, rest.origin, rest.receive], Array(3).fill({ seconds: 0, fraction: 0 }));
    assert.ok(transmit.seconds !== 0);
  }
  assert.equal(new Set(questions.map(({ transmit }) => `${transmit.seconds}.${transmit.fraction}`)).size, 8);
});

test("a server's own reading error, as its precision tells, is part of the bound", async () => {
  const bounds: number[] = [];
  for (const precision of [-20, -8]) {
    const { network, server, node } = twoMachines();
    await openLiar(server, (answer) => [{ ...answer, precision }]);
    bounds.push((await measure(network, node)).burst.measured!.estimate.boundMs);
  }
  const [fine, coarse] = bounds;
  assert.ok(Math.abs(coarse! - fine! - 1000 / 256) < 0.01, `${coarse} − ${fine}`);
});

test("how far the server says it is from its reference is told, and not mixed into the bound", async () => {
  const { network, server, node } = twoMachines();
  await openLiar(server, (answer) => [{ ...answer, rootDelaySeconds: 0.02, rootDispersionSeconds: 0.005 }]);
  const { measured } = (await measure(network, node)).burst;
  assert.ok(Math.abs(measured!.rootDistanceMs - 15) < 0.1, String(measured!.rootDistanceMs));
  assert.ok(measured!.estimate.boundMs < 0.2, String(measured!.estimate.boundMs));
});

const REFUSED: readonly (readonly [string, Partial<NtpPacket>, BurstFailure])[] = [
  ["says that it is not synchronised", { leap: 3 }, "unsynchronised"],
  ["has stratum 16", { stratum: 16 }, "unsynchronised"],
  ["is 16 s from its reference", { rootDispersionSeconds: 16 }, "unsynchronised"],
  ["can read its clock to 32 s only", { precision: 5 }, "unsynchronised"],
  ["says RATE", { stratum: 0, leap: 3, referenceId: ntpReferenceId("RATE") }, "kiss_rate"],
  ["says DENY", { stratum: 0, leap: 3, referenceId: ntpReferenceId("DENY") }, "kiss_deny"],
  ["says RSTR", { stratum: 0, leap: 3, referenceId: ntpReferenceId("RSTR") }, "kiss_deny"],
  ["says INIT", { stratum: 0, leap: 3, referenceId: ntpReferenceId("INIT") }, "unsynchronised"],
  ["sends no stamps", { transmit: { seconds: 0, fraction: 0 } }, "malformed"],
  ["left before it came", { receive: toNtp(1_795_000_099_000), transmit: toNtp(1_795_000_000_000) }, "contradiction"],
];
for (const [name, lie, reason] of REFUSED) {
  test(`a server that ${name} is ${reason}, and is not asked again in this burst`, async () => {
    const { network, server, node } = twoMachines();
    const questions = await openLiar(server, (answer) => [{ ...answer, ...lie }]);
    const { burst, refused } = await measure(network, node);
    assert.deepEqual(burst, { measured: undefined, failure: reason });
    assert.deepEqual(refused, [reason]);
    assert.equal(questions.length, 1);
  });
}

test("a kiss in the middle of a burst ends it, and what was proven before counts", async () => {
  const { network, server, node } = twoMachines();
  const rate = { stratum: 0, leap: 3, referenceId: ntpReferenceId("RATE") };
  const questions = await openLiar(server, (answer, asked) => [asked < 4 ? answer : { ...answer, ...rate }]);
  const { burst } = await measure(network, node);
  assert.equal(burst.failure, "kiss_rate");
  assert.ok(burst.measured !== undefined);
  assert.equal(questions.length, 4);
});

test("forged answers, without the stamp of the question, are refused while the true one is waited for", async () => {
  const { network, server, node } = twoMachines();
  const hour = (answer: NtpPacket): NtpPacket => ({ ...answer, transmit: toNtp(1_795_003_600_000) });
  await openLiar(server, (answer) => [
    { ...hour(answer), origin: { seconds: 1, fraction: 1 } },
    { ...hour(answer), origin: { seconds: 0, fraction: 0 } },
    answer,
  ]);
  const { burst, refused } = await measure(network, node);
  assert.ok(Math.abs(burst.measured!.estimate.offsetMs) < 1);
  assert.equal(refused.filter((reason) => reason === "unasked").length, 16);
});

test("an answer that comes twice counts once", async () => {
  const { network, server, node } = twoMachines();
  const questions = await openLiar(server, (answer) => [answer, answer]);
  const { burst, refused } = await measure(network, node);
  assert.ok(burst.measured !== undefined);
  assert.equal(questions.length, 8);
  assert.ok(refused.length > 0 && refused.every((reason) => reason === "unasked"), refused.join());
});

test("what is not an NTP answer is refused and waited past", async () => {
  const { network, server, node } = twoMachines();
  await openLiar(server, (answer) => [new Uint8Array(7), { ...answer, mode: 3 }, answer]);
  const { burst, refused } = await measure(network, node);
  assert.ok(burst.measured !== undefined);
  assert.equal(refused.filter((reason) => reason === "malformed").length, 16);
});

test("a server that is not there: three questions, then the burst ends", async () => {
  const { network, node } = twoMachines();
  const { burst, refused } = await measure(network, node);
  assert.deepEqual(burst, { measured: undefined, failure: "timeout" });
  assert.deepEqual(refused, ["timeout", "timeout", "timeout"]);
  assert.equal(network.nowMs(), 3_000);
});

test("a first question that is lost is asked again", async () => {
  const { network, server, node } = twoMachines();
  const questions = await openLiar(server, (answer, asked) => (asked === 1 ? [] : [answer]));
  const { burst } = await measure(network, node);
  assert.ok(burst.measured !== undefined);
  assert.equal(questions.length, 8);
});

test("a loss in the middle of a burst ends it, and what was proven before counts", async () => {
  const { network, server, node } = twoMachines();
  const questions = await openLiar(server, (answer, asked) => (asked === 2 ? [] : [answer]));
  const { burst } = await measure(network, node);
  assert.equal(burst.failure, "timeout");
  assert.ok(burst.measured !== undefined);
  assert.equal(questions.length, 2);
});

test("after the deadline nothing is waited for, and the socket is closed", async () => {
  const { network, server, node } = twoMachines();
  const questions = await openLiar(server, () => []);
  const deadline = new AbortController();
  node.world.timers.after(1_500, () => deadline.abort());
  const { burst } = await measure(network, node, deadline.signal);
  assert.equal(burst.failure, "aborted");
  assert.equal(network.nowMs(), 1_500);
  assert.equal(questions.length, 2);
  assert.equal((await measure(network, node, deadline.signal)).burst.failure, "aborted");
  assert.equal(questions.length, 2);
});

test("what the system says when it can't send, or gives no socket, is told", async () => {
  for (const when of ["bind", "send"] as const) {
    const { network, node } = twoMachines();
    const { bindUdp } = node.world.net;
    Object.assign(node.world.net, {
      bindUdp: async (udp: UdpOptions) => {
        if (when === "bind") throw new Error("EMFILE: too many open files");
        return { ...(await bindUdp(udp)), send: () => udp.onError(new Error("EHOSTUNREACH: no route to host")) };
      },
    });
    const told: string[] = [];
    const burst = await network.until(
      ntpBurst(node.world, {
        server: SERVER,
        exchanges: 8,
        timeoutMs: 1_000,
        signal: new AbortController().signal,
        refused: (reason, error) => told.push(`${reason}: ${errorText(error)}`),
      }),
    );
    assert.deepEqual(burst, { measured: undefined, failure: "network" });
    assert.equal(told.length, 1);
    assert.match(told[0]!, when === "bind" ? /^network: .*EMFILE/ : /^network: .*EHOSTUNREACH/);
  }
});

test("our own clock being set in the middle of a burst makes it worthless", async () => {
  for (const stepMs of [10, -10, 86_400_000]) {
    const { network, server, node } = twoMachines();
    await openLiar(server, (answer, asked) => {
      if (asked === 5) node.stepWall(stepMs);
      return [answer];
    });
    const { burst } = await measure(network, node);
    assert.deepEqual(burst, { measured: undefined, failure: "stepped" }, `step of ${stepMs} ms`);
  }
});

test("the server's clock being set in the middle of a burst is a contradiction", async () => {
  const { network, server, node } = twoMachines();
  await openLiar(server, (answer, asked) => {
    if (asked === 5) server.stepWall(40);
    return [asked > 5 ? { ...answer, receive: toNtp(server.wallMs()), transmit: toNtp(server.wallMs()) } : answer];
  });
  assert.deepEqual((await measure(network, node)).burst, { measured: undefined, failure: "contradiction" });
});
