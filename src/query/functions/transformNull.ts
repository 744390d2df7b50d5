import { foldRows } from "../alignment.ts";
import { countKnown } from "../consolidation.ts";
import { graphiteFunction } from "../function.ts";
import { float, optional, required, seriesList } from "../parameters.ts";
import { formatGeneral, reprFloat } from "../python/number.ts";
import { mapValues, renamed, type SeriesList, type TimeSeries, withTag } from "../series.ts";

export const transformNull = graphiteFunction({
  name: "transformNull",
  group: "Transform",
  description: `Puts a number (0 if none is given) where values are null. With reference series, only at times at which one of those has a value.

    transformNull(connect.prod.n1.errors,0)`,
  parameters: {
    seriesList: required(seriesList),
    default: optional(float, { default: 0 }),
    referenceSeries: optional(seriesList),
  },
  evaluate({ seriesList, default: given, referenceSeries = [] }) {
    const filler = given ?? 0;
    const known = referenceSeries.length > 0 ? knownTimes(referenceSeries) : undefined;
    const suffix = known === undefined ? "" : ",referenceSeries";
    return seriesList.map((series) => {
      const tagged = withTag(series.tags, "transformNull", given === undefined ? "0" : reprFloat(given));
      return renamed(series, `transformNull(${series.name},${formatGeneral(filler)}${suffix})`, {
        tags: known === undefined ? tagged : withTag(tagged, "referenceSeries", "1"),
        values: known === undefined ? fillAll(series, filler) : fillKnown(series, filler, known),
        integers: series.integers && given === undefined,
      });
    });
  },
});

/** 1 at each position where a series has a value, else 0. */
function knownTimes(list: SeriesList): Float64Array {
  return foldRows(
    list.map(({ values }) => values),
    (values, from, to) => Number(countKnown(values, from, to) > 0),
  );
}

function fillAll({ values }: TimeSeries, filler: number): Float64Array {
  return mapValues(values, (value) => (Number.isNaN(value) ? filler : value));
}

/** Where the references have more points, graphite-web keeps as many at the end as the series has. */
function fillKnown({ values }: TimeSeries, filler: number, known: Float64Array): Float64Array {
  const filled = new Float64Array(Math.max(values.length, known.length)).fill(Number.NaN);
  filled.set(values);
  for (let i = 0; i < filled.length; i++) if (Number.isNaN(filled[i]!) && known[i] === 1) filled[i] = filler;
  return filled.slice(filled.length - values.length);
}
