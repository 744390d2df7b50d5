/** Reading a small file whole, when its size is not to be believed: files under /proc say 0. */
import { LockstepError } from "./errors.ts";
import type { FileHandle, Files } from "./world.ts";

const CHUNK_BYTES = 64 * 1024;

/** @throws LockstepError `FILE_TOO_LARGE` when there is more than `maxBytes`; else the system's error. */
export async function readAll(files: Files, path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await files.open(path, "read");
  try {
    return await readToEnd(file, path, maxBytes);
  } finally {
    await file.close();
  }
}

/** The same as text. */
export async function readText(files: Files, path: string, maxBytes: number): Promise<string> {
  return new TextDecoder().decode(await readAll(files, path, maxBytes));
}

async function readToEnd(file: FileHandle, path: string, maxBytes: number): Promise<Uint8Array> {
  let bytes = new Uint8Array(Math.min(CHUNK_BYTES, maxBytes + 1));
  let length = 0;
  for (;;) {
    length += await file.read(bytes.subarray(length), length);
    if (length > maxBytes) {
      throw new LockstepError("FILE_TOO_LARGE", `cannot read ${path}: it has more than ${maxBytes} bytes`);
    }
    if (length < bytes.length) return bytes.subarray(0, length);
    const bigger = new Uint8Array(Math.min(bytes.length * 2, maxBytes + 1));
    bigger.set(bytes);
    bytes = bigger;
  }
}
