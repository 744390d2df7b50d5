import { graphiteFunction } from "../function.ts";
import { changeCharacters } from "../naming.ts";
import { integer, repeated, required, seriesList } from "../parameters.ts";

export const lower = graphiteFunction({
  name: "lower",
  group: "Alias",
  description: `Names each series in lower case: all of the name, or the characters at the positions given, counted from 0 or, negative, from the end.

    lower(connect.prod.n1.cpu,0)`,
  parameters: { seriesList: required(seriesList), pos: repeated(integer, { atLeast: 0 }) },
  evaluate: ({ seriesList, pos }) =>
    seriesList.map((series) => ({
      ...series,
      name: changeCharacters(series.name, pos, (text) => text.toLowerCase()),
    })),
});
