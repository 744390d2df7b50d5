/**
 * The tree of dotted names, for globs.
 *
 * Nodes are rows of typed arrays; a node's children are a linked list (for `*`) and are found by a hash over
 * (parent, token) (for literals). Tokens, the texts between dots, are kept once each: a pattern is matched against a
 * token at most once per search, however many nodes carry it.
 *
 *     token    which text        first    its first child        parent
 *     series   id, or −1         next     its next sibling
 */
import { LockstepError } from "../core/errors.ts";
import { compilePattern, type NodeMatcher } from "../core/glob.ts";
import type { FoundNode, SeriesId } from "../core/series-store.ts";
import { TokenTable } from "./token-table.ts";

const ROOT = 0;
const DOT = 46;
const encoder = new TextEncoder();
/** The next sibling of a node that has nothing under it any more. */
const UNLINKED = -1;
/** Nodes that a search in a range of time visits below branches; beyond, branches count as alive. */
const BRANCH_NODES = 100_000;

export class NameTree {
  #nodes = 1;
  #token = new Int32Array(1024);
  #parent = new Int32Array(1024);
  #first = new Int32Array(1024);
  #next = new Int32Array(1024);
  #series = new Int32Array(1024).fill(-1);
  #slots = new Int32Array(4096);
  readonly #tokens = new TokenTable();
  /** The name that was added last, and the node that each of its tokens led to: the next one often has the same tokens. */
  #last = new Uint8Array(256);
  #lastLength = 0;
  #lastDepth = 0;
  readonly #lastEnd: number[] = [];
  readonly #lastNode: number[] = [];

  get memoryBytes(): number {
    return this.#token.byteLength * 5 + this.#slots.byteLength + this.#tokens.memoryBytes;
  }

