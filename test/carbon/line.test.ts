import assert from "node:assert/strict";
import { test } from "node:test";
import { LineParser, type LineRejection, type LineSink } from "#src/carbon/line.ts";
import { LIMITS } from "#src/core/limits.ts";
import { NameTable } from "#src/core/name-table.ts";
import { seeded } from "../support/random.ts";
import { compareNumbers, randomNumber } from "./numbers.sim.ts";

const NOW = 1_795_424_400;
const encoder = new TextEncoder();

interface Taken {
  readonly samples: [string, number, number][];
  readonly rejected: [LineRejection, string][];
  readonly controls: [number, number, number][];
}

function receiver(seed = 1): Taken & { parser: LineParser; names: NameTable } {
  const names = new NameTable(seed, 4);
  const taken: Taken = { samples: [], rejected: [], controls: [] };
  const sink: LineSink = {
    admit: (name) => {
      if (name.startsWith("control.")) return -2 - Number(name.slice(8));
      if (name.startsWith("refused.")) return "series_limit";
      const known = names.idOfName(name);
      return known >= 0 ? known : names.addSeries(name);
    },
    take: ({ length, ids, seconds, values }) => {
      for (let i = 0; i < length; i++) taken.samples.push([names.nameOf(ids[i]!), values[i]!, seconds[i]!]);
    },
    control: (number, value, seconds) => taken.controls.push([number, value, seconds]),
    rules: undefined,
    refuse: () => assert.fail("there are no rules"),
    reject: (reason, line) => taken.rejected.push([reason, new TextDecoder("latin1").decode(line)]),
  };
  return { ...taken, names, parser: new LineParser(names, sink, () => NOW) };
}

function parse(text: string, times = 1): Taken {
  const { parser, samples, rejected, controls } = receiver();
  for (let i = 0; i < times; i++) parser.feed(encoder.encode(text));
  parser.end();
  return { samples, rejected, controls };
}

test("lines that carbon accepts", () => {
  const rows: readonly (readonly [string, readonly [string, number, number]])[] = [
    ["a.b 1 1700000000", ["a.b", 1, 1_700_000_000]],
    ["a.b 1 1700000000\r", ["a.b", 1, 1_700_000_000]],
    ["  a.b \t 1.5   1700000000  ", ["a.b", 1.5, 1_700_000_000]],
    ["a\t5.\t1700000000", ["a", 5, 1_700_000_000]],
    ["a .5 1700000000", ["a", 0.5, 1_700_000_000]],
    ["a +7 1700000000", ["a", 7, 1_700_000_000]],
    ["a -7 1700000000", ["a", -7, 1_700_000_000]],
    ["a 1e3 1700000000", ["a", 1000, 1_700_000_000]],
    ["a 1.5E-3 1700000000", ["a", 0.0015, 1_700_000_000]],
    ["a 1_000 1700000000", ["a", 1000, 1_700_000_000]],
    ["a inf 1700000000", ["a", Number.POSITIVE_INFINITY, 1_700_000_000]],
    ["a -Infinity 1700000000", ["a", Number.NEGATIVE_INFINITY, 1_700_000_000]],
    ["a 1 -1", ["a", 1, NOW]],
    ["a 1 -1.7", ["a", 1, NOW]],
    ["a 1 1700000000.987", ["a", 1, 1_700_000_000]],
    ["a 1 1.7e9", ["a", 1, 1_700_000_000]],
    ["a 1 0", ["a", 1, 0]],
    ["a 12345678901234567890 1", ["a", Number("12345678901234567890"), 1]],
    ["a 0.1234567890123456789 1", ["a", Number("0.1234567890123456789"), 1]],
    ["a..b 1 1", ["a.b", 1, 1]],
    [".a.b. 1 1", ["a.b", 1, 1]],
    ["disk;b=2;a=1 1 1", ["disk;a=1;b=2", 1, 1]],
    ['disk{b="2",a="1"} 1 1', ["disk;a=1;b=2", 1, 1]],
    ["disk;a=1;a=2 1 1", ["disk;a=2", 1, 1]],
    ["~disk;a=1 1 1", ["disk;a=1", 1, 1]],
    ["disk;name=x;a=1 1 1", ["disk;a=1", 1, 1]],
    ["disk;broken 1 1", ["disk;broken", 1, 1]],
    ["größe.µ 1 1", ["größe.µ", 1, 1]],
  ];
  for (const [line, want] of rows) {
    // The first time a name is new, the second it is looked up, the third it is predicted.
    const { samples, rejected } = parse(`${line}\n`, 3);
    assert.deepEqual(rejected, [], line);
    assert.deepEqual(samples, [want, want, want], line);
  }
});

