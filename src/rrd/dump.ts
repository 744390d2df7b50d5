/**
 * A whole file as XML, as `rrdtool dump` writes it and `rrdtool restore` reads it. Times in its comments are UTC, which
 * makes it equal to what rrdtool writes with TZ=UTC, but for the last digit of values that lie right between two numbers
 * of eleven digits: rrdtool rounds them in long doubles, which differ from machine to machine.
 */
import { archiveParameter, cdpParameter, dataSourceParameter, pdpParameter } from "./addresses.ts";
import { formatDumped } from "./c-format.ts";
import { planArchive } from "./fetch.ts";
import { Fields } from "./fields.ts";
import type { Archive, RrdHeader } from "./header.ts";
import { expressionOf, failureHistory, lastReading } from "./info.ts";
import type { OpenRrd } from "./read.ts";
import { decodeRows } from "./rows.ts";

const HEAD = `<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE rrd SYSTEM "https://oss.oetiker.ch/rrdtool/rrdtool.dtd">
<!-- Round Robin Database Dump -->
<rrd>
`;

/** Rows that are formatted at once. */
const CHUNK_ROWS = 1_000;

/** A file in memory. */
export interface WholeRrd extends Pick<OpenRrd, "header" | "headerBytes"> {
  /** By archive, in order of time. */
  readonly rows: readonly Uint8Array[];
}

/** For `readRrd`: takes as much memory as the file has bytes. */
export async function loadWhole({ header, headerBytes, readRows }: OpenRrd): Promise<WholeRrd> {
  const rows: Uint8Array[] = [];
  for (const archive of header.archives) rows.push(await readRows(planArchive(header, archive)));
  return { header, headerBytes, rows };
}

/** Piece by piece. @throws LockstepError `RRD_FIELD` when an expression makes no sense. */
export function* dumpRrd({ header, headerBytes, rows }: WholeRrd): Generator<string> {
  const fields = new Fields(headerBytes, header.machine);
  yield HEAD + dumpHead(header);
  for (const i of header.dataSources.keys()) yield dumpDataSource(header, fields, i);
  yield "\t<!-- Round Robin Archives -->\n";
  for (const archive of header.archives) {
    yield dumpArchiveHead(header, fields, archive);
    yield* dumpRows(header, archive, rows[archive.index]!);
    yield "\t\t</database>\n\t</rra>\n";
  }
  yield "</rrd>\n";
}

function dumpHead({ version, stepSeconds, lastUpdate }: RrdHeader): string {
  // Those before 0003 are said to be 0003: that is what they will be when they are restored.
  const shown = Number(version) <= 3 ? "0003" : version;
  const { seconds } = lastUpdate;
  return (
    `\t<version>${shown}</version>\n\t<step>${stepSeconds}</step> <!-- Seconds -->\n` +
    `\t<lastupdate>${seconds}</lastupdate> <!-- ${formatUtc(seconds)} -->\n\n`
  );
}

