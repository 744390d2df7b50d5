/** What has been opened, to be closed in the opposite order. */
export class Closing {
  readonly #open: { close(): Promise<unknown> }[] = [];

  add<T extends { close(): Promise<unknown> }>(opened: T): T {
    this.#open.push(opened);
    return opened;
  }

  /** Closes everything, whatever some of it says; rejects with the first failure when all is done. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const opened of this.#open.splice(0).reverse()) {
      try {
        await opened.close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
