// All that can be known and planned without writing: Git, the server, what the store remembers of earlier
// runs, and plans over them. A process that only looks is this alone; a loop is built on top of it.
import type { Clock } from "../../lib/clock.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { HttpClient } from "../../lib/http.ts";
import { createListeners } from "../../lib/listeners.ts";
import { isPreviewName } from "../../model/preview-name.ts";
import type { Event, EventKind } from "../../model/status.ts";
import type { Branches, Platform, Source, SourceTree } from "../../ports.ts";
import type { Registry } from "../../ports-registry.ts";
import type { Store } from "../../ports-store.ts";
import type { Forge } from "../../ports-forge.ts";
import { tellNobody } from "../../ports-telemetry.ts";
import type { Tell } from "../../ports-telemetry.ts";
import { createBuilds } from "../builds/builds.ts";
import type { Builds } from "../builds/builds.ts";
import { rememberKnownProjects } from "../drift/known-projects.ts";
import { createKnownLeft } from "../drift/left-drift.ts";
import type { KnownLeft } from "../drift/left-drift.ts";
import type { EventLog } from "../events/events.ts";
import { createReachable } from "../events/reachable.ts";
import type { Reachable } from "../events/reachable.ts";
import { reportProgress, reportVerdict } from "../events/rollout-events.ts";
import { allBranches } from "../follow/all-branches.ts";
import type { Dns, NameServers } from "../../ports-dns.ts";
import type { HostProbe } from "../../ports-hosts.ts";
import { createHostChecks, noHostChecks } from "../hosts/host-checks.ts";
import type { HostChecks } from "../hosts/host-checks.ts";
import type { HostSettings } from "../hosts/host-targets.ts";
import type { RecordSettings } from "../../plan/record-wishes.ts";
import { createHostRecords } from "../dns/host-records.ts";
import type { HostRecords } from "../dns/host-records.ts";
import { createHeads } from "../follow/heads.ts";
import { createPulled } from "../follow/pulled.ts";
import type { Pulled } from "../follow/pulled.ts";
import type { Heads } from "../follow/heads.ts";
import { createMemory, noMemory } from "../memory/memory.ts";
import type { Memory } from "../memory/memory.ts";
import { mayDeploy } from "../order/order.ts";
import { createStackOwners } from "../removal/stack-owners.ts";
import type { StackOwners } from "../removal/stack-owners.ts";
import { createPruning } from "../removal/prune.ts";
import type { Pruning } from "../removal/prune.ts";
import { createTombstones } from "../removal/tombstones.ts";
import type { Tombstones } from "../removal/tombstones.ts";
import { createStackRecords } from "../memory/stack-records.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import { createOpenRequests } from "../requests/open-requests.ts";
import type { OpenRequests } from "../requests/open-requests.ts";
import { createSuspensions } from "../requests/suspensions.ts";
import type { Suspensions } from "../requests/suspensions.ts";
import { createRollback } from "../rollback/rollback.ts";
import type { Rollback } from "../rollback/rollback.ts";
import { createSite } from "../site/site.ts";
import type { RolloutHooks, Site, SiteSettings } from "../site/site.ts";
import { createDesiredState } from "../state/desired-state.ts";
import type { DesiredState, Loaded } from "../state/desired-state.ts";
import type { ManifestOptions } from "../state/load-tree.ts";
import type { PreviewSource } from "../state/previews.ts";
import { toldSource } from "../state/told-source.ts";
import type { View } from "../state/world.ts";
import type { Wakeups } from "../wakeups.ts";
import { planProposal, planSet } from "./plan-sets.ts";
import type { PlanSet, PlanSetDeps, ProposalPlan } from "./plan-sets.ts";
import { createRevisions } from "./revisions.ts";
import type { NewRevision, Revisions } from "./revisions.ts";

export interface ReaderDeps extends Pick<
  ManifestOptions,
  "secrets" | "hasher" | "redactor" | "documents"
> {
  readonly platform: Platform;
  readonly source: Source;
  readonly store: Store;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Where runs of the images' builds are asked for. */
  readonly forge?: Pick<Forge, "runs">;
  /** Of repositories by their addresses; absent: branches are only followed through Dokploy's Git providers. */
  readonly branches?: Branches;
  /** Absent: no registry is asked for new images. */
  readonly registry?: Registry;
  /** Where records of stacks are kept; null or absent: no provider is configured. */
  readonly dns?: Dns | null;
  /** How hosts are checked as people reach them; absent: none are. */
  readonly hostProbe?: HostProbe;
  /** Who is asked for names of hosts. */
  readonly nameServers?: NameServers;
  /** What metrics and traces are made of. */
  readonly tell?: Tell;
  /** Of pull requests that have previews; absent: none have. */
  readonly previews?: PreviewSource;
}

