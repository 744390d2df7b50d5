/** Rows of an archive: as values, and as the text that `rrdtool fetch` prints. */
import { formatDouble, UNKNOWN_TEXT } from "./c-format.ts";
import { rrdError } from "./errors.ts";
import type { RowPlan } from "./fetch.ts";
import type { RrdHeader } from "./header.ts";

const MAX_PRINTED_ROWS = 10_000_000;
const COLUMN_WIDTH = 20;

const LITTLE_ENDIAN_HERE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * @param bytes what `OpenRrd.readRows` gave for a plan; the values may share their memory.
 * @returns row by row, a value for each data source, NaN where unknown.
 */
export function decodeRows({ machine }: RrdHeader, bytes: Uint8Array): Float64Array {
  // The fast path: the bytes are what they are here (bench/rrd.ts).
  if (machine.littleEndian === LITTLE_ENDIAN_HERE && bytes.byteOffset % 8 === 0) {
    return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(bytes.length / 8);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat64(i * 8, machine.littleEndian);
  return values;
}

/**
 * All rows of the plan, those that the archive does not hold included.
 *
 * @throws LockstepError `RRD_RANGE` for more rows than anyone reads.
 */
export function* eachRow(header: RrdHeader, plan: RowPlan, bytes: Uint8Array): Generator<Row> {
  const { before, held, after, startSeconds } = plan;
  const { rowSeconds } = plan.archive;
  const count = before + held + after;
  if (count > MAX_PRINTED_ROWS) {
    throw rrdError("RRD_RANGE", header.source, `${count} rows are wanted, and ${MAX_PRINTED_ROWS} is the most`);
  }
  const rowBytes = header.dataSources.length * 8;
  for (let i = 0; i < count; i++) {
    const at = (i - before) * rowBytes;
    const there = i >= before && i < before + held;
    yield {
      endSeconds: startSeconds + (i + 1) * rowSeconds,
      bytes: there ? bytes.subarray(at, at + rowBytes) : undefined,
    };
  }
}

export interface Row {
  /** The end of the span of time that the row stands for. */
  readonly endSeconds: number;
  /** Absent: the archive does not hold it. */
  readonly bytes: Uint8Array | undefined;
}

/** As `rrdtool fetch` prints it, piece by piece. */
export function* formatFetch(header: RrdHeader, plan: RowPlan, bytes: Uint8Array): Generator<string> {
  const { dataSources } = header;
  yield `           ${dataSources.map(({ name }) => name.padStart(COLUMN_WIDTH)).join("")}\n\n`;
  for (const row of eachRow(header, plan, bytes)) {
    const values = dataSources.map((_, ds) => ` ${formatValue(header, row, ds)}`);
    yield `${String(row.endSeconds).padStart(10)}:${values.join("")}\n`;
  }
}

function formatValue({ machine }: RrdHeader, { bytes }: Row, ds: number): string {
  if (bytes === undefined) return UNKNOWN_TEXT;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return formatDouble(view, ds * 8, machine.littleEndian);
}
