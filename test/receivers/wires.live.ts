/** Every wire, spoken by foreign programs: openssl, curl, carbon-c-relay, carbon's own writers, Python's compressors. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { makeCertificates } from "../support/certificates.ts";
import { freePort, startProgram, until } from "../support/live.ts";
import { openReceiving, type Receiving, sendAll } from "../support/receiving.ts";

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "lockstep-wires-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

async function receiving(t: TestContext, settings: Readonly<Record<string, unknown>>): Promise<Receiving> {
  const opened = await openReceiving(settings);
  t.after(() => opened.close());
  return opened;
}

/** Runs to the end; resolves with its exit code and output. */
function run(command: string, args: readonly string[], input = ""): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(command, args, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
    child.stdin!.on("error", () => undefined); // it may have gone
    child.stdin!.end(input);
  });
}

function arrived(ours: Receiving, count: number, output: () => string): Promise<true> {
  return until(
    async () => (ours.samples.length >= count ? true : undefined),
    () => `${ours.samples.length} samples, ${JSON.stringify(ours.rejected())}: ${output()}`,
  );
}

test("TLS with openssl: lines, receipts, and no protocol before 1.2", async (t) => {
  const home = directory(t);
  const certificates = makeCertificates(home);
  const { certificate, key } = certificates.issue("server");
  const ours = await receiving(t, {
    "receivers.line": ["127.0.0.1:0", "tls://localhost:0"],
    "receivers.tls": { certificate, key },
  });
  const port = tlsPort(ours);
  const client = [
    "s_client",
    "-connect",
    `127.0.0.1:${port}`,
    "-CAfile",
    certificates.ca,
    "-verify_return_error",
    "-quiet",
  ];
  const spoken = startProgram("/bin/sh", [
    "-c",
    `(printf 'a 1 1\\nlockstep.receipt.n1 5 1\\n'; sleep 2) | openssl ${client.join(" ")}`,
  ]);
  await until(
    async () => (spoken.output().includes("receipt n1 5") ? true : undefined),
    () => spoken.output(),
  );
  await spoken.stop();
  assert.deepEqual(ours.samples, ["a 1 1"]);
  const old = await run("/usr/bin/openssl", [...client, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], "b 1 1\n");
  assert.notEqual(old.code, 0, old.output);
  await until(
    async () => (ours.rejected()["tls"] === 1 ? true : undefined),
    () => JSON.stringify(ours.rejected()),
  );
  assert.ok(ours.logged.some((line) => /warn .*failed at TLS/.test(line)));
  await sendAll({ port }, "plain.text 1 1\n");
  await until(
    async () => (ours.rejected()["tls"] === 2 ? true : undefined),
    () => JSON.stringify(ours.rejected()),
  );
  assert.deepEqual(ours.samples, ["a 1 1"]);
});

/** Where TLS is spoken: of the log, since a sidecar wants the other address. */
function tlsPort(ours: Receiving): number {
  const line = ours.logged.find((one) => one.includes("tls://"));
  return Number(/tls:\/\/[^:]+:(\d+)/.exec(line ?? "")?.[1]);
}

test("mTLS with openssl and curl: who shows no certificate of ours is refused", async (t) => {
  const home = directory(t);
  const certificates = makeCertificates(home);
  const { certificate, key } = certificates.issue("server");
  const node = certificates.issue("node");
  const stranger = makeCertificates(directory(t)).issue("stranger");
  const ours = await receiving(t, {
    "receivers.http": "tls://127.0.0.1:0",
    "receivers.tls": { certificate, key, clientCa: certificates.ca },
  });
  const url = `https://127.0.0.1:${ours.addresses.http!.port}/`;
  const curl = (...args: readonly string[]): ReturnType<typeof run> =>
    run(
      "/usr/bin/curl",
      ["-sS", "--cacert", certificates.ca, "-w", "%{http_code}", "--data-binary", "@-", ...args, url],
      "a 1 1\n",
    );
  assert.deepEqual(await curl("--cert", node.certificate, "--key", node.key), { code: 0, output: "204" });
  assert.notEqual((await curl()).code, 0);
  assert.notEqual((await curl("--cert", stranger.certificate, "--key", stranger.key)).code, 0);
  assert.deepEqual(ours.samples, ["a 1 1"]);
  await until(
    async () => (ours.rejected()["tls"] === 2 ? true : undefined),
    () => JSON.stringify(ours.rejected()),
  );
});

