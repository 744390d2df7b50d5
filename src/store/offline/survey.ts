/**
 * Reads a data directory whole: every checksum, every record, every column. Changes nothing, and may run beside an
 * aggregator: a file that goes meanwhile was replaced by another, and is passed over.
 */
import { join } from "node:path";
import { errorCode, LockstepError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { readAll } from "../../core/read-file.ts";
import type { Files } from "../../core/world.ts";
import { Lifetimes } from "../lifetimes.ts";
import { DELETED } from "../names-log.ts";
import { walNumber } from "../offline-partition.ts";
import { RAW_COLUMNS } from "../segment-format.ts";
import { readWalRecord } from "../wal-record.ts";
import {
  type DataFile,
  isNote,
  type LogFile,
  listDataFiles,
  type NoteFile,
  partitionOf,
  type SegmentFile,
} from "./data-files.ts";
import { type LogScan, scanLog } from "./scan-log.ts";
import { type SegmentScan, scanSegment } from "./scan-segment.ts";

export type Severity =
  /** Something was there, and can't be read. */
  | "damaged"
  /** A log ends in the middle of a record, as a crash leaves it: it is cut when it is opened. */
  | "unfinished"
  /** A newer program has written it. */
  | "newer";

export interface Finding {
  readonly file: DataFile;
  readonly severity: Severity;
  readonly what: string;
  /** Of the values that can't be read. */
  readonly window?: { readonly fromSeconds: number; readonly toSeconds: number };
  /** Ids between which the series lie whose values can't be read. */
  readonly ids?: { readonly first: number; readonly last: number };
}

export interface TierSurvey {
  /** Of the partition: `10-60-600`. */
  readonly partition: string;
  readonly tier: number;
  readonly stepSeconds: number;
  segments: number;
  overlays: number;
  bytes: number;
  points: number;
  fromSeconds: number;
  toSeconds: number;
}

export interface WalSurvey {
  readonly partition: string;
  files: number;
  bytes: number;
  points: number;
  /** Points that wait to be laid over segments. */
  late: number;
  /** Points that wait for their time. */
  future: number;
}

export interface Survey {
  readonly findings: readonly Finding[];
  readonly files: number;
  readonly bytes: number;
  readonly series: number;
  /** Ids without a name: a record of names.log was damaged, or is gone. */
  readonly unnamed: number;
  readonly namesBytes: number;
  readonly tiers: readonly TierSurvey[];
  readonly logs: readonly WalSurvey[];
}

export type SurveyProgress = (doneBytes: number, totalBytes: number) => void;

/** @throws LockstepError `STORE_DIRECTORY` when there is no store. */
export async function surveyData(
  files: Files,
  directory: string,
  nowSeconds: number,
  onProgress: SurveyProgress = () => undefined,
): Promise<Survey> {
  const list = await listDataFiles(files, directory);
  if (list.length === 0) throw new LockstepError("STORE_DIRECTORY", `there is no data of ours in ${directory}`);
  const survey = new Surveyor(files, directory, nowSeconds);
  const total = list.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const file of list) {
    try {
      await survey.look(file);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
    done += file.bytes;
    onProgress(done, total);
  }
  return survey.report();
}

class Surveyor {
  readonly #files: Files;
  readonly #directory: string;
  readonly #nowSeconds: number;
  readonly #findings: Finding[] = [];
  readonly #tiers = new Map<string, TierSurvey>();
  readonly #logs = new Map<string, WalSurvey & { readonly lateOf: Map<number, number>; lateThrough: number }>();
  #looked = 0;
  #bytes = 0;
  #namesBytes = 0;
  #named = 0;
  #nextId = 0;

  constructor(files: Files, directory: string, nowSeconds: number) {
    this.#files = files;
    this.#directory = directory;
    this.#nowSeconds = nowSeconds;
  }

  async look(file: DataFile): Promise<void> {
    if (file.kind === "segment") await this.#lookAtSegment(file);
    else if (isNote(file)) this.#findings.push(...(await noteFindings(this.#files, this.#directory, file)));
    else await this.#lookAtLog(file);
    this.#looked++;
    this.#bytes += file.bytes;
  }

  async #lookAtLog(file: LogFile): Promise<void> {
    let unknown = 0;
    const take = this.#takerOf(file);
    const scan = await scanLog(this.#files, this.#directory, file, (payload) => {
      if (!take(payload)) unknown++;
    });
    this.#findings.push(...logFindings(file, scan));
    if (unknown > 0)
      this.#findings.push({ file, severity: "newer", what: `${unknown} records are of an unknown kind` });
  }

  /** What reads the records of a log; false for one that makes no sense. */
  #takerOf(file: LogFile): (payload: Uint8Array) => boolean {
    if (file.kind === "names") {
      this.#namesBytes = file.bytes;
      return (payload) => this.#takeNames(payload);
    }
    if (file.kind === "wal") return this.#walTaker(file);
    return isJson;
  }

  #takeNames(payload: Uint8Array): boolean {
    const range = idsOfNames(payload);
    if (range === undefined) return false;
    this.#named += Math.max(0, range.next - Math.max(range.first, this.#nextId));
    this.#nextId = Math.max(this.#nextId, range.next);
    return true;
  }

  #walTaker(file: LogFile): (payload: Uint8Array) => boolean {
    const steps = partitionOf(file.path);
    const log = this.#logOf(steps.join("-"));
    const number = walNumber(file.path.slice(file.path.lastIndexOf("/") + 1))!;
    log.files++;
    log.bytes += file.bytes;
    let horizon = 0;
    const visitor = {
      onHorizon: (slot: number) => {
        horizon = slot;
      },
      onPoints: (count: number, ids: Int32Array, seconds: Uint32Array) => {
        log.points += count;
        let late = 0;
        for (let i = 0; i < count; i++) {
          if (seconds[i]! < horizon * steps[0]!) late++;
          else if (file.newest && seconds[i]! > this.#nowSeconds + LIMITS.futureToleranceSeconds) log.future++;
          if (ids[i]! >= this.#nextId) this.#nextId = ids[i]! + 1;
        }
        log.lateOf.set(number, (log.lateOf.get(number) ?? 0) + late);
      },
    };
    return (payload) => readWalRecord(payload, visitor);
  }

  #logOf(partition: string) {
    const known = this.#logs.get(partition);
    if (known !== undefined) return known;
    const log = { partition, files: 0, bytes: 0, points: 0, late: 0, future: 0, lateOf: new Map(), lateThrough: 0 };
    this.#logs.set(partition, log);
    return log;
  }

  async #lookAtSegment(file: SegmentFile): Promise<void> {
    const scan = await scanSegment(this.#files, join(this.#directory, file.path));
    this.#findings.push(...segmentFindings(file, scan));
    const { header, footer } = scan;
    if (header === undefined || footer === undefined) return;
    const partition = partitionOf(file.path).join("-");
    if (this.#nextId <= footer.highestId) this.#nextId = footer.highestId + 1;
    const log = this.#logOf(partition);
    log.lateThrough = Math.max(log.lateThrough, header.walThrough);
    const tier = this.#tierOf(partition, file);
    tier.segments++;
    if (header.overlay) tier.overlays++;
    tier.bytes += file.bytes;
    tier.points += scan.points;
    tier.fromSeconds = Math.min(tier.fromSeconds, footer.startSeconds);
    tier.toSeconds = Math.max(tier.toSeconds, footer.endSeconds);
  }

  #tierOf(partition: string, { name: { tier, stepSeconds } }: SegmentFile): TierSurvey {
    const key = `${partition} ${String(tier).padStart(3, "0")}`;
    const known = this.#tiers.get(key);
    if (known !== undefined) return known;
    const counts = {
      segments: 0,
      overlays: 0,
      bytes: 0,
      points: 0,
      fromSeconds: Number.POSITIVE_INFINITY,
      toSeconds: 0,
    };
    const made: TierSurvey = { partition, tier, stepSeconds, ...counts };
    this.#tiers.set(key, made);
    return made;
  }

  report(): Survey {
    const logs = [...this.#logs.values()].map(({ lateOf, lateThrough, ...log }) => {
      for (const [number, late] of lateOf) if (number > lateThrough) log.late += late;
      return log;
    });
    return {
      findings: this.#findings,
      files: this.#looked,
      bytes: this.#bytes,
      series: this.#named,
      unnamed: this.#nextId - this.#named,
      namesBytes: this.#namesBytes,
      tiers: [...this.#tiers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, tier]) => tier),
      logs,
    };
  }
}

