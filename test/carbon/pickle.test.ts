import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameSplitter } from "#src/carbon/framing.ts";
import { decodePickle } from "#src/carbon/pickle.ts";
import { errorCode } from "#src/core/errors.ts";
import { seeded } from "../support/random.ts";

/** What Python 3.11's `pickle.dumps([("a.b", (1700000000, 1.5)), ("ü", (1700000000.5, -3)), ("s", ("17", "2.5"))], protocol)` gives. */
const BY_PROTOCOL: readonly string[] = [
  "KGxwMAooVmEuYgpwMQooSTE3MDAwMDAwMDAKRjEuNQp0cDIKdHAzCmEoVvwKcDQKKEYxNzAwMDAwMDAwLjUKSS0zCnRwNQp0cDYKYShWcwpwNwooVjE3CnA4ClYyLjUKcDkKdHAxMAp0cDExCmEu",
  "XXEAKChYAwAAAGEuYnEBKEoA8VNlRz/4AAAAAAAAdHECdHEDKFgCAAAAw7xxBChHQdlU/EAgAABK/f///3RxBXRxBihYAQAAAHNxByhYAgAAADE3cQhYAwAAADIuNXEJdHEKdHELZS4=",
  "gAJdcQAoWAMAAABhLmJxAUoA8VNlRz/4AAAAAAAAhnEChnEDWAIAAADDvHEER0HZVPxAIAAASv3///+GcQWGcQZYAQAAAHNxB1gCAAAAMTdxCFgDAAAAMi41cQmGcQqGcQtlLg==",
  "gANdcQAoWAMAAABhLmJxAUoA8VNlRz/4AAAAAAAAhnEChnEDWAIAAADDvHEER0HZVPxAIAAASv3///+GcQWGcQZYAQAAAHNxB1gCAAAAMTdxCFgDAAAAMi41cQmGcQqGcQtlLg==",
  "gASVRwAAAAAAAABdlCiMA2EuYpRKAPFTZUc/+AAAAAAAAIaUhpSMAsO8lEdB2VT8QCAAAEr9////hpSGlIwBc5SMAjE3lIwDMi41lIaUhpRlLg==",
  "gAWVRwAAAAAAAABdlCiMA2EuYpRKAPFTZUc/+AAAAAAAAIaUhpSMAsO8lEdB2VT8QCAAAEr9////hpSGlIwBc5SMAjE3lIwDMi41lIaUhpRlLg==",
];

const WANT = [
  { name: "a.b", seconds: 1_700_000_000, value: 1.5 },
  { name: "ü", seconds: 1_700_000_000.5, value: -3 },
  { name: "s", seconds: 17, value: 2.5 },
];

function bytes(...parts: readonly (string | number)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === "number" ? [part] : [...Buffer.from(part, "latin1")])),
  );
}

test("lists of points are read in every protocol", () => {
  BY_PROTOCOL.forEach((text, protocol) => {
    assert.deepEqual(decodePickle(Buffer.from(text, "base64")), { points: WANT, bad: 0 }, `protocol ${protocol}`);
  });
});

test("entries that are no points are skipped one by one", () => {
  const good = "(S'a'\n(I1\nI2\ntt";
  assert.deepEqual(decodePickle(bytes("(l", good, "aNa(S'b'\nI3\nta(I1\n(I1\nI2\ntta", good, "a.")), {
    points: [
      { name: "a", seconds: 1, value: 2 },
      { name: "a", seconds: 1, value: 2 },
    ],
    bad: 3,
  });
});

test("what could name a class or call anything is refused", () => {
  const rows: readonly (readonly [string, Uint8Array])[] = [
    ["GLOBAL", bytes("cos\nsystem\n(S'id'\ntR.")],
    ["STACK_GLOBAL", bytes(0x80, 4, 0x8c, 2, "os", 0x8c, 6, "system", 0x93, ".")],
    ["REDUCE", bytes("(l(tR.")],
    ["INST", bytes("(S'id'\nios\nsystem\n.")],
    ["BUILD", bytes("(l}b.")],
    ["EXT1", bytes(0x82, 1, ".")],
    ["NEWOBJ", bytes("(l)", 0x81, ".")],
    ["PERSID", bytes("Pfile\n.")],
    ["a dictionary", bytes("}.")],
    ["a text", bytes("S'a'\n.")],
    ["nothing", bytes()],
    ["no STOP", bytes("(l")],
    ["an empty stack", bytes("a.")],
    ["no mark", bytes("e.")],
    ["a text beyond the end", bytes("X", 255, 255, 255, 255, "a")],
    ["a length of 2^63", bytes(0x8d, 0, 0, 0, 0, 0, 0, 0, 128, "a")],
    ["an unknown memo", bytes("h", 7, ".")],
  ];
  for (const [what, frame] of rows) assert.throws(() => decodePickle(frame), { code: "PICKLE" }, what);
});

