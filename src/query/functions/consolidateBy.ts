import { CONSOLIDATIONS, type ConsolidationName, isConsolidation } from "../consolidation.ts";
import { graphiteFunction } from "../function.ts";
import { type ParameterType, required, seriesList } from "../parameters.ts";
import { renamed, type SeriesList, withTag } from "../series.ts";

const consolidation: ParameterType<ConsolidationName> = {
  name: "string",
  expects: `one of ${CONSOLIDATIONS.join(", ")}`,
  options: CONSOLIDATIONS,
  read: (value) => (typeof value === "string" && isConsolidation(value) ? value : undefined),
};

export const consolidateBy = graphiteFunction({
  name: "consolidateBy",
  group: "Special",
  description: `How several values become one when there are more than the picture has room for, or than a series of a coarser step beside it: by their mean, unless this says otherwise.

    consolidateBy(connect.prod.n1.jobs.finished,"sum")`,
  parameters: { seriesList: required(seriesList), consolidationFunc: required(consolidation) },
  evaluate: ({ seriesList, consolidationFunc }) => consolidateSeriesBy(seriesList, consolidationFunc),
});

export function consolidateSeriesBy(list: SeriesList, consolidation: ConsolidationName): SeriesList {
  return list.map((series) =>
    renamed(series, `consolidateBy(${series.name},"${consolidation}")`, {
      consolidation,
      tags: withTag(series.tags, "consolidateBy", consolidation),
    }),
  );
}
