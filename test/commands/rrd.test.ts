import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandContext } from "#src/commands/command.ts";
import { COMMANDS } from "#src/commands/index.ts";
import { parseCommand } from "#src/commands/parse.ts";
import type { FileHandle, Files } from "#src/core/world.ts";
import { FakeWorld } from "../support/fake-world.ts";
import { everything, fetchText, START, smallRrd } from "../support/rrd-bytes.ts";

const FILE = smallRrd(Array.from({ length: 12 }, (_, i) => [i + 1, 100 * (i + 1)]));

/** What the command prints, with one file, `x.rrd`. */
async function run(...argv: string[]): Promise<string> {
  const handle: Partial<FileHandle> = {
    async read(into, position) {
      const part = FILE.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
    size: async () => FILE.length,
    close: async () => undefined,
  };
  const files: Partial<Files> = {
    open: async () => handle as FileHandle,
    stat: async () => ({ bytes: FILE.length, modifiedMs: 0, directory: false }),
  };
  const world = Object.assign(new FakeWorld(), { files: files as Files });
  const { command, flags, positional } = parseCommand(COMMANDS, argv);
  let printed = "";
  const print = (text: string) => {
    printed += text;
  };
  assert.equal(await command.run({ world, flags, positional, print } as Partial<CommandContext> as CommandContext), 0);
  return printed;
}

test("info and dump print all there is", async () => {
  assert.equal((await run("rrd", "info", "x.rrd")) + (await run("rrd", "dump", "x.rrd")), await everything(FILE));
});

test("info as JSON has null for what is unknown", async () => {
  const info = JSON.parse(await run("rrd", "info", "x.rrd", "--json"));
  assert.equal(info["ds[load].minimal_heartbeat"], 25);
  assert.equal(info["ds[load].max"], null);
  assert.equal(info["rra[1].cf"], "MAX");
});

test("fetch takes rrdtool's options", async () => {
  const [start, end] = [START + 60, START + 100];
  const maximum = await fetchText(FILE, { function: "MAX", start, end, resolution: 30 });
  const range = ["--start", `${start}`, "--end", `${end}`];
  assert.equal(await run("rrd", "fetch", "x.rrd", "MAX", ...range, "--resolution", "30"), maximum);
  assert.equal(await run("rrd", "fetch", "x.rrd", "--cf", "MAX", ...range, "--resolution", "30s"), maximum);
  assert.equal(
    await run("rrd", "fetch", "x.rrd", "MAX", "--start=end-40s", "--end", `${end}`, "--resolution", "30"),
    maximum,
  );
  const aligned = await fetchText(FILE, { function: "AVERAGE", start: START, end: START + 40, resolution: 60 });
  const wider = ["--start", `${START + 30}`, "--end", `${START + 70}`, "--resolution", "1m", "--align-start"];
  assert.equal(START % 60, 0);
  assert.equal(await run("rrd", "fetch", "x.rrd", ...wider), aligned);
});

test("fetch as JSON", async () => {
  const range = ["--start", `${START + 110}`, "--end", `${START + 125}`];
  assert.deepEqual(JSON.parse(await run("rrd", "fetch", "x.rrd", ...range, "--json")), {
    stepSeconds: 10,
    dataSources: ["load", "hits"],
    rows: [
      [START + 120, 12, 10],
      [START + 130, null, null],
    ],
  });
});

const WRONG: readonly (readonly [argv: readonly string[], code: string])[] = [
  [["rrd", "info"], "USAGE"],
  [["rrd", "info", "x.rrd", "y.rrd"], "USAGE"],
  [["rrd", "fetch", "x.rrd", "MEDIAN"], "USAGE"],
  [["rrd", "fetch", "x.rrd", "--start", "soon"], "RRD_TIME"],
  [["rrd", "fetch", "x.rrd", "--resolution", "0"], "RRD_TIME"],
  [["rrd", "fetch", "x.rrd", "FAILURES"], "RRD_NO_ARCHIVE"],
  [["rrd", "fetch", "x.rrd", "--start", "now", "--end", "start-1h"], "RRD_RANGE"],
];

for (const [argv, code] of WRONG) {
  test(`${argv.join(" ")}: ${code}`, () => assert.rejects(run(...argv), { code }));
}
