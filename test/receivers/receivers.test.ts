/** Every wire over real sockets: what is taken, what is refused and why, and every limit reached on purpose. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { LIMITS } from "#src/core/limits.ts";
import { realWorld } from "#src/core/real/world.ts";
import { until } from "../support/live.ts";
import { openReceiving, type Receiving, sendAll } from "../support/receiving.ts";

function fixture(name: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../../../test/fixtures/streams/${name}`, import.meta.url)));
}

async function receiving(t: TestContext, settings: Readonly<Record<string, unknown>> = {}): Promise<Receiving> {
  const opened = await openReceiving(settings);
  t.after(() => opened.close());
  return opened;
}

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "lockstep-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function open(t: TestContext, to: { readonly port: number } | { readonly path: string }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", ...to }, () => resolve(socket));
    socket.on("error", reject);
    t.after(() => socket.destroy());
  });
}

function eventually(claim: () => boolean, what: () => unknown): Promise<true> {
  return until(
    async () => (claim() ? true : undefined),
    () => JSON.stringify(what()),
    10_000,
  );
}

const frame = (body: Uint8Array): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length);
  return Buffer.concat([header, body]);
};

test("compressed streams are recognised, and give the lines that were put in", async (t) => {
  const want = fixture("small.txt").toString().trim().split("\n");
  for (const name of ["lz4-all-checksums.lz4", "python-snappy.framing", "gzip-two-members.gz"]) {
    const ours = await receiving(t);
    await sendAll(ours.addresses.line, fixture(name));
    assert.deepEqual(ours.samples, want.map(asTaken), name);
    assert.deepEqual(ours.rejected(), {}, name);
  }
  for (const name of ["carbon-c-relay.gzip", "carbon-c-relay.lz4", "carbon-c-relay.snappy"]) {
    const ours = await receiving(t);
    await sendAll(ours.addresses.line, fixture(name));
    assert.equal(ours.samples.length, 204, name);
    assert.equal(ours.samples.at(-1), "relay.node3.cpu.m199 298.5 1700000199", name);
    assert.deepEqual(ours.rejected(), {}, name);
  }
});

function asTaken(line: string): string {
  const [name, value, stamp] = line.split(" ");
  return `${name} ${Number(value)} ${stamp}`;
}

test("a damaged stream costs its connection, and nothing after the damage is taken", async (t) => {
  for (const name of ["lz4-all-checksums.lz4", "python-snappy.framing", "gzip-two-members.gz"]) {
    const ours = await receiving(t);
    const stream = Buffer.from(fixture(name));
    stream[stream.length - 200]! ^= 16;
    await sendAll(ours.addresses.line, Buffer.concat([stream, stream]));
    assert.equal(ours.rejected()["compression"], 1, name);
    const right = new Set(fixture("small.txt").toString().trim().split("\n").map(asTaken));
    if (!name.endsWith(".gz"))
      assert.ok(
        ours.samples.every((sample) => right.has(sample)),
        name,
      ); // gzip's sum comes last
    assert.ok(ours.samples.length <= 100, name);
    assert.ok(
      ours.logged.some((line) => /warn .*stream can't be read/.test(line)),
      ours.logged.join("\n"),
    );
  }
});

test("what follows the end of a gzip stream and is none is damage", async (t) => {
  const ours = await receiving(t);
  await sendAll(ours.addresses.line, Buffer.concat([gzipSync("a 1 1\n"), Buffer.from("b 2 2\n")]));
  assert.deepEqual(ours.rejected(), { compression: 1 });
});

test("a stream that grows beyond all measure is cut", async (t) => {
  const ours = await receiving(t);
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, "x"));
  assert.ok(bomb.length * LIMITS.expansionRatio < 64 * 1024 * 1024);
  await sendAll(ours.addresses.line, bomb);
  assert.equal(ours.rejected()["expansion"], 1);
  assert.equal(await ours.reading("lockstep_receiver_rejected_total", { reason: "expansion" }), 1);
  assert.ok(ours.logged.some((line) => /warn .*more than 200 times/.test(line)));
});

test("protobuf: what carbon's own writer made is taken; what is none costs its frame", async (t) => {
  const ours = await receiving(t, { "receivers.protobuf": "127.0.0.1:0" });
  // carbon_pb2.Payload with a.b (1700000000, 1.5), (1700000010, -2) and c (0, 0), as Python wrote it.
  const payload = Buffer.from(
    "0a230a03612e62120f0880e2cfaa0611000000000000f83f120f088ae2cfaa061100000000000000c0".replace("0a23", "0a27") +
      "0a050a01631200",
    "hex",
  );
  await sendAll(
    ours.addresses.protobuf!,
    Buffer.concat([frame(payload), frame(Buffer.from("nonsense")), frame(payload)]),
  );
  const once = ["a.b 1.5 1700000000", "a.b -2 1700000010", "c 0 0"];
  assert.deepEqual(ours.samples, [...once, ...once]);
  assert.deepEqual(ours.rejected(), { protobuf: 1 });
});

test("a frame that is too long costs its connection; one that is cut is told of", async (t) => {
  const ours = await receiving(t, { "receivers.pickle": "127.0.0.1:0" });
  await sendAll(ours.addresses.pickle!, Buffer.from([0, 16, 0, 1, 1, 2, 3]));
  await sendAll(ours.addresses.pickle!, Buffer.from([0, 0, 0, 9, 1, 2, 3]));
  assert.deepEqual(ours.rejected(), { unfinished_frame: 1, frame_too_long: 1 });
});

test("a name that is said once and meant a hundred thousand times is looked up once, however long it is", async (t) => {
  const ours = await receiving(t, { "receivers.pickle": "127.0.0.1:0" });
  const long = Buffer.alloc(400_000, "x");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(long.length);
  const point = [0x4b, 1, 0x4b, 2, 0x86, 0x86]; // (1, 2)
  const again = Buffer.from([0x68, 0, ...point]);
  const head = Buffer.concat([
    Buffer.from([0x80, 2, 0x5d, 0x28, 0x58]),
    length,
    long,
    Buffer.from([0x71, 0, ...point]),
  ]);
  const repeats = Array.from({ length: 50_000 }, () => again);
  await sendAll(ours.addresses.pickle!, frame(Buffer.concat([head, ...repeats, Buffer.from([0x65, 0x2e])])));
  assert.deepEqual(ours.rejected(), { name_too_long: 50_001 });
});

test("lines over a stream socket of this machine", async (t) => {
  const path = join(directory(t), "line.sock");
  const ours = await openReceiving({ "receivers.unix": path });
  assert.equal(statSync(path).mode & 0o777, 0o660);
  assert.equal(await sendAll({ path }, "a 1 1\nlockstep.receipt.n1 7 1\n"), "receipt n1 7\n");
  assert.deepEqual(ours.samples, ["a 1 1"]);
  await assert.rejects(openReceiving({ "receivers.unix": path }), {
    code: "LISTEN",
    message: `cannot listen on ${path} (receivers.unix): something else listens there already, another Lockstep perhaps`,
  });
  await ours.close();
  assert.equal(existsSync(path), false);
  assert.equal(existsSync(`${path}.lock`), false);
});

test("a socket that a dead process left is replaced; a living one of anybody, and a file, stay", async (t) => {
  const path = join(directory(t), "line.sock");
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
  assert.ok(statSync(path).isSocket());
  const ours = await openReceiving({ "receivers.unix": path });
  await sendAll({ path }, "a 1 1\n");
  assert.deepEqual(ours.samples, ["a 1 1"]);
  await ours.close();
  const foreign = createServer();
  await new Promise<void>((resolve) => foreign.listen(path, resolve));
  await assert.rejects(openReceiving({ "receivers.unix": path }), { code: "LISTEN", message: /listens there already/ });
  await new Promise((resolve) => foreign.close(resolve));
  writeFileSync(path, "precious");
  await assert.rejects(openReceiving({ "receivers.unix": path }), { code: "LISTEN", message: /stays as it is/ });
  assert.equal(readFileSync(path, "utf8"), "precious");
});

test("a receiver listens on several addresses", async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  await new Promise((resolve) => taken.close(resolve));
  const ours = await receiving(t, { "receivers.line": ["127.0.0.1:0", `127.0.0.2:${port}`] });
  await sendAll(ours.addresses.line, "a 1 1\n");
  await sendAll({ host: "127.0.0.2", port } as { port: number }, "b 2 2\n");
  assert.deepEqual(ours.samples, ["a 1 1", "b 2 2"]);
});

test("peers that are not on the list are refused, counted and told of once a minute", async (t) => {
  const ours = await receiving(t, { "receivers.allow": ["127.0.0.2", "10.0.0.0/8"] });
  for (let i = 0; i < 3; i++) await sendAll(ours.addresses.line, "a 1 1\n");
  assert.deepEqual([ours.samples, ours.rejected()], [[], { address_not_allowed: 3 }]);
  assert.equal(ours.logged.filter((line) => /not in receivers.allow.*remote=127.0.0.1/.test(line)).length, 1);
  await sendAll({ ...ours.addresses.line, localAddress: "127.0.0.2" } as { port: number }, "b 2 2\n");
  assert.deepEqual(ours.samples, ["b 2 2"]);
});

test("who is not on the list is refused over HTTP and UDP, too", async (t) => {
  const ours = await receiving(t, {
    "receivers.allow": ["10.0.0.0/8"],
    "receivers.http": "127.0.0.1:0",
    "receivers.udp": "127.0.0.1:0",
  });
  const posted = await sendAll(ours.addresses.http!, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\na 1 1\n");
  assert.equal(posted, "");
  const udp = createSocket("udp4");
  udp.send("u 1 1\n", ours.addresses.udp!.port, "127.0.0.1", () => udp.close());
  await eventually(
    () => ours.rejected()["address_not_allowed"] === 2,
    () => ours.rejected(),
  );
  assert.deepEqual([ours.samples, Object.keys(ours.rejected())], [[], ["address_not_allowed"]]);
});

test("connections in all, and of one peer, have limits", async (t) => {
  const ours = await receiving(t, { "receivers.connections": 3, "receivers.connectionsPerPeer": 2 });
  const { port } = ours.addresses.line;
  const first = await open(t, { port });
  await open(t, { port });
  await sendAll({ port }, "a 1 1\n");
  assert.deepEqual(ours.rejected(), { peer_connection_limit: 1 });
  await open(t, { port, localAddress: "127.0.0.2" } as { port: number });
  await sendAll({ port, localAddress: "127.0.0.3" } as { port: number }, "b 1 1\n");
  assert.deepEqual(ours.rejected(), { peer_connection_limit: 1, connection_limit: 1 });
  assert.equal(await ours.reading("lockstep_receiver_connections"), 3);
  assert.ok(ours.logged.some((line) => /\(receivers.connectionsPerPeer\)/.test(line)));
  assert.ok(ours.logged.some((line) => /\(receivers.connections\)/.test(line)));
  first.destroy();
  await until(
    async () => ((await ours.reading("lockstep_receiver_connections")) === 2 ? true : undefined),
    () => "2 open",
  );
  await sendAll({ port }, "c 1 1\n");
  assert.deepEqual(ours.samples, ["c 1 1"]);
});

test("a connection over which nothing comes for ten minutes is closed, and counted", async (t) => {
  const real = realWorld();
  let aheadMs = 0;
  const ours = await openReceiving(
    {},
    {
      ...real,
      clock: { ...real.clock, monotonicMs: () => real.clock.monotonicMs() + aheadMs },
      timers: { after: (delayMs, run) => real.timers.after(delayMs === 30_000 ? 5 : delayMs, run) },
    },
  );
  t.after(() => ours.close());
  const silent = await open(t, ours.addresses.line);
  const closed = once(silent, "close");
  aheadMs = 599_000;
  await setTimeout(50);
  assert.equal(silent.closed, false);
  aheadMs = 601_000;
  await closed;
  assert.equal(await ours.reading("lockstep_receiver_connections_idle_total"), 1);
  assert.ok(ours.logged.some((line) => /nothing came for 10 minutes/.test(line)));
});

test("new series of one sender, and series in all, have limits; known series flow on", async (t) => {
  const ours = await receiving(t, { "receivers.newSeriesPerSecond": 0.1 });
  await sendAll(ours.addresses.line, "a 1 1\nb 1 1\na 2 2\n");
  assert.deepEqual([ours.samples, ours.rejected()], [["a 1 1", "a 2 2"], { new_series_rate: 1 }]);
  await sendAll({ ...ours.addresses.line, localAddress: "127.0.0.2" } as { port: number }, "b 1 1\n");
  assert.equal(ours.samples.at(-1), "b 1 1");
  ours.store.seriesLimit = 2;
  await sendAll({ ...ours.addresses.line, localAddress: "127.0.0.3" } as { port: number }, "c 1 1\na 3 3\n");
  assert.deepEqual(ours.rejected(), { new_series_rate: 1, series_limit: 1 });
  assert.equal(ours.samples.at(-1), "a 3 3");
  assert.ok(ours.logged.some((line) => /warn .*the store is full/.test(line)));
});

test("a line that is too long costs itself", async (t) => {
  const ours = await receiving(t);
  await sendAll(ours.addresses.line, `a 1 1\n${"x".repeat(LIMITS.lineBytes + 1)} 1 1\nb 1 1\n`);
  assert.deepEqual([ours.samples, ours.rejected()], [["a 1 1", "b 1 1"], { line_too_long: 1 }]);
});

test("while the store can't take more, nothing is read, whatever the wire; then all of it arrives", async (t) => {
  const ours = await receiving(t, { "receivers.udp": "127.0.0.1:0" });
  ours.store.pendingBytes = LIMITS.storePendingBytes + 1;
  const lines = Array.from({ length: 400_000 }, (_, i) => `flood.x ${i} 1700000000\n`).join("");
  const plain = sendAll(ours.addresses.line, lines);
  const packed = sendAll(ours.addresses.line, gzipSync(lines));
  await eventually(
    () => ours.samples.length > 0,
    () => ours.rejected(),
  );
  const early = ours.samples.length;
  const udp = createSocket("udp4");
  udp.send("u 1 1\n", ours.addresses.udp!.port, "127.0.0.1", () => udp.close());
  await until(
    async () => ((await ours.reading("lockstep_receiver_datagrams_dropped_total")) === 1 ? true : undefined),
    () => "one datagram dropped",
  );
  assert.ok(ours.samples.length < 200_000, `${early}, then ${ours.samples.length} of 800,000 were taken`);
  ours.store.pendingBytes = 0;
  await Promise.all([plain, packed]);
  assert.equal(ours.samples.length, 800_000);
});

test("one that floods does not starve one that is slow", async (t) => {
  const ours = await receiving(t);
  const flood = await open(t, ours.addresses.line);
  const chunk = "flood.x 1 1700000000\n".repeat(20_000);
  let flooding = true;
  const pour = (): void => {
    while (flooding && flood.write(chunk));
    if (flooding) flood.once("drain", pour);
  };
  pour();
  const slow = await open(t, ours.addresses.line);
  for (let i = 0; i < 20; i++) {
    slow.write(`slow.x ${i} 1700000000\n`);
    await eventually(
      () => ours.samples.includes(`slow.x ${i} 1700000000`),
      () => i,
    );
    ours.samples.length = 0;
  }
  flooding = false;
  assert.deepEqual(ours.rejected(), {});
});
