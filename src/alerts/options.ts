import { z } from "zod";
import { duration } from "../core/options.ts";
import { CHANNEL_KINDS } from "./channels/index.ts";
import { RULE_KINDS } from "./rules/index.ts";

const receiver = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w .-]{1,64}$/)
      .describe("Under which it appears in messages and on the page of deliveries."),
    ...Object.fromEntries(CHANNEL_KINDS.map((kind) => [kind.name, (kind.options as z.ZodType).optional()])),
  })
  .refine((value) => CHANNEL_KINDS.filter((kind) => kind.name in value).length === 1, {
    error: `a receiver has exactly one channel; right would be {name: ops, webhook: {url: "https://example.org/hook"}}`,
  });

export const alertsOptions = z.strictObject({
  evaluationInterval: duration("1s", "How often rules are evaluated."),
  groupBy: z
    .array(z.string())
    .default(["alertname", "cluster"])
    .describe("Alerts with the same values of these labels go into one message."),
  groupWait: duration("10s", "How long a new group waits for more alerts before its first message."),
  groupInterval: duration("1m", "Shortest time between two messages of a group that changes."),
  repeatInterval: duration("4h", "A group that goes on firing is repeated after this."),
  rules: z
    .strictObject(Object.fromEntries(RULE_KINDS.map((kind) => [kind.name, (kind.options as z.ZodType).prefault({})])))
    .prefault({}),
  receivers: z
    .array(receiver)
    .max(100)
    .refine((list) => new Set(list.map((entry) => entry.name)).size === list.length, {
      error: "two receivers have the same name; each needs its own",
    })
    .default([])
    .describe("Who is told. Without any, alerts show on the page and in /api/alerts only."),
});

export type AlertsOptions = z.output<typeof alertsOptions>;
