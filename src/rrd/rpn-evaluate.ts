/** Calculates the expression of a COMPUTE data source, as rrdtool 1.7.2 does (rpn_calc). */
import { LockstepError } from "../core/errors.ts";
import type { RpnNode } from "./rpn.ts";

/**
 * @param values of the data sources before this one, NaN where unknown.
 * @param nowSeconds what NOW stands for.
 * @throws LockstepError `RRD_UPDATE` when the expression does not leave exactly one value.
 */
export function evaluateRpn(nodes: readonly RpnNode[], values: readonly number[], nowSeconds: number): number {
  const stack = new Stack();
  for (const { operator, operand } of nodes) {
    if (operator === "NUMBER") stack.push(operand);
    else if (operator === "VARIABLE") stack.push(values[operand]!);
    else if (operator === "NOW") stack.push(nowSeconds);
    else operationOf(operator)(stack);
  }
  const result = stack.pop();
  if (stack.length > 0) throw rpnError(`${stack.length + 1} values are left on the stack, not one`);
  return result;
}

type Operation = (stack: Stack) => void;

function operationOf(operator: string): Operation {
  const operation = OPERATIONS.get(operator);
  if (operation === undefined) throw rpnError(`the operator ${operator} can't be calculated in a COMPUTE`);
  return operation;
}

class Stack {
  readonly #values: number[] = [];

  get length(): number {
    return this.#values.length;
  }

  push(...values: readonly number[]): void {
    this.#values.push(...values);
  }

  pop(): number {
    const value = this.#values.pop();
    if (value === undefined) throw rpnError("an operator finds too few values on the stack");
    return value;
  }

  /** So many values as the topmost one says, in the order in which they were pushed. */
  popCounted(): number[] {
    const count = Math.trunc(this.pop());
    if (!(count >= 0 && count <= this.length)) throw rpnError(`${count} values are wanted of the ${this.length} there`);
    return this.#values.splice(this.length - count, count);
  }

  /** The value `depth` below the topmost one. */
  peek(depth: number): number {
    const value = this.#values[this.length - 1 - depth];
    if (value === undefined) throw rpnError("a value beneath the stack is wanted");
    return value;
  }
}

// ---- kinds of operations

function constant(value: number): Operation {
  return (stack) => stack.push(value);
}

function unary(f: (x: number) => number): Operation {
  return (stack) => stack.push(f(stack.pop()));
}

function binary(f: (a: number, b: number) => number): Operation {
  return (stack) => {
    const b = stack.pop();
    stack.push(f(stack.pop(), b));
  };
}

/** Unknown when one of the two is. */
function known(f: (a: number, b: number) => number): Operation {
  return binary((a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : f(a, b)));
}

/** The one that is known, when one of the two is not. */
function either(f: (a: number, b: number) => number): Operation {
  return binary((a, b) => {
    if (Number.isNaN(a)) return b;
    return Number.isNaN(b) ? a : f(a, b);
  });
}

/** Of as many values as the topmost number says: those that are known, from the topmost one down. */
function ofKnown(f: (values: number[]) => number): Operation {
  return (stack) => {
    const values = stack.popCounted().filter((value) => !Number.isNaN(value));
    stack.push(f(values.reverse()));
  };
}

