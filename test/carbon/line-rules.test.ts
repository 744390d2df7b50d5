/** The parser under rules: what is refused, renamed or routed, on the fast path as on the slow one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LineParser, type LineSink } from "#src/carbon/line.ts";
import { SpellingCache } from "#src/carbon/spelling-cache.ts";
import { FIRST_ROUTE, type RuleRefusal } from "#src/carbon/target.ts";
import { NameTable } from "#src/core/name-table.ts";
import { seeded } from "../support/random.ts";

const encoder = new TextEncoder();

function receiver() {
  const names = new NameTable(3, 4);
  names.forgetTargets(false);
  const samples: string[] = [];
  const refused = new Map<string, number>();
  let refusedLine = "";
  let judged = 0;
  const sink: LineSink = {
    rules: {
      cache: new SpellingCache(names.seed, 20),
      judge: (spelling) => {
        judged++;
        if (spelling.startsWith("bad.")) return "blacklisted";
        if (spelling.startsWith("off.")) return "not_whitelisted";
        const name = spelling.replace(/^moved\./, "");
        return { name, route: (id) => (spelling.endsWith(".sum") ? FIRST_ROUTE + id! : id!) };
      },
    },
    admit: (name) => {
      const known = names.idOfName(name);
      return known >= 0 ? known : names.addSeries(name);
    },
    take: ({ length, ids, seconds, values }) => {
      for (let i = 0; i < length; i++) {
        const routed = ids[i]! >= FIRST_ROUTE;
        const name = names.nameOf(routed ? ids[i]! - FIRST_ROUTE : ids[i]!);
        samples.push(`${routed ? "routed " : ""}${name} ${values[i]} ${seconds[i]}`);
      }
    },
    control: () => assert.fail("there are no control lines"),
    reject: (reason, line) => sink.refuse(reason as RuleRefusal, 1, line),
    refuse: (reason, lines, latest) => {
      refused.set(reason, (refused.get(reason) ?? 0) + lines);
      refusedLine = new TextDecoder().decode(latest);
    },
  };
  const parser = new LineParser(names, sink, () => 0);
  return { names, samples, refused, parser, refusedLine: () => refusedLine, judged: () => judged };
}

test("wherever the stream is cut, lines are refused, renamed and routed as one by one", () => {
  const random = seeded();
  const { names, samples, refused, parser } = receiver();
  const spellings = ["a.b", "moved.a.b", "x.sum", "moved.x.sum", "bad.a", "bad.b", "off.c", "a..b", "c;z=1;b=2"];
  for (let i = 0; i < 60; i++) spellings.push(`bad.more.${i}`);
  const canonical: Readonly<Record<string, string>> = { "a..b": "a.b", "c;z=1;b=2": "c;b=2;z=1" };
  const want: string[] = [];
  const wantRefused = new Map<string, number>();
  let text = "";
  for (let i = 0; i < 20_000; i++) {
    const spelling = random.chance(0.8) ? spellings[i % 9]! : random.pick(spellings);
    const refusal = spelling.startsWith("bad.") ? "blacklisted" : spelling.startsWith("off.") ? "not_whitelisted" : "";
    if (refusal !== "") wantRefused.set(refusal, (wantRefused.get(refusal) ?? 0) + 1);
    else {
      const name = spelling.replace(/^moved\./, "");
      want.push(`${name.endsWith(".sum") ? "routed " : ""}${canonical[name] ?? name} ${i} ${i}`);
    }
    text += `${spelling}${random.pick([" ", "\t"])}${i} ${i}\n`;
  }
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length; ) {
    const next = at + 1 + random.below(random.pick([3, 50, 5000]));
    parser.feed(bytes.subarray(at, next));
    if (random.chance(0.01)) names.forgetTargets(false);
    at = next;
  }
  assert.deepEqual(samples, want, `SEED=${random.seed}`);
  assert.deepEqual(refused, wantRefused, `SEED=${random.seed}`);
});

test("a name is judged once, also when it is refused, and again when targets are forgotten", () => {
  const { names, parser, judged, refused, refusedLine } = receiver();
  for (let i = 0; i < 10; i++) parser.feed(encoder.encode(`a.b 1 1\nbad.x ${i} 1\nmoved.a.b 1 1\n`));
  assert.equal(judged(), 3);
  assert.equal(refused.get("blacklisted"), 10);
  assert.equal(refusedLine(), "bad.x 9 1");
  names.forgetTargets(false);
  parser.feed(encoder.encode("a.b 1 1\nmoved.a.b 1 1\n"));
  assert.equal(judged(), 5);
});

test("a series' own name can be refused, and the series be written to under another", () => {
  const { names, parser, samples, refused } = receiver();
  names.addSeries("bad.x");
  for (let i = 0; i < 3; i++) parser.feed(encoder.encode("bad.x 1 1\nmoved.bad.x 2 2\n"));
  assert.equal(refused.get("blacklisted"), 3);
  assert.deepEqual(samples, ["bad.x 2 2", "bad.x 2 2", "bad.x 2 2"]);
});
