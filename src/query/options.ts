import { z } from "zod";
import { queryLimits } from "./limits.ts";
import { timeZone } from "./time-zone.ts";

export const queryOptions = queryLimits.extend({
  timeZone: z
    .string()
    .refine((name) => timeZone(name) !== undefined, "is no time zone; right would be UTC or Europe/Berlin")
    .default("UTC")
    .describe("The time zone of requests that name none: where their days begin."),
});
