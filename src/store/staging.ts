/** Room for the part of a batch that goes to one partition; used again for every batch. */
export class Staging {
  #ids = new Int32Array(8192);
  #seconds = new Uint32Array(8192);
  #values = new Float64Array(8192);

  /** Columns of at least this length, with anything in them. */
  begin(length: number): { ids: Int32Array; seconds: Uint32Array; values: Float64Array } {
    if (length > this.#ids.length) {
      this.#ids = new Int32Array(length);
      this.#seconds = new Uint32Array(length);
      this.#values = new Float64Array(length);
    }
    return { ids: this.#ids, seconds: this.#seconds, values: this.#values };
  }
}
