import { graphiteFunction } from "../function.ts";
import { float, integer, required, seriesList, withDefault } from "../parameters.ts";
import { copied, withTag } from "../series.ts";

export const stdev = graphiteFunction({
  name: "stdev",
  group: "Calculate",
  description: `At each time the standard deviation of the last \`points\` values, of those in the range. Null where less than \`windowTolerance\` of them are known.

    stdev(connect.prod.n1.latency,30)`,
  parameters: {
    seriesList: required(seriesList),
    points: required(integer),
    windowTolerance: withDefault(float, 0.1),
  },
  evaluate({ seriesList, points, windowTolerance }, call) {
    if (points < 0) throw call.error(`needs a window of at least 0 points, and is given ${points}`);
    return seriesList.map((series) =>
      copied(series, `stdev(${series.name},${points})`, {
        tags: withTag(series.tags, "stdev", String(points)),
        values: deviations(series.values, points, windowTolerance),
        integers: false,
      }),
    );
  },
});

/** By running sums, as graphite-web does it: where they cancel, so do we. */
function deviations(values: Float64Array, points: number, tolerance: number): Float64Array {
  const result = new Float64Array(values.length).fill(Number.NaN);
  let [known, sum, squares] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const [entering, leaving] = [values[i]!, values[i - points] ?? Number.NaN];
    if (!Number.isNaN(leaving)) {
      known--;
      sum -= leaving;
      squares -= leaving * leaving;
    }
    if (!Number.isNaN(entering)) {
      known++;
      sum += entering;
      squares += entering * entering;
    }
    if (known > 0 && known / points >= tolerance) result[i] = Math.sqrt(known * squares - sum * sum) / known;
  }
  return result;
}
