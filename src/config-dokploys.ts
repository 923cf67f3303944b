// DOKPLOY_SERVERS_FILE: the Dokploys that one controller has beside that of DOKPLOY_URL, and which stacks are whose.
// Pure but for the reader of files that it is given.
import { parseDocument } from "yaml";
import { z } from "zod";
import { dnsLabel, httpUrl, oneWord } from "./config-values.ts";
import type { ReadFile } from "./config-environment.ts";
import { defaultDokploy } from "./model/dokploys.ts";
import type { Dokploys } from "./model/dokploys.ts";

export interface DokployConfig {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** A version that the recordings do not cover and that somebody accepted nevertheless. */
  readonly acceptVersion: string | null;
}

export interface DokployServer extends DokployConfig {
  readonly name: string;
  /** Whose name its markers, checks and records carry (as CAPSTAN_INSTANCE). */
  readonly instance: string;
  /** As TRAEFIK_IP; null: as for the others. */
  readonly traefikAddress: string | null;
  /** As WORKERS; null likewise. */
  readonly workers: number | null;
  /** Requests at a time; null: as usual. */
  readonly requests: number | null;
}

export interface DokployServers {
  /** Those of the file, sorted by name. */
  readonly servers: readonly DokployServer[];
  /** Which stacks are whose; names no key. */
  readonly routes: Dokploys;
}

const variable = "DOKPLOY_SERVERS_FILE";

export const dokployUrl = httpUrl(
  "https://dokploy.example.com",
  "the key belongs in a variable or a file of its own",
).transform((url) => url.replace(/\/api$/, ""));

export const dokployVersion = z
  .string()
  .regex(/^v?\d+\.\d+\.\d+[\w.-]*$/, { error: "must be a version such as v0.31.0" });

export const traefikAddress = z
  .string()
  .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/, {
    error: "must be an address such as 203.0.113.7, with :port where it is not 80",
  });

const text = z.string({ error: "must be a text" });
const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

const server = z.strictObject({
  name: dnsLabel,
  url: text.pipe(dokployUrl),
  tokenFile: text.min(1, { error: "must be the path of a file with the API key" }),
  acceptVersion: dokployVersion.optional(),
  instance: dnsLabel.optional(),
  traefikIp: traefikAddress.optional(),
  limits: z
    .strictObject({ workers: whole(1, 64).optional(), requests: whole(1, 32).optional() })
    .prefault({}),
});

const rule = z
  .strictObject({
    folder: text.optional(),
    labels: z.record(z.string(), text).optional(),
    dokploy: text,
  })
  .refine(({ folder, labels = {} }) => folder !== undefined || Object.keys(labels).length > 0, {
    error: "must say a folder, labels, or both",
  });

const oneOrMore = "must be a list of one server or more";

const schema = z.strictObject({
  default: text.optional(),
  servers: z.array(server, { error: oneOrMore }).min(1, { error: oneOrMore }),
  map: z.array(rule, { error: "must be a list of folders and labels" }).default([]),
});

type File = z.output<typeof schema>;

interface Surroundings {
  /** Whether DOKPLOY_URL is set beside it. */
  readonly hasUnnamed: boolean;
  /** Its address then; null where it is wrong. */
  readonly url: string | null;
  /** CAPSTAN_INSTANCE. */
  readonly instance: string;
  readonly readFile: ReadFile;
}

function shownPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (shown, part) =>
      typeof part === "number"
        ? `${shown}[${part}]`
        : shown === ""
          ? String(part)
          : `${shown}.${String(part)}`,
    "",
  );
}

