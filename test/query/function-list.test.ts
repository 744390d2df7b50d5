/** The list of functions, which query editors are made of: names, groups and parameters are graphite-web's. */
import { test } from "node:test";
import { functionNames } from "#src/query/registry.ts";
import { assertGolden } from "../support/golden.ts";

test("functions and their parameters stay as they are in graphite-web 1.1.10", () => {
  const lines = functionNames().map(([name, { name: canonical, group, aggregator, parameters }]) => {
    const texts = [...parameters].map(([parameter, { type, required, multiple, default: byDefault, suggestions }]) => {
      const mark = multiple ? "*" : "";
      const given = byDefault === undefined ? (required ? "!" : "?") : `=${byDefault}`;
      return `${mark}${parameter}:${type.name}${given}${suggestions === undefined ? "" : ` {${suggestions.join(" ")}}`}`;
    });
    const alias = name === canonical ? "" : ` = ${canonical}`;
    return `${name}${alias} | ${group}${aggregator ? " | aggregator" : ""} | ${texts.join(", ")}\n`;
  });
  assertGolden("functions.txt", lines.join(""));
});
