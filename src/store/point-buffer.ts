/** Points that wait outside the ring: late ones until they become an overlay segment, future ones until it is time. */
export class PointBuffer {
  length = 0;
  ids = new Int32Array(1024);
  seconds = new Uint32Array(1024);
  values = new Float64Array(1024);
  /** The archive that a late point goes to: 0 the finest. */
  tiers = new Uint8Array(1024);

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
    const ids = new Int32Array(capacity);
    const seconds = new Uint32Array(capacity);
    const values = new Float64Array(capacity);
    const tiers = new Uint8Array(capacity);
    ids.set(this.ids);
    seconds.set(this.seconds);
    values.set(this.values);
    tiers.set(this.tiers);
    this.ids = ids;
    this.seconds = seconds;
    this.values = values;
    this.tiers = tiers;
  }
}
