// What of a service reaches the server that it runs on: folders and ports of the host, rights over it. Reviewers of a
// change want to see that before anything else.
import type { DatabaseSpec, PortSpec, WorkloadSpec } from "./specs.ts";

export interface HostAccess {
  /** Tells two apart. It may hold the value of a variable: for comparing, never to be shown. */
  readonly id: string;
  /** The field that says so. */
  readonly path: string;
  /** Which service of a compose file has it; null: all of them, or it is not in one. */
  readonly part: string | null;
  /** For people, after `reaches`: `port 2222/tcp of the host`. */
  readonly text: string;
  /** The same without values, for those who may not see them: `a port of the host`. */
  readonly name: string;
}

/** What is reached, without who says so. */
export type Reached = Pick<HostAccess, "id" | "text" | "name">;

const socket = /(?:^|\/)docker\.sock$/;

/** A folder or a file. `written` is shown, `real` is what it stands for. */
export function folderOf(
  real: string,
  {
    written = real,
    readOnly = false,
  }: { readonly written?: string; readonly readOnly?: boolean } = {},
): Reached {
  const id = `folder ${real}${readOnly ? " read-only" : ""}`;
  // Who may speak to docker may do everything, also where the file is read-only.
  if (socket.test(real))
    return { id, text: `the docker socket (${written})`, name: "the docker socket" };
  const suffix = readOnly ? " (read-only)" : "";
  return { id, text: `${written} of the host${suffix}`, name: `a folder of the host${suffix}` };
}

export const portName = "a port of the host";

/** Of a service that runs from an image. */
export function workloadAccess(
  spec: WorkloadSpec & { readonly ports?: readonly PortSpec[] } & Partial<
      Pick<DatabaseSpec, "externalPort" | "externalGrpcPort" | "externalAdminPort">
    >,
): readonly HostAccess[] {
  const at = (path: string, reached: Reached): HostAccess => ({ path, part: null, ...reached });
  const port = (published: string): Reached => ({
    ...{ id: `port ${published}`, text: `port ${published} of the host`, name: portName },
  });
  const external = ["externalPort", "externalGrpcPort", "externalAdminPort"] as const;
  return [
    ...spec.mounts.flatMap((mount) =>
      mount.type === "bind" ? [at(`mounts.${mount.target}`, folderOf(mount.source))] : [],
    ),
    ...(spec.ports ?? []).map(({ published, protocol }) =>
      at(`ports.${published}/${protocol}`, port(`${published}/${protocol}`)),
    ),
    ...external.flatMap((field) => {
      const published = spec[field] ?? null;
      return published === null ? [] : [at(field, port(`${published}/tcp`))];
    }),
  ];
}
