// The portal's deployments: begun, followed, ended. Kept of each is who asked for what, and how it ended;
// how far it is, is read from the stack's checks and events whenever somebody asks.
import type { DeploymentRecord, DeploymentState } from "../../model/deployment.ts";
import type { CheckRow } from "../../model/checks.ts";
import type { Event } from "../../model/status.ts";
import type { Person } from "../../model/person.ts";
import type { PortalDeps } from "./deps.ts";
import type { Change } from "./git-changes.ts";
import { deploymentState, endOf } from "./progress.ts";
import type { ProgressFacts } from "./progress.ts";

export interface Deployments {
  create(asked: {
    readonly name: string;
    readonly template: string;
    readonly url: string | null;
    readonly person: Person;
  }): DeploymentRecord;
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

/** So old may a state be that several watchers read; what nothing tells of, the time for one, is not finer. */
const sharedMs = 1_000;
const mostShared = 1_000;
const mostEvents = 500;
/** Many events come at once; who watches is told once. */
const gatherMs = 50;
/** What no event tells, a merge for instance, is looked for this often while somebody watches. */
const lookMs = 3_000;
/** A manifest that is not seen in Git by then never arrived. */
const arrivesWithinMs = 10 * 60_000;
/** These are about an earlier life of the name. */
const earlierEnds: ReadonlySet<CheckRow["reason"]> = new Set(["removed", "kept", "left"]);

export function createDeployments(deps: PortalDeps): Deployments {
  const { engine, store, forge, clock } = deps;
  const watchers = new Map<string, Set<() => void>>();
  const reviews = new Map<string, { readonly state: ProgressFacts["review"]; atMs: number }>();
  const touched = new Set<string>();
  /** Read once for all who watch; forgotten at everything that could change it. */
  const shared = new Map<
    string,
    { readonly state: Promise<DeploymentState | null>; readonly atMs: number }
  >();
  let gathering = false;
  let cancelLook: (() => void) | null = null;
  let closed = false;

  async function reviewOf({ id, review }: DeploymentRecord): Promise<ProgressFacts["review"]> {
    if (review === null) return null;
    const known = reviews.get(id);
    const isRecent = known !== undefined && clock.now() - known.atMs < lookMs;
    if (known?.state === "merged" || known?.state === "closed" || isRecent) return known.state;
    const state = await forge?.pull(review.number).then(
      (pull) => pull.state,
      // A host that does not answer says nothing new.
      () => known?.state ?? "open",
    );
    reviews.set(id, { state: state ?? "open", atMs: clock.now() });
    return state ?? "open";
  }

  function checkOf({ name, sha, startedAtMs, writtenAtMs }: DeploymentRecord): CheckRow | null {
    const own = sha === null ? null : store.checks(sha).find((row) => row.stack === name);
    if (own && own.reason !== "superseded") return own;
    const newest = store.newestCheck(name);
    if (newest === null || newest.atMs < (writtenAtMs ?? startedAtMs)) return null;
    return earlierEnds.has(newest.reason) ? null : newest;
  }

  function factsOf(record: DeploymentRecord, review: ProgressFacts["review"]): ProgressFacts {
    const { name: stack, startedAtMs } = record;
    const events = store.events(mostEvents, { stack, sinceMs: startedAtMs });
    const project = engine.projects().find((one) => one.stack === stack);
    return {
      record,
      review,
      check: checkOf(record),
      events: [...events].reverse(),
      projectId: project?.id ?? null,
      applicationId: project?.services[0]?.id ?? null,
    };
  }

  /** Null: nothing says so. */
  function lostEnd({ name, review, startedAtMs }: DeploymentRecord): DeploymentRecord["end"] {
    const atMs = clock.now();
    const loaded = engine.loaded();
    if (review !== null || loaded === null || atMs - startedAtMs < arrivesWithinMs) return null;
    if (loaded.byName.has(name) || loaded.manifests.brokenStacks.has(name)) return null;
    const message = "Its manifest is not in Git: it never arrived there, or somebody removed it.";
    return { atMs, status: "failed", error: { message, log: [] } };
  }

  /** What is known now; an end that is seen for the first time is kept. */
  async function look(record: DeploymentRecord): Promise<ProgressFacts> {
    const facts = factsOf(record, record.end === null ? await reviewOf(record) : null);
    if (record.end !== null) return facts;
    const end = endOf(facts) ?? lostEnd(record);
    if (end === null) return facts;
    const ended = { ...record, end };
    save(ended);
    reviews.delete(record.id);
    return { ...facts, record: ended };
  }

  async function stateOf(id: string): Promise<DeploymentState | null> {
    const record = store.deployment(id);
    return record === null ? null : deploymentState(await look(record));
  }

  function save(record: DeploymentRecord): void {
    store.saveDeployment(record);
    if (record.end !== null) deps.tell?.({ kind: "deployment-ended", result: record.end.status });
    shared.delete(record.id);
  }

  function tell(ids: Iterable<string>): void {
    for (const id of ids) for (const changed of [...(watchers.get(id) ?? [])]) changed();
  }

  async function settle(names: ReadonlySet<string>): Promise<void> {
    const concerned = store.openDeployments().filter(({ name }) => names.has(name));
    for (const record of concerned) {
      // What cannot be told now is told at the next event.
      await look(record).catch(() => undefined);
    }
    tell(concerned.map(({ id }) => id));
  }

  function gather(names: readonly string[]): void {
    shared.clear();
    for (const name of names) touched.add(name);
    if (gathering || closed || touched.size === 0) return;
    gathering = true;
    clock.after(gatherMs, () => {
      gathering = false;
      const now = new Set(touched);
      touched.clear();
      if (!closed) void settle(now).catch(() => undefined);
    });
  }

  function lookLater(): void {
    if (closed || cancelLook !== null || watchers.size === 0) return;
    cancelLook = clock.after(lookMs, () => {
      cancelLook = null;
      tell(watchers.keys());
      lookLater();
    });
  }

  function allOpen(): readonly string[] {
    return store.openDeployments().map(({ name }) => name);
  }

  function isAboutAll({ kind, stack }: Event): boolean {
    return stack === null && kind === "revision";
  }

  const unlisten = engine.onEvent((event) => {
    try {
      if (event.stack !== null) gather([event.stack]);
      else if (isAboutAll(event)) gather(allOpen());
    } catch {
      // A store that cannot be read now is asked again at the next event.
    }
  });

  return {
    create({ name, template, url, person }) {
      const { id, name: called, role } = person;
      const startedAtMs = clock.now();
      const record: DeploymentRecord = {
        id: `dep_${startedAtMs.toString(36)}_${deps.randomId()}`,
        name,
        template,
        owner: { id, name: called, role },
        url,
        startedAtMs,
        sha: null,
        review: null,
        writtenAtMs: null,
        end: null,
      };
      save(record);
      return record;
    },
    written(record, change) {
      const made = {
        ...record,
        writtenAtMs: clock.now(),
        sha: change?.kind === "committed" ? change.sha : null,
        review: change?.kind === "review" ? { number: change.number, url: change.url } : null,
      };
      save(made);
      gather([record.name]);
      return made;
    },
    drop(record) {
      const error = { message: "It could not be written to Git.", log: [] };
      save({ ...record, end: { atMs: clock.now(), status: "failed", error } });
    },
    open: () => store.openDeployments(),
    removed(name, by) {
      const error = { message: `${by.name} removed it before it was ready.`, log: [] };
      const end = { atMs: clock.now(), status: "failed", error } as const;
      const concerned = store.openDeployments().filter((one) => one.name === name);
      for (const record of concerned) save({ ...record, end });
      tell(concerned.map(({ id }) => id));
    },
    ownerOf: (id) => store.deployment(id)?.owner.id ?? null,
    newest: (owner, limit) => store.newestDeployments(owner, limit),
    newestOf: (name) => store.deploymentsOf(name, 1)[0] ?? null,
    state(id) {
      const known = shared.get(id);
      if (known !== undefined && clock.now() - known.atMs < sharedMs) return known.state;
      const state = stateOf(id);
      if (shared.size >= mostShared) shared.clear();
      shared.set(id, { state, atMs: clock.now() });
      // A failure is nobody else's.
      state.catch(() => shared.delete(id));
      return state;
    },
    watch(id, changed) {
      const own = watchers.get(id) ?? new Set();
      watchers.set(id, own.add(changed));
      lookLater();
      return () => {
        own.delete(changed);
        if (own.size === 0) watchers.delete(id);
      };
    },
    close() {
      closed = true;
      unlisten();
      cancelLook?.();
      cancelLook = null;
    },
  };
}
