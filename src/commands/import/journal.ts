/**
 * Which files an import has finished with, in the data directory itself (docs/formats/import.md): an import that was
 * interrupted goes on, and one that is begun again takes only what has changed.
 */
import { join } from "node:path";
import { RecordLog } from "../../core/record-log.ts";
import type { Files } from "../../core/world.ts";

const KIND = { magic: "LKIM", version: 1 };
export const IMPORT_JOURNAL = "import.log";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface ImportedFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export class ImportJournal {
  readonly #log: RecordLog;
  /** By path. */
  readonly #done: Map<string, string>;

  private constructor(log: RecordLog, done: Map<string, string>) {
    this.#log = log;
    this.#done = done;
  }

  static async open(files: Files, directory: string): Promise<ImportJournal> {
    const done = new Map<string, string>();
    const { log } = await RecordLog.open(files, join(directory, IMPORT_JOURNAL), KIND, (payload) => {
      for (const file of JSON.parse(decoder.decode(payload)) as readonly ImportedFile[]) {
        done.set(file.path, stateOf(file));
      }
    });
    return new ImportJournal(log, done);
  }

  /** Whether the file was imported as it is now. */
  has(file: ImportedFile): boolean {
    return this.#done.get(file.path) === stateOf(file);
  }

  /** Their points are on the disk. */
  async add(files: readonly ImportedFile[]): Promise<void> {
    if (files.length === 0) return;
    for (const file of files) this.#done.set(file.path, stateOf(file));
    this.#log.pending.add(encoder.encode(JSON.stringify(files)));
    await this.#log.write();
    await this.#log.sync();
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

function stateOf({ bytes, modifiedMs }: ImportedFile): string {
  return `${bytes}/${modifiedMs}`;
}
