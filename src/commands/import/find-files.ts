/** Finds whisper files below a directory, in the order of their names. */
import { errorCode, errorText, LockstepError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Files } from "../../core/world.ts";
import { isWhisperFile } from "../../whisper/metric-name.ts";

export interface FoundWhisper {
  /** Below the directory, with `/`. */
  readonly paths: readonly string[];
  /** Directories that could not be read, with the reasons. */
  readonly failures: readonly { readonly path: string; readonly reason: string }[];
}

/** @throws LockstepError `IMPORT_DIRECTORY` when the directory itself can't be read, or has more files than we take. */
export async function findWhisperFiles(files: Files, directory: string): Promise<FoundWhisper> {
  const paths: string[] = [];
  const failures: { path: string; reason: string }[] = [];

  async function walk(below: string, depth: number): Promise<void> {
    for (const name of await files.list(`${directory}/${below}`)) {
      const path = `${below}${name}`;
      if (isWhisperFile(name)) paths.push(path);
      else if (!name.startsWith(".") && (await isDirectory(path))) await descend(`${path}/`, depth + 1);
      if (paths.length > LIMITS.whisperFiles) throw tooMany(directory);
    }
  }

  async function descend(below: string, depth: number): Promise<void> {
    if (depth > LIMITS.nameNodes) {
      failures.push({ path: below, reason: `more than ${LIMITS.nameNodes} directories deep` });
      return;
    }
    try {
      await walk(below, depth);
    } catch (error) {
      if (error instanceof LockstepError) throw error;
      failures.push({ path: below, reason: errorText(error) });
    }
  }

  async function isDirectory(path: string): Promise<boolean> {
    try {
      return (await files.stat(`${directory}/${path}`)).directory;
    } catch (error) {
      if (errorCode(error) !== "ENOENT") failures.push({ path, reason: errorText(error) });
      return false;
    }
  }

  try {
    await walk("", 1);
  } catch (cause) {
    if (cause instanceof LockstepError) throw cause;
    throw new LockstepError("IMPORT_DIRECTORY", `cannot read the directory ${directory}`, { cause });
  }
  return { paths, failures };
}

function tooMany(directory: string): LockstepError {
  return new LockstepError(
    "IMPORT_DIRECTORY",
    `cannot import ${directory}: it has more than ${LIMITS.whisperFiles} whisper files; import its parts one by one`,
  );
}
