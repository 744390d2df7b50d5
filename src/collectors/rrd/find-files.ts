/** Finds RRD files below directories, at every collection anew. */
import { errorCode } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Files } from "../../core/world.ts";

export interface FoundFile {
  readonly path: string;
  /** Below its directory, without `.rrd`: `system.load`, `localhost/load/load`. */
  readonly stem: string;
}

export interface Found {
  readonly files: readonly FoundFile[];
  /** Directories that could not be read, with the errors. */
  readonly failures: readonly { readonly path: string; readonly error: unknown }[];
  /** Files over the limit. */
  readonly left: number;
}

const SUFFIX = ".rrd";
/** Connect's are in one directory; collectd's in one per host and plugin. */
const DEPTH = 4;

/** @param mayBeMissing a directory that is not there holds no files, and is no failure. */
export async function findRrdFiles(
  files: Files,
  directories: readonly string[],
  mayBeMissing: boolean,
): Promise<Found> {
  const found: FoundFile[] = [];
  const failures: { path: string; error: unknown }[] = [];

  async function walk(directory: string, below: string, depth: number): Promise<void> {
    for (const name of await files.list(directory)) {
      const path = `${directory}/${name}`;
      if (name.endsWith(SUFFIX)) found.push({ path, stem: below + name.slice(0, -SUFFIX.length) });
      else if (depth < DEPTH && !name.startsWith(".") && (await isDirectory(files, path))) {
        await attempt(path, () => walk(path, `${below}${name}/`, depth + 1));
      }
    }
  }

  async function attempt(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const gone = errorCode(error) === "ENOENT";
      if (!(gone && (mayBeMissing || !directories.includes(path)))) failures.push({ path, error });
    }
  }

  for (const directory of directories) await attempt(directory, () => walk(directory, "", 1));
  return {
    files: found.slice(0, LIMITS.rrdFiles),
    failures,
    left: Math.max(0, found.length - LIMITS.rrdFiles),
  };
}

/** What is gone, or can't be looked at, is none. */
async function isDirectory(files: Files, path: string): Promise<boolean> {
  try {
    return (await files.stat(path)).directory;
  } catch (error) {
    if (errorCode(error) === "unknown") throw error;
    return false;
  }
}
