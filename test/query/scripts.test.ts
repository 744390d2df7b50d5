/** The scripts of test/scripts against our evaluator, and that they cover every function. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LockstepError } from "#src/core/errors.ts";
import { functionNames } from "#src/query/registry.ts";
import { render } from "#src/query/render.ts";
import { RequestParameters } from "#src/query/request.ts";
import { answerText } from "../support/answer-text.ts";
import { memoryReader } from "../support/memory-reader.ts";
import { queryEnvironment } from "../support/query-environment.ts";
import { assertAnswer, readScripts } from "../support/scripts.ts";

for (const { name, script } of readScripts()) {
  test(`script ${name}`, async () => {
    const environment = queryEnvironment(memoryReader(script.series));
    for (const { line, target, parameters, expected } of script.cases) {
      const asked = render(environment, new RequestParameters(parameters));
      const place = `line ${line + 1}: ${target}`;
      if (expected.kind === "series") assertAnswer(answerText(await asked), expected.list, place);
      else {
        await assert.rejects(asked, (error) => {
          assert.ok(error instanceof LockstepError, `${place}: ${String(error)}`);
          assert.equal(error.code, expected.code, place);
          assert.ok(error.message.includes(expected.text), `${place}: ${error.message}`);
          return true;
        });
      }
    }
  });
}

test("every function has a script of its own with at least three cases, and one where it meets nothing or a mistake", () => {
  const wanting: string[] = [];
  const scripts = new Map(readScripts().map(({ name, script }) => [name, script]));
  for (const { name, aliases } of new Set(functionNames().map(([, entry]) => entry))) {
    const cases = scripts.get(`functions/${name}`)?.cases ?? [];
    const using = cases.filter(({ target }) => [name, ...aliases].some((one) => target.includes(`${one}(`)));
    const edge = cases.some(({ expected }) => expected.kind === "fails" || expected.list.length === 0);
    if (using.length < 3 || !edge) wanting.push(`${name} (${using.length})`);
  }
  assert.deepEqual(wanting, []);
});