/** The ids that a record of names.log names, none for one of deletions; undefined when it makes no sense. */
export function idsOfNames(payload: Uint8Array): { readonly first: number; readonly next: number } | undefined {
  if (payload.length < 4) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const first = view.getUint32(0, true);
  if (first === DELETED) return payload.length % 4 === 0 ? { first: 0, next: 0 } : undefined;
  let next = first;
  let at = 4;
  for (; at + 2 <= payload.length; next++) at += 2 + view.getUint16(at, true);
  return at === payload.length ? { first, next } : undefined;
}

function isJson(payload: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(payload));
    return true;
  } catch {
    return false; // it is told as a record that makes no sense
  }
}

export async function noteFindings(files: Files, directory: string, file: NoteFile): Promise<readonly Finding[]> {
  const path = join(directory, file.path);
  if (file.kind === "lifetimes") {
    const what = await new Lifetimes().load(files, path);
    return what === undefined ? [] : [{ file, severity: "damaged", what: `it ${what}` }];
  }
  const text = new TextDecoder().decode(await readAll(files, path, LIMITS.smallFileBytes));
  return /^[0-9a-f]{64}$/.test(text)
    ? []
    : [{ file, severity: "damaged", what: "it is no checksum in 64 hexadecimal digits" }];
}

export function logFindings(file: LogFile, scan: LogScan): readonly Finding[] {
  const findings: Finding[] = [];
  const add = (severity: Severity, what: string): void => void findings.push({ file, severity, what });
  if (scan.header === "newer") add("newer", "it has a newer version than this program knows");
  if (scan.header === "damaged" && (scan.bytes > 0 || !file.newest)) {
    const empty = file.newest && scan.records === 0 && scan.bytes < 8;
    add(empty ? "unfinished" : "damaged", "its first bytes, which say what it is, are not those of such a file");
  }
  for (const { from, to } of scan.bad) add("damaged", `${to - from} bytes from ${from} on are no whole record`);
  if (scan.tailBytes > 0) {
    const what = `its last ${scan.tailBytes} bytes are no whole record`;
    add(file.newest ? "unfinished" : "damaged", what);
  }
  return findings;
}

