/** Whether our program gives back what was sent: through `/render`, value by value. */
import {
  type Load,
  NODES,
  nodeName,
  STEP_SECONDS,
  type Stamps,
  seriesName,
  seriesOfNode,
  stampOf,
  valueText,
} from "./load.ts";
import { ok } from "./peers.ts";

export interface Rendered {
  readonly target: string;
  /** Value or null, and seconds. */
  readonly datapoints: readonly (readonly [number | null, number])[];
}

export async function render(
  url: string,
  target: string,
  fromSeconds: number,
  untilSeconds: number,
): Promise<Rendered[]> {
  const query = new URLSearchParams({ target, from: String(fromSeconds), until: String(untilSeconds), format: "json" });
  return JSON.parse(await ok(`${url}/render?${query}`)) as Rendered[];
}

export interface SentLoad {
  readonly load: Load;
  readonly slots: number;
  readonly stamps: Exclude<Stamps, "by the clock">;
  readonly endSeconds: number;
  /** Slots that were receipted, where not all were: of a stamp, the last one of these or a later one has to be there. */
  readonly receipted?: number;
}

/** For each stamp the numbers of the slots of which the value may be; none where none was receipted. */
function slotsByStamp({ slots, stamps, endSeconds, receipted = slots }: SentLoad): Map<number, number[]> {
  const byStamp = new Map<number, number[]>();
  for (let slot = 0; slot < slots; slot++) {
    const stamp = stampOf(stamps, slot, slots, endSeconds);
    const before = byStamp.get(stamp);
    if (before === undefined || slot < receipted) byStamp.set(stamp, slot < receipted ? [slot] : []);
    else before.push(slot);
  }
  return byStamp;
}

/** Points that should be there and are not, or are other ones, among all series of some nodes; with the first of them. */
export async function countLost(
  url: string,
  sent: SentLoad,
  nodes = NODES,
): Promise<{ lost: number; points: number; first: string }> {
  const { load, endSeconds } = sent;
  const expected = [...slotsByStamp(sent)].filter(([, slots]) => slots.length > 0);
  const earliest = Math.min(...expected.map(([stamp]) => stamp));
  let [lost, points, first] = [0, 0, ""];
  for (let node = 0; node < Math.min(nodes, load.series); node++) {
    const target = `${load.prefix}.${nodeName(node)}.queue.*.jobs`;
    const answer = await render(url, target, earliest - STEP_SECONDS, endSeconds);
    const byName = new Map(answer.map((series) => [series.target, series.datapoints]));
    for (const series of seriesOfNode(load, node)) {
      const name = seriesName(load, series);
      const values = new Map(byName.get(name)?.map(([value, seconds]) => [seconds, value]));
      for (const [stamp, slots] of expected) {
        points++;
        const value = values.get(stamp);
        if (slots.some((slot) => Number(valueText(load, series, slot)) === value)) continue;
        lost++;
        const wanted = slots.map((slot) => valueText(load, series, slot)).join(" or ");
        first ||= `${name} at ${stamp} is ${value}, was sent as ${wanted}`;
      }
    }
  }
  return { lost, points, first };
}

/** @throws when a point is missing or is another one. */
export async function verify(url: string, sent: SentLoad, nodes = NODES): Promise<string> {
  const { lost, points, first } = await countLost(url, sent, nodes);
  if (lost > 0) throw new Error(`${lost} of ${points} points did not come back as sent: ${first}`);
  if (points === 0) throw new Error("nothing was there to be compared");
  return `${points.toLocaleString("en-US")} points compared`;
}
