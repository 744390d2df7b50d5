/** A process on a simulated host: the world it sees, and the ways in which it can be stopped. */
import type { Timer, World } from "#src/core/world.ts";
import type { SimEnd } from "./network.ts";
import type { SimHost } from "./simulation.ts";

export class SimProcess {
  readonly host: SimHost;
  readonly world: World;
  readonly connections = new Set<SimEnd>();
  alive = true;
  /** Set while stopped (SIGSTOP): what happens to the process waits here. */
  #backlog: (() => void)[] | undefined;

  constructor(host: SimHost, world: (process: SimProcess) => World) {
    this.host = host;
    this.world = world(this);
  }

  /** Runs something that happens to this process: not at all when it is dead, later when it is stopped. */
  enter(run: () => void): void {
    if (!this.alive) return;
    if (this.#backlog !== undefined) this.#backlog.push(run);
    else run();
  }

  after(delayMs: number, run: () => void): Timer {
    let cancelled = false;
    const timer = this.host.scheduler.after(delayMs, () => {
      this.enter(() => {
        if (!cancelled) run();
      });
    });
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  wallMs(): number {
    return Math.floor(this.host.wallMs());
  }

  /** kill -9. */
  kill(): void {
    this.alive = false;
    this.host.network.release(this);
    for (const connection of [...this.connections]) connection.orphan();
    this.connections.clear();
  }

  /** SIGSTOP for this long. */
  pause(durationMs: number): void {
    this.#backlog ??= [];
    this.host.scheduler.after(durationMs, () => {
      const backlog = this.#backlog ?? [];
      this.#backlog = undefined;
      for (const run of backlog) this.enter(run);
    });
  }

  closeConnections(port: number): void {
    for (const connection of [...this.connections]) if (connection.port === port) connection.destroy();
  }
}
