/**
 * What a rule is: a kind has options and makes rules out of them; a rule looks at a cluster and finds what fires, what
 * is clear and what can't be told. Looking is pure: the same snapshot gives the same findings.
 */
import type { z } from "zod";
import type { ClusterSnapshot } from "../../cluster/cluster.ts";
import type { AlertTimes, Finding } from "../alert.ts";

export interface RuleKind<Schema extends z.ZodType = z.ZodType> {
  /** The key of its settings under `alerts.rules`. */
  readonly name: string;
  readonly summary: string;
  readonly options: Schema;
  create(options: z.output<Schema>): readonly Rule[];
}

/** Fixes the type of a kind's options by its schema. */
export function ruleKind<Schema extends z.ZodType>(kind: RuleKind<Schema>): RuleKind<Schema> {
  return kind;
}

export type Severity = "critical" | "warning";

export interface Rule {
  /** The label `alertname`. */
  readonly alertName: string;
  readonly severity: Severity;
  readonly times: AlertTimes;
  find(cluster: ClusterSnapshot, nowMs: number): readonly Finding[];
}
