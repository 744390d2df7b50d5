/**
 * The schema as a list of settings: their paths, kinds, defaults and help. The loader needs it to know which
 * environment variable means what, the reference to be written, `config show` to print values as they would be typed.
 */
import type { z } from "zod";
import { Secret } from "../core/options.ts";

export interface Setting {
  /** `["aggregator", "line"]`. */
  readonly path: readonly string[];
  /** What is to be written: `duration`, `HOST:PORT`, `true or false`, `text`, `one of a, b`, `list`, … */
  readonly kind: string;
  readonly help: string;
  /** As it would be typed; undefined when there is none. */
  readonly defaultText: string | undefined;
  readonly secret: boolean;
  /** Turns a value back into what would be typed. */
  format(value: unknown): string;
}

/** All settings under a schema, in the order in which they are declared. */
export function settingsOf(schema: z.ZodType, path: readonly string[] = []): Setting[] {
  const { inner } = unwrap(schema);
  const shape = shapeOf(inner);
  if (shape === undefined) return [settingOf(schema, path)];
  return Object.entries(shape).flatMap(([key, member]) => settingsOf(member, [...path, key]));
}

/** The keys that are right at a place of the schema; undefined when it is no section. */
export function keysAt(schema: z.ZodType, path: readonly (string | number)[]): readonly string[] | undefined {
  let here: z.ZodType = schema;
  for (const key of path) {
    const { inner } = unwrap(here);
    const next = typeof key === "number" ? elementOf(inner) : (shapeOf(inner)?.[key] ?? memberOf(inner));
    if (next === undefined) return undefined;
    here = next;
  }
  const shape = shapeOf(unwrap(here).inner);
  return shape === undefined ? undefined : Object.keys(shape);
}

/** `["aggregator", "seriesLimit"]` → `LOCKSTEP_AGGREGATOR_SERIES_LIMIT`. */
export function environmentName(path: readonly string[]): string {
  const words = path.join("_").replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  return `LOCKSTEP_${words.replace(/-/g, "_").toUpperCase()}`;
}

interface Unwrapped {
  readonly inner: z.ZodType;
  readonly defaultValue: unknown;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** zod's internals, as far as they are walked here. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly defaultValue?: unknown;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly entries?: Readonly<Record<string, string>>;
  readonly options?: readonly z.ZodType[];
}

function definitionOf(schema: z.ZodType): Definition {
  return schema.def as unknown as Definition;
}

function unwrap(schema: z.ZodType): Unwrapped {
  let inner = schema;
  let defaultValue: unknown;
  let meta: Record<string, unknown> = { ...schema.meta() };
  for (;;) {
    const definition = definitionOf(inner);
    if (definition.type === "default") defaultValue ??= definition.defaultValue;
    if (!["default", "prefault", "optional", "nullable"].includes(definition.type)) break;
    inner = definition.innerType!;
    meta = { ...inner.meta(), ...meta };
  }
  return { inner, defaultValue, meta };
}

function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  return definitionOf(schema).type === "object" ? definitionOf(schema).shape : undefined;
}

function elementOf(schema: z.ZodType): z.ZodType | undefined {
  return definitionOf(schema).type === "array" ? definitionOf(schema).element : undefined;
}

function memberOf(schema: z.ZodType): z.ZodType | undefined {
  return definitionOf(schema).type === "record" ? definitionOf(schema).valueType : undefined;
}

function settingOf(schema: z.ZodType, path: readonly string[]): Setting {
  const { inner, defaultValue, meta } = unwrap(schema);
  const format = (value: unknown): string => formatValue(value, meta);
  return {
    path,
    kind: kindOf(inner, meta),
    help: typeof meta["description"] === "string" ? meta["description"] : "",
    defaultText: defaultValue === undefined ? undefined : format(defaultValue),
    secret: meta["kind"] === "secret",
    format,
  };
}

function kindOf(schema: z.ZodType, meta: Readonly<Record<string, unknown>>): string {
  if (typeof meta["kind"] === "string") return meta["kind"];
  const definition = definitionOf(schema);
  switch (definition.type) {
    case "boolean":
      return "true or false";
    case "string":
      return "text";
    case "enum":
      return `one of ${Object.values(definition.entries ?? {}).join(", ")}`;
    case "array":
      return `list of ${kindOf(unwrap(definition.element!).inner, unwrap(definition.element!).meta)}`;
    case "object":
      return `{ ${Object.keys(definition.shape ?? {}).join(", ")} }`;
    case "record":
      return `map of names to ${kindOf(unwrap(definition.valueType!).inner, unwrap(definition.valueType!).meta)}`;
    default:
      return definition.type;
  }
}

function formatValue(value: unknown, meta: Readonly<Record<string, unknown>>): string {
  if (value instanceof Secret) return "<secret>";
  if (typeof meta["format"] === "function") return (meta["format"] as (value: unknown) => string)(value);
  if (Array.isArray(value)) return `[${value.map((entry) => formatPlain(entry)).join(", ")}]`;
  return formatPlain(value);
}

function formatPlain(value: unknown): string {
  if (typeof value === "string") return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  if (isHostPort(value)) return `${value.host}:${value.port}`;
  return JSON.stringify(value) ?? "";
}

function isHostPort(value: unknown): value is { host: string; port: number } {
  return (
    typeof value === "object" && value !== null && "host" in value && "port" in value && Object.keys(value).length === 2
  );
}