export interface ReaderSettings
  extends
    SiteSettings,
    Pick<
      ManifestOptions,
      "stacksPath" | "policiesPath" | "policyFile" | "reservedNames" | "dokploys"
    > {
  /** `STACK_…` and LOG_INGEST_URL, for `$(env.…)`. */
  readonly variables: ManifestOptions["variables"];
  readonly dryRun: boolean;
  /** The host of the Git host's own registry, by which images name their repositories; null: none. */
  readonly registryHost?: string | null;
  /** How DNS records are kept; absent: only where a manifest says so, with its own target. */
  readonly records?: RecordSettings;
  /** Where hosts are asked, and how often; absent: never. */
  readonly hosts?: HostSettings & { readonly intervalMs: number };
}

export interface ReaderOptions {
  readonly deps: ReaderDeps;
  readonly settings: ReaderSettings;
  readonly events: EventLog;
  readonly wakeups: Wakeups;
  /** Aborted when the process is to end. */
  readonly ending: AbortSignal;
  /** Told the id of a revision that is new, before it is read. */
  readonly seen: (revision: string) => void;
  /** Told of a revision once it was read, with the stacks that it touched. */
  readonly read: (loaded: Loaded, changed: readonly string[]) => void;
  /** Told how each look at Git ended, after `read`: why it failed, or null and what is the newest one. */
  readonly looked: (failing: string | null, newest: string | null) => void;
}

export interface Reader extends Revisions {
  readonly site: Site;
  /** With known projects read once and then followed. */
  readonly store: Store;
  readonly memory: Memory;
  readonly desired: DesiredState;
  readonly rollback: Rollback;
  readonly pruning: Pruning;
  readonly tombstones: Tombstones;
  readonly owners: StackOwners;
  readonly requests: OpenRequests;
  /** What all loops know of each stack. */
  readonly records: Pick<StackRecords, "forget">;
  readonly suspensions: Suspensions;
  readonly knownLeft: KnownLeft;
  readonly builds: Builds;
  readonly heads: Heads;
  readonly pulled: Pulled;
  readonly hostRecords: HostRecords;
  readonly hostChecks: HostChecks;
  readonly reachable: Reachable;
  /** Calls `listener` after each list of the server that is trusted; the returned function ends that. */
  onListed(listener: (view: View) => void): () => void;
  /** The id of what is desired now; null before Git was read. */
  revision(): string | null;
  /** What is desired now. Throws `unavailable` before Git was read. */
  loaded(): Loaded;
  /** What would change in these stacks. */
  plan(names: readonly string[], loaded: Loaded, view: View): Promise<PlanSet>;
  /** What would change if the branch were as this tree; nothing of it becomes desired. */
  proposal(tree: SourceTree, withSecrets: boolean): Promise<ProposalPlan>;
}

/** Says something of one stack, at the revision that is desired now. */
type Say = (kind: EventKind, level: Event["level"], stack: string, message: string) => void;

function createSay(events: EventLog, revision: () => string | null): Say {
  return (kind, level, stack, message) => {
    events.add({ kind, level, stack, revision: revision(), message });
  };
}

function rolloutHooks(
  { events, wakeups, deps }: ReaderOptions,
  { desired, requests, suspensions }: Pick<Reader, "desired" | "requests" | "suspensions">,
): RolloutHooks {
  const revision = (): string | null => desired.current()?.revision.id ?? null;
  return {
    progress(progress) {
      reportProgress(events, revision(), progress);
      // Its status tells what the rollout waits for.
      if (progress.troubles > 0)
        wakeups.goOn(progress.request.stack, "following its rollout failed");
    },
    mayDeploy(stack) {
      const loaded = desired.current();
      if (suspensions.of(stack, loaded) !== null) return false;
      const wanted = loaded?.byName.get(stack);
      return mayDeploy(wanted && requests.inTurn(wanted, loaded), deps.clock.now());
    },
    released({ stack }) {
      wakeups.goOn(stack, "its rollout may not go on now");
    },
    ended(progress, verdict, failure) {
      reportVerdict(events, revision(), progress, verdict, failure);
      // Its own run goes on where it stopped: nothing that it knows has aged.
      wakeups.goOn(progress.request.stack, "a rollout ended");
    },
  };
}

