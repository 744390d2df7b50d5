/**
 * How several values become one: whisper's aggregation methods, as `storage-aggregation.conf` names them
 * (whisper.py `aggregationMethods`), plus the counting that xFilesFactor needs.
 */
export const AGGREGATION_METHODS = ["average", "sum", "last", "max", "min", "avg_zero", "absmax", "absmin"] as const;

export type AggregationMethod = (typeof AGGREGATION_METHODS)[number];

export function isAggregationMethod(text: string): text is AggregationMethod {
  return (AGGREGATION_METHODS as readonly string[]).includes(text);
}

/** What a coarse slot keeps of the fine values in it; every method can be answered from these. */
export interface Summary {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

/** The value of one coarse slot; NaN where nothing is known. `slots` is how many fine slots the coarse one spans. */
export function summaryValue(method: AggregationMethod, summary: Summary, slots: number): number {
  if (!(summary.count > 0)) return Number.NaN;
  switch (method) {
    case "average":
      // Equal values have themselves as average, whatever sum / count rounds to.
      return summary.min === summary.max ? summary.min : summary.sum / summary.count;
    case "sum":
      return summary.sum;
    case "last":
      return summary.last;
    case "max":
      return summary.max;
    case "min":
      return summary.min;
    case "avg_zero":
      return summary.count === slots && summary.min === summary.max ? summary.min : summary.sum / slots;
    case "absmax":
      return Math.abs(summary.max) >= Math.abs(summary.min) ? summary.max : summary.min;
    case "absmin":
      // Exact when all values have one sign; else the value nearest to zero was not kept, and the bound of the
      // summary that lies nearer to zero stands for it.
      return Math.abs(summary.max) <= Math.abs(summary.min) ? summary.max : summary.min;
  }
}