/** Of as many values as the topmost number says: the same number of values. */
function reordered(f: (values: number[]) => number[]): Operation {
  return (stack) => stack.push(...f(stack.popCounted()));
}

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ["UNKN", constant(Number.NaN)],
  ["INF", constant(Number.POSITIVE_INFINITY)],
  ["NEGINF", constant(Number.NEGATIVE_INFINITY)],
  ["SIN", unary(Math.sin)],
  ["COS", unary(Math.cos)],
  ["LOG", unary(Math.log)],
  ["EXP", unary(Math.exp)],
  ["ATAN", unary(Math.atan)],
  ["SQRT", unary(Math.sqrt)],
  ["FLOOR", unary(Math.floor)],
  ["CEIL", unary(Math.ceil)],
  ["ABS", unary(Math.abs)],
  ["RAD2DEG", unary((x) => 57.29577951 * x)],
  ["DEG2RAD", unary((x) => 0.0174532952 * x)],
  ["UN", unary((x) => (Number.isNaN(x) ? 1 : 0))],
  ["ISINF", unary((x) => (Math.abs(x) === Number.POSITIVE_INFINITY ? 1 : 0))],
  ["+", binary((a, b) => a + b)],
  ["-", binary((a, b) => a - b)],
  ["*", binary((a, b) => a * b)],
  ["/", binary((a, b) => a / b)],
  ["%", binary((a, b) => a % b)],
  ["POW", binary(power)],
  ["ATAN2", binary(Math.atan2)],
  ["LT", known((a, b) => (a < b ? 1 : 0))],
  ["LE", known((a, b) => (a <= b ? 1 : 0))],
  ["GT", known((a, b) => (a > b ? 1 : 0))],
  ["GE", known((a, b) => (a >= b ? 1 : 0))],
  ["EQ", known((a, b) => (a === b ? 1 : 0))],
  ["NE", known((a, b) => (a === b ? 0 : 1))],
  ["MIN", known(lesser)],
  ["MAX", known(greater)],
  ["ADDNAN", either((a, b) => a + b)],
  ["MINNAN", either(lesser)],
  ["MAXNAN", either(greater)],
  ["AVG", ofKnown((values) => values.reduce((sum, value) => sum + value, 0) / values.length)],
  ["MEDIAN", ofKnown(median)],
  ["SMIN", ofKnown((values) => (values.length === 0 ? Number.NaN : values.reduce(lesser)))],
  ["SMAX", ofKnown((values) => (values.length === 0 ? Number.NaN : values.reduce(greater)))],
  ["STDEV", ofKnown(standardDeviation)],
  ["SORT", reordered((values) => values.sort(unknownFirst))],
  ["REV", reordered((values) => values.reverse())],
  ["COPY", reordered((values) => [...values, ...values])],
  ["PERCENT", percentile],
  ["DUP", (stack) => stack.push(stack.peek(0))],
  ["POP", (stack) => void stack.pop()],
  ["EXC", (stack) => stack.push(stack.pop(), stack.pop())],
  ["IF", choose],
  ["LIMIT", limit],
  ["DEPTH", (stack) => stack.push(stack.length)],
  ["INDEX", (stack) => stack.push(stack.peek(Math.trunc(stack.pop()) - 1))],
]);

// ---- those that take more than a line

function lesser(a: number, b: number): number {
  return a > b ? b : a;
}

function greater(a: number, b: number): number {
  return a < b ? b : a;
}

/** C's pow: one to any power is one, where JavaScript says NaN. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1;
  return base ** exponent;
}

function median(values: number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.sort(unknownFirst);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : 0.5 * (sorted[middle]! + sorted[middle - 1]!);
}

/** Welford's, so that it rounds as rrdtool does. */
function standardDeviation(values: readonly number[]): number {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (const value of values) {
    const delta = value - mean;
    mean += delta / ++count;
    squares += delta * (value - mean);
  }
  return count < 2 ? Number.NaN : Math.sqrt(squares / (count - 1));
}

function choose(stack: Stack): void {
  const otherwise = stack.pop();
  const then = stack.pop();
  const condition = stack.pop();
  stack.push(Number.isNaN(condition) || condition === 0 ? otherwise : then);
}

function limit(stack: Stack): void {
  const most = stack.pop();
  const least = stack.pop();
  const value = stack.pop();
  stack.push(value >= least && value <= most ? value : Number.NaN);
}

function percentile(stack: Stack): void {
  const count = stack.pop();
  const percent = stack.pop();
  if (!(percent >= 0 && percent <= 100)) throw rpnError(`PERCENT is given ${percent}, not 0 to 100`);
  stack.push(count);
  const sorted = stack.popCounted().sort(unknownFirst);
  const rank = Math.round((percent * sorted.length) / 100);
  if (rank === 0) throw rpnError("PERCENT wants a value beneath the least one");
  stack.push(sorted[rank - 1]!);
}

function unknownFirst(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function rpnError(what: string): LockstepError {
  return new LockstepError("RRD_UPDATE", `cannot calculate a COMPUTE data source: ${what}`);
}
