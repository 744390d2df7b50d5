/** The rules of the house that a compiler and a linter don't hold: layering, banned calls, dead files, true links. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { COMPOSING_ROOMS, ROOMS } from "./rooms.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const IGNORED = new Set(["node_modules", "dist", ".build", ".git", "lockstep-data"]);
const files = [...walk(ROOT)];
const sources = files.filter((file) => file.startsWith("src/") && file.endsWith(".ts"));

function* walk(directory: string): Generator<string> {
  for (const name of readdirSync(directory)) {
    if (IGNORED.has(name)) continue;
    const path = join(directory, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else yield relative(ROOT, path);
  }
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** Paths of ours that a file imports, relative to the top. */
function importsOf(file: string): string[] {
  const found: string[] = [];
  for (const match of read(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+|#src\/[^"]+)"/g)) {
    const target = match[1]!;
    if (target.startsWith("#src/")) found.push(target.replace("#src/", "src/"));
    else found.push(normalize(join(dirname(file), target)));
  }
  for (const [, name] of read(file).matchAll(/new URL\("(\.[^"]+)\.js", import\.meta\.url\)/g)) {
    found.push(`${normalize(join(dirname(file), name!))}.ts`); // the main file of a thread
  }
  return found;
}

function roomOf(file: string): string {
  return file.split("/")[1]!;
}

test("every folder of src is a room of the table", () => {
  const folders = new Set(sources.filter((file) => file.split("/").length > 2).map(roomOf));
  const known = new Set([...Object.keys(ROOMS), ...COMPOSING_ROOMS]);
  assert.deepEqual(
    [...folders].filter((room) => !known.has(room)),
    [],
  );
});

test("rooms import only what the table allows", () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const from = roomOf(file);
    for (const target of importsOf(file)) {
      const to = roomOf(target);
      if (from === to || file === "src/main.ts" || from === "commands") continue;
      const allowed = from === "config" ? isRoomFace(target) : (ROOMS[from]?.includes(to) ?? false);
      if (!allowed) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

/** What config may see of a room: core as a whole, of the others the list of plugins or the options. */
function isRoomFace(target: string): boolean {
  return roomOf(target) === "core" || /\/(index|options)\.ts$/.test(target);
}

test("biome's restricted imports say the same as the table", () => {
  const biome = JSON.parse(read("biome.json")) as { overrides: { includes: string[]; linter: unknown }[] };
  for (const [room, allowed] of Object.entries(ROOMS)) {
    const override = biome.overrides.find((entry) => entry.includes.includes(`src/${room}/**`));
    assert.ok(override, `biome.json has an override for src/${room}`);
    const text = JSON.stringify(override);
    for (const other of [...Object.keys(ROOMS), ...COMPOSING_ROOMS]) {
      if (other === room) continue;
      assert.equal(text.includes(`"**/${other}/**"`), !allowed.includes(other), `${room} → ${other}`);
    }
  }
});

/** Each with the places where it is right. Time, randomness and settings are arguments (DESIGN: the world). */
const BANNED: readonly (readonly [RegExp, RegExp])[] = [
  [/\bDate\.now\(|\bnew Date\(\)|\bperformance\.(now|timeOrigin)/, /^src\/core\/real\/|^src\/web\/browser\//],
  [/\bMath\.random\(|\brandomUUID\(/, /^src\/core\/real\//],
  [/\bset(Timeout|Interval|Immediate)\(/, /^src\/core\/real\/|^src\/web\/browser\//],
  [/\bprocess\.(env|exit|argv|stdout|stderr|stdin|on)\b/, /^src\/main\.ts$|^src\/core\/real\//],
  [/\bconsole\./, /^src\/web\/browser\//],
  [/\bchild_process\b/, /^src\/commands\//],
  [/\beval\(|\bnew Function\(|\.innerHTML\b|\.outerHTML\b|insertAdjacentHTML/, /^$/],
  [/\b(TODO|FIXME|XXX|HACK)\b/, /^$/],
];

test("time, timers, randomness, the environment and the console are touched only where they belong", () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const text = withoutComments(read(file));
    for (const [pattern, allowed] of BANNED) {
      const match = pattern.exec(text);
      if (match !== null && !allowed.test(file)) wrong.push(`${file}: ${match[0]}`);
    }
  }
  assert.deepEqual(wrong, []);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

test("no source file is dead: each is imported, or is an entry", () => {
  const reached = new Set(sources.flatMap(importsOf));
  const browserEntries = new Set(
    files.filter((file) => file.endsWith(".hbs")).flatMap((file) => scriptsOf(read(file))),
  );
  const byScripts = new Set(
    files
      .filter((file) => file.endsWith(".mjs"))
      .flatMap((file) => [...read(file).matchAll(/dist\/([\w/-]+)\.js/g)].map(([, name]) => `src/${name}.ts`)),
  );
  const dead = sources.filter((file) => {
    if (file === "src/main.ts" || reached.has(file) || byScripts.has(file)) return false;
    const browserName = /^src\/web\/browser\/(.+)\.ts$/.exec(file)?.[1];
    return browserName === undefined || !browserEntries.has(browserName);
  });
  assert.deepEqual(dead, []);
});

function scriptsOf(view: string): string[] {
  return [...view.matchAll(/\/browser\/([\w/-]+)\.js/g)].map((match) => match[1]!);
}

test("links in documents lead to files that exist", () => {
  const broken: string[] = [];
  for (const file of files.filter((name) => name.endsWith(".md"))) {
    for (const match of read(file).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)) {
      const target = match[1]!;
      if (/^[a-z]+:/.test(target)) continue;
      if (!existsSync(join(ROOT, dirname(file), target))) broken.push(`${file} → ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

const RUNNERS = ["test/run-unit.ts", "test/run-sims.ts"];

test("every test file is named so that a runner finds it", () => {
  const suffixes = /\.(test|live|sim|fuzz|e2e)\.ts$/;
  const stray = files.filter((file) => file.startsWith("test/") && file.endsWith(".ts") && !suffixes.test(file));
  const imported = new Set(
    files.filter((file) => file.startsWith("test/") || file.startsWith("bench/")).flatMap(importsOf),
  );
  assert.deepEqual(
    stray.filter((file) => !imported.has(file) && !RUNNERS.includes(file)),
    [],
  );
});

/** Texts in capitals that are no codes of errors. */
const NO_CODES = new Set(["PREV_OTHER"]);

test("docs/errors.md lists every error code, and no other", () => {
  const codes = (text: string, quote: string) =>
    [...text.matchAll(new RegExp(`${quote}([A-Z]{3,}(?:_[A-Z]+)+)${quote}`, "g"))].map(([, code]) => code!);
  const thrown = sources
    .flatMap((file) => codes(read(file), '"'))
    .filter((code) => !NO_CODES.has(code) && !code.startsWith("LOCKSTEP_"));
  const sorted = (list: readonly string[]) => [...new Set(list)].sort();
  assert.deepEqual(sorted(codes(read("docs/errors.md"), "`")), sorted(thrown));
});
