/**
 * Settings from a YAML file, the environment and flags, in that order of growing weight, checked against the schema.
 *
 * Every value knows where it came from. Everything that is wrong is reported at once, each with its place, the rule and
 * what would be right; nothing is ever ignored.
 */
import { LineCounter, type ParsedNode, parseDocument, parse as parseYaml } from "yaml";
import type { z } from "zod";
import { errorText, LockstepError } from "../core/errors.ts";
import { nearest } from "./nearest.ts";
import { environmentName, keysAt, type Setting, settingsOf } from "./settings.ts";

export interface ConfigSources {
  /** Its path, for messages, and its text. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values of flags by setting: `aggregator.line` → `127.0.0.1:2003`, with the flag's spelling. */
  readonly flags: readonly FlagSetting[];
}

export interface FlagSetting {
  readonly flag: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

export interface LoadedConfig<T> {
  readonly values: T;
  /** Where each value that is not a default came from: `aggregator.line` → `lockstep.yaml:3`. */
  readonly origins: ReadonlyMap<string, string>;
}

/** @throws LockstepError `CONFIG` whose message has a line for everything that is wrong. */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  sources: ConfigSources,
): LoadedConfig<z.output<Schema>> {
  const raw = new RawConfig();
  const problems: string[] = [];
  const settings = settingsOf(schema);
  if (sources.file !== undefined) readFile(sources.file, raw, problems);
  readEnvironment(sources.environment, settings, raw, problems);
  for (const { flag, path, value } of sources.flags) raw.set(path, value, `--${flag}`);
  const result = schema.safeParse(raw.root);
  if (!result.success) problems.push(...result.error.issues.flatMap((issue) => describeIssue(issue, schema, raw)));
  if (problems.length > 0) throw new LockstepError("CONFIG", problems.join("\n"));
  return { values: result.data as z.output<Schema>, origins: raw.origins };
}

/** What was read, before it is checked, with its places. */
class RawConfig {
  readonly root: Record<string, unknown> = {};
  readonly origins = new Map<string, string>();

  set(path: readonly string[], value: unknown, origin: string): void {
    let here = this.root;
    for (const key of path.slice(0, -1)) {
      if (typeof here[key] !== "object" || here[key] === null) here[key] = {};
      here = here[key] as Record<string, unknown>;
    }
    here[path.at(-1)!] = value;
    this.origins.set(path.join("."), origin);
  }

  /** The place of a setting, or of the nearest section around it. */
  originOf(path: readonly PropertyKey[]): string {
    for (let length = path.length; length > 0; length--) {
      const origin = this.origins.get(path.slice(0, length).join("."));
      if (origin !== undefined) return origin;
    }
    return "settings";
  }
}

function readFile(file: { path: string; text: string }, raw: RawConfig, problems: string[]): void {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, uniqueKeys: true });
  for (const error of document.errors) {
    problems.push(`${file.path}:${lines.linePos(error.pos[0]).line}: ${error.message.split("\n")[0]}`);
  }
  if (document.errors.length > 0) return;
  let root: unknown;
  try {
    root = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    problems.push(`${file.path}: ${errorText(error)}`); // aliases of aliases, as they make a small file a huge one
    return;
  }
  if (root === null || root === undefined) return;
  if (typeof root !== "object" || Array.isArray(root)) {
    problems.push(`${file.path}: the file holds ${Array.isArray(root) ? "a list" : typeof root}, not keys with values`);
    return;
  }
  Object.assign(raw.root, root);
  recordOrigins(document.contents, [], (path, offset) => {
    raw.origins.set(path.join("."), `${file.path}:${lines.linePos(offset).line}`);
  });
}

/** Tells of every key of the document with its path and place. */
function recordOrigins(
  node: ParsedNode | null,
  path: readonly (string | number)[],
  see: (path: readonly (string | number)[], offset: number) => void,
): void {
  if (node === null || !("items" in node)) return;
  node.items.forEach((item, index) => {
    const pair = "key" in item;
    const key = pair ? String((item.key as { value?: unknown } | null)?.value ?? "") : index;
    const here = [...path, key];
    const range = pair ? (item.key as { range?: readonly number[] } | null)?.range : item.range;
    if (range !== undefined && range !== null) see(here, range[0]!);
    recordOrigins((pair ? item.value : item) as ParsedNode | null, here, see);
  });
}

function readEnvironment(
  environment: ConfigSources["environment"],
  settings: readonly Setting[],
  raw: RawConfig,
  problems: string[],
): void {
  const byName = new Map(settings.map((setting) => [environmentName(setting.path), setting]));
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith("LOCKSTEP_") || text === undefined) continue;
    const setting = byName.get(name);
    if (setting === undefined) {
      const meant = nearest(name, [...byName.keys()]);
      problems.push(
        `environment: ${name} is no setting of Lockstep${meant === undefined ? "" : `; did you mean ${meant}?`}`,
      );
    } else raw.set(setting.path, environmentValue(text, setting), name);
  }
}

/** An environment variable is text; where text is not what is wanted, it is read as YAML. */
function environmentValue(text: string, setting: Setting): unknown {
  const wantsText = !/^(true or false|list|map|number|\{)/.test(setting.kind);
  if (wantsText) return text;
  if (setting.kind.startsWith("list") && !/^\s*[[\-{]/.test(text)) return text.split(",").map((part) => part.trim());
  try {
    return parseYaml(text);
  } catch {
    return text; // the schema will say what is wrong with it
  }
}

type Issue = z.core.$ZodIssue;

function describeIssue(issue: Issue, schema: z.ZodType, raw: RawConfig): string[] {
  const path = issue.path;
  if (issue.code === "unrecognized_keys") {
    const right = keysAt(schema, path as (string | number)[]) ?? [];
    return issue.keys.map((key) => {
      const meant = nearest(key, right);
      const hint =
        meant === undefined ? `right would be one of ${right.join(", ")}` : `did you mean ${dotted([...path, meant])}?`;
      return `${raw.originOf([...path, key])}: ${dotted([...path, key])} is no setting; ${hint}`;
    });
  }
  const setting = settingsOf(schema).find((entry) => dotted(entry.path) === dotted(path));
  const right =
    setting === undefined || setting.defaultText === undefined ? "" : `; right would be ${setting.defaultText}`;
  const message = /right would be/.test(issue.message) ? issue.message : `${issue.message}${right}`;
  return [`${raw.originOf(path)}: ${dotted(path)}: ${message}`];
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}
