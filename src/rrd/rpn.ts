/**
 * The expressions of COMPUTE data sources, in reverse Polish notation: as text (`in,out,+`), and as the file holds them.
 *
 *     0        1       2        4        5       6        8
 *     ├────────┼───────┼────────┼────────┼───────┼────────┼─ ─     up to 20 nodes in the 80 bytes of the data
 *     │operator│ ┄┄┄┄┄ │ operand│operator│ ┄┄┄┄┄ │ operand│        source's parameters, the last one END
 *     └────────┴───────┴────────┴────────┴───────┴────────┴─ ─
 *
 * The operand is a constant, or the index of a data source before this one.
 */
import { LockstepError } from "../core/errors.ts";
import { badField, type RrdSource } from "./errors.ts";
import type { Fields } from "./fields.ts";

export interface RpnNode {
  /** Its spelling; of what has none in rrdtool either, the empty text. */
  readonly operator: string;
  /** Of NUMBER its value, of VARIABLE the index of the data source; else 0. */
  readonly operand: number;
}

/** In the order of their numbers in the file (rrdtool's enum op_en), spelled as in expressions. */
const OPERATORS: readonly string[] = (
  "NUMBER VARIABLE INF PREV NEGINF UNKN NOW TIME + % - * / SIN DUP EXC POP COS LOG EXP LT LE GT GE EQ IF MIN MAX LIMIT " +
  "FLOOR CEIL UN END LTIME NE ISINF PREV_OTHER COUNT ATAN SQRT SORT REV TREND TRENDNAN ATAN2 RAD2DEG DEG2RAD PREDICT " +
  "PREDICTSIGMA AVG ABS ADDNAN MINNAN MAXNAN MEDIAN PREDICTPERC DEPTH COPY ROLL INDEX STEPWIDTH NEWDAY NEWWEEK " +
  "NEWMONTH NEWYEAR SMIN SMAX STDEV PERCENT POW"
).split(" ");

/** Those that rrdtool refuses in a COMPUTE, and ROLL, of which 1.7.2 makes nonsense: it reads beyond its stack. */
const REFUSED = new Set(
  (
    "NUMBER VARIABLE END TIME LTIME PREV PREV_OTHER COUNT TREND TRENDNAN PREDICT PREDICTSIGMA PREDICTPERC STEPWIDTH " +
    "NEWDAY NEWWEEK NEWMONTH NEWYEAR ROLL"
  ).split(" "),
);

const NODE_BYTES = 4;
const MAX_NODES = 20;
const END = OPERATORS.indexOf("END");
const SHORT_MIN = -32_768;
const SHORT_MAX = 32_767;

/**
 * @param names of the data sources before this one, in the file's order.
 * @throws LockstepError `RRD_SPEC`
 */
export function parseRpn(text: string, names: readonly string[]): RpnNode[] {
  const nodes = text.split(",").map((word) => parseWord(word, names, text));
  if (nodes.length < MAX_NODES) return nodes;
  throw specError(text, `it has ${nodes.length} words, and ${MAX_NODES - 1} fit into a file`);
}

function parseWord(word: string, names: readonly string[], text: string): RpnNode {
  if (REFUSED.has(word)) throw specError(text, `${word} can't be used in a COMPUTE`);
  if (OPERATORS.includes(word)) return { operator: word, operand: 0 };
  if (names.includes(word)) return { operator: "VARIABLE", operand: names.indexOf(word) };
  const value = word === "" ? Number.NaN : Number(word);
  if (Number.isNaN(value)) throw specError(text, `${word} is no operator, number or data source before this one`);
  if (!Number.isInteger(value) || value < SHORT_MIN || value > SHORT_MAX) {
    throw specError(text, `${word} is no whole number from ${SHORT_MIN} to ${SHORT_MAX}`);
  }
  return { operator: "NUMBER", operand: value };
}

function specError(text: string, what: string): LockstepError {
  return new LockstepError("RRD_SPEC", `cannot use the expression ${text}: ${what}`);
}

export function encodeRpn(nodes: readonly RpnNode[], fields: Fields, at: number): void {
  nodes.forEach(({ operator, operand }, i) => {
    fields.bytes[at + i * NODE_BYTES] = OPERATORS.indexOf(operator);
    fields.setShort(at + i * NODE_BYTES + 2, operand);
  });
  fields.bytes[at + nodes.length * NODE_BYTES] = END;
}

/**
 * @param names of all data sources; `names[index]` is the one whose expression it is.
 * @throws LockstepError `RRD_FIELD`
 */
export function decodeRpn(
  fields: Fields,
  at: number,
  index: number,
  names: readonly string[],
  source: RrdSource,
): RpnNode[] {
  const nodes: RpnNode[] = [];
  for (let i = 0; i < MAX_NODES; i++) {
    const code = fields.bytes[at + i * NODE_BYTES]!;
    if (code === END) return nodes;
    const operator = OPERATORS[code] ?? "";
    const operand = fields.short(at + i * NODE_BYTES + 2);
    if (operator === "VARIABLE" && (operand < 0 || operand >= index)) {
      throw badField(source, `ds[${names[index]}].cdef[${i}]`, operand, "the index of a data source before it");
    }
    nodes.push({ operator, operand: operator === "VARIABLE" || operator === "NUMBER" ? operand : 0 });
  }
  throw badField(source, `ds[${names[index]}].cdef`, `${MAX_NODES} nodes`, "closed by an END");
}

/** As `rrdtool info` shows it. */
export function formatRpn(nodes: readonly RpnNode[], names: readonly string[]): string {
  return nodes
    .map(({ operator, operand }) => {
      if (operator === "NUMBER") return String(operand);
      if (operator === "VARIABLE") return names[operand]!;
      return operator === "PREV_OTHER" ? "" : operator;
    })
    .join(",");
}
