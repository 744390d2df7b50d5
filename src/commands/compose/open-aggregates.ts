/**
 * What aggregation rules have open when an aggregator stops, kept in the state for the next one. It is forgotten when it
 * is taken: after a run that ends by kill -9 there is nothing, rather than something old.
 */
import type { CarriedAggregate } from "../../receivers/rules/carry.ts";
import type { AggregateKeeper } from "../../receivers/rules/rules.ts";
import type { Change, Json, StateStore } from "../../state/state.ts";

const OPEN = "open-aggregates";
/** The record of a run that has saved all that it had open, be it nothing. */
const MARKER = "";
const PER_COMMIT = 1000;

export function keepOpenAggregates(state: StateStore): AggregateKeeper {
  return {
    async take() {
      const records = await state.load(OPEN);
      if (records.size === 0) return undefined;
      const open = [...records].flatMap(([key, value]) =>
        key === MARKER ? [] : [value as unknown as CarriedAggregate],
      );
      const complete = records.has(MARKER);
      // The marker goes first: what is half removed must not look complete.
      await state.commit([{ collection: OPEN, key: MARKER, value: undefined }]);
      await commitAll([...records.keys()].map((key) => ({ collection: OPEN, key, value: undefined })));
      return complete ? open : undefined;
    },
    async save(open) {
      await commitAll(open.map((one) => ({ collection: OPEN, key: one.output, value: one as unknown as Json })));
      await state.commit([{ collection: OPEN, key: MARKER, value: { saved: open.length } }]);
    },
  };

  async function commitAll(changes: readonly Change[]): Promise<void> {
    for (let i = 0; i < changes.length; i += PER_COMMIT) await state.commit(changes.slice(i, i + PER_COMMIT));
  }
}