/** What the store remembers of earlier runs, and of what people asked for. */
function createRemembered({ deps, settings }: ReaderOptions, desired: DesiredState) {
  const { clock, random, dns = null } = deps;
  const { instance, records: keeping = { managed: false, target: null } } = settings;
  const store: Store = { ...deps.store, ...rememberKnownProjects(deps.store) };
  const memory = settings.dryRun ? noMemory : createMemory(store, clock);
  const tombstones = createTombstones(store, clock);
  const records = createStackRecords();
  return {
    store,
    memory,
    records,
    tombstones,
    /** Where something was removed that is not known to be gone. */
    leftOn: () => new Set(tombstones.all().flatMap(({ serverId }) => serverId ?? [])),
    owners: createStackOwners(store, memory),
    pruning: createPruning(deps.hasher, tombstones),
    requests: createOpenRequests({ memory, records, input: (stack) => desired.input(stack) }),
    suspensions: createSuspensions(store, clock),
    knownLeft: createKnownLeft({ memory, records, hasher: deps.hasher }),
    hostRecords: createHostRecords({ dns, instance, settings: keeping, memory, clock, random }),
  };
}

function createDesired({ deps, settings, seen }: ReaderOptions, tell: Tell): DesiredState {
  const { source, secrets, hasher, redactor, documents, clock, previews } = deps;
  previews?.begin();
  return createDesiredState({
    ...(previews === undefined ? {} : { previews }),
    ...{ ...settings, secrets, hasher, redactor },
    ...(documents === undefined ? {} : { documents }),
    source: toldSource(source, clock, tell),
    seen: (revision) => {
      tell({ kind: "commit-seen", revision, atMs: clock.now() });
      seen(revision);
    },
  });
}

function checksOf({ deps, settings, wakeups }: ReaderOptions): HostChecks {
  const { hostProbe: probe, nameServers, dns = null, clock, random } = deps;
  const { hosts } = settings;
  if (probe === undefined || nameServers === undefined || hosts === undefined) return noHostChecks;
  const { intervalMs } = hosts;
  return createHostChecks({
    ...{ settings: hosts, intervalMs, dns, nameServers, probe, clock, random, wakeups },
  });
}

/** Commits of the branch have nothing to do with previews. */
function changedByBranch({ loaded, changed }: NewRevision): readonly string[] {
  const { brokenStacks } = loaded.manifests;
  return changed.filter((name) => !isPreviewName(name) || brokenStacks.has(name));
}

export function createReader(options: ReaderOptions): Reader {
  const { deps, settings, events, wakeups, ending } = options;
  const { platform, clock, http, random, tell = tellNobody } = deps;
  const desired = createDesired(options, tell);
  const revision = (): string | null => desired.current()?.revision.id ?? null;
  const say = createSay(events, revision);
  const reachable = createReachable(events, () => ending.aborted);
  const remembered = createRemembered(options, desired);
  const { store } = remembered;
  const lists = createListeners<View>();
  const site = createSite({
    ...{ ...remembered, platform, clock, http, random, settings, reachable },
    redact: (text) => deps.redactor.redact(text),
    listed: (view) => {
      lists.tell(view);
    },
    hooks: rolloutHooks(options, { desired, ...remembered }),
  });
  const rollback = createRollback({
    ...{ desired, store, rollouts: site.rollouts },
    ...{ source: deps.source, hasher: deps.hasher, redactor: deps.redactor },
    tell: (stack, message) => {
      say("rollout", "error", stack, message);
    },
  });
  const revisions = createRevisions({
    ...{ desired, reachable, events, clock, tell },
    looked: options.looked,
  });
  revisions.listen((news) => {
    if (!news.previewsOnly) options.read(news.loaded, changedByBranch(news));
  });
  const { registryHost = null } = settings;
  const builds = createBuilds({ forge: deps.forge ?? null, registryHost, clock, wakeups, tell });
  const heads = createHeads({
    branches: allBranches(deps),
    wakeups,
    ending,
    failed(stack, news, error) {
      const message =
        error === null ? `new ${news} are seen again` : `new ${news} cannot be seen: ${error}`;
      say("note", error === null ? "info" : "warn", stack, message);
    },
  });
  const pulled = createPulled(platform);
  const { world, rollouts, intents } = site;
  const planning: PlanSetDeps = {
    ...{ ...remembered, platform, world, rollouts, rollback, clock },
    ...{ intents, heads, pulled, instance: settings.instance },
  };

  function loaded(): Loaded {
    const current = desired.current();
    if (current !== null) return current;
    throw new CapstanError("unavailable", "the branch itself could not be read yet", {
      hint: "the log and /health say why",
    });
  }

  return {
    ...remembered,
    ...revisions,
    site,
    desired,
    rollback,
    builds,
    heads,
    pulled,
    hostChecks: checksOf(options),
    reachable,
    onListed: (listener) => lists.add(listener),
    revision,
    loaded,
    plan: (names, now, view) => planSet(names, now, view, planning),
    async proposal(tree, withSecrets) {
      await revisions.refresh("pull request").catch(() => false);
      const preview = { ...deps, ...settings };
      return planProposal(tree, loaded(), withSecrets, { ...planning, preview });
    },
  };
}
