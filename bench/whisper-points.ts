/** Counts what carbon-cache has committed: slots of whisper files that were written (test/support/whisper-file.ts draws the format). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const HEADER_BYTES = 16;
const ARCHIVE_BYTES = 12;
const POINT_BYTES = 12;

/** Of all files below a directory; 0 while it is not there. Files have one archive. */
export function countWhisperPoints(directory: string): number {
  let points = 0;
  for (const path of whisperFiles(directory)) points += countFile(readFileSync(path));
  return points;
}

function whisperFiles(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name.endsWith(".wsp"))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function countFile(bytes: Buffer): number {
  let points = 0;
  for (let at = HEADER_BYTES + ARCHIVE_BYTES; at + POINT_BYTES <= bytes.length; at += POINT_BYTES) {
    if (bytes.readUInt32BE(at) !== 0) points++;
  }
  return points;
}
