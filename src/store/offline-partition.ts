/** What a partition's directory holds, seen from outside: by tools that work while no aggregator does, or beside one. */
import { join } from "node:path";
import { errorCode } from "../core/errors.ts";
import { scanRecords } from "../core/record-log.ts";
import type { Files } from "../core/world.ts";
import { readWalRecord, type WalVisitor } from "./wal-record.ts";

/** Directories of partitions are called by the steps of their archives, `10-60-600`. */
export function stepsOfDirectory(name: string): readonly number[] | undefined {
  return /^\d+(-\d+)*$/.test(name) ? name.split("-").map(Number) : undefined;
}

export interface SegmentName {
  readonly tier: number;
  readonly stepSeconds: number;
  readonly startSeconds: number;
  readonly sequence: number;
}

/** `<tier>-<step>-<first time>-<sequence>.seg`, or `…-b.seg`; undefined for any other file. */
export function parseSegmentName(name: string): SegmentName | undefined {
  const match = /^(\d+)-(\d+)-(\d+)-(\d+)(?:-b)?\.seg$/.exec(name);
  if (match === null) return undefined;
  const [tier, stepSeconds, startSeconds, sequence] = match.slice(1, 5).map(Number) as [number, number, number, number];
  return { tier, stepSeconds, startSeconds, sequence };
}

export function segmentName({ tier, stepSeconds, startSeconds, sequence }: SegmentName): string {
  const pad = (number: number, width: number): string => String(number).padStart(width, "0");
  return `${tier}-${stepSeconds}-${pad(startSeconds, 10)}-${pad(sequence, 8)}.seg`;
}

/** The number of a log file, or undefined. */
export function walNumber(name: string): number | undefined {
  const match = /^wal-(\d+)\.log$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** The directories of partitions in a store's directory; none when it is not there. */
export async function partitionDirectories(files: Files, directory: string): Promise<readonly string[]> {
  const names = await listIfThere(files, directory);
  return names.filter((name) => stepsOfDirectory(name) !== undefined).map((name) => join(directory, name));
}

export async function listIfThere(files: Files, directory: string): Promise<readonly string[]> {
  try {
    return await files.list(directory);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** Reads the records of a log file, without changing it. */
export async function readWal(files: Files, path: string, visitor: WalVisitor): Promise<void> {
  const handle = await files.open(path, "read");
  try {
    await scanRecords(handle, await handle.size(), (payload) => void readWalRecord(payload, visitor));
  } finally {
    await handle.close();
  }
}
