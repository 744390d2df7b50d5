/**
 * Takes readings into an RRD file as `rrdtool update` does (rrd_update.c of 1.7.2), operation by operation, since the
 * order of operations shows in the last bits.
 *
 *     reading ──► rate × seconds ──► step (pdp.ts) ──► row being gathered (cdp.ts) ──► row
 *
 * A step that was open when a longer gap began is closed first, on its own; then the rest of the gap follows at once.
 */
import { LockstepError } from "../core/errors.ts";
import { pointerAt } from "./addresses.ts";
import { type Cdps, consolidate } from "./cdp.ts";
import { Fields } from "./fields.ts";
import { FORECAST_FUNCTIONS, type Instant, parseHeader, type RrdHeader } from "./header.ts";
import { checkReadings, Pdps, type Reading } from "./pdp.ts";
import { parseReading } from "./reading.ts";
import { FIRST_VERSION_WITH_MICROSECONDS } from "./structs.ts";

export type { Reading } from "./pdp.ts";

export interface RrdUpdate {
  /** Since 1970; of a fraction, microseconds count. Later than the update before. */
  readonly timeSeconds: number;
  /** One for each data source but the COMPUTE ones, in the file's order. */
  readonly readings: readonly Reading[];
}

/** Called for each row that an update completes: where in the file it goes, and its bytes. */
export type WriteRow = (at: number, row: Uint8Array) => void;

/**
 * Changes `bytes`, a whole file. Updates before one that is refused stay taken in.
 *
 * @param name for messages.
 * @throws LockstepError `RRD_UPDATE`, or what `parseHeader` throws.
 */
export function updateRrd(bytes: Uint8Array, updates: readonly RrdUpdate[], name = "the file"): void {
  const header = parseHeader(bytes, { name, bytes: bytes.length });
  const writer = new Updater(header, bytes, (at, row) => bytes.set(row, at));
  for (const update of updates) writer.update(update);
}

/** Keeps the header of a file, in `headerBytes`, up to date; rows go to `writeRow`. */
export class Updater {
  readonly #header: RrdHeader;
  readonly #fields: Fields;
  readonly #pdps: Pdps;
  readonly #currentRows: number[];
  readonly #writeRow: WriteRow;
  #last: Instant;

  constructor(header: RrdHeader, headerBytes: Uint8Array, writeRow: WriteRow) {
    const forecast = header.archives.find((archive) => FORECAST_FUNCTIONS.some((name) => name === archive.function));
    if (forecast !== undefined) throw updateError(header, `its archive ${forecast.index} is of ${forecast.function}`);
    this.#header = header;
    this.#fields = new Fields(headerBytes, header.machine);
    this.#pdps = new Pdps(header, this.#fields);
    this.#currentRows = header.archives.map(({ currentRow }) => currentRow);
    this.#writeRow = writeRow;
    this.#last = header.lastUpdate;
  }

  /** @throws LockstepError `RRD_UPDATE`, and nothing is changed. */
  update({ timeSeconds, readings }: RrdUpdate): void {
    const now = this.#instantOf(timeSeconds);
    const texts = checkReadings(this.#header, readings);
    const intervalSeconds = now.seconds - this.#last.seconds + (now.microseconds - this.#last.microseconds) / 1e6;
    const gathered = this.#pdps.prepare(texts, intervalSeconds);
    this.#pass(now, intervalSeconds, gathered);
    this.#setLast(now);
  }

  #instantOf(timeSeconds: number): Instant {
    const time = parseReading(String(timeSeconds)) ?? Number.NaN; // rounded as rrdtool rounds it
    const seconds = Math.floor(time);
    const exact = Number(this.#header.version) >= FIRST_VERSION_WITH_MICROSECONDS;
    const microseconds = exact ? Math.trunc((time - seconds) * 1e6) : 0;
    const { seconds: last, microseconds: lastMicroseconds } = this.#last;
    if (!(seconds > last || (seconds === last && microseconds > lastMicroseconds))) {
      throw updateError(this.#header, `${timeSeconds} is not after its last update, at ${last}`);
    }
    return { seconds, microseconds };
  }

  #pass(now: Instant, intervalSeconds: number, gathered: Float64Array): void {
    const { stepSeconds } = this.#header;
    const last = this.#last;
    const begun = last.seconds - (last.seconds % stepSeconds);
    const ended = now.seconds - (now.seconds % stepSeconds);
    if (ended === begun) {
      this.#pdps.gather(gathered, intervalSeconds);
      return;
    }
    let before = ended - last.seconds - last.microseconds / 1e6;
    const after = now.seconds - ended + now.microseconds / 1e6;
    let steps = (ended - begun) / stepSeconds;
    let stepNumber = begun / stepSeconds;
    const openSeconds = Math.floor(before) % stepSeconds;
    if (steps > 1 && openSeconds > 0) {
      const open = this.#takeOpen(gathered, openSeconds, intervalSeconds);
      const nowSeconds = last.seconds + openSeconds;
      this.#close(
        { before: openSeconds, after: 0, intervalSeconds: openSeconds, steps: 1, stepNumber, nowSeconds },
        open,
      );
      intervalSeconds -= openSeconds;
      before -= openSeconds;
      steps--;
      stepNumber++;
    }
    this.#close({ before, after, intervalSeconds, steps, stepNumber, nowSeconds: now.seconds }, gathered);
  }

  /** The share of the step that was open, taken out of what was gathered. */
  #takeOpen(gathered: Float64Array, openSeconds: number, intervalSeconds: number): Float64Array {
    return gathered.map((value, i) => {
      if (Number.isNaN(value)) return Number.NaN;
      const open = (value * openSeconds) / intervalSeconds;
      gathered[i]! -= open;
      return open;
    });
  }

  #close(span: Span, gathered: Float64Array): void {
    const rates = this.#pdps.close(span, gathered);
    const cdps: Cdps = { header: this.#header, fields: this.#fields, currentRows: this.#currentRows };
    consolidate(cdps, span.steps, span.stepNumber, rates, this.#writeRow);
  }

  #setLast(now: Instant): void {
    const { at, structs, machine, version, archives } = this.#header;
    this.#last = now;
    this.#fields.setTime(at.live, now.seconds, machine.timeBytes);
    if (Number(version) >= FIRST_VERSION_WITH_MICROSECONDS) {
      this.#fields.setWord(at.live + structs.live.microseconds, now.microseconds);
    }
    archives.forEach((_, i) => {
      this.#fields.setWord(pointerAt(this.#header, i), this.#currentRows[i]!);
    });
  }
}

/** Steps that end, and the seconds of the update that lie before and after the end of the last of them. */
export interface Span {
  readonly before: number;
  readonly after: number;
  readonly intervalSeconds: number;
  readonly steps: number;
  /** Of the first of them, counted from 1970. */
  readonly stepNumber: number;
  readonly nowSeconds: number;
}

export function updateError({ source }: RrdHeader, what: string): LockstepError {
  return new LockstepError("RRD_UPDATE", `cannot update ${source.name}: ${what}`);
}