  /** Makes room for so many nodes, so that it need not grow again and again. */
  reserve(nodes: number): void {
    while (this.#token.length < nodes) this.#growNodes();
    const slots = 1 << Math.ceil(Math.log2(nodes * 2 + 1));
    if (slots > this.#slots.length) this.#placeAll(slots);
  }

  /** Adds a name; the bytes are read, not kept. */
  add(name: Uint8Array, id: SeriesId): void {
    let depth = this.#commonDepth(name);
    let node = depth === 0 ? ROOT : this.#lastNode[depth - 1]!;
    let from = depth === 0 ? 0 : this.#lastEnd[depth - 1]! + 1;
    for (let lastFrom = from; from <= name.length; ) {
      let to = from;
      while (to < name.length && name[to] !== DOT) to++;
      const lastTo = depth < this.#lastDepth ? this.#lastEnd[depth]! : -1;
      const same = lastTo - lastFrom === to - from && this.#isInLast(lastFrom, name, from, to);
      const token = same ? this.#token[this.#lastNode[depth]!]! : this.#tokens.intern(name, from, to);
      lastFrom = lastTo + 1;
      const parent = node;
      node = this.#child(parent, token) || this.#addChild(parent, token);
      if (this.#next[node] === UNLINKED) this.#link(node, parent);
      this.#lastEnd[depth] = to;
      this.#lastNode[depth++] = node;
      from = to + 1;
    }
    this.#lastDepth = depth;
    this.#remember(name);
    this.#series[node] = id;
  }

  /** Whether these bytes of the name are those of the last one from a place on. */
  #isInLast(at: number, name: Uint8Array, from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (this.#last[at + i - from] !== name[i]) return false;
    return true;
  }

  /** Takes names out. Nodes that lead to nothing any more stay where they are, unlinked, until they are wanted again. */
  remove(names: Iterable<Uint8Array>): void {
    let parents = new Set<number>();
    for (const name of names) {
      const node = this.#nodeOf(name);
      if (node === ROOT) continue; // it is not there
      this.#series[node] = -1;
      if (this.#first[node] === 0) parents.add(this.#parent[node]!);
    }
    while (parents.size > 0) {
      const above = new Set<number>();
      for (const parent of parents) {
        this.#unlinkChildren(parent);
        if (parent !== ROOT && this.#leadsNowhere(parent)) above.add(this.#parent[parent]!);
      }
      parents = above;
    }
    this.#lastDepth = 0;
  }

  #nodeOf(name: Uint8Array): number {
    let node = ROOT;
    for (let from = 0; from <= name.length; ) {
      let to = from;
      while (to < name.length && name[to] !== DOT) to++;
      node = this.#child(node, this.#tokens.intern(name, from, to));
      if (node === 0 || this.#next[node] === UNLINKED) return ROOT;
      from = to + 1;
    }
    return node;
  }

  #leadsNowhere(node: number): boolean {
    return this.#series[node] === -1 && this.#first[node] === 0;
  }

  /** Goes through the children once, however many of them go: there may be a million. */
  #unlinkChildren(parent: number): void {
    let last = 0;
    for (let child = this.#first[parent]!, next = 0; child !== 0; child = next) {
      next = this.#next[child]!;
      if (!this.#leadsNowhere(child)) {
        last = child;
        continue;
      }
      if (last === 0) this.#first[parent] = next;
      else this.#next[last] = next;
      this.#next[child] = UNLINKED;
    }
  }

  /** How many whole tokens, with the dots after them, the name has in common with the last one. */
  #commonDepth(name: Uint8Array): number {
    const most = Math.min(name.length, this.#lastLength);
    let common = 0;
    while (common < most && name[common] === this.#last[common]) common++;
    let depth = 0;
    while (depth < this.#lastDepth && this.#lastEnd[depth]! < common) depth++;
    return depth;
  }

  #remember(name: Uint8Array): void {
    if (name.length > this.#last.length) this.#last = new Uint8Array(name.length * 2);
    this.#last.set(name);
    this.#lastLength = name.length;
  }

  /**
   * Only series that live, if it is said which do, and branches that lead to one of them.
   * @throws LockstepError `STORE_FIND_LIMIT`.
   */
  find(pattern: string, limit: number, lives?: (id: SeriesId) => boolean): FoundNode[] {
    const found: FoundNode[] = [];
    const branches = { lives, nodesLeft: BRANCH_NODES };
    const matchers = compilePattern(pattern).map((matcher) => new TokenMatcher(matcher, this.#tokens));
    this.#walk(
      ROOT,
      { matchers, deep: matchers.some(({ kind }) => kind === "deep"), visited: new Set() },
      0,
      (node) => {
        const id = this.#series[node]!;
        const leaf = id >= 0 && (lives === undefined || lives(id));
        const branch = this.#first[node] !== 0 && this.#livesBelow(node, branches);
        if (!leaf && !branch) return;
        if (found.length >= limit) {
          throw new LockstepError(
            "STORE_FIND_LIMIT",
            `"${pattern}" matches more than ${limit} names; make it narrower`,
          );
        }
        const path = this.pathOf(node);
        if (leaf) found.push({ path, id });
        if (branch) found.push({ path });
      },
    );
    return found;
  }

  #livesBelow(node: number, branches: Branches): boolean {
    const { lives } = branches;
    if (lives === undefined) return true;
    const waiting = [this.#first[node]!];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next === 0) continue;
      if (branches.nodesLeft-- <= 0) return true;
      const id = this.#series[next]!;
      if (id >= 0 && lives(id)) return true;
      waiting.push(this.#next[next]!, this.#first[next]!);
    }
    return false;
  }

  pathOf(node: number): string {
    const texts: string[] = [];
    for (let n = node; n !== ROOT; n = this.#parent[n]!) texts.push(this.#tokens.textOf(this.#token[n]!));
    return texts.reverse().join(".");
  }

  #walk(node: number, search: Search, depth: number, onFound: (node: number) => void): void {
    const matcher = search.matchers[depth];
    if (matcher === undefined) {
      if (!search.deep || this.#firstVisit(node, depth, search)) onFound(node);
    } else if (matcher.kind === "literal") {
      const child = matcher.token === undefined ? 0 : this.#child(node, matcher.token);
      if (child !== 0 && this.#next[child] !== UNLINKED) this.#walk(child, search, depth + 1, onFound);
    } else if (matcher.kind === "deep") {
      if (this.#firstVisit(node, depth, search)) this.#walkDeep(node, search, depth, onFound);
    } else {
      for (let child = this.#first[node]!; child !== 0; child = this.#next[child]!) {
        if (matcher.test(this.#token[child]!)) this.#walk(child, search, depth + 1, onFound);
      }
    }
  }

  /** `**` stands for any number of nodes; for one at least where it ends the pattern. */
  #walkDeep(node: number, search: Search, depth: number, onFound: (node: number) => void): void {
    const last = depth === search.matchers.length - 1;
    if (!last) this.#walk(node, search, depth + 1, onFound);
    for (let child = this.#first[node]!; child !== 0; child = this.#next[child]!) {
      if (last) this.#walk(child, search, depth + 1, onFound);
      this.#walk(child, search, depth, onFound);
    }
  }

  /** `**` can reach a node in several ways; without this, several of them would take exponentially long. */
  #firstVisit(node: number, depth: number, search: Search): boolean {
    const key = node * (search.matchers.length + 1) + depth;
    if (search.visited.has(key)) return false;
    search.visited.add(key);
    return true;
  }

  /** The child with this token, or 0. */
  #child(parent: number, token: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(parent, token) & mask; ; slot = (slot + 1) & mask) {
      const node = this.#slots[slot]!;
      if (node === 0 || (this.#parent[node] === parent && this.#token[node] === token)) return node;
    }
  }

  #addChild(parent: number, token: number): number {
    if (this.#nodes === this.#token.length) this.#growNodes();
    if (this.#nodes * 2 > this.#slots.length) this.#placeAll(this.#slots.length * 2);
    const node = this.#nodes++;
    this.#token[node] = token;
    this.#parent[node] = parent;
    this.#link(node, parent);
    this.#place(node);
    return node;
  }

  #link(node: number, parent: number): void {
    this.#next[node] = this.#first[parent]!;
    this.#first[parent] = node;
  }

  #place(node: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(this.#parent[node]!, this.#token[node]!) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = node;
  }

  #placeAll(slots: number): void {
    this.#slots = new Int32Array(slots);
    for (let node = 1; node < this.#nodes; node++) this.#place(node);
  }

  #growNodes(): void {
    const capacity = this.#token.length * 2;
    this.#token = resized(this.#token, capacity, 0);
    this.#parent = resized(this.#parent, capacity, 0);
    this.#first = resized(this.#first, capacity, 0);
    this.#next = resized(this.#next, capacity, 0);
    this.#series = resized(this.#series, capacity, -1);
  }
}

interface Branches {
  readonly lives: ((id: SeriesId) => boolean) | undefined;
  nodesLeft: number;
}

interface Search {
  readonly matchers: readonly TokenMatcher[];
  /** Whether the pattern has `**`: only then can a node be reached in several ways. */
  readonly deep: boolean;
  readonly visited: Set<number>;
}

/** One node of a pattern, with the answers it has already given about tokens. */
class TokenMatcher {
  readonly kind: NodeMatcher["kind"];
  /** Of a literal: its token, if any name has it. */
  readonly token: number | undefined;
  readonly #matcher: NodeMatcher;
  readonly #tokens: TokenTable;
  readonly #prefixes: readonly Uint8Array[];
  readonly #answers = new Map<number, boolean>();

  constructor(matcher: NodeMatcher, tokens: TokenTable) {
    this.kind = matcher.kind;
    const token = matcher.kind === "literal" ? tokens.idOf(matcher.text) : -1;
    this.token = token < 0 ? undefined : token;
    this.#prefixes = matcher.kind === "glob" ? matcher.prefixes.map((prefix) => encoder.encode(prefix)) : [];
    this.#matcher = matcher;
    this.#tokens = tokens;
  }

  test(token: number): boolean {
    if (this.#matcher.kind !== "glob") return true;
    if (!this.#mayMatch(token)) return false;
    let answer = this.#answers.get(token);
    if (answer === undefined) {
      answer = this.#matcher.test(this.#tokens.textOf(token));
      this.#answers.set(token, answer);
    }
    return answer;
  }

  /** Most tokens are told by their first bytes, without a string. */
  #mayMatch(token: number): boolean {
    for (const prefix of this.#prefixes) if (this.#tokens.beginsWith(token, prefix)) return true;
    return false;
  }
}

function hash(parent: number, token: number): number {
  const mixed = Math.imul(parent, 0x9e3779b1) ^ Math.imul(token, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

function resized(old: Int32Array<ArrayBuffer>, capacity: number, fill: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(capacity);
  if (fill !== 0) bigger.fill(fill, old.length);
  bigger.set(old);
  return bigger;
}