function formatUtc(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function dumpDataSource(header: RrdHeader, fields: Fields, i: number): string {
  const { name, type } = header.dataSources[i]!;
  const double = (at: number) => formatDumped(fields.double(at));
  const definition =
    type === "COMPUTE"
      ? `\t\t<cdef> ${expressionOf(header, fields, i)} </cdef>\n`
      : `\t\t<minimal_heartbeat>${fields.word(dataSourceParameter(header, i, "heartbeat"))}</minimal_heartbeat>\n` +
        `\t\t<min>${double(dataSourceParameter(header, i, "min"))}</min>\n` +
        `\t\t<max>${double(dataSourceParameter(header, i, "max"))}</max>\n`;
  return (
    `\t<ds>\n\t\t<name> ${name} </name>\n\t\t<type> ${type} </type>\n${definition}` +
    `\n\t\t<!-- PDP Status -->\n\t\t<last_ds>${lastReading(header, fields, i)}</last_ds>\n` +
    `\t\t<value>${double(pdpParameter(header, i, "value"))}</value>\n` +
    `\t\t<unknown_sec> ${fields.word(pdpParameter(header, i, "unknownSeconds"))} </unknown_sec>\n\t</ds>\n\n`
  );
}

// ---- archives

type Leaf<Parameter> = readonly [tag: string, parameter: Parameter, kind: "double" | "word"];
type ArchiveLeaf = Leaf<Parameters<typeof archiveParameter>[2]>;
type RowLeaf = Leaf<Parameters<typeof cdpParameter>[3]>;

function dumpArchiveHead(header: RrdHeader, fields: Fields, archive: Archive): string {
  const { index, stepsPerRow, rowSeconds } = archive;
  const read = (at: number, kind: "double" | "word") =>
    kind === "word" ? String(fields.word(at)) : formatDumped(fields.double(at));
  const parameters = archiveLeaves(header, archive).map(
    ([tag, parameter, kind]) => `\t\t<${tag}>${read(archiveParameter(header, index, parameter), kind)}</${tag}>\n`,
  );
  const rows = header.dataSources.map((_, ds) => {
    const leaves = rowLeaves(archive).map(
      ([tag, parameter, kind]) => `\t\t\t<${tag}>${read(cdpParameter(header, index, ds, parameter), kind)}</${tag}>\n`,
    );
    const history = failureHistory(header, fields, index, ds).join("");
    const failures = archive.function === "FAILURES" ? `\t\t\t<history>${history}</history>\n` : "";
    return `\t\t\t<ds>\n${leaves.join("")}${failures}\t\t\t</ds>\n`;
  });
  return (
    `\t<rra>\n\t\t<cf>${archive.function}</cf>\n` +
    `\t\t<pdp_per_row>${stepsPerRow}</pdp_per_row> <!-- ${rowSeconds} seconds -->\n\n` +
    `\t\t<params>\n${parameters.join("")}\t\t</params>\n\t\t<cdp_prep>\n${rows.join("")}\t\t</cdp_prep>\n` +
    "\t\t<database>\n"
  );
}

const DEPENDS_ON: ArchiveLeaf = ["dependent_rra_idx", "dependsOn", "word"];

function archiveLeaves({ version }: RrdHeader, archive: Archive): readonly ArchiveLeaf[] {
  switch (archive.function) {
    case "HWPREDICT":
    case "MHWPREDICT":
      return [["hw_alpha", "alpha", "double"], ["hw_beta", "beta", "double"], DEPENDS_ON];
    case "SEASONAL":
    case "DEVSEASONAL":
      return [
        ["seasonal_gamma", "gamma", "double"],
        ["seasonal_smooth_idx", "smoothIndex", "word"],
        ...(Number(version) >= 4 ? [["smoothing_window", "smoothingWindow", "double"] as const] : []),
        DEPENDS_ON,
      ];
    case "FAILURES":
      return [
        ["delta_pos", "deltaPositive", "double"],
        ["delta_neg", "deltaNegative", "double"],
        ["window_len", "windowLength", "word"],
        ["failure_threshold", "failureThreshold", "word"],
        DEPENDS_ON,
      ];
    case "DEVPREDICT":
      return [DEPENDS_ON];
    default:
      return [["xff", "xff", "double"]];
  }
}

function rowLeaves(archive: Archive): readonly RowLeaf[] {
  return [["primary_value", "primary", "double"], ["secondary_value", "secondary", "double"], ...ownLeaves(archive)];
}

function ownLeaves(archive: Archive): readonly RowLeaf[] {
  switch (archive.function) {
    case "HWPREDICT":
    case "MHWPREDICT":
      return [
        ["intercept", "intercept", "double"],
        ["last_intercept", "lastIntercept", "double"],
        ["slope", "slope", "double"],
        ["last_slope", "lastSlope", "double"],
        ["nan_count", "unknownCount", "word"],
        ["last_nan_count", "lastUnknownCount", "word"],
      ];
    case "SEASONAL":
    case "DEVSEASONAL":
      return [
        ["seasonal", "seasonal", "double"],
        ["last_seasonal", "lastSeasonal", "double"],
        ["init_flag", "initFlag", "word"],
      ];
    case "DEVPREDICT":
    case "FAILURES":
      return [];
    default:
      return [
        ["value", "value", "double"],
        ["unknown_datapoints", "unknownSteps", "word"],
      ];
  }
}

function* dumpRows(header: RrdHeader, archive: Archive, bytes: Uint8Array): Generator<string> {
  const values = decodeRows(header, bytes);
  const count = header.dataSources.length;
  const { startSeconds } = planArchive(header, archive);
  let text = "";
  for (let row = 0; row < archive.rows; row++) {
    const seconds = startSeconds + (row + 1) * archive.rowSeconds;
    text += `\t\t\t<!-- ${formatUtc(seconds)} / ${seconds} --> <row>`;
    for (const value of values.subarray(row * count, (row + 1) * count)) text += `<v>${formatDumped(value)}</v>`;
    text += "</row>\n";
    if (row % CHUNK_ROWS === CHUNK_ROWS - 1) {
      yield text;
      text = "";
    }
  }
  yield text;
}
