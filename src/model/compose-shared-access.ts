// What a compose file says of its volumes, configs, secrets and networks that reaches the host: it is there for all of
// its services.
import { mapOf } from "./compose-file.ts";
import type { PlainMap } from "./compose-file.ts";
import { isFolder, isOwnFile, rightOf, textOf } from "./compose-reach.ts";
import type { FileReached } from "./compose-reach.ts";
import { folderOf } from "./host-access.ts";

/** Types of mounts that bring nothing of the host: what they need is elsewhere, or in memory. */
const elsewhere: ReadonlySet<string> = new Set(["nfs", "nfs4", "cifs", "tmpfs"]);

/** Folders of the host that the options of an overlay name. */
const layers = /(?:^|,)(?:lowerdir|upperdir|workdir)=([^,]*)/g;

function volumeAccess(name: string, written: PlainMap, real: PlainMap): readonly FileReached[] {
  const { driver, driver_opts: options } = real;
  const within = ["volumes", name, "driver_opts"];
  const { device, o, type } = mapOf(options);
  const kind = textOf(type) ?? "";
  const given = textOf(o) ?? "";
  const source = textOf(device);
  const isBind = kind === "none" || /(?:^|,)r?bind(?:,|$)/.test(given);
  // A disk of the host, mounted as it is.
  const isDisk = !isBind && source?.startsWith("/") === true && !elsewhere.has(kind);
  const shown = textOf(mapOf(written.driver_opts).device) ?? source ?? "";
  const folders =
    source !== null && (isBind || isDisk)
      ? [{ ...folderOf(source, { written: shown }), within: [...within, "device"] }]
      : [];
  const overlaid = [...given.matchAll(layers)].flatMap(([, paths = ""]) => paths.split(":"));
  const isLiteral = textOf(mapOf(written.driver_opts).o) === given;
  const plugin = textOf(driver);
  const shownPlugin = textOf(written.driver) ?? plugin ?? "";
  return [
    ...folders,
    ...overlaid.map((path) => ({
      ...folderOf(path, { written: isLiteral ? path : "a folder" }),
      within: [...within, "o"],
    })),
    ...(plugin === null || plugin === "local"
      ? []
      : [
          rightOf(
            `a volume driver of the host (${shownPlugin})`,
            `volume driver: ${plugin}`,
            ["volumes", name, "driver"],
            `volume driver: ${shownPlugin}`,
          ),
        ]),
  ];
}

function networkAccess(name: string, written: PlainMap, network: PlainMap): readonly FileReached[] {
  const within = ["networks", name];
  const { driver, external } = network;
  const given = textOf(network.name) ?? textOf(mapOf(external).name);
  const isHost = given === "host" || (name === "host" && external === true) || driver === "host";
  if (isHost) return [rightOf("the network of the host", "network_mode: host", within)];
  const plugin = textOf(driver);
  if (plugin === null || plugin === "bridge" || plugin === "overlay") return [];
  const shown = textOf(written.driver) ?? plugin;
  const text = `a network driver of the host (${shown})`;
  const at = [...within, "driver"];
  return [rightOf(text, `network driver: ${plugin}`, at, `network driver: ${shown}`)];
}

function contentAccess(
  root: "configs" | "secrets",
  name: string,
  written: PlainMap,
  real: PlainMap,
  env: Readonly<Record<string, string>>,
): readonly FileReached[] {
  const within = [root, name];
  const named = textOf(real.environment);
  // What the service has under env is its own.
  const variable = named === null || Object.hasOwn(env, named) ? null : named;
  const source = textOf(real.file);
  const shownVariable = textOf(written.environment) ?? variable ?? "";
  const isHosts = source !== null && isFolder(source) && !isOwnFile(source);
  const shown = textOf(written.file) ?? source ?? "";
  return [
    ...(isHosts
      ? [{ ...folderOf(source, { written: shown, readOnly: true }), within: [...within, "file"] }]
      : []),
    ...(variable === null
      ? []
      : [
          rightOf(
            `a variable of Dokploy's own (${shownVariable})`,
            `environment: ${variable}`,
            [...within, "environment"],
            `environment: ${shownVariable}`,
          ),
        ]),
  ];
}

/** `written`: the file as it is; `real`: with its variables filled in from `env`. */
export function sharedAccess(
  written: PlainMap,
  real: PlainMap,
  env: Readonly<Record<string, string>>,
): readonly FileReached[] {
  const each = (
    root: string,
    reached: (name: string, written: PlainMap, real: PlainMap) => readonly FileReached[],
  ): readonly FileReached[] =>
    Object.entries(mapOf(real[root])).flatMap(([name, one]) =>
      reached(name, mapOf(mapOf(written[root])[name]), mapOf(one)),
    );
  return [
    ...each("volumes", volumeAccess),
    ...each("configs", (name, ...both) => contentAccess("configs", name, ...both, env)),
    ...each("secrets", (name, ...both) => contentAccess("secrets", name, ...both, env)),
    ...each("networks", networkAccess),
  ];
}
