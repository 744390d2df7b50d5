/**
 * Series names with tags: `disk.used;host=n1;mount=/` and its OpenMetrics spelling `disk.used{host="n1",mount="/"}`.
 *
 * Both spellings, and every order of the tags, name one series; the canonical one sorts the tags by their `key=value`
 * text (carbon util.py `TaggedSeries`). A name without tags is its own canonical form.
 */
import { LockstepError } from "./errors.ts";

export interface TaggedName {
  /** The part before the tags. */
  readonly metric: string;
  /** Without `name`; sorted by key=value text. Empty for an untagged series. */
  readonly tags: ReadonlyMap<string, string>;
  /** The spelling under which the series is stored. */
  readonly canonical: string;
}

const NO_TAGS: ReadonlyMap<string, string> = new Map();

/** @throws LockstepError `TAG_SYNTAX` naming the part that is wrong. */
export function parseTaggedName(path: string): TaggedName {
  if (path.endsWith('"}') && path.includes("{")) return parseOpenMetricsName(path);
  const semicolon = path.indexOf(";");
  if (semicolon < 0) return { metric: path, tags: NO_TAGS, canonical: path };
  const pairs: [string, string][] = [];
  for (const part of path.slice(semicolon + 1).split(";")) {
    const equals = part.indexOf("=");
    if (equals < 0) throw tagError(path, part, "a tag is key=value");
    pairs.push([part.slice(0, equals), part.slice(equals + 1)]);
  }
  return canonicalName(path, path.slice(0, semicolon), pairs);
}

function parseOpenMetricsName(path: string): TaggedName {
  const brace = path.indexOf("{");
  const pairs: [string, string][] = [];
  let rest = path.slice(brace + 1, -1);
  while (rest !== "") {
    const match = /^([^="]+)="((?:\\["\\]|[^"\\])+)"(?:,|$)/.exec(rest);
    if (match === null) throw tagError(path, rest, 'a tag is key="value"');
    pairs.push([match[1]!, match[2]!.replace(/\\(["\\])/g, "$1")]);
    rest = rest.slice(match[0].length);
  }
  return canonicalName(path, path.slice(0, brace), pairs);
}

function canonicalName(path: string, metric: string, pairs: readonly [string, string][]): TaggedName {
  if (metric === "") throw tagError(path, path, "the metric name before the tags is empty");
  const last = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (key === "" || /[;!^=]/.test(key)) throw tagError(path, key, "a tag's key is not empty and has none of ; ! ^ =");
    if (value === "" || value.startsWith("~") || value.includes(";")) {
      throw tagError(path, `${key}=${value}`, "a tag's value is not empty, has no ; and does not start with ~");
    }
    if (key !== "name") last.set(key, value); // `name` is the metric's own
  }
  const sorted = [...last].map(([key, value]) => `${key}=${value}`).sort();
  const tags = new Map(sorted.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]));
  return { metric, tags, canonical: [metric, ...sorted].join(";") };
}

function tagError(path: string, part: string, rule: string): LockstepError {
  return new LockstepError("TAG_SYNTAX", `cannot read the tags of "${path}": "${part}" is wrong; ${rule}`);
}
