/**
 * What the first bytes of a file tell: the machine, the version, how many data sources and archives there are, hence
 * where each part of the header begins and where the rows do.
 *
 * Counts are held against the size of the file before anything is made of them: a header that lies costs an error and
 * no memory.
 */
import { assert } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { badField, type RrdSource, rrdError } from "./errors.ts";
import { Fields } from "./fields.ts";
import { MACHINE_BYTES, type Machine, recogniseMachine } from "./machine.ts";
import { type Structs, structsOf } from "./structs.ts";

export interface Sections {
  readonly dataSources: number;
  readonly archives: number;
  readonly live: number;
  readonly pdps: number;
  readonly cdps: number;
  readonly pointers: number;
}

export interface Outline {
  readonly machine: Machine;
  readonly structs: Structs;
  readonly version: string;
  readonly dataSourceCount: number;
  readonly archiveCount: number;
  readonly at: Sections;
  readonly bytes: number;
}

/** Enough bytes from the start of a file to know how long its header is. */
export const PREFIX_BYTES = 128;

const MAGIC = [0x52, 0x52, 0x44, 0x00]; // RRD and a zero
const VERSION_BYTES = 5;

/**
 * How many bytes from the start of the file `parseHeader` needs.
 *
 * @param prefix the first bytes of the file: `PREFIX_BYTES`, or all of a shorter one.
 */
export function headerBytes(prefix: Uint8Array, source: RrdSource): number {
  const outline = outlineOf(prefix, source, recognise(prefix, source));
  const longer = outlineOf(prefix, source, withLongTime(outline.machine));
  return Math.min(longer.bytes, source.bytes);
}

export function recognise(prefix: Uint8Array, source: RrdSource): Machine {
  const needed = Math.min(PREFIX_BYTES, source.bytes);
  assert(prefix.length >= needed, `${needed} bytes are there to recognise an RRD file by`);
  if (source.bytes < MACHINE_BYTES) {
    const what =
      source.bytes === 0 ? "it is empty" : `it has ${source.bytes} bytes, and the cookie ends at ${MACHINE_BYTES}`;
    throw rrdError("RRD_TRUNCATED", source, what);
  }
  if (MAGIC.some((byte, i) => prefix[i] !== byte)) throw rrdError("RRD_MAGIC", source, "it is not an RRD file");
  return recogniseMachine(prefix, source);
}

function readVersion(fields: Fields, source: RrdSource): string {
  const version = fields.text(MAGIC.length, VERSION_BYTES);
  if (!/^000[1-5]$/.test(version)) {
    throw rrdError("RRD_VERSION", source, `version is ${JSON.stringify(version)}, and only 0001 to 0005 are known`);
  }
  return version;
}

export function outlineOf(prefix: Uint8Array, source: RrdSource, machine: Machine): Outline {
  const fields = new Fields(prefix, machine);
  const version = readVersion(fields, source);
  const structs = structsOf(machine, Number(version));
  if (structs.statHead.bytes > source.bytes) {
    const what = `it has ${source.bytes} bytes, and the static head alone has ${structs.statHead.bytes}`;
    throw rrdError("RRD_TRUNCATED", source, what);
  }
  const dataSourceCount = positive(fields.word(structs.statHead.dataSources), "ds_cnt", source);
  const archiveCount = positive(fields.word(structs.statHead.archives), "rra_cnt", source);
  const dataSources = structs.statHead.bytes;
  const archives = dataSources + dataSourceCount * structs.dataSource.bytes;
  const live = archives + archiveCount * structs.archive.bytes;
  const pdps = live + structs.live.bytes;
  const cdps = pdps + dataSourceCount * structs.pdp.bytes;
  const pointers = cdps + dataSourceCount * archiveCount * structs.cdp.bytes;
  const bytes = pointers + archiveCount * structs.pointer.bytes;
  checkHeaderBytes(bytes, dataSourceCount, archiveCount, source);
  const at = { dataSources, archives, live, pdps, cdps, pointers };
  return { machine, structs, version, dataSourceCount, archiveCount, at, bytes };
}

function checkHeaderBytes(bytes: number, dataSources: number, archives: number, source: RrdSource): void {
  const counts = `ds_cnt ${dataSources} and rra_cnt ${archives} make a header of ${bytes} bytes`;
  if (bytes > source.bytes) throw rrdError("RRD_TRUNCATED", source, `${counts}, and it has ${source.bytes}`);
  if (bytes > LIMITS.rrdHeaderBytes) {
    throw rrdError("RRD_TOO_LARGE", source, `${counts}, and ${LIMITS.rrdHeaderBytes} is the most that is read`);
  }
}

/** Nothing in the header tells a 32-bit machine with a long time_t from one with a short one; the file's size does. */
export function bySize(bytes: Uint8Array, source: RrdSource, draft: Outline, dataBytes: number): Outline {
  if (draft.machine.timeBytes === 8 || draft.bytes + dataBytes >= source.bytes) return draft;
  const longer = outlineOf(bytes, source, withLongTime(draft.machine));
  return longer.bytes + dataBytes === source.bytes ? longer : draft;
}

function withLongTime(machine: Machine): Machine {
  return { ...machine, timeBytes: 8 };
}

export function positive(word: bigint, field: string, source: RrdSource): number {
  if (word < 1n || word > BigInt(Number.MAX_SAFE_INTEGER))
    throw badField(source, field, word, "between 1 and 2^53 - 1");
  return Number(word);
}
