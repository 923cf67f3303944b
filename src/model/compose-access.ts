// What of a compose file reaches the host: the services' settings, ports and mounts, and what they share.
import { isMap, mapOf } from "./compose-file.ts";
import type { Plain, PlainMap } from "./compose-file.ts";
import { extendedServices } from "./compose-extends.ts";
import { filledIn } from "./compose-variables.ts";
import { folderOf, portName } from "./host-access.ts";
import type { HostAccess, Reached } from "./host-access.ts";
import type { ComposeSpec } from "./specs.ts";

/** A value as it is written, and with its variables filled in. */
interface Both {
  readonly written: Plain | undefined;
  readonly real: Plain | undefined;
}

const textOf = (value: Plain | undefined): string | null =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : null;

function listOf(value: Plain | undefined): readonly Plain[] {
  return Array.isArray(value) ? (value as readonly Plain[]) : [];
}

/** The entries of two lists that differ in their texts alone. */
function pairs({ written, real }: Both): readonly { written: Plain; real: Plain }[] {
  const texts = listOf(written);
  return listOf(real).map((one, index) => ({ written: texts[index] ?? one, real: one }));
}

/** `SOURCE:TARGET:MODE`, where the source may hold a variable with colons of its own. */
function sourceOf(text: string): string {
  const end = /^(?:\$\{[^}]*\}|[^:])*/.exec(text);
  return end?.[0] ?? text;
}

const isFolder = (source: string): boolean => /^[/~]|^\.\.?(?:\/|$)/.test(source);
/** Files that Dokploy writes for the service itself. */
const isOwnFile = (source: string): boolean => /^(?:\.\/)?\.\.\/files(?:\/|$)/.test(source);

function volumeAccess(both: { written: Plain; real: Plain }): readonly Reached[] {
  const { written, real } = both;
  if (typeof real === "string") {
    const source = sourceOf(real);
    if (source === real || !isFolder(source) || isOwnFile(source)) return [];
    const readOnly = /:(?:[a-z]+,)*ro(?:,|$)/.test(real.slice(source.length));
    const shown = typeof written === "string" ? sourceOf(written) : source;
    return [folderOf(source, { written: shown, readOnly })];
  }
  const { type, source, read_only: readOnly } = mapOf(real);
  if (type !== "bind" || typeof source !== "string" || isOwnFile(source)) return [];
  const shown = textOf(mapOf(written).source) ?? source;
  return [folderOf(source, { written: shown, readOnly: readOnly === true })];
}

/** `8080:80`, `127.0.0.1:8080:80/udp`, `80`, or a map. */
function portAccess({ written, real }: { written: Plain; real: Plain }): readonly Reached[] {
  const words = (published: string, protocol: string): string =>
    published === ""
      ? `a free port of the host (${protocol})`
      : `port ${published}/${protocol} of the host`;
  const told = (value: Plain): string => {
    const text = textOf(value);
    if (text === null) {
      const { published, host_ip: ip, protocol = "tcp" } = mapOf(value);
      const at = textOf(ip) === null ? "" : `${textOf(ip)}:`;
      return words(`${at}${textOf(published) ?? ""}`, textOf(protocol) ?? "tcp");
    }
    const [, ports = text, protocol = "tcp"] = /^(.*?)(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
    const target = /:(?:\$\{[^}]*\}|[^:}])*$/.exec(ports);
    return words(target === null ? "" : ports.slice(0, target.index), protocol);
  };
  return [{ id: told(real), text: told(written), name: portName }];
}

const settingOf = (text: string): Reached => ({ id: text, text, name: text });

/** What is one word in a service. */
const settings: Readonly<Record<string, { readonly value: true | "host"; readonly text: string }>> =
  {
    privileged: { value: true, text: "everything on the host (privileged)" },
    network_mode: { value: "host", text: "the network of the host (network_mode: host)" },
    pid: { value: "host", text: "the processes of the host (pid: host)" },
    ipc: { value: "host", text: "the shared memory of the host (ipc: host)" },
    userns_mode: { value: "host", text: "the user ids of the host (userns_mode: host)" },
    uts: { value: "host", text: "the name of the host (uts: host)" },
    cgroup: { value: "host", text: "the control groups of the host (cgroup: host)" },
  };

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
};

function serviceAccess({
  written,
  real,
}: {
  written: PlainMap;
  real: PlainMap;
}): readonly Reached[] {
  const both = (key: string): Both => ({ written: written[key], real: real[key] });
  const said = Object.entries(settings).flatMap(([key, { value, text }]): readonly Reached[] => {
    const is = real[key];
    return is === value || is === String(value) ? [settingOf(text)] : [];
  });
  const named = Object.entries(lists).flatMap(([key, { name, short = /.*/, counts = /./ }]) =>
    pairs(both(key)).flatMap((one): readonly Reached[] => {
      const entry = (value: Plain): string | null => textOf(value) ?? textOf(mapOf(value).source);
      const real = entry(one.real);
      if (real === null || !counts.test(real)) return [];
      const shown = short.exec(entry(one.written) ?? real)?.[0] ?? "";
      return [{ id: `${key} ${real}`, text: `${name} (${shown})`, name }];
    }),
  );
  const gpus = mapOf(mapOf(mapOf(real.deploy).resources).reservations).devices ?? real.gpus;
  return [
    ...said,
    ...named,
    ...pairs(both("volumes")).flatMap(volumeAccess),
    ...pairs(both("ports")).flatMap(portAccess),
    ...(gpus === undefined ? [] : [settingOf("devices of the host (GPUs)")]),
  ];
}

/** What the file says of its volumes, configs, secrets and networks: it is there for all services. */
function sharedAccess(written: PlainMap, real: PlainMap): readonly Reached[] {
  const volumes = Object.entries(mapOf(real.volumes)).flatMap(([name, volume]) => {
    const { device, o, type } = mapOf(mapOf(volume).driver_opts);
    const source = textOf(device);
    const isBind = textOf(type) === "none" || (textOf(o) ?? "").split(",").includes("bind");
    if (!isBind || source === null) return [];
    const options = mapOf(mapOf(mapOf(written.volumes)[name]).driver_opts);
    return [folderOf(source, { written: textOf(options.device) ?? source })];
  });
  const files = ["configs", "secrets"].flatMap((root) =>
    Object.entries(mapOf(real[root])).flatMap(([name, one]) => {
      const source = textOf(mapOf(one).file);
      if (source === null || !isFolder(source) || isOwnFile(source)) return [];
      const shown = textOf(mapOf(mapOf(written[root])[name]).file) ?? source;
      return [folderOf(source, { written: shown, readOnly: true })];
    }),
  );
  const networks = Object.values(mapOf(real.networks)).flatMap((network) =>
    mapOf(network).name === "host" ? [settingOf("the network of the host")] : [],
  );
  return [...volumes, ...files, ...networks];
}

/** Of all services of a compose file, by service. */
export function composeAccess({ file, env }: ComposeSpec): readonly HostAccess[] {
  const filled = filledIn(file, env);
  const real = isMap(filled) ? filled : {};
  const written = new Map(extendedServices(file));
  const of = (part: string | null, found: readonly Reached[]): readonly HostAccess[] =>
    found.map((one) => ({ ...one, id: `${part} ${one.id}`, path: "file", part }));
  const services = extendedServices(real).flatMap(([name, service]) =>
    of(name, serviceAccess({ written: written.get(name) ?? service, real: service })),
  );
  return [...services, ...of(null, sharedAccess(file, real))];
}
