// What of a compose file reaches the host: the services' settings, ports and mounts. What they share, and files of the
// host beside mounts, is in `compose-shared-access.ts`.
import { isMap, mapOf } from "./compose-file.ts";
import type { Plain, PlainMap } from "./compose-file.ts";
import { extendedServices } from "./compose-extends.ts";
import { isFolder, isOwnFile, listOf, rightOf, textOf } from "./compose-reach.ts";
import type { FileReached } from "./compose-reach.ts";
import { sharedAccess } from "./compose-shared-access.ts";
import { filledIn } from "./compose-variables.ts";
import { folderOf, portName } from "./host-access.ts";
import type { HostAccess } from "./host-access.ts";
import type { ComposeSpec } from "./specs.ts";

/** A value as it is written, and with its variables filled in. */
interface Both {
  readonly written: Plain | undefined;
  readonly real: Plain | undefined;
}

type Pair = { readonly written: Plain; readonly real: Plain };

/** The entries of two lists that differ in their texts alone. */
function pairs({ written, real }: Both): readonly Pair[] {
  const texts = listOf(written);
  return listOf(real).map((one, index) => ({ written: texts[index] ?? one, real: one }));
}

/** What each entry of a list reaches. */
function ofList(
  key: string,
  both: Both,
  reached: (pair: Pair) => readonly FileReached[],
): readonly FileReached[] {
  return pairs(both).flatMap((pair, index) =>
    reached(pair).map((one) => ({ ...one, within: [key, index] })),
  );
}

/** `SOURCE:TARGET:MODE`, where the source may hold a variable with colons of its own. */
function sourceOf(text: string): string {
  const end = /^(?:\$\{[^}]*\}|[^:])*/.exec(text);
  return end?.[0] ?? text;
}

function volumeAccess(both: Pair): readonly FileReached[] {
  const { written, real } = both;
  const within: FileReached["within"] = [];
  if (typeof real === "string") {
    const source = sourceOf(real);
    if (source === real || !isFolder(source) || isOwnFile(source)) return [];
    const readOnly = /:(?:[a-z]+,)*ro(?:,|$)/.test(real.slice(source.length));
    const shown = typeof written === "string" ? sourceOf(written) : source;
    return [{ ...folderOf(source, { written: shown, readOnly }), within }];
  }
  const { type, source, read_only: readOnly } = mapOf(real);
  if (type !== "bind" || typeof source !== "string" || isOwnFile(source)) return [];
  const shown = textOf(mapOf(written).source) ?? source;
  return [{ ...folderOf(source, { written: shown, readOnly: readOnly === true }), within }];
}

/** `8080:80`, `127.0.0.1:8080:80/udp`, `80`, or a map. */
function portAccess({ written, real }: Pair): readonly FileReached[] {
  const words = (published: string, protocol: string): string =>
    published === ""
      ? `a free port of the host (${protocol})`
      : `port ${published}/${protocol} of the host`;
  const parts = (value: Plain): readonly [published: string, protocol: string] => {
    const text = textOf(value);
    if (text === null) {
      const { published, host_ip: ip, protocol = "tcp" } = mapOf(value);
      const at = textOf(ip) === null ? "" : `${textOf(ip)}:`;
      return [`${at}${textOf(published) ?? ""}`, textOf(protocol) ?? "tcp"];
    }
    const [, ports = text, protocol = "tcp"] = /^(.*?)(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
    const target = /:(?:\$\{[^}]*\}|[^:}])*$/.exec(ports);
    return [target === null ? "" : ports.slice(0, target.index), protocol];
  };
  const told = (value: Plain): string => words(...parts(value));
  const [port] = parts(real);
  // Without the address of the host that it is bound to.
  const number = /[^:\]]*$/.exec(port)?.[0] ?? "";
  const value = number === "" ? null : number;
  const ask = { list: "ports", value, shown: value === null ? null : parts(written)[0] } as const;
  return [{ id: told(real), text: told(written), name: portName, ask, within: [] }];
}

/** What is one word in a service. */
const settings: Readonly<Record<string, { readonly value: true | "host"; readonly text: string }>> =
  {
    privileged: { value: true, text: "everything on the host (privileged)" },
    use_api_socket: { value: true, text: "the docker socket (use_api_socket)" },
    network_mode: { value: "host", text: "the network of the host (network_mode: host)" },
    pid: { value: "host", text: "the processes of the host (pid: host)" },
    ipc: { value: "host", text: "the shared memory of the host (ipc: host)" },
    userns_mode: { value: "host", text: "the user ids of the host (userns_mode: host)" },
    uts: { value: "host", text: "the name of the host (uts: host)" },
    cgroup: { value: "host", text: "the control groups of the host (cgroup: host)" },
  };

function settingAccess(real: PlainMap): readonly FileReached[] {
  return Object.entries(settings).flatMap(([key, { value, text }]): readonly FileReached[] => {
    const is = real[key];
    if (is !== value && is !== String(value)) return [];
    return [rightOf(text, value === true ? key : `${key}: ${value}`, [key])];
  });
}

/** Lists whose entries each reach something; `counts`: only those that match. */
const lists: Readonly<
  Record<string, { readonly name: string; readonly short?: RegExp; readonly counts?: RegExp }>