test("damaged pickles are errors, never anything else", () => {
  const random = seeded();
  for (let run = 0; run < 3_000; run++) {
    const frame = Uint8Array.from(Buffer.from(random.pick(BY_PROTOCOL), "base64"));
    for (let i = random.below(4); i >= 0; i--) frame[random.below(frame.length)] = random.below(256);
    try {
      decodePickle(frame.subarray(0, random.below(frame.length + 1)));
    } catch (error) {
      if (errorCode(error) !== "PICKLE") throw new Error(`seed ${random.seed}, run ${run}`, { cause: error });
    }
  }
});

test("a list of a hundred thousand, and a memo that is used as often, in protocols 2 and 4", () => {
  const count = 100_000;
  const point = (i: number): number[] => [
    0x4d,
    i & 255,
    (i >> 8) & 255,
    0x47,
    0x3f,
    0xf8,
    0,
    0,
    0,
    0,
    0,
    0,
    0x86,
    0x86,
  ];
  const name = [0x58, 3, 0, 0, 0, ...Buffer.from("a.b"), 0x71, 0]; // BINUNICODE "a.b", BINPUT 0
  const entries = Array.from({ length: count }, (_, i) => [...(i === 0 ? name : [0x68, 0]), ...point(i)]).flat();
  for (const start of [
    [0x80, 2],
    [0x80, 4, 0x95, 1, 0, 0, 0, 0, 0, 0, 0],
  ]) {
    const { points, bad } = decodePickle(Uint8Array.from([...start, 0x5d, 0x28, ...entries, 0x65, 0x2e]));
    assert.deepEqual([points.length, bad], [count, 0]);
    assert.deepEqual(points.at(-1), { name: "a.b", seconds: (count - 1) & 65_535, value: 1.5 });
  }
});

test("a tuple of points is as good as a list; a list in itself holds no points", () => {
  assert.deepEqual(decodePickle(bytes("((S'a'\n(I1\nI2\nttt.")).points, [{ name: "a", seconds: 1, value: 2 }]);
  assert.deepEqual(decodePickle(bytes("(l2a2a.")), { points: [], bad: 2 });
});

test("opcodes at random end soon, in an error or in points", () => {
  const random = seeded();
  const OPCODES = [
    0x28, 0x29, 0x2e, 0x30, 0x31, 0x32, 0x5d, 0x6c, 0x61, 0x65, 0x74, 0x85, 0x86, 0x87, 0x4e, 0x4b, 0x71, 0x68, 0x94,
  ];
  for (let run = 0; run < 5_000; run++) {
    const frame = Uint8Array.from({ length: random.below(400) }, () =>
      random.chance(0.9) ? random.pick(OPCODES) : random.below(256),
    );
    try {
      const { points, bad } = decodePickle(frame);
      assert.ok(points.length + bad <= frame.length ** 2, `seed ${random.seed}, run ${run}`);
    } catch (error) {
      if (errorCode(error) !== "PICKLE") throw new Error(`seed ${random.seed}, run ${run}`, { cause: error });
    }
  }
});

test("frames are found however the stream is cut, and one that is too long ends it", () => {
  const random = seeded();
  const texts = ["", "a", "bc".repeat(500), "end"];
  const stream = Buffer.concat(
    texts.map((text) => Buffer.concat([Buffer.from([0, 0, text.length >> 8, text.length & 255]), Buffer.from(text)])),
  );
  for (let run = 0; run < 200; run++) {
    const frames: string[] = [];
    const splitter = new FrameSplitter(1000, (frame) => frames.push(Buffer.from(frame).toString()));
    for (let at = 0; at < stream.length; ) {
      const next = at + 1 + random.below(random.pick([2, 300]));
      assert.ok(splitter.feed(stream.subarray(at, next)));
      at = next;
    }
    assert.deepEqual(frames, texts, `seed ${random.seed}, run ${run}`);
  }
  assert.equal(new FrameSplitter(1000, () => undefined).feed(bytes(0, 0, 3, 233)), false);
});
