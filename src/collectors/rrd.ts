/**
 * Posit Connect's RRD files, and any others: every row of a file's finest averages, once, in order.
 *
 * Files are looked for at each collection, data sources in each file; nothing of them is taken for granted. A file that
 * can't be read costs a count and a line in the log, and the others nothing. What was forwarded is remembered while the
 * process lives: after a restart the rows of the backfill are sent again, which is harmless, since a slot holds its last
 * write.
 */
import { z } from "zod";
import { rrdSeries } from "../connect/rrd-names.ts";
import { errorCode, errorText, LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Counter } from "../core/metrics.ts";
import { duration } from "../core/options.ts";
import type { Subject } from "../core/subject.ts";
import type { RrdHeader } from "../rrd/header.ts";
import { readRrd } from "../rrd/read.ts";
import { decodeRows } from "../rrd/rows.ts";
import { type Collector, type CollectorContext, collectorModule, type Emit, schedule } from "./collector.ts";
import { type FoundFile, findRrdFiles } from "./rrd/find-files.ts";
import { chooseForwarded, type NewRows, newRows, type Progress } from "./rrd/progress.ts";

/** `Metrics.DataPath`, as Connect has it unless told otherwise, and `rrd` in it. */
const CONNECT_DIRECTORY = "/var/lib/rstudio-connect/metrics/rrd";

const options = z.strictObject({
  ...schedule("10s", "8s"),
  directories: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "Where the *.rrd files are, directories in them included. Default: " +
        `${CONNECT_DIRECTORY}, Connect's own, which may be missing: newer releases of Connect write no RRD files. ` +
        "Directories that are given here have to be there.",
    ),
  backfill: duration("1d", "How far back the first contact with a file goes."),
  processors: z
    .boolean()
    .default(false)
    .describe("Whether to send each processor's own values (`cpu-0.rrd` and so on), eight series each."),
  content: z
    .boolean()
    .default(false)
    .describe("Whether to send each content item's own values (`content-1.rrd` and so on), three series each."),
  significantDigits: z
    .int()
    .min(1)
    .max(17)
    .default(9)
    .describe("Digits that averages are rounded to; all 17 take four times the disk and tell no more."),
});

type Settings = z.output<typeof options>;

export const rrdCollector = collectorModule({
  name: "rrd",
  summary: "Reads Posit Connect's RRD files, and any others, without rrdtool, and sends each new row once.",
  options,
  create: (context, settings) => new RrdCollector(context, settings),
});

/** Before a file that is not what it was is believed, it gets the time to be finished. */
const SECOND_LOOK_MS = 100;

class RrdCollector implements Collector {
  readonly #context: CollectorContext;
  readonly #settings: Settings;
  readonly #failed: Counter<"reason">;
  readonly #dropped: Counter<"reason">;
  /** By path. */
  #progress = new Map<string, Progress>();
  #rowsSent = 0;

