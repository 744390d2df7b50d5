/**
 * The operator's rules over names, at work: black and white list, rewriting, aggregation, in carbon's file formats.
 *
 * A name is judged once. What is decided stands in the name table as the spelling's target (carbon/target.ts): a series,
 * a refusal, or a route, which is a number of a series and of aggregates together. So a line costs no more than without
 * rules, and a sample one comparison. When the rules change, all targets are forgotten and found anew as lines come.
 */
import { receiptNode } from "../../carbon/receipt.ts";
import type { Judgement, SpellingRules } from "../../carbon/resolve-spelling.ts";
import { SpellingCache } from "../../carbon/spelling-cache.ts";
import { FIRST_ROUTE, type RuleRefusal } from "../../carbon/target.ts";
import { errorCode, errorText } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Log } from "../../core/log.ts";
import type { Counter, Metrics } from "../../core/metrics.ts";
import type { SampleBatch, SeriesId, SeriesStore } from "../../core/series-store.ts";
import type { Timer, World } from "../../core/world.ts";
import { type Aggregate, Aggregates, type AggregationLoss } from "./aggregates.ts";
import type { CarriedAggregate } from "./carry.ts";
import { RuleFiles, ruleFilePaths } from "./files.ts";
import type { RulesSettings } from "./options.ts";
import { OutputWriter } from "./output-writer.ts";
import { type AggregatePart, fateOf, isEmpty, RULE_KINDS, type RuleSet, ruleCount } from "./rule-set.ts";

/** Keeps open aggregates from one run to the next. */
export interface AggregateKeeper {
  /** What the run before has saved when it ended well, which is forgotten with this; undefined: it did not. */
  take(): Promise<readonly CarriedAggregate[] | undefined>;
  save(open: readonly CarriedAggregate[]): Promise<void>;
}

export interface RulesContext {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly store: SeriesStore;
  readonly settings: RulesSettings;
  readonly keeper: AggregateKeeper;
}

/** Where samples of a spelling go beside, or instead of, its series. */
interface Route {
  /** −1: no series. */
  readonly id: SeriesId;
  readonly aggregates: readonly Aggregate[];
}

const NO_SERIES = -1;
/** When there are too many aggregates, idle ones are forgotten, at most this often. */
const RENEW_MS = 600_000;
/** It is worth while when so many of them are idle. */
const IDLE_SHARE = 0.1;

/**
 * Undefined when the settings name no files.
 * @throws LockstepError `RULES_FILE`, `RULES_SYNTAX`.
 */
export async function openRules(context: RulesContext): Promise<Rules | undefined> {
  const { world, log, settings } = context;
  const paths = ruleFilePaths(settings);
  if (paths === undefined) return undefined;
  const files = new RuleFiles({ world, log, settings, paths });
  await files.load();
  const carried = await context.keeper.take();
  const rules = new Rules(context, files, carried);
  const counts = RULE_KINDS.map((kind) => [kind, ruleCount(files.rules, kind)]);
  log.info("rules over names are in force", Object.fromEntries(counts) as Record<string, number>);
  return rules;
}

export class Rules implements SpellingRules {
  readonly cache: SpellingCache;
  readonly #context: RulesContext;
  readonly #files: RuleFiles;
  readonly #writer: OutputWriter;
  readonly #lost: Counter<"reason">;
  readonly #taken: Counter<never>;
  readonly #blindBeforeSeconds: number | undefined;
  #rules: RuleSet;
  #aggregates: Aggregates;
  #routes: Route[] = [];
  readonly #routeNumbers = new Map<string, number>();
  #renewal: Timer | undefined;
  #renewedMs = Number.NEGATIVE_INFINITY;

