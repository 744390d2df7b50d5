/**
 * The scripts of test/scripts against a real graphite-web, so that what they expect is what Graphite does.
 *
 *   node --test .build/test/query/graphite-web.live.js             checks
 *   UPDATE=1 node --test .build/test/query/graphite-web.live.js    writes what graphite-web answers (see test/scripts/README.md)
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { type Answer, type GraphiteWeb, graphiteWebMissing, startGraphiteWeb } from "../support/graphite-web.ts";
import { type ExpectedSeries, formatExpectation, type ScriptCase } from "../support/script.ts";
import { answerDifference, readScripts, type ScriptFile } from "../support/scripts.ts";

const missing = graphiteWebMissing();
const skip = missing ?? false;
const { UPDATE } = process.env;
const update = UPDATE === "1";
let oracle: GraphiteWeb;

before(async () => {
  if (missing === undefined) oracle = await startGraphiteWeb();
});
after(async () => {
  await oracle?.close();
});

for (const file of readScripts()) {
  test(`graphite-web agrees with script ${file.name}`, { skip }, async () => {
    await oracle.load(file.script.series);
    if (update) await rewrite(file);
    else for (const one of file.script.cases) await check(one);
  });
}

async function check(one: ScriptCase): Promise<void> {
  const answer = await oracle.post("/render/", one.parameters);
  const difference = differenceOf(answer, one);
  const exception = one.exceptions.find(({ version }) => version === undefined || version === oracle.version);
  const place = `line ${one.line + 1}: ${one.target}`;
  if (exception === undefined) assert.equal(difference, undefined, place);
  else assert.notEqual(difference, undefined, `${place}: graphite-web ${oracle.version} agrees after all`);
}

/** graphite-web answers many mistakes with 500. */
function differenceOf(answer: Answer, { expected }: ScriptCase): string | undefined {
  if (expected.kind === "fails") return answer.status >= 400 ? undefined : `status ${answer.status}: ${answer.body}`;
  if (answer.status !== 200) return `status ${answer.status}: ${answer.body.slice(0, 2_000)}`;
  return answerDifference(JSON.parse(answer.body) as ExpectedSeries[], expected.list);
}

async function rewrite({ path, text, script }: ScriptFile): Promise<void> {
  assert.equal(oracle.version, "1.1.10", "expectations are taken from the release that we follow");
  const lines = text.split("\n");
  for (const one of [...script.cases].reverse()) {
    if (one.expected.kind === "fails" || one.exceptions.some(({ version }) => version !== "1.1.8")) continue;
    const answer = await oracle.post("/render/", one.parameters);
    const block =
      answer.status === 200
        ? formatExpectation(JSON.parse(answer.body) as ExpectedSeries[])
        : [`  fails QUERY_ARGUMENT status ${answer.status}`];
    lines.splice(one.line + 1, one.expectedUntil - one.line - 1, ...block);
  }
  writeFileSync(path, lines.join("\n"));
}
