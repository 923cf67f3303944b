// The children of services: what Dokploy keeps as rows of their own, such as domains. One row a kind of child says by
// what two are the same one, what their text is and what may hold a secret; whether a deploy is needed is a matter of
// the service that has them.
import type {
  BackupSpec,
  BasicAuthSpec,
  DomainSpec,
  MountSpec,
  OwnVolume,
  PortSpec,
  RedirectSpec,
  ScheduleSpec,
  VolumeBackupSpec,
  WorkloadSpec,
} from "./specs.ts";

export interface ChildSpecs {
  readonly mount: MountSpec;
  readonly port: PortSpec;
  readonly basicAuth: BasicAuthSpec;
  readonly redirect: RedirectSpec;
  readonly domain: DomainSpec;
  readonly schedule: ScheduleSpec;
  readonly backup: BackupSpec;
  readonly volumeBackup: VolumeBackupSpec;
}

export type ChildKind = keyof ChildSpecs;

export type Child = {
  readonly [K in ChildKind]: { readonly kind: K; readonly spec: ChildSpecs[K] };
}[ChildKind];

/** A child with the id that it needs to be changed or deleted. */
export type StoredChild = Child & { readonly id: string };

/** Where specs have their children. */
export interface ChildLists {
  readonly mounts: readonly MountSpec[];
  readonly ports: readonly PortSpec[];
  readonly basicAuth: readonly BasicAuthSpec[];
  readonly redirects: readonly RedirectSpec[];
  readonly domains: readonly DomainSpec[];
  readonly schedules: readonly ScheduleSpec[];
  readonly backups: readonly BackupSpec[];
  readonly volumeBackups: readonly VolumeBackupSpec[];
}

export interface ChildRow<Spec> {
  /** Its list in specs, and the first name of its field paths. */
  readonly root: keyof ChildLists;
  readonly list: (lists: Partial<ChildLists>) => readonly Spec[];
  /** Dokploy lists them apart from the service: they cost a read of their own. */
  readonly isListedApart: boolean;
  /** What makes two of them the same one. */
  readonly key: (spec: Spec) => string;
  readonly text: (spec: Spec) => string;
  /** Its fields, each with a path of its own below the child's, defaults left out; null: the text is all that is shown. */
  readonly parts: ((spec: Spec) => Readonly<Record<string, string>>) | null;
  /** Whether such a text, of the child or of one of its parts at `path`, may hold a secret. */
  readonly maySecret: (text: string, path: string) => boolean;
  /** Whether Dokploy cannot turn one into the other in place. */
  readonly replaces: (stored: Spec, spec: Spec) => boolean;
}

export function domainKey(domain: Pick<DomainSpec, "host" | "path">): string {
  return domain.path === "/" ? domain.host : `${domain.host}${domain.path}`;
}

export function portKey(port: Pick<PortSpec, "published" | "protocol">): string {
  return `${port.published}/${port.protocol}`;
}

function mountText(mount: MountSpec): string {
  switch (mount.type) {
    case "volume":
      return `volume ${mount.volume}`;
    case "bind":
      return `bind ${mount.source}`;
    case "file":
      return `file ${mount.content}`;
  }
}

function domainText(domain: DomainSpec): string {
  const parts = [
    `port=${domain.port}`,
    `https=${domain.https}`,
    `certificate=${domain.certificate}`,
  ];
  if (domain.stripPath) parts.push("stripPath=true");
  if (domain.internalPath !== "/") parts.push(`internalPath=${domain.internalPath}`);
  if (domain.middlewares.length > 0) parts.push(`middlewares=${domain.middlewares.join(",")}`);
  if (domain.service !== undefined) parts.push(`service=${domain.service}`);
  if (domain.entrypoint !== null) parts.push(`entrypoint=${domain.entrypoint}`);
  return parts.join(" ");
}

/** Says `temporary` only where the replacement's own last word would read as one of the two. */
function redirectText({ replacement, permanent }: RedirectSpec): string {
  if (permanent) return `${replacement} permanent`;
  return / (?:permanent|temporary)$/.test(replacement) ? `${replacement} temporary` : replacement;
}

/** What differs from what Dokploy, or Capstan, takes where nothing is said. */
function scheduleParts(schedule: ScheduleSpec): Readonly<Record<string, string>> {
  const { cron, service, command, timezone, shell, enabled, byHand } = schedule;
  return {
    cron,
    ...(service !== undefined && { service }),
    command,
    ...(timezone !== "UTC" && { timezone }),
    ...(shell !== "sh" && { shell }),
    ...(!enabled && { enabled: "false" }),
    ...madeByHand(byHand),
  };
}

function copiesParts(
  copies: Omit<BackupSpec, "database" | "within">,
  what: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { cron, destination, prefix, keepLatest, enabled, byHand } = copies;
  return {
    ...{ cron, destination, prefix, ...what },
    ...(keepLatest !== null && { keepLatest: String(keepLatest) }),
    ...(!enabled && { enabled: "false" }),
    ...madeByHand(byHand),
  };
}

function backupParts(backup: BackupSpec): Readonly<Record<string, string>> {
  const { database, within } = backup;
  if (within === undefined) return copiesParts(backup, { database });
  const { service, type, user, password, rootPassword } = within;
  return copiesParts(backup, {
    ...{ database, service, type },
    ...(user !== "" && { user }),
    ...(password !== "" && { password }),
    ...(rootPassword !== "" && { rootPassword }),
  });
}

