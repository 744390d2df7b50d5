/**
 * Makes a data directory sound again. What can't be read goes; nothing is removed without a copy under `damaged/`.
 *
 *     a log with gaps        written anew out of its whole records
 *     a segment, bad pages   written anew without them
 *     a segment, unreadable  moved aside
 */

import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { errorCode } from "../../core/errors.ts";
import { FILE_HEADER_BYTES, fileHeader } from "../../core/record-log.ts";
import type { FileHandle, Files } from "../../core/world.ts";
import {
  encodePageTable,
  encodeSegmentFooter,
  encodeSegmentHeader,
  type PageEntry,
  SEGMENT_HEADER_BYTES,
} from "../segment-format.ts";
import { type DataFile, isNote, type LogFile, listDataFiles, type NoteFile, type SegmentFile } from "./data-files.ts";
import { type ByteRange, scanLog } from "./scan-log.ts";
import { type SegmentScan, scanSegment } from "./scan-segment.ts";
import { type Finding, idsOfNames, logFindings, noteFindings, segmentFindings } from "./survey.ts";

export const DAMAGED_DIRECTORY = "damaged";
const COPY_BYTES = 1024 * 1024;

export type RepairAction =
  /** Written anew without what could not be read; the file as it was lies under `damaged/`. */
  | "rewritten"
  /** Moved to `damaged/` as a whole. */
  | "moved"
  /** A newer program has written it: nothing was done. */
  | "left";

export interface Repair {
  readonly path: string;
  readonly action: RepairAction;
  readonly findings: readonly Finding[];
  /** Series whose names are lost: [first, next). */
  readonly lostNames: readonly (readonly [number, number])[];
}

export interface RepairOptions {
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** Nobody else may have the data open: the caller holds its lock. */
export async function repairData(files: Files, directory: string, options: RepairOptions): Promise<readonly Repair[]> {
  const list = await listDataFiles(files, directory);
  const total = list.reduce((sum, { bytes }) => sum + bytes, 0);
  const repairs: Repair[] = [];
  let done = 0;
  for (const file of list) {
    const worker = new FileRepair(files, directory, options.dryRun);
    const repair = await worker.repair(file);
    if (repair !== undefined) repairs.push(repair);
    done += file.bytes;
    options.onProgress?.(done, total);
  }
  return repairs;
}

class FileRepair {
  readonly #files: Files;
  readonly #directory: string;
  readonly #dryRun: boolean;

  constructor(files: Files, directory: string, dryRun: boolean) {
    this.#files = files;
    this.#directory = directory;
    this.#dryRun = dryRun;
  }

  repair(file: DataFile): Promise<Repair | undefined> {
    if (file.kind === "segment") return this.#segment(file);
    return isNote(file) ? this.#note(file) : this.#log(file);
  }

  async #note(file: NoteFile): Promise<Repair | undefined> {
    const findings = await noteFindings(this.#files, this.#directory, file);
    if (findings.length === 0) return undefined;
    await this.#moveAside(file);
    return { path: file.path, action: "moved", findings, lostNames: [] };
  }

