/** A data directory belongs to one process at a time: two would write into each other's files. */
import { join } from "node:path";
import { errorCode, errorText, LockstepError } from "../../core/errors.ts";
import type { Files } from "../../core/world.ts";

/** @throws LockstepError `DATA_IN_USE` while another process has it. */
export async function claimDirectory(files: Files, directory: string): Promise<{ close(): Promise<void> }> {
  await files.makeDirectory(directory);
  try {
    const lock = await files.lock(join(directory, "lock"));
    return { close: () => lock.release() };
  } catch (error) {
    if (errorCode(error) !== "ELOCKED") throw error;
    throw new LockstepError("DATA_IN_USE", `cannot use the data directory ${directory}: ${errorText(error)}`);
  }
}
