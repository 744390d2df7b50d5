/** Reads a log file whole, without changing it: what of it can be read, and what lies between. */
import { FILE_HEADER_BYTES, RECORD_HEADER_BYTES, readLogKind, scanRecords } from "../../core/record-log.ts";
import type { Files } from "../../core/world.ts";
import type { LogFile } from "./data-files.ts";

/** Bytes [from, to) of a file. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export interface LogScan {
  readonly bytes: number;
  /** What is wrong with the first bytes, which say what kind of file it is. */
  readonly header: "whole" | "damaged" | "newer";
  readonly records: number;
  /** Whole records, one behind the other. */
  readonly good: readonly ByteRange[];
  /** What lies between whole records. */
  readonly bad: readonly ByteRange[];
  /** Bytes behind the last whole record. */
  readonly tailBytes: number;
}

type FoundKind = Awaited<ReturnType<typeof readLogKind>>;

/** A version beyond ours up to this one is taken for a newer program's; beyond it, for damage. */
const NEWEST_VERSION = 16;

export async function scanLog(
  files: Files,
  directory: string,
  file: Pick<LogFile, "path" | "log">,
  onRecord: (payload: Uint8Array) => void = () => undefined,
): Promise<LogScan> {
  const handle = await files.open(`${directory}/${file.path}`, "read");
  try {
    const bytes = await handle.size();
    const kind = await readLogKind(handle);
    const good: { from: number; to: number }[] = [];
    let records = 0;
    const { end } = await scanRecords(handle, bytes, (payload, position) => {
      records++;
      const to = position + RECORD_HEADER_BYTES + payload.length;
      const last = good.at(-1);
      if (last?.to === position) last.to = to;
      else good.push({ from: position, to });
      onRecord(payload);
    });
    const bad = good.map(({ from }, i) => ({ from: good[i - 1]?.to ?? FILE_HEADER_BYTES, to: from }));
    return {
      bytes,
      header: headerState(kind, file.log),
      records,
      good,
      bad: bad.filter(({ from, to }) => from < to),
      tailBytes: Math.max(0, bytes - end),
    };
  } finally {
    await handle.close();
  }
}

function headerState(found: FoundKind, want: LogFile["log"]): LogScan["header"] {
  if (found === undefined || found.magic !== want.magic || found.version === 0) return "damaged";
  if (found.version <= want.version) return found.reserved === 0 ? "whole" : "damaged";
  return found.version <= NEWEST_VERSION ? "newer" : "damaged";
}
