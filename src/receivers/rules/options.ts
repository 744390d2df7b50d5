import { z } from "zod";
import { LIMITS } from "../../core/limits.ts";
import { duration } from "../../core/options.ts";

export const rulesOptions = z.strictObject({
  directory: z
    .string()
    .optional()
    .describe(
      "A directory with carbon's blacklist.conf, whitelist.conf, rewrite-rules.conf and aggregation-rules.conf; those that are there are in force. Often the same as store.carbonConf.",
    ),
  blacklist: z.string().optional().describe("This file instead of the directory's blacklist.conf."),
  whitelist: z.string().optional().describe("This file instead of the directory's whitelist.conf."),
  rewrite: z.string().optional().describe("This file instead of the directory's rewrite-rules.conf."),
  aggregation: z.string().optional().describe("This file instead of the directory's aggregation-rules.conf."),
  reread: duration("5s", "How often it is looked whether the files have changed."),
  forwardAll: z
    .boolean()
    .default(true)
    .describe("Whether what aggregation rules are given is stored, too (carbon's FORWARD_ALL)."),
  intervals: z
    .int()
    .min(1)
    .max(LIMITS.aggregationIntervals)
    .default(5)
    .describe("Past intervals of an aggregate that still take late points (carbon's MAX_AGGREGATION_INTERVALS)."),
  writeBackSeconds: z
    .int()
    .positive()
    .optional()
    .describe(
      "Aggregates are written at least this often (carbon's WRITE_BACK_FREQUENCY). Default: once every frequency of their rule.",
    ),
  rewriteAggregates: z
    .boolean()
    .default(false)
    .describe("Whether [post] rewrites the names of aggregates, too. carbon says so in its example, but does not."),
});

export type RulesSettings = z.output<typeof rulesOptions>;
