/**
 * Makes an RRD file, as bytes: for fixtures and the demonstration. Version 0003, as rrdtool makes them, 0005 with a
 * data source type that came later; for plain consolidation functions only.
 */
import { LockstepError } from "../core/errors.ts";
import {
  archiveAt,
  archiveParameter,
  cdpParameter,
  dataSourceAt,
  dataSourceParameter,
  pdpAt,
  pdpParameter,
  pointerAt,
} from "./addresses.ts";
import { Fields } from "./fields.ts";
import { type DataSourceType, PLAIN_FUNCTIONS, parseHeader, type RrdHeader } from "./header.ts";
import { FLOAT_COOKIE, NATIVE } from "./machine.ts";
import { outlineOf } from "./outline.ts";
import { encodeRpn, parseRpn } from "./rpn.ts";
import { LAST_READING_BYTES, NAME_BYTES, structsOf } from "./structs.ts";

export interface RrdSpec {
  readonly stepSeconds: number;
  /** The last update that is pretended: readings come after it. */
  readonly startSeconds: number;
  readonly dataSources: readonly DataSourceSpec[];
  readonly archives: readonly ArchiveSpec[];
}

export type DataSourceSpec = MeasuredSpec | ComputedSpec;

export interface MeasuredSpec {
  readonly name: string;
  readonly type: Exclude<DataSourceType, "COMPUTE">;
  /** Without a reading for longer than this, the values are unknown. */
  readonly heartbeatSeconds: number;
  /** A rate outside of these is unknown. */
  readonly min?: number;
  readonly max?: number;
}

export interface ComputedSpec {
  readonly name: string;
  readonly type: "COMPUTE";
  /** In reverse Polish notation, of data sources before this one: `in,out,+`. */
  readonly expression: string;
}

export interface ArchiveSpec {
  readonly function: (typeof PLAIN_FUNCTIONS)[number];
  /** The share of a row that may be unknown: from 0, less than 1. */
  readonly xff: number;
  readonly stepsPerRow: number;
  readonly rows: number;
}

/** @throws LockstepError `RRD_SPEC` */
export function createRrd(spec: RrdSpec): Uint8Array {
  checkSpec(spec);
  const { headerBytes, dataBytes } = measure(spec);
  const bytes = new Uint8Array(headerBytes + dataBytes);
  writeHead(bytes, spec);
  const fields = new Fields(bytes, NATIVE);
  writeDefinitions(fields, spec);
  const header = parseHeader(bytes, { name: "the new file", bytes: bytes.length });
  for (const i of spec.dataSources.keys()) startDataSource(fields, header, spec, i);
  for (const i of spec.archives.keys()) startArchive(fields, header, spec, i);
  for (let at = headerBytes; at < bytes.length; at += 8) fields.setDouble(at, Number.NaN);
  return bytes;
}

function measure(spec: RrdSpec): { headerBytes: number; dataBytes: number } {
  const head = new Uint8Array(structsOf(NATIVE, VERSION_NUMBER).statHead.bytes);
  writeHead(head, spec);
  const rows = spec.archives.reduce((sum, archive) => sum + archive.rows, 0);
  const outline = outlineOf(head, { name: "the new file", bytes: Number.MAX_SAFE_INTEGER }, NATIVE);
  return { headerBytes: outline.bytes, dataBytes: rows * spec.dataSources.length * 8 };
}

/** Structures are the same from 0003 on. */
const VERSION_NUMBER = 3;

function writeHead(bytes: Uint8Array, spec: RrdSpec): void {
  const fields = new Fields(bytes, NATIVE);
  const { statHead } = structsOf(NATIVE, VERSION_NUMBER);
  const late = spec.dataSources.some(({ type }) => type === "DCOUNTER" || type === "DDERIVE");
  fields.setText(0, "RRD", 4);
  fields.setText(4, late ? "0005" : "0003", 5);
  fields.setDouble(statHead.dataSources - 8, FLOAT_COOKIE);
  fields.setWord(statHead.dataSources, spec.dataSources.length);
  fields.setWord(statHead.archives, spec.archives.length);
  fields.setWord(statHead.step, spec.stepSeconds);
}

