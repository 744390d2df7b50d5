/** The row being gathered, per archive and data source, and the rows that steps complete. */
import { archiveParameter, cdpParameter } from "./addresses.ts";
import { Fields } from "./fields.ts";
import type { Archive, ConsolidationFunction, RrdHeader } from "./header.ts";
import type { WriteRow } from "./update.ts";

export interface Cdps {
  readonly header: RrdHeader;
  readonly fields: Fields;
  /** By archive: the row written last. */
  readonly currentRows: number[];
}

/**
 * Takes `steps` steps, each with these rates, into every archive.
 *
 * @param stepNumber of the first of them, counted from 1970.
 */
export function consolidate(
  cdps: Cdps,
  steps: number,
  stepNumber: number,
  rates: Float64Array,
  writeRow: WriteRow,
): void {
  for (const archive of cdps.header.archives) {
    const { stepsPerRow, rows } = archive;
    const toRowEnd = stepsPerRow - (stepNumber % stepsPerRow);
    const completed = toRowEnd <= steps ? Math.min(Math.floor((steps - toRowEnd) / stepsPerRow) + 1, rows) : 0;
    rates.forEach((rate, ds) => {
      if (stepsPerRow === 1) copyStep(cdps, archive, ds, rate, steps);
      else gatherRow(cdps, archive, ds, rate, { steps, toRowEnd, completed });
    });
    writeRows(cdps, archive, completed, writeRow);
  }
}

/** Of one step a row: nothing is consolidated. */
function copyStep({ header, fields }: Cdps, { index }: Archive, ds: number, rate: number, steps: number): void {
  fields.setDouble(cdpParameter(header, index, ds, "primary"), rate);
  if (steps > 1) fields.setDouble(cdpParameter(header, index, ds, "secondary"), rate);
}

interface Progress {
  readonly steps: number;
  /** Steps from the first one to the end of the row that it belongs to. */
  readonly toRowEnd: number;
  /** Rows that come to their end. */
  readonly completed: number;
}

function gatherRow({ header, fields }: Cdps, archive: Archive, ds: number, rate: number, progress: Progress): void {
  const { index, stepsPerRow, function: name } = archive;
  const { steps, toRowEnd, completed } = progress;
  const at = (parameter: Parameters<typeof cdpParameter>[3]) => cdpParameter(header, index, ds, parameter);
  const unknown = Number.isNaN(rate);
  let unknownSteps = Number(fields.word(at("unknownSteps")));
  const value = fields.double(at("value"));
  if (completed === 0) {
    if (unknown) fields.setWord(at("unknownSteps"), unknownSteps + steps);
    else fields.setDouble(at("value"), combined(name, value, rate, steps));
    return;
  }
  if (unknown) unknownSteps += toRowEnd;
  fields.setDouble(at("secondary"), rate);
  const xff = fields.double(archiveParameter(header, index, "xff"));
  const tooManyUnknown = unknownSteps > stepsPerRow * xff;
  const row = tooManyUnknown ? Number.NaN : rowValue(name, value, rate, toRowEnd, stepsPerRow - unknownSteps);
  fields.setDouble(at("primary"), row);
  const intoNext = (steps - toRowEnd) % stepsPerRow;
  fields.setDouble(at("value"), carriedOver(name, rate, intoNext));
  fields.setWord(at("unknownSteps"), unknown ? intoNext : 0);
}

/** The row that ends: what was gathered before, and `steps` more at this rate. */
function rowValue(name: ConsolidationFunction, value: number, rate: number, steps: number, known: number): number {
  const or = (x: number, otherwise: number) => (Number.isNaN(x) ? otherwise : x);
  switch (name) {
    case "AVERAGE":
      return (or(value, 0) + or(rate, 0) * steps) / known;
    case "MAX":
      return Math.max(or(rate, Number.NEGATIVE_INFINITY), or(value, Number.NEGATIVE_INFINITY));
    case "MIN":
      return Math.min(or(rate, Number.POSITIVE_INFINITY), or(value, Number.POSITIVE_INFINITY));
    default:
      return rate;
  }
}

/** No row ends. */
function combined(name: ConsolidationFunction, value: number, rate: number, steps: number): number {
  switch (name) {
    case "AVERAGE":
      return Number.isNaN(value) ? rate * steps : value + rate * steps;
    case "MAX":
      return value > rate ? value : rate;
    case "MIN":
      return value < rate ? value : rate;
    default:
      return rate;
  }
}

/** What the row after the one that ended begins with. */
function carriedOver(name: ConsolidationFunction, rate: number, steps: number): number {
  const nothing = steps === 0 || Number.isNaN(rate);
  switch (name) {
    case "AVERAGE":
      return nothing ? 0 : rate * steps;
    case "MAX":
      return nothing ? Number.NEGATIVE_INFINITY : rate;
    case "MIN":
      return nothing ? Number.POSITIVE_INFINITY : rate;
    default:
      return nothing ? Number.NaN : rate;
  }
}

function writeRows(cdps: Cdps, archive: Archive, completed: number, writeRow: WriteRow): void {
  const { header, currentRows } = cdps;
  const { index, rows } = archive;
  for (let i = 0; i < completed; i++) {
    const row = (currentRows[index]! + 1) % rows;
    currentRows[index] = row;
    const bytes = rowBytes(cdps, archive, i === 0 ? "primary" : "secondary");
    writeRow(archive.at + row * header.dataSources.length * 8, bytes);
  }
}

function rowBytes({ header, fields }: Cdps, { index }: Archive, which: "primary" | "secondary"): Uint8Array {
  const bytes = new Uint8Array(header.dataSources.length * 8);
  const row = new Fields(bytes, header.machine);
  header.dataSources.forEach((_, ds) => {
    row.setDouble(ds * 8, fields.double(cdpParameter(header, index, ds, which)));
  });
  return bytes;
}
