/**
 * How far a long command has got, on standard error: a bar that moves when that is a terminal, else a line now and then.
 *
 *     importing ━━━━━━━━━━━━━━━━╺━━━━━━━━━━━━━━ 52 % · 6,240 of 12,000 files · 14,200,000 points
 */
import { formatCount } from "../core/units.ts";
import type { Clock } from "../core/world.ts";
import type { CommandContext } from "./command.ts";

const BAR_MS = 100;
const LINE_MS = 10_000;
const MOST_CELLS = 30;
/** Erases what stands behind the cursor on the line. */
const CLEAR_LINE = "\r\u001b[K";

export interface ProgressUnit {
  /** What goes on: `importing`. */
  readonly doing: string;
  /** What is counted: `files`. */
  readonly of: string;
}

export interface ProgressContext extends Pick<CommandContext, "progress" | "terminal"> {
  readonly world: { readonly clock: Clock };
}

export class Progress {
  readonly #context: ProgressContext;
  readonly #unit: ProgressUnit;
  #shownMs: number;

  constructor(context: ProgressContext, unit: ProgressUnit) {
    this.#context = context;
    this.#unit = unit;
    this.#shownMs = context.terminal.errors ? Number.NEGATIVE_INFINITY : context.world.clock.monotonicMs();
  }

  /** Shows it, if the last time is long enough ago. */
  update(done: number, total: number, more = ""): void {
    const nowMs = this.#context.world.clock.monotonicMs();
    const { errors, columns } = this.#context.terminal;
    if (nowMs - this.#shownMs < (errors ? BAR_MS : LINE_MS)) return;
    this.#shownMs = nowMs;
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const rest = more === "" ? "" : ` · ${more}`;
    const count = `${formatCount(done)} of ${formatCount(total)} ${this.#unit.of}${rest}`;
    if (!errors) {
      this.#context.progress(`${this.#unit.doing}: ${count}\n`);
      return;
    }
    const text = ` ${Math.floor(share * 100)} % · ${count}`;
    const cells = Math.max(0, Math.min(MOST_CELLS, columns - this.#unit.doing.length - text.length - 3));
    const full = Math.round(share * cells);
    const bar = `${"━".repeat(full)}${"╌".repeat(cells - full)}`;
    this.#context.progress(`${CLEAR_LINE}${`${this.#unit.doing} ${bar}${text}`.slice(0, Math.max(1, columns - 1))}`);
  }

  /** Takes the bar away: what follows is the command's own last word. */
  end(): void {
    if (this.#context.terminal.errors) this.#context.progress(CLEAR_LINE);
  }
}
