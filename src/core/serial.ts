/** Runs asynchronous work one after the other, in the order in which it was asked for. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined); // the failure is its caller's; the next one runs all the same
    return done;
  }
}
