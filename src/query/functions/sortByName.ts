import { graphiteFunction } from "../function.ts";
import { boolean, required, seriesList, withDefault } from "../parameters.ts";
import { sortKeyed } from "../selection.ts";

export const sortByName = graphiteFunction({
  name: "sortByName",
  group: "Sorting",
  description: `The series by name, letter by letter; \`natural\` takes numbers in names as numbers, so that n2 comes before n10.

    sortByName(connect.prod.*.cpu,true)`,
  parameters: {
    seriesList: required(seriesList),
    natural: withDefault(boolean, false),
    reverse: withDefault(boolean, false),
  },
  evaluate({ seriesList, natural, reverse }) {
    const keyOf = natural ? naturalKey : (name: string) => name;
    return sortKeyed(
      seriesList.map((series) => ({ series, key: keyOf(series.name) })),
      reverse,
    );
  },
});

/** Numbers get ten digits, so that they sort as text. */
function naturalKey(name: string): string {
  return name.replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, "").padStart(10, "0"));
}
