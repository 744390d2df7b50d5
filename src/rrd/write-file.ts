/** Creates and updates RRD files on a disk; a reader never sees half of one. */
import type { FileHandle, Files } from "../core/world.ts";
import { createRrd, type RrdSpec } from "./create.ts";
import { parseHeader } from "./header.ts";
import { headerBytes, PREFIX_BYTES } from "./outline.ts";
import { type RrdUpdate, Updater } from "./update.ts";

/** Replaces what is there. @throws LockstepError `RRD_SPEC`; the system's error. */
export async function createRrdFile(files: Files, path: string, spec: RrdSpec): Promise<void> {
  const bytes = createRrd(spec);
  const partial = `${path}.new`;
  const handle = await files.open(partial, "write");
  try {
    await handle.write(bytes, 0);
  } finally {
    await handle.close();
  }
  await files.rename(partial, path);
}

/**
 * Rows are written first, the header last and in one piece. Only one process may write to a file at a time.
 *
 * @throws LockstepError `RRD_UPDATE`, and nothing is written; what `parseHeader` throws; the system's error.
 */
export async function updateRrdFile(files: Files, path: string, updates: readonly RrdUpdate[]): Promise<void> {
  await files.stat(path); // opening it to update would create it
  const handle = await files.open(path, "update");
  try {
    await updateHandle(handle, path, updates);
  } finally {
    await handle.close();
  }
}

async function updateHandle(handle: FileHandle, path: string, updates: readonly RrdUpdate[]): Promise<void> {
  const source = { name: path, bytes: await handle.size() };
  const prefix = await readPart(handle, Math.min(PREFIX_BYTES, source.bytes));
  const bytes = await readPart(handle, headerBytes(prefix, source));
  const header = parseHeader(bytes, source);
  const rows = new Map<number, Uint8Array>();
  const updater = new Updater(header, bytes, (at, row) => void rows.set(at, row));
  for (const update of updates) updater.update(update);
  for (const [at, row] of rows) await handle.write(row, at);
  await handle.write(bytes.subarray(header.at.live, header.bytes), header.at.live);
}

async function readPart(handle: FileHandle, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  return bytes.subarray(0, await handle.read(bytes, 0));
}
