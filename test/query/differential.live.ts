/**
 * Random targets over random data, asked of ours and of a real graphite-web: the answers must be the same.
 *
 *   ROUNDS=200 SEED=7 GRAPHITE_WEB=…/webapp node --test .build/test/query/differential.live.js
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LockstepError } from "#src/core/errors.ts";
import { AGGREGATION_NAMES } from "#src/query/aggregation.ts";
import { functionNames } from "#src/query/registry.ts";
import { render } from "#src/query/render.ts";
import { RequestParameters } from "#src/query/request.ts";
import { answerText } from "../support/answer-text.ts";
import { randomTarget, type Vocabulary } from "../support/expressions.ts";
import { type Answer, type GraphiteWeb, graphiteWebMissing, startGraphiteWeb } from "../support/graphite-web.ts";
import { type MemorySeries, memoryReader } from "../support/memory-reader.ts";
import { NOON_SECONDS, queryEnvironment } from "../support/query-environment.ts";
import { type SeededRandom, seeded } from "../support/random.ts";
import { randomSeries } from "../support/random-series.ts";
import type { ExpectedSeries } from "../support/script.ts";
import { answerDifference } from "../support/scripts.ts";

const { ROUNDS = "6", SEED = "1" } = process.env;
const QUERIES_A_ROUND = 40;
const missing = graphiteWebMissing();
let oracle: GraphiteWeb;

before(async () => {
  if (missing === undefined) oracle = await startGraphiteWeb();
});
after(async () => {
  await oracle?.close();
});

test("random targets give what graphite-web gives", { skip: missing ?? false }, async (context) => {
  const score = { exact: 0, different: 0, refused: 0, failedThere: 0 };
  const found: string[] = [];
  const ofFunction = new Map<string, [exact: number, all: number]>();
  for (let round = 0; round < Number(ROUNDS); round++) {
    const seed = Number(SEED) * 100_000 + round;
    const random = seeded(seed);
    const series = randomSeries(random);
    await oracle.load(series);
    for (let i = 0; i < QUERIES_A_ROUND; i++) {
      const parameters = randomRequest(random);
      const [theirs, ours] = [await oracle.post("/render/", parameters), await ask(series, parameters)];
      const verdict = judge(theirs, ours);
      score[verdict.kind]++;
      const note = `seed ${seed} query ${i}: ${verdict.kind} ${JSON.stringify(parameters)}\n    ${verdict.text}`;
      if (verdict.kind === "different" || verdict.kind === "refused") found.push(note);
      if (verdict.kind !== "failedThere") countFunctions(ofFunction, parameters[0]![1], verdict.kind === "exact");
    }
  }
  const compared = score.exact + score.different + score.refused;
  context.diagnostic(
    `seed ${SEED}, graphite-web ${oracle.version}: ${score.exact} exact of ${compared}; ${JSON.stringify(score)}`,
  );
  for (const [name, [exact, all]] of [...ofFunction].sort()) {
    if (exact < all) context.diagnostic(`${name}: ${exact} of ${all}`);
  }
  assert.deepEqual(found.slice(0, 20), []);
});

function countFunctions(counts: Map<string, [number, number]>, target: string, exact: boolean): void {
  for (const [name] of target.matchAll(/\w+(?=\()/g)) {
    const [before_, all] = counts.get(name) ?? [0, 0];
    counts.set(name, [before_ + Number(exact), all + 1]);
  }
}

/** What the release that runs here does otherwise than the one we follow. */
function leftOut(): Set<string> {
  const without = new Set(["randomWalk", "randomWalkFunction", "map", "mapSeries"]);
  if (oracle.version === "1.1.8") {
    for (const [name] of functionNames()) if (/^moving/.test(name)) without.add(name);
    for (const name of ["upper", "lower", "compressPeriodicGaps"]) without.add(name);
  }
  return without;
}

function randomRequest(random: SeededRandom): (readonly [string, string])[] {
  const vocabulary: Vocabulary = {
    paths: [
      "a.*",
      "a.b",
      "a.c.x",
      "a.c.*",
      "*.{b,d}",
      "a.*.x",
      "a.d",
      "missing.*",
      "b.?",
      "b.[xy]",
      "cpu;dc=a;host=h1",
      "n.**",
    ],
    tagExpressions: ["dc=a", "dc!=a", "host=~h[12]", "host!=~h1", "dc=", "host!="],
    aggregations: AGGREGATION_NAMES,
    callbacks: [
      "sum",
      "avg",
      "max",
      "sumSeries",
      "averageSeries",
      "median",
      "countSeries",
      "last",
      "stddev",
      "diffSeries",
    ],
    without: leftOut(),
  };
  const target = randomTarget(random, vocabulary, random.between(1, 3));
  const from = NOON_SECONDS - random.pick([600, 3_600, 1_830, 5_400, 61]);
  const until = Math.min(NOON_SECONDS, from + random.pick([300, 600, 3_600, 127]));
  const parameters: (readonly [string, string])[] = [
    ["target", target],
    ["from", String(from)],
    ["until", String(until)],
    ["now", String(NOON_SECONDS)],
    ["format", "json"],
  ];
  if (random.chance(0.15)) parameters.push(["maxDataPoints", String(random.between(1, 12))]);
  if (random.chance(0.15)) parameters.push(["xFilesFactor", random.pick(["0", "0.3", "0.5", "1"])]);
  return parameters;
}

async function ask(
  series: readonly MemorySeries[],
  parameters: readonly (readonly [string, string])[],
): Promise<Answer> {
  try {
    const answer = await render(queryEnvironment(memoryReader(series)), new RequestParameters(parameters));
    return { ...answer, body: answerText(answer) };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { status: 400, contentType: "text/plain", body: error.message };
  }
}

type Verdict = { readonly kind: "exact" | "different" | "refused" | "failedThere"; readonly text: string };

function judge(theirs: Answer, ours: Answer): Verdict {
  if (theirs.status !== 200) return { kind: "failedThere", text: "" };
  if (ours.status !== 200) return { kind: "refused", text: `${ours.body}; there: ${theirs.body.slice(0, 500)}` };
  const difference = answerDifference(
    JSON.parse(ours.body) as ExpectedSeries[],
    JSON.parse(theirs.body) as ExpectedSeries[],
  );
  return difference === undefined ? { kind: "exact", text: "" } : { kind: "different", text: difference };
}
