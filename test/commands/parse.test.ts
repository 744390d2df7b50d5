import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMANDS } from "#src/commands/index.ts";
import { commandHelp, parseCommand, programHelp } from "#src/commands/parse.ts";

function refusal(...argv: string[]): string {
  try {
    parseCommand(COMMANDS, argv);
  } catch (error) {
    assert.equal((error as { code?: string }).code, "USAGE");
    return (error as Error).message;
  }
  return assert.fail("nothing was refused");
}

test("a command is found with its flags and what is left", () => {
  const { command, flags, positional } = parseCommand(COMMANDS, ["rrd", "fetch", "a.rrd", "--start=-1h", "--json"]);
  assert.equal(command.name, "rrd fetch");
  assert.equal(flags.get("start"), "-1h");
  assert.ok(flags.has("json"));
  assert.deepEqual(positional, ["a.rrd"]);
});

test("a flag that may be repeated keeps all its values", () => {
  const { flags } = parseCommand(COMMANDS, ["sidecar", "--rrd", "/a", "--rrd", "/b"]);
  assert.deepEqual(flags.all("rrd"), ["/a", "/b"]);
});

test("what was meant is said", () => {
  assert.match(refusal("strat"), /^"strat" is no command; did you mean start\?/);
  assert.match(refusal("config"), /^lockstep config needs one more word: config check, config show, config reference$/);
  assert.match(refusal("start", "--htp", "x"), /^lockstep start has no flag --htp; did you mean --http\?/);
});

test("the demo's own command is in no list, and every other is", () => {
  const help = programHelp(COMMANDS, "1.2.3");
  assert.match(help, /^Lockstep 1\.2\.3: /);
  assert.ok(!help.includes("demo-node"));
  assert.match(refusal("demo-nod"), /did you mean demo\?|lists them all/);
  for (const command of COMMANDS) {
    if (command.hidden !== true) assert.ok(help.includes(`  ${command.name} `), command.name);
    assert.ok(commandHelp(command).startsWith(command.summary));
  }
});
