/** Which archives series have: carbon's own files, or our defaults, which fit what Connect and our sidecars send. */
import { join } from "node:path";
import { errorCode, LockstepError } from "../../core/errors.ts";
import { readText } from "../../core/read-file.ts";
import type { Files } from "../../core/world.ts";
import { parseAggregations, parseSchemas, type StorageRules } from "../../store/schemas.ts";

/**
 * RRD rows have the archives of Connect's own RRD files, so that every row of these has its place (facts of the layout:
 * docs/formats/rrd.md); all else is a live measurement.
 */
const DEFAULT_SCHEMAS = `
[carbon]
pattern = ^carbon\\.
retentions = 60s:90d

[rrd]
pattern = ^connect\\.[^.]+\\.[^.]+\\.(system\\..*|cpu\\.\\d+\\..*|content\\.[^.]+\\.(sessions|procs|http)|rrd\\.raw\\..*)$
retentions = 60s:30d,5m:90d,1h:1y,1d:5y

[live]
pattern = .*
retentions = 10s:2d,1m:30d,10m:1y
`;

/** A sparse series (a row a minute, an hourly job) must not vanish from the coarser archives: any known value counts. */
const DEFAULT_AGGREGATIONS = `
[counters]
pattern = (_total|\\.total|\\.count)$
xFilesFactor = 0
aggregationMethod = last

[states]
pattern = \\.(up|reachable)$
xFilesFactor = 0
aggregationMethod = min

[all]
pattern = .*
xFilesFactor = 0
aggregationMethod = average
`;

const MAX_BYTES = 1024 * 1024;

/** @throws LockstepError `STORAGE_RULES` when a file can't be read, `SCHEMA_SYNTAX` when it makes no sense. */
export async function loadStorageRules(files: Files, carbonConf: string | undefined): Promise<StorageRules> {
  if (carbonConf === undefined) {
    return {
      schemas: parseSchemas(DEFAULT_SCHEMAS, "built-in storage-schemas"),
      aggregations: parseAggregations(DEFAULT_AGGREGATIONS, "built-in storage-aggregation"),
    };
  }
  const schemasPath = join(carbonConf, "storage-schemas.conf");
  const schemas = await readIfThere(files, schemasPath);
  if (schemas === undefined) {
    throw new LockstepError("STORAGE_RULES", `there is no storage-schemas.conf in ${carbonConf} (store.carbonConf)`);
  }
  const aggregationsPath = join(carbonConf, "storage-aggregation.conf");
  const aggregations = await readIfThere(files, aggregationsPath);
  return {
    schemas: parseSchemas(schemas, schemasPath),
    aggregations: aggregations === undefined ? [] : parseAggregations(aggregations, aggregationsPath),
  };
}

/** Undefined when there is no such file: carbon lets storage-aggregation.conf be absent. */
async function readIfThere(files: Files, path: string): Promise<string | undefined> {
  try {
    return await readText(files, path, MAX_BYTES);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw new LockstepError("STORAGE_RULES", `cannot read ${path}`, { cause: error });
  }
}
