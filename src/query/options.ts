import { z } from "zod";
import { queryLimits } from "./limits.ts";
import { timeZone } from "./time-zone.ts";

export const queryOptions = queryLimits.extend({
  threads: z
    .int()
    .min(0)
    .max(64)
    .default(2)
    .describe("Threads for large queries, started when they are needed; 0: large queries hold up everything else."),
  timeZone: z
    .string()
    .refine((name) => timeZone(name) !== undefined, "is no time zone; right would be UTC or Europe/Berlin")
    .default("UTC")
    .describe("The time zone of requests that name none: where their days begin."),
});
