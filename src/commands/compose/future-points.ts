/** How many points of each node came with a stamp ahead of our clock: its clock is fast, or somebody's unit is wrong. */
import { LIMITS } from "../../core/limits.ts";
import { parseNodeName } from "../../core/metric-name.ts";

export class FuturePoints {
  readonly #counts = new Map<string, number>();

  /** A point of this series waits for its time. */
  note(series: string): void {
    const parsed = parseNodeName(series);
    if (parsed === undefined) return;
    const key = `${parsed.cluster}/${parsed.node}`;
    const count = this.#counts.get(key);
    if (count !== undefined || this.#counts.size < LIMITS.clusterNodes) this.#counts.set(key, (count ?? 0) + 1);
  }

  /** Since the start. */
  of(cluster: string, node: string): number {
    return this.#counts.get(`${cluster}/${node}`) ?? 0;
  }
}
