import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "#src/core/log.ts";
import { RuleFiles, ruleFilePaths } from "#src/receivers/rules/files.ts";
import { rulesOptions } from "#src/receivers/rules/options.ts";
import { FakeWorld } from "../support/fake-world.ts";

const PATH = "/etc/refuse.conf";

test("a file that can't be read for a while is stale for that while, and its rules hold", async () => {
  const world = new FakeWorld();
  world.fileByPath.set(PATH, "^a\n");
  const settings = rulesOptions.parse({ blacklist: PATH });
  const files = new RuleFiles({ world, log: silentLog, settings, paths: ruleFilePaths(settings)! });
  await files.load();
  let changes = 0;
  files.watch(() => changes++);
  const look = async (): Promise<[boolean | undefined, boolean, number]> => {
    await world.advance(6_000);
    return [files.stale().get("blacklist"), files.rules.blacklist.has("a"), changes];
  };
  assert.deepEqual(await look(), [false, true, 0]);
  world.fileByPath.set(PATH, { errorCode: "EACCES" });
  assert.deepEqual(await look(), [true, true, 0]);
  world.fileByPath.set(PATH, "^a\n");
  assert.deepEqual(await look(), [false, true, 0]);
  world.fileByPath.set(PATH, "(\n");
  assert.deepEqual(await look(), [true, true, 0]);
  world.fileByPath.set(PATH, { errorCode: "EIO" });
  assert.deepEqual(await look(), [true, true, 0]);
  world.fileByPath.set(PATH, "(\n");
  assert.deepEqual(await look(), [true, true, 0], "what is in it makes no more sense than before");
  world.fileByPath.set(PATH, "^bb\n");
  assert.deepEqual(await look(), [false, false, 1]);
  files.close();
  assert.equal(world.pendingTimers, 0);
});

test("settings name a directory, single files, or both; without any there are no rules", () => {
  const paths = (settings: object): unknown => {
    const found = ruleFilePaths(rulesOptions.parse(settings));
    return found && Object.fromEntries(found);
  };
  assert.equal(paths({}), undefined);
  assert.deepEqual(paths({ rewrite: "/r" }), { rewrite: "/r" });
  assert.deepEqual(paths({ directory: "/etc/carbon", whitelist: "/w" }), {
    blacklist: "/etc/carbon/blacklist.conf",
    whitelist: "/w",
    rewrite: "/etc/carbon/rewrite-rules.conf",
    aggregation: "/etc/carbon/aggregation-rules.conf",
  });
});