export function segmentFindings(file: SegmentFile, scan: SegmentScan): readonly Finding[] {
  const { name } = file;
  if (scan.broken !== undefined) {
    const severity = scan.broken.code === "SEGMENT_VERSION" ? "newer" : "damaged";
    return [{ file, severity, what: scan.broken.message }];
  }
  const { stepSeconds, windowSlots, sequence, columns } = scan.header!;
  const { startSeconds, endSeconds } = scan.footer!;
  const window = { fromSeconds: startSeconds, toSeconds: endSeconds };
  const raw = columns === RAW_COLUMNS;
  const step = partitionOf(file.path)[name.tier];
  if (
    stepSeconds !== name.stepSeconds ||
    sequence !== name.sequence ||
    raw !== (name.tier === 0) ||
    step !== stepSeconds
  ) {
    const is = `it holds number ${sequence} of a tier of ${stepSeconds} s`;
    return [{ file, severity: "damaged", what: `its name is that of another segment: ${is}`, window }];
  }
  return scan.badPages.map((page) => ({
    file,
    severity: "damaged",
    what: `a page of ${page.bytes} bytes from ${page.offset} on: ${page.what}`,
    window: { fromSeconds: page.windowStart, toSeconds: page.windowStart + windowSlots * stepSeconds },
    ids: { first: page.firstId, last: page.lastId },
  }));
}
