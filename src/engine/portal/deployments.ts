// The portal's deployments: begun, followed, ended. Kept of each is who asked for what, and how it ended;
// how far it is, is read from the stack's checks and events whenever somebody asks.
import type { DeploymentRecord, DeploymentState } from "../../model/deployment.ts";
import type { Person } from "../../model/person.ts";
import { createDeploymentFacts } from "./deployment-facts.ts";
import { failedRecord, newRecord, writtenRecord } from "./deployment-record.ts";
import type { AskedDeployment } from "./deployment-record.ts";
import { createDeploymentWatchers } from "./deployment-watchers.ts";
import type { PortalDeps } from "./deps.ts";
import { createGatheredNames } from "./gathered-names.ts";
import type { Change } from "./git-changes.ts";
import { deploymentState } from "./progress.ts";
import type { ProgressFacts } from "./progress.ts";
import { createSharedStates } from "./shared-states.ts";

export interface Deployments {
  create(asked: AskedDeployment): DeploymentRecord;
  /** Resolves when what was created is in the store. Throws as that does. */
  kept(): Promise<void>;
  /** The manifest is in Git, or in a pull request; null: it was there before. */
  written(record: DeploymentRecord, change: Change | null): DeploymentRecord;
  /** It never began. */
  drop(record: DeploymentRecord): void;
  /** Those that have not ended. */
  open(): readonly DeploymentRecord[];
  /** The stack's manifest was taken out of Git: what is still under way of it has ended. */
  removed(name: string, by: Pick<Person, "name">): void;
  /** The newest first; of one person, by id, or of all (null). */
  newest(owner: string | null, limit: number): readonly DeploymentRecord[];
  newestOf(name: string): DeploymentRecord | null;
  /** The id of the person who asked for it; null for an id that is not known. */
  ownerOf(id: string): string | null;
  state(id: string): Promise<DeploymentState | null>;
  watch(id: string, changed: () => void): () => void;
  /** May be called twice. */
  close(): void;
}

/** Several who watch share one reading for so long: the time that they are shown is no finer. */
const sharedMs = 1_000;
/** Many events come at once; who watches is told once. */
const gatherMs = 50;
/** What no event tells is looked for this often while somebody watches. */
const lookMs = 3_000;

function endedIn(store: PortalDeps["store"], id: string): DeploymentRecord | null {
  const record = store.deployment(id);
  return record?.end ? record : null;
}

export function createDeployments(deps: PortalDeps): Deployments {
  const { engine, store, clock } = deps;
  const facts = createDeploymentFacts(deps, lookMs);
  const watchers = createDeploymentWatchers(clock, lookMs);
  const shared = createSharedStates(clock, sharedMs, stateOf);
  const touched = createGatheredNames(clock, gatherMs, (names) => {
    void settle(names).catch(() => undefined);
  });

  function save(record: DeploymentRecord): DeploymentRecord {
    store.saveDeployment(record);
    if (record.end !== null) {
      deps.tell?.({ kind: "deployment-ended", result: record.end.status });
      facts.forget(record.id);
    }
    shared.forget(record.id);
    return record;
  }

  /** What is known now; an end that is seen for the first time is kept. */
  async function look(record: DeploymentRecord): Promise<ProgressFacts> {
    const now = await facts.of(record);
    if (now.record === record) return now;
    // The first end counts: it may have been seen, or brought about, meanwhile.
    const kept = endedIn(store, record.id);
    return kept === null ? { ...now, record: save(now.record) } : { ...now, record: kept };
  }

  async function stateOf(id: string): Promise<DeploymentState | null> {
    const record = store.deployment(id);
    return record === null ? null : deploymentState(await look(record));
  }

  function openOf(names: ReadonlySet<string>): readonly DeploymentRecord[] {
    return store.openDeployments().filter(({ name }) => names.has(name));
  }

  async function settle(names: ReadonlySet<string>): Promise<void> {
    const concerned = openOf(names);
    for (const record of concerned) {
      // What cannot be told now is told at the next event.
      await look(record).catch(() => undefined);
    }
    watchers.tell(concerned.map(({ id }) => id));
  }

  function happenedTo(names: readonly string[]): void {
    shared.forgetAll();
    touched.add(names);
  }

  const unlisten = engine.onAnyEvent(({ stack, kind }) => {
    try {
      if (stack !== null) happenedTo([stack]);
      else if (kind === "revision") happenedTo(store.openDeployments().map(({ name }) => name));
    } catch {
      // A store that cannot be read now is asked again at the next event.
    }
  });

  return {
    create(asked) {
      const atMs = clock.now();
      return save(newRecord(asked, `dep_${atMs.toString(36)}_${deps.randomId()}`, atMs));
    },
    written(record, change) {
      const made = save(writtenRecord(record, change, clock.now()));
      happenedTo([record.name]);
      return made;
    },
    drop(record) {
      save(failedRecord(record, "It could not be written to Git.", clock.now()));
    },
    removed(name, by) {
      const why = `${by.name} removed it before it was ready.`;
      const concerned = openOf(new Set([name]));
      for (const record of concerned) save(failedRecord(record, why, clock.now()));
      watchers.tell(concerned.map(({ id }) => id));
    },
    ...{ kept: () => store.written(), open: () => store.openDeployments() },
    ownerOf: (id) => store.deployment(id)?.owner.id ?? null,
    newest: (owner, limit) => store.newestDeployments(owner, limit),
    newestOf: (name) => store.deploymentsOf(name, 1)[0] ?? null,
    state: (id) => shared.of(id),
    watch: (id, changed) => watchers.watch(id, changed),
    close() {
      unlisten();
      touched.close();
      watchers.close();
    },
  };
}
