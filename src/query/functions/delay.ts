import { graphiteFunction } from "../function.ts";
import { integer, required, seriesList } from "../parameters.ts";
import { copied, withTag } from "../series.ts";

export const delay = graphiteFunction({
  name: "delay",
  group: "Transform",
  description: `The values so many steps later, or earlier for a negative number, with nulls where none come to stand. (Of 0 steps graphite-web leaves nothing, and so do we.)

    delay(connect.prod.n1.sessions,1)`,
  parameters: { seriesList: required(seriesList), steps: required(integer) },
  evaluate: ({ seriesList, steps }) =>
    seriesList.map((series) =>
      copied(series, `delay(${series.name},${steps})`, {
        tags: withTag(series.tags, "delay", String(steps)),
        values: moved(series.values, steps),
      }),
    ),
});

function moved(values: Float64Array, steps: number): Float64Array {
  const result = new Float64Array(steps === 0 ? 0 : values.length).fill(Number.NaN);
  if (steps > 0) result.set(values.slice(0, -steps), Math.min(steps, values.length));
  else result.set(values.slice(-steps).subarray(0, result.length));
  return result;
}