/** What `parseHeader` needs to find all else. */
function writeDefinitions(fields: Fields, spec: RrdSpec): void {
  const source = { name: "the new file", bytes: fields.bytes.length };
  const { structs, at } = outlineOf(fields.bytes, source, NATIVE);
  const place = { structs, at } as RrdHeader; // the addresses need no more of a header
  spec.dataSources.forEach(({ name, type }, i) => {
    fields.setText(dataSourceAt(place, i), name, NAME_BYTES);
    fields.setText(dataSourceAt(place, i) + structs.dataSource.type, type, NAME_BYTES);
  });
  spec.archives.forEach((archive, i) => {
    fields.setText(archiveAt(place, i), archive.function, NAME_BYTES);
    fields.setWord(archiveAt(place, i) + structs.archive.rows, archive.rows);
    fields.setWord(archiveAt(place, i) + structs.archive.stepsPerRow, archive.stepsPerRow);
    fields.setDouble(archiveParameter(place, i, "xff"), archive.xff);
  });
  fields.setTime(at.live, spec.startSeconds, NATIVE.timeBytes);
}

function startDataSource(fields: Fields, header: RrdHeader, spec: RrdSpec, i: number): void {
  const dataSource = spec.dataSources[i]!;
  if (dataSource.type === "COMPUTE") {
    const names = spec.dataSources.slice(0, i).map(({ name }) => name);
    const at = dataSourceParameter(header, i, "expression");
    encodeRpn(parseRpn(dataSource.expression, names), fields, at);
  } else {
    fields.setWord(dataSourceParameter(header, i, "heartbeat"), dataSource.heartbeatSeconds);
    fields.setDouble(dataSourceParameter(header, i, "min"), dataSource.min ?? Number.NaN);
    fields.setDouble(dataSourceParameter(header, i, "max"), dataSource.max ?? Number.NaN);
  }
  fields.setText(pdpAt(header, i), "U", LAST_READING_BYTES);
  fields.setWord(pdpParameter(header, i, "unknownSeconds"), spec.startSeconds % spec.stepSeconds);
  fields.setDouble(pdpParameter(header, i, "value"), Number.NaN);
}

function startArchive(fields: Fields, header: RrdHeader, spec: RrdSpec, i: number): void {
  const { stepsPerRow, rows } = spec.archives[i]!;
  const { startSeconds, stepSeconds } = spec;
  const intoRow = (startSeconds - (startSeconds % stepSeconds)) % (stepSeconds * stepsPerRow);
  spec.dataSources.forEach((_, ds) => {
    fields.setDouble(cdpParameter(header, i, ds, "value"), Number.NaN);
    fields.setWord(cdpParameter(header, i, ds, "unknownSteps"), intoRow / stepSeconds);
  });
  fields.setWord(pointerAt(header, i), rows - 1);
}

// ---- what can be made

function checkSpec(spec: RrdSpec): void {
  const { stepSeconds, startSeconds, dataSources, archives } = spec;
  need(isCount(stepSeconds), `stepSeconds is ${stepSeconds}, and has to be a whole number from 1`);
  need(isCount(startSeconds), `startSeconds is ${startSeconds}, and has to be whole seconds since 1970`);
  need(dataSources.length > 0, "it needs a data source");
  need(archives.length > 0, "it needs an archive");
  dataSources.forEach((dataSource, i) => {
    const { name } = dataSource;
    need(/^[a-zA-Z0-9_-]{1,19}$/.test(name), `${name} is no name of 1 to 19 letters, digits, _ and -`);
    need(dataSources.findIndex((other) => other.name === name) === i, `two data sources are named ${name}`);
    if (dataSource.type !== "COMPUTE") checkMeasured(dataSource);
  });
  for (const { function: name, xff, stepsPerRow, rows } of archives) {
    need(PLAIN_FUNCTIONS.includes(name), `${name} is none of ${PLAIN_FUNCTIONS.join(", ")}`);
    need(xff >= 0 && xff < 1, `an xff is ${xff}, and has to be from 0 and less than 1`);
    need(isCount(stepsPerRow), `stepsPerRow is ${stepsPerRow}, and has to be a whole number from 1`);
    need(isCount(rows), `rows is ${rows}, and has to be a whole number from 1`);
  }
}

function checkMeasured({ name, heartbeatSeconds, min, max }: MeasuredSpec): void {
  need(isCount(heartbeatSeconds), `the heartbeat of ${name} is ${heartbeatSeconds}, and has to be a number from 1`);
  need(min === undefined || max === undefined || min < max, `the min of ${name} has to be less than its max`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function need(condition: boolean, what: string): void {
  if (!condition) throw new LockstepError("RRD_SPEC", `cannot create an RRD file: ${what}`);
}