test("lines that cost themselves, and nothing else", () => {
  const rows: readonly (readonly [string, LineRejection])[] = [
    ["a.b 1", "field_count"],
    ["a b 1 1700000000", "field_count"],
    ["a", "field_count"],
    ["a 0x10 1", "value"],
    ["a 1,5 1", "value"],
    ["a 1__0 1", "value"],
    ["a _1 1", "value"],
    ["a N 1", "value"],
    ["a . 1", "value"],
    ["a - 1", "value"],
    ["a 1 N", "timestamp"],
    ["a 1 nan", "timestamp"],
    ["a 1 -2", "timestamp"],
    ["a 1 4294967296", "timestamp"],
    ["a 1 99999999999", "timestamp"],
    ["a nan 1", "nan"],
    ["... 1 1", "name_empty"],
    [`${"n".repeat(LIMITS.nameBytes + 1)} 1 1`, "name_too_long"],
    [`${"n.".repeat(LIMITS.nameNodes)}n 1 1`, "name_too_deep"],
    ["a\u0007b 1 1", "name_characters"],
    ["a\u00a0b 1 1", "name_characters"],
    [`m${Array.from({ length: 65 }, (_, i) => `;k${i}=v`).join("")} 1 1`, "too_many_tags"],
    ["refused.a 1 1", "series_limit"],
    [`a ${"1".repeat(LIMITS.lineBytes)} 1`, "line_too_long"],
  ];
  for (const [line, reason] of rows) {
    const { samples, rejected } = parse(`before 1 1\n${line}\nafter 2 2\n`);
    assert.deepEqual(
      rejected.map(([why]) => why),
      [reason],
      line.slice(0, 60),
    );
    assert.deepEqual(
      samples,
      [
        ["before", 1, 1],
        ["after", 2, 2],
      ],
      line.slice(0, 60),
    );
  }
});

test("blank lines are passed over without a word", () => {
  assert.deepEqual(parse("\n\r\n  \t\na 1 1\n\n"), { samples: [["a", 1, 1]], rejected: [], controls: [] });
});

test("bytes that are no UTF-8 are refused", () => {
  const { parser, samples, rejected } = receiver();
  parser.feed(Uint8Array.of(0x61, 0xff, 0x20, 0x31, 0x20, 0x31, 10, 0x62, 0x20, 0x31, 0x20, 0x31, 10));
  assert.deepEqual(
    rejected.map(([why]) => why),
    ["not_utf8"],
  );
  assert.deepEqual(samples, [["b", 1, 1]]);
});

test("a last line without its newline is not taken: it may have been cut", () => {
  assert.deepEqual(parse("a 1 1\na 12 1700").rejected, [["unfinished_line", "a 12 1700"]]);
});

test("an endless line is dropped once, and the stream goes on", () => {
  const { parser, samples, rejected } = receiver();
  for (let i = 0; i < 100; i++) parser.feed(encoder.encode("x".repeat(10_000)));
  parser.feed(encoder.encode("\na 1 1\n"));
  assert.deepEqual(
    rejected.map(([why]) => why),
    ["line_too_long"],
  );
  assert.deepEqual(samples, [["a", 1, 1]]);
});

test("a datagram needs no last newline", () => {
  const { parser, samples } = receiver();
  parser.feedDatagram(encoder.encode("a 1 1\nb 2 2"));
  parser.feedDatagram(encoder.encode("c 3 3\n"));
  assert.deepEqual(samples, [
    ["a", 1, 1],
    ["b", 2, 2],
    ["c", 3, 3],
  ]);
});