/** No volume's name has blanks: the two kinds are never taken for each other. */
const volumeText = (volume: string | OwnVolume): string =>
  typeof volume === "string" ? volume : `${volume.own} of the compose file`;

const volumeBackupParts = (backup: VolumeBackupSpec): Readonly<Record<string, string>> =>
  copiesParts(backup, {
    ...(backup.volume !== null && { volume: volumeText(backup.volume) }),
    ...(backup.service !== undefined && { service: backup.service }),
    ...(backup.turnOff && { turnOff: "true" }),
  });

function madeByHand(byHand: boolean): Readonly<Record<string, string>> {
  return byHand ? { origin: "made by hand" } : {};
}

/** A kind whose fields are shown one by one. */
function inParts<Spec>(parts: (spec: Spec) => Readonly<Record<string, string>>) {
  return { parts, text: (spec: Spec) => JSON.stringify(parts(spec)) };
}

const never = (): boolean => false;
const always = (): boolean => true;

/** In the order in which they are written: what protects comes before what it protects. */
export const childRows: { readonly [K in ChildKind]: ChildRow<ChildSpecs[K]> } = {
  mount: {
    root: "mounts",
    isListedApart: false,
    list: ({ mounts = [] }) => mounts,
    key: ({ target }) => target,
    text: mountText,
    parts: null,
    // Volumes' names are known to the server.
    maySecret: (text) => !text.startsWith("volume "),
    replaces: (stored, spec) => stored.type !== spec.type,
  },
  port: {
    root: "ports",
    isListedApart: false,
    list: ({ ports = [] }) => ports,
    key: portKey,
    text: ({ target, mode }) => `${target} ${mode}`,
    parts: null,
    maySecret: never,
    replaces: never,
  },
  basicAuth: {
    root: "basicAuth",
    isListedApart: false,
    list: ({ basicAuth = [] }) => basicAuth,
    key: ({ username }) => username,
    text: ({ password }) => password,
    parts: null,
    maySecret: always,
    replaces: never,
  },
  redirect: {
    root: "redirects",
    isListedApart: false,
    list: ({ redirects = [] }) => redirects,
    key: ({ regex }) => regex,
    text: redirectText,
    parts: null,
    maySecret: always,
    replaces: never,
  },
  domain: {
    root: "domains",
    isListedApart: false,
    list: ({ domains = [] }) => domains,
    key: domainKey,
    text: domainText,
    parts: null,
    // Host, path and port are known to the world.
    maySecret: (text) => / (?:internalPath|middlewares)=/.test(text),
    replaces: never,
  },
  schedule: {
    root: "schedules",
    isListedApart: true,
    list: ({ schedules = [] }) => schedules,
    key: ({ name }) => name,
    ...inParts(scheduleParts),
    maySecret: (_, path) => path.endsWith(".command"),
    replaces: never,
  },
  backup: {
    root: "backups",
    isListedApart: false,
    list: ({ backups = [] }) => backups,
    key: ({ name }) => name,
    ...inParts(backupParts),
    maySecret: (_, path) => /\.(?:password|rootPassword)$/.test(path),
    replaces: never,
  },
  volumeBackup: {
    root: "volumeBackups",
    isListedApart: true,
    list: ({ volumeBackups = [] }) => volumeBackups,
    key: ({ name }) => name,
    ...inParts(volumeBackupParts),
    maySecret: never,
    replaces: never,
  },
};

export const childKinds = Object.keys(childRows) as readonly ChildKind[];

/** The row of a child's kind; the caller passes it only specs of that kind. */
export function rowOf(kind: ChildKind): ChildRow<Child["spec"]> {
  return childRows[kind] as unknown as ChildRow<Child["spec"]>;
}

export function childKey({ kind, spec }: Child): string {
  return rowOf(kind).key(spec);
}

export function domainsOf({
  spec,
}: {
  readonly spec: Parameters<typeof childrenOf>[0];
}): readonly DomainSpec[] {
  return childRows.domain.list(spec);
}

export function portsOf({
  spec,
}: {
  readonly spec: Parameters<typeof childrenOf>[0];
}): readonly PortSpec[] {
  return childRows.port.list(spec);
}

/** Whether a service has children that are read apart from it. */
export function hasListedApart(spec: Parameters<typeof childrenOf>[0]): boolean {
  return childrenOf(spec).some(({ kind }) => rowOf(kind).isListedApart);
}

/** The destination, by its name in Dokploy, to which a child stores something; null: to none. */
export function destinationOf({ spec }: Child): string | null {
  return "destination" in spec ? spec.destination : null;
}

/** Whether somebody made it in Dokploy: Capstan takes it over under its name, and never deletes it. */
export function isByHand({ spec }: Child): boolean {
  return "byHand" in spec && spec.byHand;
}

/** The inverse: the lists of a spec that hold these children. Lists of kinds that are not among them are absent. */
export function listsOf(children: readonly Child[]): Partial<ChildLists> {
  const lists = Map.groupBy(children, ({ kind }) => childRows[kind].root);
  return Object.fromEntries([...lists].map(([root, list]) => [root, list.map(({ spec }) => spec)]));
}

/** All children of a spec, by kind in the order of the table, each as its list has them. */
export function childrenOf(
  spec: Pick<WorkloadSpec, "mounts"> & Partial<ChildLists>,
): readonly Child[] {
  return childKinds.flatMap((kind) =>
    rowOf(kind)
      .list(spec)
      .map((one) => ({ kind, spec: one }) as Child),
  );
}
