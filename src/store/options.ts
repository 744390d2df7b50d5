import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import { byteSize } from "../core/options.ts";

export const storeOptions = z.strictObject({
  directory: z
    .string()
    .min(1)
    .default("lockstep-data")
    .describe("Where samples and state are kept. Made if it is not there."),
  carbonConf: z
    .string()
    .optional()
    .describe(
      "A directory with carbon's storage-schemas.conf and storage-aggregation.conf. Without it, our own defaults hold.",
    ),
  seriesLimit: z
    .int()
    .positive()
    .max(50_000_000)
    .default(LIMITS.series)
    .describe("Series in all; lines of further ones are refused."),
  headBytes: byteSize(
    "144 MiB",
    "Memory for the newest values. With more series than fit in it, smaller windows are written out more often.",
  ),
});

export type StoreSettings = z.output<typeof storeOptions>;