/** The file as it is written, or one line for each mistake. */
function parse(
  content: string,
): { readonly file: File } | { readonly problems: readonly string[] } {
  const document = parseDocument(content, { prettyErrors: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [at] = broken.linePos ?? [];
    const where = at === undefined ? "" : ` in line ${at.line}`;
    // What the parser says may quote the file.
    return { problems: [`${variable} names a file that is not YAML${where}; mend it`] };
  }
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (parsed.success) return { file: parsed.data };
  return {
    problems: parsed.error.issues.map((issue) => {
      const where = shownPath(issue.path);
      const goesOn = issue.message.startsWith(":") ? "" : " ";
      return `${variable}: ${where === "" ? "it" : where}${goesOn}${issue.message}`;
    }),
  };
}

/** What appears more than once, in words. */
function repeated(what: string, all: readonly string[]): readonly string[] {
  const twice = new Set(all.filter((one, index) => all.indexOf(one) !== index));
  return [...twice].map((one) => `${variable}: two servers have the ${what} ${one}; change one`);
}

function contradictions(file: File, around: Surroundings): readonly string[] {
  const { servers, map } = file;
  const names = servers.map(({ name }) => name);
  const known = [...new Set(names), ...(around.hasUnnamed ? [defaultDokploy] : [])];
  const unknown = (where: string, name: string): string =>
    `${variable}: ${where} names ${name}, which is no server of it; known are ${known.join(", ")}`;
  const isKnown = (name: string): boolean => known.includes(name);
  const own = around.hasUnnamed ? [around.instance] : [];
  return [
    ...(names.includes(defaultDokploy)
      ? [`${variable}: ${defaultDokploy} is the name of that of DOKPLOY_URL; choose another`]
      : []),
    ...repeated("name", names),
    ...repeated("url", [
      ...servers.map(({ url }) => url),
      ...(around.url === null ? [] : [around.url]),
    ]),
    ...repeated("instance", [...servers.map(({ instance, name }) => instance ?? name), ...own]),
    ...(file.default === undefined || isKnown(file.default)
      ? []
      : [unknown("default", file.default)]),
    ...map.flatMap(({ dokploy }, index) =>
      isKnown(dokploy) ? [] : [unknown(`map[${index}].dokploy`, dokploy)],
    ),
  ];
}

/** The key of a server, or what is wrong with its file. */
function tokenOf(
  { name, tokenFile }: File["servers"][number],
  readFile: ReadFile,
): { readonly token: string } | { readonly problem: string } {
  const start = `${variable}: the tokenFile of ${name}`;
  try {
    const parsed = oneWord.safeParse(readFile(tokenFile).trim());
    if (parsed.success) return { token: parsed.data };
    return { problem: `${start} must hold one word of printable ASCII; copy the key again` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "it cannot be opened";
    return { problem: `${start} cannot be read (${code}); check path and rights` };
  }
}

const folderOf = (folder: string): string => folder.replaceAll(/^(?:\.?\/+)+|\/+$/g, "");

/** What the file at `path` says, or one line for each thing that is wrong with it. */
export function readDokployServers(
  path: string,
  around: Surroundings,
): { readonly dokploys: DokployServers } | { readonly problems: readonly string[] } {
  let content: string;
  try {
    content = around.readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "it cannot be opened";
    return {
      problems: [`${variable} names a file that cannot be read (${code}); check path and rights`],
    };
  }
  const parsed = parse(content);
  if ("problems" in parsed) return parsed;
  const { file } = parsed;
  const problems = [...contradictions(file, around)];
  const servers = file.servers.flatMap((one): readonly DokployServer[] => {
    const read = tokenOf(one, around.readFile);
    if ("problem" in read) {
      problems.push(read.problem);
      return [];
    }
    const { name, url, acceptVersion, instance, traefikIp, limits } = one;
    return [
      {
        ...{ name, url, token: read.token, acceptVersion: acceptVersion ?? null },
        instance: instance ?? name,
        traefikAddress: traefikIp ?? null,
        workers: limits.workers ?? null,
        requests: limits.requests ?? null,
      },
    ];
  });
  if (problems.length > 0) return { problems };
  const inside = (name: string): string => (name === defaultDokploy ? "" : name);
  const fallback = file.default === undefined ? null : inside(file.default);
  return {
    dokploys: {
      servers: servers.sort((a, b) => (a.name < b.name ? -1 : 1)),
      routes: {
        names: [...(around.hasUnnamed ? [""] : []), ...servers.map(({ name }) => name)].sort(),
        fallback: fallback ?? (around.hasUnnamed ? "" : null),
        rules: file.map.map(({ folder, labels = {}, dokploy }) => ({
          folder: folder === undefined ? null : folderOf(folder),
          labels,
          dokploy: inside(dokploy),
        })),
      },
    },
  };
}