  async #log(file: LogFile): Promise<Repair | undefined> {
    const lostNames: [number, number][] = [];
    let nextId = 0;
    const scan = await scanLog(this.#files, this.#directory, file, (payload) => {
      const ids = file.kind === "names" ? idsOfNames(payload) : undefined;
      if (ids === undefined) return;
      if (ids.first > nextId) lostNames.push([nextId, ids.first]);
      nextId = Math.max(nextId, ids.next);
    });
    const findings = logFindings(file, scan);
    if (findings.length === 0) return undefined;
    if (scan.header === "newer") return { path: file.path, action: "left", findings, lostNames: [] };
    await this.#rewrite(file, async (from, to) => {
      await to.write(fileHeader(file.log), 0);
      let at = FILE_HEADER_BYTES;
      for (const range of scan.good) at = await copyRange(from, range, to, at);
    });
    return { path: file.path, action: "rewritten", findings, lostNames };
  }

  async #segment(file: SegmentFile): Promise<Repair | undefined> {
    const scan = await scanSegment(this.#files, join(this.#directory, file.path));
    const findings = segmentFindings(file, scan);
    if (findings.length === 0) return undefined;
    const { path } = file;
    if (findings.some(({ severity }) => severity === "newer")) return { path, action: "left", findings, lostNames: [] };
    // Of a segment whose outline is damaged, or whose name is another's, it is not known what its values belong to.
    if (scan.badPages.length === 0 || scan.goodPages.length === 0) {
      await this.#moveAside(file);
      return { path, action: "moved", findings, lostNames: [] };
    }
    await this.#rewrite(file, (from, to) => writeGoodPages(scan, from, to));
    return { path, action: "rewritten", findings, lostNames: [] };
  }

  /** Writes a file anew. The new one takes the name of the old one when it is on the disk, and the old one is aside. */
  async #rewrite({ path }: DataFile, write: (from: FileHandle, to: FileHandle) => Promise<void>): Promise<void> {
    if (this.#dryRun) return;
    const from = join(this.#directory, path);
    const draft = `${from}.repair.tmp`;
    const source = await this.#files.open(from, "read");
    try {
      const target = await this.#files.open(draft, "write");
      try {
        await write(source, target);
        await target.sync();
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
    await this.#files.link(from, await this.#freePath(path));
    await this.#files.rename(draft, from);
    await this.#syncAround(path);
  }

  async #moveAside({ path }: DataFile): Promise<void> {
    if (this.#dryRun) return;
    await this.#files.rename(join(this.#directory, path), await this.#freePath(path));
    await this.#syncAround(path);
  }

  /** A path under `damaged/` that nothing has yet: what an earlier repair has put there stays. */
  async #freePath(path: string): Promise<string> {
    const wanted = join(this.#directory, DAMAGED_DIRECTORY, path);
    await this.#files.makeDirectory(dirname(wanted));
    for (let i = 0; ; i++) {
      const candidate = i === 0 ? wanted : `${wanted}.${i}`;
      if (!(await exists(this.#files, candidate))) return candidate;
    }
  }

  async #syncAround(path: string): Promise<void> {
    await this.#files.syncDirectory(dirname(join(this.#directory, DAMAGED_DIRECTORY, path)));
    await this.#files.syncDirectory(dirname(join(this.#directory, path)));
  }
}

async function exists(files: Files, path: string): Promise<boolean> {
  try {
    await files.stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Returns where the copy ends. */
async function copyRange(from: FileHandle, range: ByteRange, to: FileHandle, at: number): Promise<number> {
  const bytes = new Uint8Array(Math.min(COPY_BYTES, range.to - range.from));
  for (let position = range.from; position < range.to; ) {
    const got = await from.read(bytes.subarray(0, Math.min(bytes.length, range.to - position)), position);
    await to.write(bytes.subarray(0, got), at);
    position += got;
    at += got;
  }
  return at;
}

async function writeGoodPages(scan: SegmentScan, from: FileHandle, to: FileHandle): Promise<void> {
  const header = scan.header!;
  const footer = scan.footer!;
  await to.write(encodeSegmentHeader(header), 0);
  let at = SEGMENT_HEADER_BYTES;
  const pages: PageEntry[] = [];
  for (const page of scan.goodPages) {
    pages.push({ ...page, offset: at });
    at = await copyRange(from, { from: page.offset, to: page.offset + page.bytes }, to, at);
  }
  const table = encodePageTable(pages);
  await to.write(table, at);
  // The span stays as it was: the store goes by it when it decides what has been flushed and summarised.
  await to.write(
    encodeSegmentFooter({ ...footer, pages: pages.length, tableOffset: at, tableChecksum: crc32(table) }),
    at + table.length,
  );
}
