/** Lines over HTTP: 204 is a promise, and everything else says what was wrong. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { LIMITS } from "#src/core/limits.ts";
import { openReceiving, type Receiving } from "../support/receiving.ts";

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function receiving(
  t: TestContext,
): Promise<Receiving & { post: (body: Body, init?: RequestInit) => Promise<Answer> }> {
  const ours = await openReceiving({ "receivers.http": "127.0.0.1:0" });
  t.after(() => ours.close());
  const url = `http://127.0.0.1:${ours.addresses.http!.port}/`;
  const post = async (body: Body, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(url, { method: "POST", body, ...init });
    return { status: response.status, body: await response.text() };
  };
  return Object.assign(ours, { post });
}

type Body = string | Uint8Array<ArrayBuffer> | null;

test("lines that are all taken: 204, once they are on disk", async (t) => {
  const ours = await receiving(t);
  let synced: () => void = () => assert.fail("the promise has begun");
  const durable = new Promise<void>((resolve) => {
    synced = resolve;
  });
  ours.store.durable = () => durable;
  let answered = false;
  const answer = ours.post("a.b 1 1700000000\nc 2 1700000000").then((got) => {
    answered = true;
    return got;
  });
  while (ours.samples.length < 2) await new Promise(setImmediate);
  assert.equal(answered, false);
  synced();
  assert.deepEqual(await answer, { status: 204, body: "" });
  assert.deepEqual(ours.samples, ["a.b 1 1700000000", "c 2 1700000000"]);
});

test("lines that are refused are told with their reasons", async (t) => {
  const ours = await receiving(t);
  const some = await ours.post("a 1 1\nb x 1\nc\nd y 1\n");
  assert.deepEqual(
    [some.status, JSON.parse(some.body)],
    [
      200,
      {
        taken: 1,
        rejected: 3,
        reasons: { value: 2, field_count: 1 },
        examples: [
          { reason: "value", line: "b x 1" },
          { reason: "field_count", line: "c" },
          { reason: "value", line: "d y 1" },
        ],
      },
    ],
  );
  const none = await ours.post("x\n".repeat(100));
  const told = JSON.parse(none.body) as { rejected: number; examples: unknown[] };
  assert.deepEqual([none.status, told.rejected, told.examples.length], [400, 100, LIMITS.rejectsAnswered]);
  assert.deepEqual(ours.rejected(), { field_count: 101, value: 2 });
});

test("gzip is honoured; a damaged or cut body is an error, whatever was taken before", async (t) => {
  const ours = await receiving(t);
  const headers = { "Content-Encoding": "gzip" };
  const packed = gzipSync("a 1 1\nb 2 2\n");
  assert.equal((await ours.post(packed, { headers })).status, 204);
  assert.deepEqual(ours.samples, ["a 1 1", "b 2 2"]);
  for (const bad of [packed.subarray(0, 20), Buffer.concat([packed, Buffer.from("c 3 3\n")]), Buffer.from("a 1 1\n")]) {
    const { status, body } = await ours.post(Uint8Array.from(bad), { headers });
    assert.equal(status, 400, body);
    assert.match(body, /the gzip stream can't be read: /);
  }
  const bomb = await ours.post(gzipSync(Buffer.alloc(64 * 1024 * 1024, "x")), { headers });
  assert.match(`${bomb.status} ${bomb.body}`, /^400 .*more than 200 times/);
  assert.equal(ours.rejected()["compression"], 3);
  assert.equal(ours.rejected()["expansion"], 1);
});

test("a disk that can't: 503, send it again", async (t) => {
  const ours = await receiving(t);
  ours.store.durable = () => Promise.reject(new Error("ENOSPC: no space left on device"));
  const { status, body } = await ours.post("a 1 1\n");
  assert.deepEqual([status, JSON.parse(body)], [503, { error: "not on disk: ENOSPC: no space left on device" }]);
});

test("requests that are none of ours", async (t) => {
  const ours = await receiving(t);
  const rows: readonly (readonly [number, RegExp, RequestInit])[] = [
    [405, /POST/, { method: "GET", body: null }],
    [403, /web pages/, { headers: { Origin: "http://evil.example" } }],
    [415, /text\/plain/, { headers: { "Content-Type": "application/json" } }],
    [415, /gzip, or none/, { headers: { "Content-Encoding": "br" } }],
  ];
  for (const [want, message, init] of rows) {
    const { status, body } = await ours.post("a 1 1\n", init);
    assert.equal(status, want);
    assert.match(body, message);
  }
  const other = await fetch(`http://127.0.0.1:${ours.addresses.http!.port}/write`, { method: "POST", body: "a 1 1\n" });
  assert.equal(other.status, 404);
  assert.deepEqual([ours.samples, ours.rejected()], [[], { request: 5 }]);
});

test("a body is parsed as it comes; one that is broken off leaves whole lines, and no answer", async (t) => {
  const ours = await receiving(t);
  const sent = request({ port: ours.addresses.http!.port, host: "127.0.0.1", method: "POST", path: "/" });
  sent.on("error", () => undefined);
  sent.write("a 1 1\nb 2");
  while (ours.samples.length === 0) await new Promise(setImmediate);
  assert.deepEqual(ours.samples, ["a 1 1"]);
  sent.destroy();
  while (ours.rejected()["unfinished_line"] !== 1) await new Promise(setImmediate);
  assert.deepEqual(ours.samples, ["a 1 1"]);
});
