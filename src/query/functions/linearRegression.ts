import { graphiteFunction } from "../function.ts";
import { date, optional, required, seriesList } from "../parameters.ts";
import { copied, type TimeSeries, withTag } from "../series.ts";
import { parseTime } from "../time-grammar.ts";

export const linearRegression = graphiteFunction({
  name: "linearRegression",
  group: "Calculate",
  description: `The straight line that lies nearest to the values (least squares), those of the range or those between two other times.

    linearRegression(connect.prod.n1.disk.used,"-7d")`,
  parameters: {
    seriesList: required(seriesList),
    startSourceAt: optional(date),
    endSourceAt: optional(date),
  },
  async evaluate({ seriesList, startSourceAt, endSourceAt }, call) {
    const fromSeconds = startSourceAt === undefined ? call.scope.fromSeconds : parseTime(startSourceAt, call);
    const untilSeconds = endSourceAt === undefined ? call.scope.untilSeconds : parseTime(endSourceAt, call);
    if (fromSeconds > untilSeconds) throw call.error("needs a time to start that is not after the time to end");
    const sources = await call.again({ fromSeconds, untilSeconds });
    const range = `${fromSeconds}, ${untilSeconds}`;
    return seriesList.slice(0, sources.length).flatMap((series, i): TimeSeries[] => {
      const line = fitLine(sources[i]!);
      if (line === undefined) return [];
      return [
        copied(series, `linearRegression(${series.name}, ${range})`, {
          tags: withTag(series.tags, "linearRegressions", range),
          values: series.values.map((_, j) => line(series.startSeconds + j * series.stepSeconds)),
          integers: false,
          consolidation: "average",
        }),
      ];
    });
  },
});

/** Undefined when fewer than two values are known. */
function fitLine({ values, startSeconds, stepSeconds }: TimeSeries): ((seconds: number) => number) | undefined {
  let [n, sumI, sumV, sumII, sumIV] = [0, 0, 0, 0, 0];
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    n++;
    sumI += i;
    sumV += value;
    sumII += i * i;
    sumIV += i * value;
  });
  const denominator = n * sumII - sumI * sumI;
  if (denominator === 0) return undefined;
  const slope = (n * sumIV - sumI * sumV) / denominator / stepSeconds;
  const offset = (sumII * sumV - sumIV * sumI) / denominator - slope * startSeconds;
  return (seconds) => offset + seconds * slope;
}
