/**
 * Where carbon puts a series' file, and back (carbon util.py `TaggedSeries.encode` and `decode`).
 *
 *     servers/web1/load.wsp                               servers.web1.load
 *     _tagged/eff/aae/disk_DOT_used;host=n1.wsp           disk.used;host=n1
 *     _tagged/eff/aae/effaae….wsp                         known only to whoever knows the names: TAG_HASH_FILENAMES
 */
import { createHash } from "node:crypto";

const SUFFIX = ".wsp";
const TAGGED = "_tagged/";
const HASH = /^[0-9a-f]{64}$/;

/** Names by the hash that carbon gives their files. */
export type HashedNames = ReadonlyMap<string, string>;

/** The name that belongs to a path below the directory of all files; `hashed` when only a list of names could tell. */
export function metricNameOf(path: string, names: HashedNames): string | { readonly hashed: string } {
  const stem = path.slice(0, -SUFFIX.length);
  if (!stem.startsWith(TAGGED)) return stem.replaceAll("/", ".");
  const file = stem.split("/").slice(3).join("/");
  if (!HASH.test(file)) return file.replaceAll("_DOT_", ".");
  return names.get(file) ?? { hashed: file };
}

/** @param names of tagged series, in carbon's canonical form: one a line. */
export function hashNames(text: string): HashedNames {
  const names = new Map<string, string>();
  for (const line of text.split("\n")) {
    const name = line.trim();
    if (name.includes(";")) names.set(createHash("sha256").update(name).digest("hex"), name);
  }
  return names;
}

export function isWhisperFile(path: string): boolean {
  return path.endsWith(SUFFIX);
}
