/** `/metrics/find`: the nodes of the name tree that a pattern finds (metrics/views.py `find_view`). */
import { LockstepError } from "../core/errors.ts";
import type { FoundNode } from "../core/series-store.ts";
import type { QueryEnvironment } from "./environment.ts";
import type { Json } from "./python/json.ts";
import { type Answer, jsonValueAnswer, parameterError, type RequestParameters, readTimeLimit } from "./request.ts";

/** A node of the answer: a path that is both a series and a branch is two. */
interface TreeNode {
  readonly path: string;
  readonly name: string;
  readonly leaf: boolean;
}

/** What a format makes of the nodes, which come by name, branches before leaves. */
type Writer = (nodes: readonly TreeNode[], options: FindOptions) => Json;

interface FindOptions {
  readonly query: string;
  readonly leavesOnly: boolean;
  /** Whether an entry `*` for all of them is wanted. */
  readonly wildcards: boolean;
  /** Whether `a,b` in a node means `{a,b}`. */
  readonly variants: boolean;
  /** Of the node that a nodelist lists. */
  readonly position: number;
}

const WRITERS: Readonly<Record<string, Writer>> = { treejson, completer, nodelist, json };

/** @throws LockstepError `QUERY_PARAMETER` for a parameter that is missing or wrong. */
export async function find(environment: QueryEnvironment, parameters: RequestParameters): Promise<Answer> {
  const format = parameters.get("format") ?? "treejson";
  const writer = WRITERS[format];
  if (writer === undefined) throw parameterError("format", format, `one of ${Object.keys(WRITERS).join(", ")}`);
  const times = readTimeLimit(environment, parameters);
  const options = readOptions(parameters);
  const pattern = format === "completer" ? completerPattern(options) : options.query;
  const found = await environment.reader.find({ pattern, limit: environment.limits.findNodes, ...times });
  const nodes = found.map(treeNode).filter(({ leaf }) => leaf || !options.leavesOnly);
  nodes.sort((a, b) => compare(a.name, b.name) || Number(a.leaf) - Number(b.leaf) || compare(a.path, b.path));
  return jsonValueAnswer(parameters, writer(nodes, options));
}

function readOptions(parameters: RequestParameters): FindOptions {
  const query = parameters.get("query") ?? "";
  if (query === "") throw new LockstepError("QUERY_PARAMETER", "the parameter query is missing or empty");
  const flag = (name: string): boolean => parameters.integer(name, 0) !== 0;
  return {
    query,
    leavesOnly: flag("leavesOnly"),
    wildcards: flag("wildcards"),
    variants: flag("automatic_variants"),
    position: parameters.integer("position", -1),
  };
}

function treeNode({ path, id }: FoundNode): TreeNode {
  return { path, name: path.slice(path.lastIndexOf(".") + 1), leaf: id !== undefined };
}

/** What is typed so far stands for all that begins so; two dots for anything in between. */
function completerPattern({ query, variants }: FindOptions): string {
  const typed = query.replaceAll("..", "*.");
  const open = typed.endsWith("*") ? typed : `${typed}*`;
  if (!variants) return open;
  const nodes = open.split(".").map((node) => (node.includes(",") && !node.includes("{") ? `{${node}}` : node));
  return nodes.join(".");
}

/** One entry for each name; its id is the parent as it was asked for, globs and all. */
function treejson(nodes: readonly TreeNode[], { query, wildcards }: FindOptions): Json {
  const parent = query.slice(0, query.lastIndexOf(".") + 1);
  const entry = (text: string, id: string, leaf: boolean): Json => {
    const branch = Number(!leaf);
    return { text, id: parent + id, allowChildren: branch, expandable: branch, leaf: 1 - branch };
  };
  const byName = new Map<string, TreeNode>();
  for (const node of nodes) if (!byName.has(node.name)) byName.set(node.name, node);
  const named = (leaves: boolean): Json[] =>
    [...byName.values()].filter(({ leaf }) => leaf === leaves).map(({ name }) => entry(unquote(name), name, leaves));
  const any =
    wildcards && nodes.length > 1
      ? [
          entry(
            "*",
            "*",
            nodes.every(({ leaf }) => leaf),
          ),
        ]
      : [];
  return [...any, ...named(false), ...named(true)];
}

function completer(nodes: readonly TreeNode[], { wildcards }: FindOptions): Json {
  const metrics: Json[] = nodes.map(({ path, name, leaf }) => ({
    path: leaf ? path : `${path}.`,
    name,
    is_leaf: leaf ? "1" : "0",
  }));
  return { metrics: wildcards && nodes.length > 1 ? [...metrics, { name: "*" }] : metrics };
}

/** The names at one position of all paths; the last one's, if it is not said which. */
function nodelist(nodes: readonly TreeNode[], { position }: FindOptions): Json {
  const names = nodes.map(({ path }) => {
    const name = path.split(".").at(position);
    if (name === undefined) throw parameterError("position", String(position), "a node that all paths have");
    return name;
  });
  return { nodes: [...new Set(names)].sort() };
}

/** Without graphite-web's `intervals`: what a store has kept, and since when, is not asked here. */
function json(nodes: readonly TreeNode[]): Json {
  return [...nodes].sort((a, b) => compare(a.path, b.path)).map(({ path, leaf }) => ({ path, is_leaf: leaf }));
}

/** Python's `unquote_plus`; what is not percent-encoded text stays as it is. */
function unquote(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