  constructor(context: CollectorContext, settings: Settings) {
    this.#context = context;
    this.#settings = settings;
    this.#failed = context.metrics.counter(
      "lockstep_rrd_failed_total",
      "RRD files and directories that could not be read, by the code of the error, once per collection.",
      ["reason"],
    );
    this.#dropped = context.metrics.counter(
      "lockstep_rrd_dropped_total",
      "What was in an RRD file and was not sent: files over the limit, files whose series another file has already.",
      ["reason"],
    );
  }

  async collect(emit: Emit, signal: AbortSignal): Promise<void> {
    const { directories } = this.#settings;
    const found = await findRrdFiles(
      this.#context.world.files,
      directories ?? [CONNECT_DIRECTORY],
      directories === undefined,
    );
    const failures = found.failures.map(({ path, error }) => this.#fail(path, error));
    if (found.left > 0) this.#dropped.add(found.left, { reason: "file_limit" });
    const files = this.#distinct(found.files);
    this.#forget(files);
    let newestUpdate = Number.NEGATIVE_INFINITY;
    await inLanes(files, async (file) => {
      try {
        newestUpdate = Math.max(newestUpdate, await this.#forward(file, emit, signal));
      } catch (error) {
        signal.throwIfAborted();
        failures.push(this.#fail(file.path, error));
      }
    });
    this.#sayState(emit, found.files.length, failures.length, newestUpdate);
    if (failures.length > 0 && newestUpdate === Number.NEGATIVE_INFINITY) throw failures[0];
  }

  #sayState(emit: Emit, files: number, failed: number, newestUpdate: number): void {
    const { names, world } = this.#context;
    const say = (leaf: string, value: number) => emit({ name: names.ofNode(`rrd.${leaf}`), value });
    say("files", files);
    say("failed_files", failed);
    say("rows_total", this.#rowsSent);
    if (Number.isFinite(newestUpdate)) say("newest_update_age_seconds", world.clock.wallMs() / 1000 - newestUpdate);
  }

  #fail(path: string, cause: unknown): LockstepError {
    const reason = errorCode(cause);
    const text = errorText(cause);
    const error = new LockstepError("RRD_FILE", text.includes(path) ? text : `cannot read ${path}: ${text}`, { cause });
    this.#failed.add(1, { reason });
    this.#context.log.limited("warn", `rrd.${path}.${reason}`, error.message, { code: reason });
    return error;
  }

  /** Two files whose series would have the same names must not write into each other: the first one is sent. */
  #distinct(files: readonly FoundFile[]): FoundFile[] {
    const byName = new Map<string, FoundFile>();
    for (const file of files) {
      const { path } = rrdSeries(file.stem, "");
      if (byName.has(path)) this.#dropped.add(1, { reason: "name_taken" });
      else byName.set(path, file);
    }
    return [...byName.values()];
  }

  #forget(files: readonly FoundFile[]): void {
    const there = new Set(files.map(({ path }) => path));
    this.#progress = new Map([...this.#progress].filter(([path]) => there.has(path)));
  }

  /** Sends the new rows of a file; returns when it was last updated, in seconds. */
  async #forward(file: FoundFile, emit: Emit, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const before = this.#progress.get(file.path);
    let read = await this.#read(file, before);
    if (read?.rows.remade === true) {
      await this.#secondLook();
      read = await this.#read(file, before);
      if (read?.rows.remade === true) this.#context.log.info("an RRD file was made anew", { path: file.path });
    }
    if (read === undefined) throw new LockstepError("RRD_NO_ARCHIVE", `${file.path} has no archive of measured values`);
    // From here on nothing waits: either all of it is sent and remembered, or nothing.
    signal.throwIfAborted();
    this.#emitRows(file, read, emit);
    this.#progress.set(file.path, read.rows.progress);
    return read.header.lastUpdate.seconds;
  }

  #secondLook(): Promise<void> {
    return new Promise((resolve) => void this.#context.world.timers.after(SECOND_LOOK_MS, resolve));
  }

  async #read({ path }: FoundFile, before: Progress | undefined): Promise<FileRead | undefined> {
    const limits = { backfillSeconds: this.#settings.backfill / 1000, rows: LIMITS.rrdRowsPerCollection };
    return readRrd(this.#context.world, path, async ({ header, readRows }) => {
      const archive = chooseForwarded(header);
      if (archive === undefined) return undefined;
      const rows = newRows(header, archive, before, limits);
      return { header, rows, values: decodeRows(header, await readRows(rows.plan)) };
    });
  }

  #emitRows({ stem }: FoundFile, { header, rows, values }: FileRead, emit: Emit): void {
    const { plan } = rows;
    const stepSeconds = plan.archive.rowSeconds;
    const columns = header.dataSources.map(({ name }) => this.#column(stem, name));
    for (let row = 0; row < plan.held; row++) {
      const wallMs = (plan.startSeconds + (plan.before + row + 1) * stepSeconds) * 1000;
      let known = false;
      columns.forEach((column, i) => {
        const value = values[row * columns.length + i]!;
        if (column === undefined || Number.isNaN(value) || value === column.notApplicable) return;
        known = true;
        emit({ name: column.name, value: this.#rounded(value), wallMs, stepSeconds });
      });
      if (known) this.#rowsSent++;
    }
  }

  /** Undefined for a data source that is not sent. */
  #column(stem: string, dataSource: string): Column | undefined {
    const { group, notApplicable, path } = rrdSeries(stem, dataSource);
    if (group !== undefined && !this.#settings[group]) return undefined;
    return { name: this.#context.names.ofNode(path), notApplicable };
  }

  #rounded(value: number): number {
    return Number(value.toPrecision(this.#settings.significantDigits));
  }
}

/** So that a file that has to be waited for keeps only some of the others waiting. */
const LANES = 8;

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const lane = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

interface FileRead {
  readonly header: RrdHeader;
  readonly rows: NewRows;
  readonly values: Float64Array;
}

interface Column {
  readonly name: string;
  readonly notApplicable: number | undefined;
}

const STATE = { scope: "node", class: "node" } as const;

/** What the collector says of its own work. */
export const RRD_SUBJECTS: readonly Subject[] = [
  { ...STATE, path: "rrd.files", kind: "gauge", unit: "", meaning: "RRD files that were found" },
  {
    ...STATE,
    path: "rrd.failed_files",
    kind: "gauge",
    unit: "",
    meaning: "RRD files and directories that could not be read",
  },
  {
    ...STATE,
    path: "rrd.rows_total",
    kind: "counter",
    unit: "",
    meaning: "Rows with a known value that were sent, since the sidecar started",
  },
  {
    ...STATE,
    path: "rrd.newest_update_age_seconds",
    kind: "gauge",
    unit: "seconds",
    meaning: "Time since the newest update of any of the files: it grows when Connect's monitor stands still",
  },
];