  constructor(context: RulesContext, files: RuleFiles, carried: readonly CarriedAggregate[] | undefined) {
    const { world, metrics, store } = context;
    this.#context = context;
    this.#files = files;
    this.#rules = files.rules;
    this.cache = new SpellingCache(store.names.seed);
    this.#writer = new OutputWriter(context, {
      nameOf: (output) => this.#outputName(output),
      onLoss: (reason, values) => this.#lost.add(values, { reason }),
    });
    this.#taken = metrics.counter("lockstep_rules_aggregated_total", "Values taken into aggregates.");
    this.#lost = metrics.counter(
      "lockstep_rules_aggregation_lost_total",
      "Values that have no part in an aggregate, and aggregates that could not be written, by reason.",
      ["reason"],
    );
    this.#blindBeforeSeconds = carried === undefined ? Math.ceil(world.clock.wallMs() / 1000) : undefined;
    this.#aggregates = this.#openAggregates(carried ?? []);
    store.names.forgetTargets(isEmpty(this.#rules));
    this.#declareGauges();
    files.watch((rules) => this.#replace(rules));
  }

  /** Who stores what aggregates come to. */
  onAggregates(take: (batch: SampleBatch) => void): void {
    this.#writer.take = take;
  }

  // ---- names, once each -------------------------------------------------------------------------------------------

  judge(spelling: string): Judgement | RuleRefusal | "rule_too_slow" {
    if (receiptNode(spelling) !== undefined) return { name: spelling, route: (target) => target! };
    try {
      const fate = fateOf(this.#rules, spelling, this.#context.settings.forwardAll);
      if (typeof fate === "string") return fate;
      const aggregates = fate.parts.flatMap(({ output, rule }) => this.#aggregateOf(output, rule) ?? []);
      if (fate.name === undefined && aggregates.length === 0) return "not_aggregated";
      return { name: fate.name, route: (target) => this.#route(target ?? NO_SERIES, aggregates) };
    } catch (error) {
      if (errorCode(error) !== "QUERY_REGEX_STEPS") throw error;
      this.#context.log.limited("error", "slow", `a name is refused: ${errorText(error)}`, { name: spelling });
      return "rule_too_slow";
    }
  }

  #route(id: SeriesId, aggregates: readonly Aggregate[]): number {
    if (aggregates.length === 0) return id;
    const key = `${id} ${aggregates.map(({ output }) => output).join(" ")}`;
    const known = this.#routeNumbers.get(key);
    if (known !== undefined) return known;
    const number = FIRST_ROUTE + this.#routes.push({ id, aggregates }) - 1;
    this.#routeNumbers.set(key, number);
    return number;
  }

  #aggregateOf(output: string, rule: AggregatePart["rule"]): Aggregate | undefined {
    const { log } = this.#context;
    const aggregate = this.#aggregates.of(output, rule);
    if (aggregate === undefined) {
      this.#lost.add(1, { reason: "aggregate_limit" satisfies AggregationLoss });
      log.limited("error", "aggregates", "the aggregation rules make too many series: further ones are not made");
      this.#renewLater();
    } else if (aggregate.rule.method !== rule.method || aggregate.rule.frequencySeconds !== rule.frequencySeconds) {
      const fields = { aggregate: output, lines: `${aggregate.rule.line.number}, ${rule.line.number}` };
      log.limited("warn", "contradiction", "two rules make one aggregate; the one that came first holds", fields);
    }
    return aggregate;
  }

  #outputName(output: string): string {
    const { settings } = this.#context;
    return settings.rewriteAggregates ? this.#rules.rewrite.post.reduce((name, rule) => rule(name), output) : output;
  }

  // ---- samples, all of them ---------------------------------------------------------------------------------------

  /** Gives aggregates their part, and returns what is to be stored, in the same arrays. */
  take(batch: SampleBatch): SampleBatch {
    if (this.#routes.length === 0) return batch;
    const { length, ids, seconds, values } = batch;
    let kept = 0;
    let taken = 0;
    for (let i = 0; i < length; i++) {
      let id = ids[i]!;
      if (id >= FIRST_ROUTE) {
        const { id: series, aggregates } = this.#routes[id - FIRST_ROUTE]!;
        for (const aggregate of aggregates) this.#aggregates.add(aggregate, seconds[i]!, values[i]!);
        taken += aggregates.length;
        id = series;
        if (id === NO_SERIES) continue;
      }
      ids[kept] = id;
      seconds[kept] = seconds[i]!;
      values[kept++] = values[i]!;
    }
    if (taken > 0) this.#taken.add(taken, {});
    return { length: kept, ids, seconds, values };
  }

  // ---- the rules change, and end ----------------------------------------------------------------------------------

  /**
   * Not at once: a batch on its way holds routes of now. With the rules as they are, names without an aggregate are
   * judged again, and those get a place that send now.
   */
  #renewLater(): void {
    if (this.#renewal !== undefined) return;
    const { clock, timers } = this.#context.world;
    const inMs = Math.max(0, this.#renewedMs + RENEW_MS - clock.monotonicMs());
    this.#renewal = timers.after(inMs, () => {
      this.#renewal = undefined;
      this.#renewedMs = clock.monotonicMs();
      if (this.#aggregates.idle >= IDLE_SHARE * this.#aggregates.outputs) this.#replace(this.#rules);
      else this.#renewLater();
    });
  }

  #replace(rules: RuleSet): void {
    const carried = this.#aggregates.close();
    this.#rules = rules;
    this.#routes = [];
    this.#routeNumbers.clear();
    this.#writer.forgetNames();
    this.cache.clear();
    this.#context.store.names.forgetTargets(isEmpty(rules));
    this.#aggregates = this.#openAggregates(carried);
  }

  #openAggregates(carried: readonly CarriedAggregate[]): Aggregates {
    const { world, settings } = this.#context;
    return new Aggregates({
      timers: world.timers,
      monotonicMs: () => world.clock.monotonicMs(),
      wallMs: () => world.clock.wallMs(),
      intervals: settings.intervals,
      valuesLimit: LIMITS.aggregationValues,
      writeBackSeconds: settings.writeBackSeconds,
      carried: new Map(carried.map((aggregate) => [aggregate.output, aggregate])),
      blindBeforeSeconds: this.#blindBeforeSeconds,
      write: (output, seconds, value, incomplete) => this.#writer.write(output, seconds, value, incomplete),
      onWritten: () => this.#writer.flush(),
      onLoss: (reason, values) => this.#lost.add(values, { reason }),
    });
  }

  #declareGauges(): void {
    const { metrics } = this.#context;
    metrics.gauge("lockstep_rules", "Rules in force, by kind.", ["kind"], () =>
      RULE_KINDS.map((kind) => ({ labels: { kind }, value: ruleCount(this.#rules, kind) })),
    );
    metrics.gauge(
      "lockstep_rules_stale",
      "1 where the file can't be used and the rules from before hold.",
      ["kind"],
      () => [...this.#files.stale()].map(([kind, stale]) => ({ labels: { kind }, value: Number(stale) })),
    );
    metrics.gauge("lockstep_rules_aggregates", "Series that aggregation rules make.", [], () => [
      { labels: {}, value: this.#aggregates.outputs },
    ]);
    metrics.gauge("lockstep_rules_open_intervals", "Intervals of aggregates that still take points.", [], () => [
      { labels: {}, value: this.#aggregates.buckets },
    ]);
  }

  /** Writes what is open, and saves it for the next run. After this nothing may be taken. */
  async close(): Promise<void> {
    this.#files.close();
    this.#renewal?.cancel();
    await this.#context.keeper.save(this.#aggregates.close());
  }
}