test("a control line comes after everything before it", () => {
  const { parser, samples, controls, names } = receiver();
  const seen: number[] = [];
  Object.assign(controls, { push: (entry: [number, number, number]) => seen.push(samples.length, ...entry) });
  for (let i = 0; i < 3; i++) parser.feed(encoder.encode("a 1 1\nb 1 1\ncontrol.1 42 1700000000\nc 1 1\n"));
  assert.deepEqual(seen, [2, -3, 42, 1_700_000_000, 5, -3, 42, 1_700_000_000, 8, -3, 42, 1_700_000_000]);
  assert.equal(names.ids, 3);
});

test("numbers are what Number() makes of them, wherever the stream is cut", () => {
  const random = seeded();
  const { parser, samples, rejected } = receiver();
  const want: number[] = [];
  let text = "";
  for (let i = 0; i < 50_000; i++) {
    const number = randomNumber(random);
    want.push(Number(number));
    text += `${random.pick(["a", "ab.c", "a.much.longer.name", "größe"])} ${number} ${1_700_000_000 + i}${random.pick(["\n", "\r\n"])}`;
  }
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length; ) {
    const next = at + 1 + random.below(random.pick([3, 50, 5000, 400_000]));
    parser.feed(bytes.subarray(at, next));
    at = next;
  }
  assert.deepEqual(rejected, []);
  assert.equal(samples.length, want.length);
  samples.forEach(([, value, seconds], i) => {
    if (!Object.is(value, want[i]) || seconds !== 1_700_000_000 + i)
      assert.fail(`seed ${random.seed}: line ${i} gave ${value}, not ${want[i]}`);
  });
});

test("numbers of every kind are exact (two million of them: `npm run sim`)", () =>
  compareNumbers(seeded().seed, 100_000));

test("a tagged series has one name, whatever the order of its tags and the cut of the stream", () => {
  const random = seeded();
  const tags = ["dc=eu-1", "host=n1", "größe=10", "z=x~", "a.b=c"];
  const want = `disk.used;${[...tags].sort().join(";")}`;
  const { parser, samples, rejected, names } = receiver();
  for (let run = 0; run < 500; run++) {
    const shuffled = [...tags].sort(() => random.next() - 0.5);
    const bytes = encoder.encode(`disk.used;${shuffled.join(";")} ${run} 1700000000\n`);
    for (let at = 0; at < bytes.length; ) {
      const next = at + 1 + random.below(random.pick([2, 30]));
      parser.feed(bytes.subarray(at, next));
      at = next;
    }
  }
  assert.deepEqual(rejected, [], `seed ${random.seed}`);
  assert.ok(
    samples.every(([name], i) => name === want && samples[i]![1] === i),
    `seed ${random.seed}`,
  );
  assert.equal(names.ids, 1);
});

test("arbitrary bytes never break the parser, and what follows a newline is read", () => {
  const random = seeded();
  for (let run = 0; run < 300; run++) {
    const { parser, samples } = receiver();
    const noise = Uint8Array.from({ length: random.below(2000) }, () =>
      random.pick([10, 13, 32, 9, 45, 46, 48, 49, 57, 59, 61, 97, 123, 125, 0, 255, random.below(256)]),
    );
    parser.feed(noise);
    parser.feed(encoder.encode("\nlast.line 1 1\n"));
    assert.deepEqual(samples.at(-1), ["last.line", 1, 1], `seed ${random.seed}, run ${run}`);
  }
});

test("colliding and many names are told apart", () => {
  const { parser, samples, names } = receiver(0);
  const lines = Array.from({ length: 20_000 }, (_, i) => `n${i % 7}.${i}.x ${i} 1\n`).join("");
  for (let i = 0; i < 3; i++) parser.feed(encoder.encode(lines));
  assert.equal(names.ids, 20_000);
  assert.ok(samples.every(([name, value]) => name === `n${value % 7}.${value}.x`));
});
