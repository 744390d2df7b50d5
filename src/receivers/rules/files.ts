/**
 * The files of rules: read at the start, and again when they change (carbon regexlist.py, rewrite.py, aggregator/rules.py
 * look every ten seconds).
 *
 * At the start a fault is an error. Later it is told, and the rules from before stay in force until the file is mended. A
 * file that is gone means no rules, as in carbon; but only when it is gone twice in a row, since editors write a file
 * anew under its name.
 */
import { join } from "node:path";
import { errorCode, errorText, LockstepError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Log } from "../../core/log.ts";
import { readText } from "../../core/read-file.ts";
import type { Files, Timer, World } from "../../core/world.ts";
import type { RulesSettings } from "./options.ts";
import { NO_RULES, RULE_KINDS, type RuleKind, type RuleSet, withRules } from "./rule-set.ts";

const FILE_NAMES: Readonly<Record<RuleKind, string>> = {
  blacklist: "blacklist.conf",
  whitelist: "whitelist.conf",
  rewrite: "rewrite-rules.conf",
  aggregation: "aggregation-rules.conf",
};

interface RuleFile {
  readonly kind: RuleKind;
  readonly path: string;
  /** Size and time of the file as it was last read, well or badly; `ABSENT`; or the error that stands in the way. */
  seen: string;
  /** The same of a text that made no sense. */
  faulty: string | undefined;
  /** It was gone at the last look. */
  missed: boolean;
  /** What is in the file is not in force. */
  stale: boolean;
}

const ABSENT = "absent";
const READ_TRIES = 10;

/** No settings of files: undefined. */
export function ruleFilePaths(settings: RulesSettings): ReadonlyMap<RuleKind, string> | undefined {
  const { directory } = settings;
  const paths = new Map<RuleKind, string>();
  for (const kind of RULE_KINDS) {
    const path = settings[kind] ?? (directory === undefined ? undefined : join(directory, FILE_NAMES[kind]));
    if (path !== undefined) paths.set(kind, path);
  }
  return paths.size === 0 ? undefined : paths;
}

export interface RuleFilesOptions {
  readonly world: World;
  readonly log: Log;
  readonly settings: RulesSettings;
  readonly paths: ReadonlyMap<RuleKind, string>;
}

export class RuleFiles {
  readonly #world: World;
  readonly #log: Log;
  readonly #settings: RulesSettings;
  readonly #files: readonly RuleFile[];
  #rules: RuleSet = NO_RULES;
  #timer: Timer | undefined;
  #closed = false;

  constructor({ world, log, settings, paths }: RuleFilesOptions) {
    this.#world = world;
    this.#log = log;
    this.#settings = settings;
    this.#files = [...paths].map(([kind, path]) => ({
      kind,
      path,
      seen: ABSENT,
      faulty: undefined,
      missed: true,
      stale: false,
    }));
  }

  get rules(): RuleSet {
    return this.#rules;
  }

  /** Kinds of rules, and whether what is in their file is not in force. */
  stale(): ReadonlyMap<RuleKind, boolean> {
    return new Map(this.#files.map(({ kind, stale }) => [kind, stale]));
  }

  /** @throws LockstepError `RULES_FILE` when a file that was named can't be read; `RULES_SYNTAX`. */
  async load(): Promise<void> {
    const { directory } = this.#settings;
    if (directory !== undefined) await checkDirectory(this.#world.files, directory);
    for (const file of this.#files) {
      const read = await readRules(this.#world.files, file.path);
      if (read.text === undefined && this.#settings[file.kind] !== undefined) {
        throw new LockstepError("RULES_FILE", `there is no ${file.path} (receivers.rules.${file.kind})`);
      }
      this.#rules = withRules(this.#rules, file.kind, read.text, file.path);
      file.seen = read.seen;
      file.missed = read.seen === ABSENT;
    }
  }

  /** Calls whenever other rules are in force, from now until `close`. */
  watch(onChange: (rules: RuleSet) => void): void {
    this.#timer = this.#world.timers.after(this.#settings.reread, () => {
      void this.#lookAtAll().then((changed) => {
        if (this.#closed) return;
        if (changed) onChange(this.#rules);
        this.watch(onChange);
      });
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #lookAtAll(): Promise<boolean> {
    let changed = false;
    for (const file of this.#files) if (await this.#look(file)) changed = true;
    return changed;
  }

  /** Whether its rules are other ones now. */
  async #look(file: RuleFile): Promise<boolean> {
    try {
      const seen = await signature(this.#world.files, file.path);
      const goneAtOnce = seen === ABSENT && !file.missed;
      file.missed = seen === ABSENT;
      if (goneAtOnce) return false;
      if (seen === file.seen) {
        file.stale = seen === file.faulty; // no longer because it could not be read
        return false;
      }
      const read = await readRules(this.#world.files, file.path);
      file.seen = read.seen;
      file.faulty = read.seen; // until the next line has found nothing wrong with it
      this.#rules = withRules(this.#rules, file.kind, read.text, file.path);
      file.faulty = undefined;
      file.stale = false;
      this.#log.info(read.text === undefined ? "a file of rules is gone: no such rules" : "read changed rules", {
        file: file.path,
      });
      return true;
    } catch (error) {
      this.#tellFault(file, error);
      return false;
    }
  }

  #tellFault(file: RuleFile, error: unknown): void {
    const fault = errorText(error);
    // A fault in the text is told once: the file is not read again before it changes. One of reading comes at each look.
    if (errorCode(error) === "RULES_SYNTAX") this.#log.error(`${fault}; the rules from before stay in force`);
    else this.#log.limited("error", file.path, `${fault}; the rules from before stay in force`);
    file.stale = true;
  }
}

async function checkDirectory(files: Files, directory: string): Promise<void> {
  try {
    if ((await files.stat(directory)).directory) return;
  } catch (error) {
    throw new LockstepError("RULES_FILE", `cannot read ${directory} (receivers.rules.directory)`, { cause: error });
  }
  throw new LockstepError("RULES_FILE", `${directory} is no directory (receivers.rules.directory)`);
}

/** The text, and the signature of just this text; both again when the file was written to meanwhile. */
async function readRules(files: Files, path: string): Promise<{ text: string | undefined; seen: string }> {
  for (let tries = 0; tries < READ_TRIES; tries++) {
    const seen = await signature(files, path);
    if (seen === ABSENT) return { text: undefined, seen };
    const text = await readFile(files, path);
    if (seen === (await signature(files, path))) return { text, seen };
  }
  throw new LockstepError("RULES_FILE", `cannot read ${path}: it is being written to all the time`);
}

async function signature(files: Files, path: string): Promise<string> {
  try {
    const { bytes, modifiedMs } = await files.stat(path);
    return `${bytes} ${modifiedMs}`;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return ABSENT;
    throw new LockstepError("RULES_FILE", `cannot read ${path}`, { cause: error });
  }
}

async function readFile(files: Files, path: string): Promise<string> {
  try {
    return await readText(files, path, LIMITS.rulesFileBytes);
  } catch (error) {
    throw new LockstepError("RULES_FILE", `cannot read ${path}`, { cause: error });
  }
}
