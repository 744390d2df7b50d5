import { graphiteFunction } from "../function.ts";
import { changeCharacters } from "../naming.ts";
import { integer, repeated, required, seriesList } from "../parameters.ts";

export const upper = graphiteFunction({
  name: "upper",
  group: "Alias",
  description: `Names each series in upper case: all of the name, or the characters at the positions given, counted from 0 or, negative, from the end.

    upper(connect.prod.n1.cpu,0)`,
  parameters: { seriesList: required(seriesList), pos: repeated(integer, { atLeast: 0 }) },
  evaluate: ({ seriesList, pos }) =>
    seriesList.map((series) => ({
      ...series,
      name: changeCharacters(series.name, pos, (text) => text.toUpperCase()),
    })),
});
