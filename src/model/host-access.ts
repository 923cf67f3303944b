// What of a service reaches the server that it runs on: folders and ports of the host, rights over it. Reviewers of a
// change want to see that before anything else, and policies say what of it is allowed.
import type { DatabaseSpec, PortSpec, WorkloadSpec } from "./specs.ts";

/** What a policy must allow: in which of its lists, and as which value there. */
export interface AccessAsk {
  readonly list: "bindMounts" | "ports" | "hostAccess";
  /** Null: nobody knows which one, as of a free port. It may hold the value of a variable, never to be shown. */
  readonly value: string | null;
  /** As it is written, for people. */
  readonly shown: string | null;
}

export interface HostAccess {
  /** Tells two apart. It may hold the value of a variable: for comparing, never to be shown. */
  readonly id: string;
  /** The field that says so. */
  readonly path: string;
  /** Where in the manifest's service it stands, or within its compose file. */
  readonly within: readonly (string | number)[];
  /** Which service of a compose file has it; null: all of them, or it is not in one. */
  readonly part: string | null;
  /** For people, after `reaches`: `port 2222/tcp of the host`. */
  readonly text: string;
  /** The same without values, for those who may not see them: `a port of the host`. */
  readonly name: string;
  readonly ask: AccessAsk;
}

/** What is reached, without who says so. */
export type Reached = Pick<HostAccess, "id" | "text" | "name" | "ask">;

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
  const ask: AccessAsk = { list: "bindMounts", value: real, shown: written };
  // Who may speak to docker may do everything, also where the file is read-only.
  if (socket.test(real))
    return { id, text: `the docker socket (${written})`, name: "the docker socket", ask };
  const suffix = readOnly ? " (read-only)" : "";
  return {
    id,
    text: `${written} of the host${suffix}`,
    name: `a folder of the host${suffix}`,
    ask,
  };
}

export const portName = "a port of the host";

/** Of a service that runs from an image. */
export function workloadAccess(
  spec: WorkloadSpec & { readonly ports?: readonly PortSpec[] } & Partial<
      Pick<DatabaseSpec, "externalPort" | "externalGrpcPort" | "externalAdminPort">
    >,
): readonly HostAccess[] {
  const at = (path: string, within: HostAccess["within"], reached: Reached): HostAccess => ({
    ...{ path, within, part: null, ...reached },
  });
  const port = (published: number, protocol: string): Reached => {
    const shown = `${published}/${protocol}`;
    const ask: AccessAsk = { list: "ports", value: String(published), shown };
    return { id: `port ${shown}`, text: `port ${shown} of the host`, name: portName, ask };
  };
  const external = ["externalPort", "externalGrpcPort", "externalAdminPort"] as const;
  return [
    ...spec.mounts.flatMap((mount, index) =>
      mount.type === "bind"
        ? [at(`mounts.${mount.target}`, ["mounts", index, "source"], folderOf(mount.source))]
        : [],
    ),
    ...(spec.ports ?? []).map(({ published, protocol }, index) =>
      at(
        `ports.${published}/${protocol}`,
        ["ports", index, "published"],
        port(published, protocol),
      ),
    ),
    ...external.flatMap((field) => {
      const published = spec[field] ?? null;
      return published === null ? [] : [at(field, [field], port(published, "tcp"))];
    }),
  ];
}
