/**
 * Writes whisper files, so that a real graphite-web can read what a test's memory reader holds.
 *
 *   header  : aggregation u32 | longest retention u32 | xFilesFactor f32 | number of archives u32
 *   archive : offset u32 | step u32 | points u32                       (one per archive, finest first)
 *   point   : interval u32 | value f64                                 (a ring; the first one is the ring's base)
 *
 * All big endian. A slot whose interval is not the expected one reads as null, so gaps are slots left at zero.
 */

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { keptSeconds, type MemorySeries } from "./memory-reader.ts";

const AVERAGE = 1;
const POINT_BYTES = 12;

export function writeWhisperFile(directory: string, series: MemorySeries): void {
  const path = join(directory, relativePath(series.name));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, encodeWhisper(series));
}

/** Tagged series lie under the hash of their name (carbon's `TaggedSeries.encode` with TAG_HASH_FILENAMES). */
function relativePath(name: string): string {
  if (!name.includes(";")) return `${name.replaceAll(".", "/")}.wsp`;
  const hash = createHash("sha256").update(name).digest("hex");
  return `_tagged/${hash.slice(0, 3)}/${hash.slice(3, 6)}/${hash}.wsp`;
}

function encodeWhisper(series: MemorySeries): Uint8Array {
  const archives = series.archives.map((archive) => ({
    ...archive,
    points: keptSeconds(archive) / archive.stepSeconds,
  }));
  const headerBytes = 16 + 12 * archives.length;
  const total = archives.reduce((sum, archive) => sum + archive.points * POINT_BYTES, headerBytes);
  const view = new DataView(new ArrayBuffer(total));
  view.setUint32(0, AVERAGE);
  view.setUint32(4, Math.max(...archives.map((archive) => archive.points * archive.stepSeconds)));
  view.setFloat32(8, 0);
  view.setUint32(12, archives.length);
  let offset = headerBytes;
  archives.forEach((archive, index) => {
    view.setUint32(16 + 12 * index, offset);
    view.setUint32(20 + 12 * index, archive.stepSeconds);
    view.setUint32(24 + 12 * index, archive.points);
    const base = archive.values.findIndex((value) => !Number.isNaN(value));
    archive.values.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      const slot = offset + ((i - base) % archive.points) * POINT_BYTES;
      view.setUint32(slot, archive.startSeconds + i * archive.stepSeconds);
      view.setFloat64(slot + 4, value);
    });
    offset += archive.points * POINT_BYTES;
  });
  return new Uint8Array(view.buffer);
}