test("who is not on the list does not come to a handshake", async (t) => {
  const { certificate, key } = makeCertificates(directory(t)).issue("server");
  const ours = await receiving(t, {
    "receivers.line": "tls://127.0.0.1:0",
    "receivers.http": "tls://127.0.0.1:0",
    "receivers.tls": { certificate, key },
    "receivers.allow": ["10.0.0.0/8"],
  });
  for (const { port } of [ours.addresses.line, ours.addresses.http!]) {
    const { code } = await run("/usr/bin/openssl", ["s_client", "-connect", `127.0.0.1:${port}`, "-quiet"], "a 1 1\n");
    assert.notEqual(code, 0);
  }
  assert.deepEqual(ours.rejected(), { address_not_allowed: 2 });
});

test("a new certificate is shown without a restart; a bad file names itself and changes nothing", async (t) => {
  const home = directory(t);
  const certificates = makeCertificates(home);
  const first = certificates.issue("first");
  const files = { certificate: join(home, "live.crt"), key: join(home, "live.key") };
  const use = (from: { certificate: string; key: string }): void => {
    copyFileSync(from.certificate, files.certificate);
    copyFileSync(from.key, files.key);
  };
  use(first);
  const ours = await receiving(t, { "receivers.line": "tls://127.0.0.1:0", "receivers.tls": files });
  const shown = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectTls(
        { port: ours.addresses.line.port, host: "127.0.0.1", ca: readFileSync(certificates.ca) },
        () => {
          resolve(String(socket.getPeerCertificate().subject.CN));
          socket.end();
        },
      );
      socket.on("error", reject);
    });
  assert.equal(await shown(), "first");
  writeFileSync(files.certificate, "not a certificate");
  await until(
    async () =>
      ours.logged.some((line) => /error .*live\.crt \(receivers\.tls\.certificate\): it holds no cert/.test(line))
        ? true
        : undefined,
    () => ours.logged.join("\n"),
  );
  assert.equal(await shown(), "first");
  use(certificates.issue("second"));
  await until(
    async () => ((await shown()) === "second" ? true : undefined),
    () => ours.logged.join("\n"),
  );
  const secret = readFileSync(files.key, "utf8").split("\n")[1]!;
  assert.ok(!ours.logged.join("\n").includes(secret));
});

test("files that are no certificate, no key, or not each other's, are errors that name them", async (t) => {
  const home = directory(t);
  const certificates = makeCertificates(home);
  const one = certificates.issue("one");
  const two = certificates.issue("two");
  const noise = join(home, "noise.pem");
  writeFileSync(noise, "noise");
  const rows: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ certificate: join(home, "none"), key: one.key }, /none \(receivers\.tls\.certificate\): ENOENT/],
    [{ certificate: noise, key: one.key }, /noise\.pem \(receivers\.tls\.certificate\): it holds no certificate/],
    [{ certificate: one.certificate, key: noise }, /noise\.pem \(receivers\.tls\.key\): it holds no private key/],
    [{ certificate: one.certificate, key: two.key }, /two\.key \(receivers\.tls\.key\): it does not belong to/],
    [{ ...one, clientCa: noise }, /noise\.pem \(receivers\.tls\.clientCa\): it holds no certificate/],
  ];
  for (const [tls, message] of rows) {
    const opening = openReceiving({ "receivers.line": "tls://127.0.0.1:0", "receivers.tls": tls });
    await assert.rejects(opening, { code: "TLS_FILE", message });
  }
});

test("Debian's carbon-c-relay sends over TLS", async (t) => {
  const home = directory(t);
  const certificates = makeCertificates(home);
  const { certificate, key } = certificates.issue("server");
  const ours = await receiving(t, { "receivers.line": "tls://127.0.0.1:0", "receivers.tls": { certificate, key } });
  const relayPort = await freePort();
  const conf = join(home, "relay.conf");
  writeFileSync(
    conf,
    `listen type linemode ${relayPort} proto tcp ;
cluster ours forward localhost:${ours.addresses.line.port} proto tcp transport plain ssl ;
match * send to ours stop ;
`,
  );
  const relay = startProgram("/usr/bin/carbon-c-relay", ["-f", conf, "-s", "-w", "1", "-C", certificates.ca]);
  t.after(() => relay.stop());
  const lines = Array.from({ length: 500 }, (_, i) => `relay.m${i} ${i * 0.5} 1700000000\n`).join("");
  await until(
    () => sendAll({ port: relayPort }, lines).then(() => true as const),
    () => relay.output(),
  );
  await arrived(ours, 500, () => relay.output());
  assert.equal(new Set(ours.samples).size, 500);
  assert.ok(ours.samples.includes("relay.m499 249.5 1700000000"));
  assert.deepEqual(ours.rejected(), {});
});

