/**
 * The texts between the dots of names, each kept once, as bytes: a million names share some thousand tokens. Strings are
 * made only of those that a search looks at.
 */
const decoder = new TextDecoder();
const encoder = new TextEncoder();

export class TokenTable {
  #count = 0;
  #offset = new Uint32Array(1024);
  #length = new Uint16Array(1024);
  #hash = new Int32Array(1024);
  /** Token + 1 by hash, then the next free place; 0 = empty. */
  #slots = new Int32Array(4096);
  #arena = new Uint8Array(16_384);
  #top = 0;
  readonly #texts: (string | undefined)[] = [];

  get memoryBytes(): number {
    return this.#arena.byteLength + this.#slots.byteLength + this.#offset.byteLength * 2 + this.#length.byteLength;
  }

  /** The token with these bytes, made now if it is new. */
  intern(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashOf(bytes, from, to);
    const known = this.#find(bytes, from, to, hash);
    return known >= 0 ? known : this.#add(bytes, from, to, hash);
  }

  /** The token of a text, or −1. */
  idOf(text: string): number {
    const bytes = encoder.encode(text);
    return this.#find(bytes, 0, bytes.length, hashOf(bytes, 0, bytes.length));
  }

  /** Whether the token begins with these bytes. */
  beginsWith(token: number, bytes: Uint8Array): boolean {
    if (this.#length[token]! < bytes.length) return false;
    const offset = this.#offset[token]!;
    for (let i = 0; i < bytes.length; i++) if (this.#arena[offset + i] !== bytes[i]) return false;
    return true;
  }

  textOf(token: number): string {
    const known = this.#texts[token];
    if (known !== undefined) return known;
    const offset = this.#offset[token]!;
    const text = decoder.decode(this.#arena.subarray(offset, offset + this.#length[token]!));
    this.#texts[token] = text;
    return text;
  }

  #find(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const token = this.#slots[slot]! - 1;
      if (token < 0) return -1;
      if (this.#hash[token] === hash && this.#equals(token, bytes, from, to)) return token;
    }
  }

  #equals(token: number, bytes: Uint8Array, from: number, to: number): boolean {
    if (this.#length[token] !== to - from) return false;
    const offset = this.#offset[token]! - from;
    for (let i = from; i < to; i++) if (this.#arena[offset + i] !== bytes[i]) return false;
    return true;
  }

  #add(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const token = this.#count++;
    if (token === this.#offset.length) this.#growTokens();
    if (this.#top + to - from > this.#arena.length) {
      const arena = new Uint8Array(Math.max(this.#arena.length * 2, this.#top + to - from));
      arena.set(this.#arena);
      this.#arena = arena;
    }
    for (let i = from; i < to; i++) this.#arena[this.#top + i - from] = bytes[i]!;
    this.#offset[token] = this.#top;
    this.#length[token] = to - from;
    this.#hash[token] = hash;
    this.#texts.push(undefined);
    this.#top += to - from;
    this.#place(token);
    return token;
  }

  #place(token: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hash[token]! & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = token + 1;
  }

  #growTokens(): void {
    const capacity = this.#offset.length * 2;
    const offset = new Uint32Array(capacity);
    const length = new Uint16Array(capacity);
    const hash = new Int32Array(capacity);
    offset.set(this.#offset);
    length.set(this.#length);
    hash.set(this.#hash);
    this.#offset = offset;
    this.#length = length;
    this.#hash = hash;
    this.#slots = new Int32Array(capacity * 4);
    for (let token = 0; token < this.#count - 1; token++) this.#place(token);
  }
}

/** Not seeded: a token that collides costs a comparison, and a sender is limited in how many it may make a second. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
