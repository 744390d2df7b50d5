/**
 * Points that wait outside the head: late ones until they become an overlay segment, future ones until it is time.
 * The columns are shared memory: the thread that writes them out reads them where they are.
 */
export class PointBuffer {
  length = 0;
  ids = sharedInt32(1024);
  seconds = sharedUint32(1024);
  values = sharedFloat64(1024);
  /** The archive that a late point goes to: 0 the finest. */
  tiers = sharedUint8(1024);

  add(id: number, seconds: number, value: number, tier: number): void {
    if (this.length === this.ids.length) this.#grow();
    const i = this.length++;
    this.ids[i] = id;
    this.seconds[i] = seconds;
    this.values[i] = value;
    this.tiers[i] = tier;
  }

  /**
   * The same without what a later point of the same series and second has replaced; what is left keeps its order. A log
   * that was written again after each of several restarts holds the same points several times.
   */
  latest(): PointBuffer {
    const order = Uint32Array.from({ length: this.length }, (_, i) => i).sort(
      (a, b) => this.ids[a]! - this.ids[b]! || this.seconds[a]! - this.seconds[b]! || a - b,
    );
    const same = (a: number, b: number): boolean => this.ids[a] === this.ids[b] && this.seconds[a] === this.seconds[b];
    const last = order.filter((i, n) => n + 1 === order.length || !same(i, order[n + 1]!)).sort();
    const latest = new PointBuffer();
    for (const i of last) latest.add(this.ids[i]!, this.seconds[i]!, this.values[i]!, this.tiers[i]!);
    return latest;
  }

  #grow(): void {
    const capacity = this.ids.length * 2;
    const { ids, seconds, values, tiers } = this;
    this.ids = sharedInt32(capacity);
    this.seconds = sharedUint32(capacity);
    this.values = sharedFloat64(capacity);
    this.tiers = sharedUint8(capacity);
    this.ids.set(ids);
    this.seconds.set(seconds);
    this.values.set(values);
    this.tiers.set(tiers);
  }
}

const sharedInt32 = (length: number) => new Int32Array(new SharedArrayBuffer(length * 4));
const sharedUint32 = (length: number) => new Uint32Array(new SharedArrayBuffer(length * 4));
const sharedFloat64 = (length: number) => new Float64Array(new SharedArrayBuffer(length * 8));
const sharedUint8 = (length: number) => new Uint8Array(new SharedArrayBuffer(length));