> = {
  cap_add: { name: "more rights on the host" },
  devices: { name: "a device of the host", short: /^[^:]*/ },
  device_cgroup_rules: { name: "devices of the host" },
  security_opt: {
    name: "the host without confinement",
    counts: /unconfined|label[:=]disable/,
  },
  // Not one of the file's own services.
  volumes_from: {
    name: "the volumes of another container",
    short: /^container:[^:]*/,
    counts: /^container:/,
  },
};

/** `container:NAME` where a service joins what another container has. */
const joined: Readonly<Record<string, string>> = {
  network_mode: "the network of another container",
  pid: "the processes of another container",
  ipc: "the shared memory of another container",
};

function joinedAccess(written: PlainMap, real: PlainMap): readonly FileReached[] {
  return Object.entries(joined).flatMap(([key, name]): readonly FileReached[] => {
    const is = textOf(real[key]);
    if (is?.startsWith("container:") !== true) return [];
    const shown = textOf(written[key]) ?? is;
    const text = `${name} (${shown})`;
    const ask = { list: "hostAccess", value: `${key}: ${is}`, shown: `${key}: ${shown}` } as const;
    return [{ id: `${key} ${is}`, text, name, ask, within: [key] }];
  });
}

/** Commands that docker runs in the container, with rights of their own. */
function hookAccess(real: PlainMap): readonly FileReached[] {
  return ["post_start", "pre_stop"].flatMap((key) =>
    listOf(real[key]).flatMap((hook, index): readonly FileReached[] => {
      const { privileged } = mapOf(hook);
      if (privileged !== true && privileged !== "true") return [];
      const text = `everything on the host (privileged ${key})`;
      return [rightOf(text, "privileged", [key, index, "privileged"])];
    }),
  );
}

/** Files of the host whose lines become variables or labels. */
function lineFiles(written: PlainMap, real: PlainMap): readonly FileReached[] {
  return ["env_file", "label_file"].flatMap((key) => {
    const asList = (value: Plain | undefined): Plain =>
      Array.isArray(value) ? (value as Plain) : [value ?? null];
    const both = { written: asList(written[key]), real: asList(real[key]) };
    return ofList(key, both, (pair): readonly FileReached[] => {
      const pathOf = (value: Plain): string | null => textOf(value) ?? textOf(mapOf(value).path);
      const source = pathOf(pair.real);
      if (source === null || !/^[/~]/.test(source)) return [];
      const shown = pathOf(pair.written) ?? source;
      return [{ ...folderOf(source, { written: shown, readOnly: true }), within: [] }];
    });
  });
}

/** A program on the host that docker starts in place of a container. */
function providerAccess(written: PlainMap, { provider }: PlainMap): readonly FileReached[] {
  const { type } = mapOf(provider);
  if (typeof type !== "string") return [];
  const shown = textOf(mapOf(written.provider).type) ?? type;
  const text = `a program of the host (provider: ${shown})`;
  return [rightOf(text, `provider: ${type}`, ["provider"], `provider: ${shown}`)];
}

function serviceAccess({
  written,
  real,
}: {
  written: PlainMap;
  real: PlainMap;
}): readonly FileReached[] {
  const both = (key: string): Both => ({ written: written[key], real: real[key] });
  const named = Object.entries(lists).flatMap(([key, { name, short = /.*/, counts = /./ }]) =>
    ofList(key, both(key), (one): readonly FileReached[] => {
      const entry = (value: Plain): string | null => textOf(value) ?? textOf(mapOf(value).source);
      const real = entry(one.real);
      if (real === null || !counts.test(real)) return [];
      const cut = (text: string): string => short.exec(text)?.[0] ?? "";
      const shown = cut(entry(one.written) ?? real);
      const ask = { value: `${key}: ${cut(real)}`, shown: `${key}: ${shown}` };
      const reached = { id: `${key} ${real}`, text: `${name} (${shown})`, name, within: [] };
      return [{ ...reached, ask: { list: "hostAccess", ...ask } }];
    }),
  );
  const gpus = mapOf(mapOf(mapOf(real.deploy).resources).reservations).devices ?? real.gpus;
  return [
    ...settingAccess(real),
    ...named,
    ...joinedAccess(written, real),
    ...hookAccess(real),
    ...providerAccess(written, real),
    ...ofList("volumes", both("volumes"), volumeAccess),
    ...lineFiles(written, real),
    ...ofList("ports", both("ports"), portAccess),
    ...(gpus === undefined
      ? []
      : [rightOf("devices of the host (GPUs)", "gpus", real.gpus === undefined ? [] : ["gpus"])]),
  ];
}

/** Of all services of a compose file, by service. */
export function composeAccess({ file, env }: ComposeSpec): readonly HostAccess[] {
  const filled = filledIn(file, env);
  const real = isMap(filled) ? filled : {};
  const written = new Map(extendedServices(file));
  const of = (
    part: string | null,
    at: readonly string[],
    found: readonly FileReached[],
  ): readonly HostAccess[] =>
    found.map((one) => ({
      ...{ ...one, id: `${part} ${one.id}`, path: "file", part },
      within: [...at, ...one.within],
    }));
  const services = extendedServices(real).flatMap(([name, service]) =>
    of(
      name,
      ["services", name],
      serviceAccess({ written: written.get(name) ?? service, real: service }),
    ),
  );
  return [...services, ...of(null, [], sharedAccess(file, real, env))];
}
