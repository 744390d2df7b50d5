/**
 * Random rules and names: Debian's carbon and ours must refuse, rename and aggregate alike, to the last bit and at the
 * same moments. Where we differ on purpose (docs/rules.md: points that come too late, contradicting rules) nothing is
 * made up here.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalName } from "#src/carbon/name.ts";
import { type CarbonOutcome, type CarbonScenario, carbonMissing, runCarbon } from "../support/carbon-rules.ts";
import { type SeededRandom, seeded } from "../support/random.ts";
import { RuledReceiver } from "../support/ruled-receiver.ts";

const SCENARIOS = 150;
const EVENTS = 40;
/** By the simulation's clock, when a scenario begins: after everything is open. */
const BEGIN_MS = 10_000;

const NODES = ["web", "db", "n1", "n2", "cpu", "mem", "a", "b1", "b2", "x_sum", "y"] as const;
const LIST = [
  "^web",
  "cpu$",
  "\\.\\.",
  "(n1|n2)\\.",
  "^[a-d]",
  "\\d+",
  "\\bmem\\b",
  "(?i)^DB",
  "^\\.",
  "(?!web)y",
  "(?<=n)1",
  "^(\\w+)\\..*\\1",
  "# none",
  "",
];
const REWRITES = [
  "^web = www",
  "\\.(n\\d)\\. = .host.\\1.",
  "(?P<x>cpu|mem) = \\g<x>_m",
  "_sum$ =",
  "(a)(b\\d)? = \\2\\1z",
  "x* = -",
  "\\.\\. = .",
  "^(.*)$ = all.\\1",
  "b(\\d) = \\g<1>b",
  ";\\w+ = .",
];
const METHODS = ["sum", "avg", "min", "max", "count", "p50", "p75", "p80", "p90", "p95", "p99", "p999"];

test("carbon's modules and ours agree", { skip: carbonMissing() ?? false }, async (t) => {
  const random = seeded(Number(process.env["SEED"] ?? 1));
  t.diagnostic(`SEED=${random.seed}`);
  const scenarios = Array.from({ length: SCENARIOS }, () => makeScenario(random));
  const wanted = runCarbon(scenarios);
  const counts = { refused: 0, stored: 0, only: 0, renamed: 0, written: 0 };
  for (const [i, scenario] of scenarios.entries()) {
    const want = wanted[i]!;
    const got = await runOurs(scenario);
    const place = `SEED=${random.seed}, scenario ${i}: ${JSON.stringify(scenario.files)}`;
    scenario.events.forEach(([, name], event) => {
      const carbons = want.received[event]!;
      assert.deepEqual(got.received[event], expected(carbons, scenario, got.aggregated[event]!), `${name}; ${place}`);
      if (typeof carbons === "string") counts.refused++;
      else if (carbons.length === 0) counts.only++;
      else counts.stored++;
      if (typeof carbons !== "string" && carbons.length > 0 && carbons[0] !== name) counts.renamed++;
    });
    assert.deepEqual(sorted(got.written), sorted(want.written.map(canonicalOutput)), place);
    counts.written += want.written.length;
  }
  t.diagnostic(`compared: ${JSON.stringify(counts)}`);
  assert.ok(
    counts.refused > 500 && counts.renamed > 500 && counts.only > 100 && counts.written > 1_000,
    "enough of each",
  );
  assert.ok(counts.refused + counts.stored + counts.only >= 2_000);
});

interface OurOutcome extends CarbonOutcome {
  /** How many aggregates each line had a part in. */
  readonly aggregated: readonly number[];
}

/** What carbon does, in our words: where it drops a line without a word, we have a reason. */
function expected(
  carbons: string | readonly string[],
  scenario: CarbonScenario,
  aggregated: number,
): string | readonly string[] {
  if (typeof carbons === "string") return carbons;
  const [name] = carbons;
  if (name === undefined) return aggregated > 0 || scenario.forwardAll ? [] : "not_aggregated";
  const canonical = canonicalName(name);
  return "rejection" in canonical ? canonical.rejection : [canonical.name];
}

function canonicalOutput([at, output, seconds, value]: CarbonOutcome["written"][number]): typeof written {
  const canonical = canonicalName(output);
  const written = [at, "name" in canonical ? canonical.name : output, seconds, value] as const;
  return written;
}

function sorted(written: CarbonOutcome["written"]): readonly string[] {
  return written.map(([at, output, seconds, value]) => `${at} ${output} ${seconds} ${value}`).sort();
}