const PYTHON = `
import gzip, pickle, socket, struct, sys
sys.path.insert(0, "/usr/lib/python3/dist-packages")
def send(port, data):
    s = socket.create_connection(("127.0.0.1", port)); s.sendall(data); s.shutdown(1)
    while s.recv(100): pass
    s.close()
`;

test("carbon's protobuf, as its own classes write it", async (t) => {
  const ours = await receiving(t, { "receivers.protobuf": "127.0.0.1:0" });
  const { code, output } = await run("/usr/bin/python3", [
    "-c",
    `${PYTHON}
import os
os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"
from carbon.carbon_pb2 import Payload
for part in range(3):
    payload = Payload()
    for m in range(50):
        metric = payload.metrics.add(); metric.metric = "pb.größe.p%d.m%d" % (part, m)
        for i in range(4):
            point = metric.points.add(); point.timestamp = 1700000000 + i; point.value = m * -1.25 + i
    body = payload.SerializeToString()
    send(${ours.addresses.protobuf!.port}, struct.pack("!L", len(body)) + body)
`,
  ]);
  assert.equal(code, 0, output);
  assert.equal(ours.samples.length, 600);
  assert.equal(ours.samples.at(-1), "pb.größe.p2.m49 -58.25 1700000003");
  assert.deepEqual(ours.rejected(), {});
});

test("Python's compressors", async (t) => {
  const ours = await receiving(t, {});
  const { code, output } = await run("/usr/bin/python3", [
    "-c",
    `${PYTHON}
import lz4.frame, snappy
lines = lambda kind: "".join("packed.%s.m%d %r 1700000000\\n" % (kind, i % 500, i / 8) for i in range(20000)).encode()
port = ${ours.addresses.line.port}
send(port, gzip.compress(lines("gzip")))
for size in (4, 5, 6, 7):
    for linked in (True, False):
        for sums in (True, False):
            send(port, lz4.frame.compress(lines("lz4"), block_size=size, block_linked=linked, block_checksum=sums, content_checksum=sums))
text = lines("snappy")
send(port, b"".join(snappy.compress(text[i:i + 32768]) for i in range(0, len(text), 32768)))
`,
  ]);
  assert.equal(code, 0, output);
  assert.deepEqual(ours.rejected(), {});
  assert.equal(ours.samples.length, 18 * 20_000);
  for (const kind of ["gzip", "lz4", "snappy"]) {
    const own = ours.samples.filter((sample) => sample.startsWith(`packed.${kind}.`));
    own.forEach((sample, i) => {
      const n = i % 20_000;
      if (sample !== `packed.${kind}.m${n % 500} ${n / 8} 1700000000`) assert.fail(`${i}: ${sample}`);
    });
  }
});

test("curl: what was taken, what was not, and gzip", async (t) => {
  const ours = await receiving(t, { "receivers.http": "127.0.0.1:0" });
  const url = `http://127.0.0.1:${ours.addresses.http!.port}/`;
  const curl = (input: string, ...args: readonly string[]): ReturnType<typeof run> =>
    run("/usr/bin/curl", ["-sS", "-w", "%{http_code}", "--data-binary", "@-", ...args, url], input);
  const lines = Array.from({ length: 100_000 }, (_, i) => `curl.m${i % 1000} ${i} 1700000000\n`).join("");
  assert.deepEqual(await curl(lines), { code: 0, output: "204" });
  assert.equal(ours.samples.length, 100_000);
  const some = await curl("a 1 1\nb x 1\n", "-H", "Transfer-Encoding: chunked");
  assert.match(some.output, /"taken":1,"rejected":1,"reasons":\{"value":1\}.*200$/s);
});
