/** Where in the file the parts of one data source or archive are, and which of their ten parameters means what. */
import type { RrdHeader } from "./header.ts";
import { PARAMETER_BYTES } from "./structs.ts";

export function dataSourceAt({ at, structs }: RrdHeader, dataSource: number): number {
  return at.dataSources + dataSource * structs.dataSource.bytes;
}

export function archiveAt({ at, structs }: RrdHeader, archive: number): number {
  return at.archives + archive * structs.archive.bytes;
}

/** The value of the current step of a data source, being gathered. */
export function pdpAt({ at, structs }: RrdHeader, dataSource: number): number {
  return at.pdps + dataSource * structs.pdp.bytes;
}

/** The value of the current row of a data source in an archive, being gathered. */
export function cdpAt({ at, structs, dataSources }: RrdHeader, archive: number, dataSource: number): number {
  return at.cdps + (archive * dataSources.length + dataSource) * structs.cdp.bytes;
}

export function pointerAt({ at, structs }: RrdHeader, archive: number): number {
  return at.pointers + archive * structs.pointer.bytes;
}

/** Of a data source's definition. That of a COMPUTE holds its expression in their place. Words are marked. */
export function dataSourceParameter(
  header: RrdHeader,
  dataSource: number,
  parameter: keyof typeof DATA_SOURCE,
): number {
  return parameterAt(dataSourceAt(header, dataSource) + header.structs.dataSource.parameters, DATA_SOURCE[parameter]);
}

export function archiveParameter(header: RrdHeader, archive: number, parameter: keyof typeof ARCHIVE): number {
  return parameterAt(archiveAt(header, archive) + header.structs.archive.parameters, ARCHIVE[parameter]);
}

export function pdpParameter(header: RrdHeader, dataSource: number, parameter: keyof typeof PDP): number {
  return parameterAt(pdpAt(header, dataSource) + header.structs.pdp.parameters, PDP[parameter]);
}

export function cdpParameter(
  header: RrdHeader,
  archive: number,
  dataSource: number,
  parameter: keyof typeof CDP,
): number {
  return parameterAt(cdpAt(header, archive, dataSource), CDP[parameter]);
}

function parameterAt(begin: number, index: number): number {
  return begin + index * PARAMETER_BYTES;
}

const DATA_SOURCE = { heartbeat: 0 /* word */, min: 1, max: 2, expression: 0 } as const;

const PDP = { unknownSeconds: 0 /* word */, value: 1 } as const;

const ARCHIVE = {
  xff: 0,
  // HWPREDICT, MHWPREDICT
  alpha: 1,
  beta: 2,
  // SEASONAL, DEVSEASONAL
  gamma: 1,
  smoothingWindow: 2,
  smoothIndex: 4 /* word */,
  // FAILURES
  deltaPositive: 1,
  deltaNegative: 2,
  windowLength: 4 /* word */,
  failureThreshold: 5 /* word */,
  // all of these, and DEVPREDICT
  dependsOn: 3 /* word */,
} as const;

const CDP = {
  value: 0,
  unknownSteps: 1 /* word */,
  // HWPREDICT, MHWPREDICT
  intercept: 2,
  lastIntercept: 3,
  slope: 4,
  lastSlope: 5,
  unknownCount: 6 /* word */,
  lastUnknownCount: 7 /* word */,
  // SEASONAL, DEVSEASONAL
  seasonal: 2,
  lastSeasonal: 3,
  initFlag: 6 /* word */,
  // FAILURES: a byte for each row of the window
  violations: 0,
  /** The next row to be written, and the value of further rows that one update completes. */
  primary: 8,
  secondary: 9,
} as const;