async function runOurs(scenario: CarbonScenario): Promise<OurOutcome> {
  const receiver = await RuledReceiver.start(scenario.files, {
    forwardAll: scenario.forwardAll,
    intervals: scenario.intervals,
    ...(scenario.writeBackSeconds === null ? {} : { writeBackSeconds: scenario.writeBackSeconds }),
  });
  const { scheduler } = receiver.simulation;
  const written: [number, string, number, number][] = [];
  const received: (string | string[])[] = [];
  const aggregated: number[] = [];
  let sending: string[] | undefined;
  receiver.onSamples = ({ length, ids, seconds, values }) => {
    for (let i = 0; i < length; i++) {
      const name = receiver.store.names.nameOf(ids[i]!);
      if (sending !== undefined) sending.push(name);
      else written.push([(scheduler.nowMs - BEGIN_MS) / 1000, name, seconds[i]!, values[i]!]);
    }
  };
  const taken = (): number => receiver.metrics.count("lockstep_rules_aggregated_total");
  for (const [at, name, seconds, value] of scenario.events) {
    await scheduler.runUntil(BEGIN_MS + at * 1000);
    const before = taken();
    const rejects = receiver.rejectedInAll;
    sending = [];
    receiver.send(`${name} ${value} ${seconds}`);
    received.push(receiver.rejectedInAll > rejects ? receiver.intake.rejects.latest()[0]!.reason : sending);
    aggregated.push(taken() - before);
    sending = undefined;
  }
  await scheduler.runUntil(BEGIN_MS + scenario.endAt * 1000);
  receiver.kill();
  return { received, written, aggregated };
}

// ---- scenarios --------------------------------------------------------------------------------------------------

function makeScenario(random: SeededRandom): CarbonScenario {
  const files: Record<string, string> = {};
  const frequencies: number[] = [];
  if (random.chance(0.5)) files["blacklist.conf"] = lines(random, LIST, 3);
  if (random.chance(0.3)) files["whitelist.conf"] = `${lines(random, LIST, 5)}^[w-y]\n`;
  if (random.chance(0.7)) {
    files["rewrite-rules.conf"] = `# r\n[pre]\n${lines(random, REWRITES, 2)}[POST]\n${lines(random, REWRITES, 2)}`;
  }
  if (random.chance(0.8)) {
    const rules = Array.from({ length: random.between(1, 4) }, (_, i) => makeRule(random, i, frequencies));
    files["aggregation-rules.conf"] = `# a\n\n${rules.join("\n")}\n`;
  }
  const intervals = random.between(2, 5);
  const latest = intervals * Math.min(60, ...frequencies);
  return {
    files,
    forwardAll: frequencies.length === 0 || random.chance(0.7),
    intervals,
    writeBackSeconds: random.pick([null, null, 3, 7]),
    startSeconds: START_SECONDS,
    events: makeEvents(random, latest),
    endAt: 900,
  };
}

/** The simulation's beginning (test/sim/simulation.ts), and what goes by until everything is open. */
const START_SECONDS = Date.UTC(2026, 10, 23, 9, 0, 0) / 1000 + BEGIN_MS / 1000;

/** No two events share a phase of the second, so no timer falls due together with an event it did not start with. */
function makeEvents(random: SeededRandom, latest: number): CarbonScenario["events"] {
  const phases = new Set<number>();
  while (phases.size < EVENTS) phases.add(random.below(1024));
  const names = Array.from({ length: 12 }, () => makeName(random));
  return [...phases]
    .map((phase) => random.below(300) + phase / 1024)
    .sort((a, b) => a - b)
    .map((at) => {
      const seconds = START_SECONDS + Math.floor(at) - random.below(random.chance(0.5) ? 3 : latest);
      return [at, random.pick(names), seconds, random.between(-50, 200) / random.pick([1, 3, 8])] as const;
    });
}

function lines(random: SeededRandom, choices: readonly string[], most: number): string {
  return Array.from({ length: random.between(0, most) }, () => `${random.pick(choices)}\n`).join("");
}

function makeName(random: SeededRandom): string {
  const nodes = Array.from({ length: random.between(1, 4) }, () => random.pick(NODES));
  const name = nodes.join(random.chance(0.08) ? ".." : ".");
  if (random.chance(0.05)) return `.${name}`;
  return random.chance(0.1) ? `${name};host=n2;dc=a` : name;
}

/** A name's nodes, some of them made into a pattern's parts. */
function makeRule(random: SeededRandom, index: number, frequencies: number[]): string {
  const fields: string[] = [];
  const field = (): string => {
    fields.push(`f${fields.length}`);
    return fields.at(-1)!;
  };
  const nodes = Array.from({ length: random.between(1, 3) }, () => {
    const node = random.pick(NODES);
    const kind = random.below(7);
    if (kind === 0) return "*";
    if (kind === 1) return `${node.slice(0, 1)}*`;
    if (kind === 2) return `<${field()}>`;
    if (kind === 3) return `n<${field()}>`;
    if (kind === 4) return `<<${field()}>>`;
    if (kind === 5) return `(${node}|b\\d)`;
    return node;
  });
  if (random.chance(0.5)) nodes.push(`<<${field()}>>`);
  const frequency = random.pick([5, 10, 60]);
  frequencies.push(frequency);
  const output = ["all", String(index), ...fields.map((name) => `<${name}>`)].join(".");
  if (random.chance(0.1)) return `<name> (${frequency}) = avg <<name>>`;
  return `${output} (${frequency}) = ${random.pick(METHODS)} ${nodes.join(".")}`;
}
