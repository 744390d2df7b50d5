/** What `rrdtool info` says of a file: the same keys in the same order, with the values as they are. */
import { archiveParameter, cdpParameter, dataSourceParameter, pdpAt, pdpParameter, pointerAt } from "./addresses.ts";
import { formatExponential } from "./c-format.ts";
import { Fields } from "./fields.ts";
import type { Archive, RrdHeader } from "./header.ts";
import { decodeRpn, formatRpn } from "./rpn.ts";
import { LAST_READING_BYTES } from "./structs.ts";

export interface InfoEntry {
  readonly key: string;
  /** A text; a whole number; a value, NaN where unknown. */
  readonly value: string | bigint | InfoDouble;
}

/** Set apart from whole numbers, since 5 is shown as `5`, and 5.0 as `5.0000000000e+00`. */
export interface InfoDouble {
  readonly double: number;
}

/**
 * @param bytes the file's first `header.bytes` at least.
 * @throws LockstepError `RRD_FIELD` when an expression makes no sense.
 */
export function rrdInfo(header: RrdHeader, bytes: Uint8Array): InfoEntry[] {
  const fields = new Fields(bytes, header.machine);
  return [
    { key: "filename", value: header.source.name },
    { key: "rrd_version", value: header.version },
    { key: "step", value: BigInt(header.stepSeconds) },
    { key: "last_update", value: BigInt(header.lastUpdate.seconds) },
    { key: "header_size", value: BigInt(header.bytes) },
    ...header.dataSources.flatMap((_, i) => dataSourceInfo(header, fields, i)),
    ...header.archives.flatMap((archive) => archiveInfo(header, fields, archive)),
  ];
}

/** As `rrdtool info` prints it, a line each. */
export function formatInfo(entries: readonly InfoEntry[]): string {
  return entries.map(({ key, value }) => `${key} = ${formatValue(value)}\n`).join("");
}

function formatValue(value: InfoEntry["value"]): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "bigint") return String(value);
  return Number.isNaN(value.double) ? "NaN" : formatExponential(value.double);
}

function dataSourceInfo(header: RrdHeader, fields: Fields, i: number): InfoEntry[] {
  const { name, type } = header.dataSources[i]!;
  const entry = (leaf: string, value: InfoEntry["value"]) => ({ key: `ds[${name}].${leaf}`, value });
  const double = (at: number) => ({ double: fields.double(at) });
  const definition =
    type === "COMPUTE"
      ? [entry("cdef", expressionOf(header, fields, i))]
      : [
          entry("minimal_heartbeat", fields.word(dataSourceParameter(header, i, "heartbeat"))),
          entry("min", double(dataSourceParameter(header, i, "min"))),
          entry("max", double(dataSourceParameter(header, i, "max"))),
        ];
  return [
    entry("index", BigInt(i)),
    entry("type", type),
    ...definition,
    entry("last_ds", lastReading(header, fields, i)),
    entry("value", double(pdpParameter(header, i, "value"))),
    entry("unknown_sec", fields.word(pdpParameter(header, i, "unknownSeconds"))),
  ];
}

/** The expression of a COMPUTE data source. */
export function expressionOf(header: RrdHeader, fields: Fields, i: number): string {
  const names = header.dataSources.map(({ name }) => name);
  const at = dataSourceParameter(header, i, "expression");
  return formatRpn(decodeRpn(fields, at, i, names, header.source), names);
}

/** The last reading as it was given; what can't be printed, and no reading has, is shown as `?`. */
export function lastReading(header: RrdHeader, fields: Fields, i: number): string {
  return fields.text(pdpAt(header, i), LAST_READING_BYTES).replace(/[^ -~]/g, "?");
}

type ArchiveLeaf = readonly [leaf: string, parameter: Parameters<typeof archiveParameter>[2], kind: "double" | "word"];
type RowLeaf = readonly [leaf: string, parameter: Parameters<typeof cdpParameter>[3], kind: "double" | "word"];

interface Leaves {
  readonly archive: readonly ArchiveLeaf[];
  readonly row: readonly RowLeaf[];
}

function archiveInfo(header: RrdHeader, fields: Fields, archive: Archive): InfoEntry[] {
  const { index: i } = archive;
  const entry = (leaf: string, value: InfoEntry["value"]) => ({ key: `rra[${i}].${leaf}`, value });
  const read = (at: number, kind: "double" | "word") =>
    kind === "word" ? fields.word(at) : { double: fields.double(at) };
  const leaves = leavesOf(header, archive);
  return [
    entry("cf", archive.function),
    entry("rows", BigInt(archive.rows)),
    entry("cur_row", fields.word(pointerAt(header, i))),
    entry("pdp_per_row", BigInt(archive.stepsPerRow)),
    ...leaves.archive.map(([leaf, parameter, kind]) => entry(leaf, read(archiveParameter(header, i, parameter), kind))),
    ...header.dataSources.flatMap((_, ds) => [
      ...leaves.row.map(([leaf, parameter, kind]) =>
        entry(`cdp_prep[${ds}].${leaf}`, read(cdpParameter(header, i, ds, parameter), kind)),
      ),
      ...(archive.function === "FAILURES"
        ? [entry(`cdp_prep[${ds}].history`, failureHistory(header, fields, i, ds).map(isFailure).join(""))]
        : []),
    ]),
  ];
}

function isFailure(violation: number): string {
  return violation === 1 ? "1" : "0";
}

/** Of a FAILURES archive, a byte for each row of its window: 1 where the value was out of bounds. */
export function failureHistory(header: RrdHeader, fields: Fields, archive: number, dataSource: number): number[] {
  const length = fields.word(archiveParameter(header, archive, "windowLength"));
  const at = cdpParameter(header, archive, dataSource, "violations");
  return [...fields.bytes.subarray(at, at + Math.min(Number(length), MAX_FAILURE_WINDOW))];
}

const MAX_FAILURE_WINDOW = 28;

const PLAIN: Leaves = {
  archive: [["xff", "xff", "double"]],
  row: [
    ["value", "value", "double"],
    ["unknown_datapoints", "unknownSteps", "word"],
  ],
};

const PREDICTION: Leaves = {
  archive: [
    ["alpha", "alpha", "double"],
    ["beta", "beta", "double"],
  ],
  row: [
    ["intercept", "intercept", "double"],
    ["slope", "slope", "double"],
    ["NaN_count", "unknownCount", "word"],
  ],
};

function leavesOf(header: RrdHeader, archive: Archive): Leaves {
  switch (archive.function) {
    case "HWPREDICT":
    case "MHWPREDICT":
      return PREDICTION;
    case "SEASONAL":
    case "DEVSEASONAL":
      return {
        archive: [
          ["gamma", "gamma", "double"],
          ...(Number(header.version) >= 4 ? [["smoothing_window", "smoothingWindow", "double"] as const] : []),
        ],
        row: [[archive.function === "SEASONAL" ? "seasonal" : "deviation", "seasonal", "double"]],
      };
    case "FAILURES":
      return {
        archive: [
          ["delta_pos", "deltaPositive", "double"],
          ["delta_neg", "deltaNegative", "double"],
          ["failure_threshold", "failureThreshold", "word"],
          ["window_length", "windowLength", "word"],
        ],
        row: [],
      };
    case "DEVPREDICT":
      return { archive: [], row: [] };
    default:
      return PLAIN;
  }
}
