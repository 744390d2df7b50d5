/** The header of an RRD file: what the file is made of, and how far it has got. Its first bytes say how long it is (outline.ts). */
import { badField, type RrdSource, rrdError } from "./errors.ts";
import { Fields } from "./fields.ts";
import type { Machine } from "./machine.ts";
import { bySize, type Outline, outlineOf, positive, recognise, type Sections } from "./outline.ts";
import { FIRST_VERSION_WITH_MICROSECONDS, type Structs } from "./structs.ts";

const LATEST_SECONDS = 253_402_300_799n;

export type DataSourceType = (typeof DATA_SOURCE_TYPES)[number];
export type ConsolidationFunction = (typeof CONSOLIDATION_FUNCTIONS)[number];

export const DATA_SOURCE_TYPES = ["GAUGE", "COUNTER", "DERIVE", "ABSOLUTE", "DCOUNTER", "DDERIVE", "COMPUTE"] as const;
/** Those that consolidate measured values. */
export const PLAIN_FUNCTIONS = ["AVERAGE", "MIN", "MAX", "LAST"] as const;
/** Those of Holt-Winters forecasting: stored like the others, made by a calculation that our writer has not. */
export const FORECAST_FUNCTIONS = [
  "HWPREDICT",
  "MHWPREDICT",
  "SEASONAL",
  "DEVPREDICT",
  "DEVSEASONAL",
  "FAILURES",
] as const;
export const CONSOLIDATION_FUNCTIONS = [...PLAIN_FUNCTIONS, ...FORECAST_FUNCTIONS] as const;

export interface RrdHeader {
  readonly source: RrdSource;
  readonly machine: Machine;
  readonly structs: Structs;
  /** As the file says it: `0003`. */
  readonly version: string;
  readonly stepSeconds: number;
  readonly dataSources: readonly DataSource[];
  readonly archives: readonly Archive[];
  readonly lastUpdate: Instant;
  /** Where its parts begin. */
  readonly at: Sections;
  /** Of the header; the rows of the first archive follow. */
  readonly bytes: number;
}

export interface Instant {
  readonly seconds: number;
  readonly microseconds: number;
}

export interface DataSource {
  readonly name: string;
  readonly type: DataSourceType;
}

export interface Archive {
  readonly index: number;
  readonly function: ConsolidationFunction;
  readonly rows: number;
  readonly stepsPerRow: number;
  readonly rowSeconds: number;
  /** The row written last; the one after it, around the end, is the oldest. */
  readonly currentRow: number;
  /** Where in the file its rows begin. */
  readonly at: number;
}

type ArchiveDefinition = Pick<Archive, "function" | "rows" | "stepsPerRow">;

/**
 * @param bytes at least `headerBytes` of the file.
 * @throws LockstepError with a code of `RrdErrorCode` that names file and field.
 */
export function parseHeader(bytes: Uint8Array, source: RrdSource): RrdHeader {
  const machine = recognise(bytes, source);
  const fields = new Fields(bytes, machine);
  const draft = outlineOf(bytes, source, machine);
  const stepSeconds = positive(fields.word(draft.structs.statHead.step), "pdp_step", source);
  const definitions = readArchiveDefinitions(fields, draft, source);
  const rowBytes = draft.dataSourceCount * 8;
  const dataBytes = definitions.reduce((sum, { rows }) => sum + rows * rowBytes, 0);
  const outline = bySize(bytes, source, draft, dataBytes);
  if (outline.bytes + dataBytes > source.bytes) {
    const promised = outline.bytes + dataBytes;
    throw rrdError("RRD_TRUNCATED", source, `it has ${source.bytes} bytes, and its header promises ${promised}`);
  }
  const { structs, version, at } = outline;
  return {
    source,
    machine: outline.machine,
    structs,
    version,
    stepSeconds,
    dataSources: readDataSources(fields, outline, source),
    archives: readArchives(fields, outline, source, definitions, stepSeconds),
    lastUpdate: readLastUpdate(fields, outline, source),
    at,
    bytes: outline.bytes,
  };
}

function readDataSources(fields: Fields, { structs, at, dataSourceCount }: Outline, source: RrdSource): DataSource[] {
  const names = new Set<string>();
  return Array.from({ length: dataSourceCount }, (_, i) => {
    const begin = at.dataSources + i * structs.dataSource.bytes;
    const name = fields.name(begin);
    // Printable, so that a hostile name can't move a terminal's cursor; rrdtool itself allows less.
    if (!/^[!-~]{1,19}$/.test(name)) throw badField(source, `ds[${i}].name`, name, "1 to 19 printable characters");
    if (names.has(name)) throw badField(source, `ds[${i}].name`, name, "a name that no other data source has");
    names.add(name);
    return {
      name,
      type: oneOf(fields.name(begin + structs.dataSource.type), DATA_SOURCE_TYPES, `ds[${i}].type`, source),
    };
  });
}

function readArchiveDefinitions(
  fields: Fields,
  { structs, at, archiveCount }: Outline,
  source: RrdSource,
): ArchiveDefinition[] {
  return Array.from({ length: archiveCount }, (_, i) => {
    const begin = at.archives + i * structs.archive.bytes;
    return {
      function: oneOf(fields.name(begin), CONSOLIDATION_FUNCTIONS, `rra[${i}].cf`, source),
      rows: positive(fields.word(begin + structs.archive.rows), `rra[${i}].rows`, source),
      stepsPerRow: positive(fields.word(begin + structs.archive.stepsPerRow), `rra[${i}].pdp_per_row`, source),
    };
  });
}

function readArchives(
  fields: Fields,
  { structs, at, bytes, dataSourceCount }: Outline,
  source: RrdSource,
  definitions: readonly ArchiveDefinition[],
  stepSeconds: number,
): Archive[] {
  let end = bytes;
  return definitions.map((definition, index) => {
    const { rows, stepsPerRow } = definition;
    const pointer = fields.word(at.pointers + index * structs.pointer.bytes);
    if (pointer >= BigInt(rows)) throw badField(source, `rra[${index}].cur_row`, pointer, `less than its ${rows} rows`);
    const rowSeconds = stepSeconds * stepsPerRow;
    if (rowSeconds * rows > Number(LATEST_SECONDS)) {
      throw badField(source, `rra[${index}].pdp_per_row`, stepsPerRow, "a span of less than 8000 years in all rows");
    }
    const begin = end;
    end += rows * dataSourceCount * 8;
    const { function: name } = definition;
    // Spelled out: a spread takes ten times as long, and this is done for every archive of every file at every collection.
    return { index, function: name, rows, stepsPerRow, rowSeconds, currentRow: Number(pointer), at: begin };
  });
}

function readLastUpdate(fields: Fields, { structs, at, machine, version }: Outline, source: RrdSource): Instant {
  const seconds = fields.time(at.live, machine.timeBytes);
  if (seconds < 0n || seconds > LATEST_SECONDS) {
    throw badField(source, "last_up", seconds, "seconds since 1970, before the year 10000");
  }
  if (Number(version) < FIRST_VERSION_WITH_MICROSECONDS) return { seconds: Number(seconds), microseconds: 0 };
  const microseconds = fields.word(at.live + structs.live.microseconds);
  if (microseconds >= 1_000_000n) throw badField(source, "last_up_usec", microseconds, "less than 1000000");
  return { seconds: Number(seconds), microseconds: Number(microseconds) };
}

function oneOf<T extends string>(text: string, known: readonly T[], field: string, source: RrdSource): T {
  const found = known.find((one) => one === text);
  if (found === undefined) throw badField(source, field, text, `one of ${known.join(", ")}`);
  return found;
}
