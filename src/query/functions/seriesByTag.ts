import { graphiteFunction } from "../function.ts";
import { repeated, string } from "../parameters.ts";

export const seriesByTag = graphiteFunction({
  name: "seriesByTag",
  group: "Special",
  description: `The series whose tags satisfy all expressions: \`tag=value\`, \`tag!=value\`, \`tag=~regex\`, \`tag!=~regex\`, regular expressions matching from the beginning of the value. One that the empty text satisfies also takes series without the tag; at least one must not.

    seriesByTag("name=disk.used","node=~n[12]")`,
  parameters: { tagExpressions: repeated(string) },
  evaluate: ({ tagExpressions }, call) => call.fetchTagged(tagExpressions),
});
