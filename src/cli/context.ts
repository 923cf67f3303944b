// What commands get from main.ts: a terminal, time, interrupts, and factories for everything that
// needs an adapter. Commands know the engine and what is below it, nothing else.
import type { Engine } from "../engine/engine.ts";
import type { Hindrance } from "../engine/portal/hindrance.ts";
import type { Portal } from "../engine/portal/portal.ts";
import type { Clock } from "../lib/clock.ts";
import type { CapstanError } from "../lib/errors.ts";
import type { PolicyFile } from "../manifest/policy/find-policies.ts";
import type { Dokploys } from "../model/dokploys.ts";
import type { Connection } from "../model/connection.ts";
import type { SecretReport } from "../model/secret-report.ts";
import type { AskApi } from "../ports-api.ts";
import type { Dns, NameServers } from "../ports-dns.ts";
import type { Lease } from "../ports-lease.ts";
import type { Platform, SourceFile, SourceTree } from "../ports.ts";

export interface Io {
  /** Results: standard output. */
  out(text: string): void;
  /** Progress, notes and errors: standard error. Known secrets are taken out. */
  err(text: string): void;
  /** The same for hints, which are Capstan's own words and hold no secrets: nothing is taken out. */
  hint(text: string): void;
  readonly outColour: boolean;
  readonly errColour: boolean;
  /** Whether standard error is a terminal whose lines may be rewritten. */
  readonly live: boolean;
  /** Columns of the terminal; 80 where nobody knows. */
  readonly width: number;
}

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface OpenOptions {
  /** A local folder instead of Git. */
  readonly source: string | null;
  /** Plans and reports, writes nothing. */
  readonly dryRun: boolean;
  /** `json` for a controller; `quiet` where the command tells what happens (LOG_LEVEL=debug overrides). */
  readonly logs: "json" | "quiet";
  /** Instead of the process's own. */
  readonly environment?: Environment;
  /** Variables that go before those. */
  readonly more?: Environment;
  /** Shorter pauses than production has, for the demo. */
  readonly fast?: boolean;
}

/** An engine with everything around it. */
export interface Session {
  readonly engine: Engine;
  readonly sourceTitle: string;
  readonly platformTitle: string;
  /** The folder of the controller's own repository, to push to; null when there is another source. */
  readonly ownRepository: string | null;
  readonly branch: string;
  readonly stacksPath: string;
  /** Ends in the reverse order of the start; may be called twice. */
  close(): Promise<void>;
}

export interface Controller extends Session {
  /** Null for a folder and in a dry run. */
  readonly portal: Portal | null;
  /** What keeps the portal from making stacks; null when nothing does, nothing is known yet, or there is none. */
  readonly portalHindrance: () => Promise<Hindrance | null>;
  /** Where the HTTP server listens: `http://127.0.0.1:3000`. */
  readonly address: string;
}

/** A controller without an HTTP server, for one agent on standard input and output. */
export interface AgentSession extends Session {
  /** Asks its API as an operator of this machine. */
  readonly ask: AskApi;
}

/** An agent on standard input and output. */
export interface ServedAgent {
  /** Resolves when the agent has closed its end. */
  readonly closed: Promise<void>;
  /** May be called twice. */
  close(): Promise<void>;
}

/** Looks for what is misconfigured. */
export interface DoctorSession {
  /** At everything that is set up. Never throws. */
  look(): Promise<readonly Connection[]>;
  /** Deploys a scratch project and removes it; `say` gets a short line for each step. Never throws. */
  trial(options: {
    readonly image: string;
    readonly say: (line: string) => void;
    /** Ends it early; what was made is removed all the same. */
    readonly signal: AbortSignal;
  }): Promise<Connection>;
  /** May be called twice. */
  close(): Promise<void>;
}

export interface RunningSimulator {
  readonly url: string;
  readonly apiKey: string;
  close(): Promise<void>;
}

export interface RunningLogIngest {
  /** Where it listens: `http://127.0.0.1:3000`. */
  readonly address: string;
  readonly lokiUrl: string;
  /** Whether it takes events without a token. */
  readonly isOpen: boolean;
  /** Sends what is left to Loki, within a few seconds. */
  close(): Promise<void>;
}

/** How a running controller is reached. */
export interface RemoteSettings {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | null;
  /** Whether CAPSTAN_URL names it; otherwise it is where one on this machine would be. */
  readonly named: boolean;
}

/** Where people are told of what happens. */
export interface Notifications {
  readonly targets: readonly {
    /** Without keys. */
    readonly title: string;
    /** Which notices it gets. */
    readonly what: string;
  }[];
  /** Sends one message to each; how each went. Never throws. */
  test(): Promise<readonly { readonly title: string; readonly error: CapstanError | null }[]>;
}

/** A server to read from. */
export interface PlatformSession {
  readonly platform: Pick<Platform, "check" | "list" | "details" | "names" | "title">;
  /** May be called twice. */
  close(): Promise<void>;
}

/** The lease of a server, looked at from outside. */
export interface LeaseSession {
  readonly lease: Lease;
  readonly platformTitle: string;
  readonly instance: string;
  /** LEASE_TTL. */
  readonly ttlMs: number;
  close(): Promise<void>;
}

/** What manifests see of the environment. */
export interface ManifestSettings {
  readonly variables: Readonly<Record<string, string>>;
  readonly reservedNames: readonly string[];
  readonly stacksPath: string;
  readonly policiesPath: string;
  /** POLICY_FILE as it is now; null without it. */
  readonly policyFile: () => Promise<PolicyFile | null>;
  /** Of DOKPLOY_SERVERS_FILE; null without it. */
  readonly dokploys: Dokploys | null;
}

/** Git and the sources of secrets, without a server. */
export interface SecretsSession {
  /** Reads both once. Throws as the source does. */
  report(): Promise<SecretReport>;
  /** May be called twice. */
  close(): Promise<void>;
}

/** What commands need of DNS. */
export interface DnsSide {
  /** Null without a provider in the environment. */
  readonly dns: Dns | null;
  readonly nameServers: NameServers;
  /** STACK_DOMAIN_SUFFIX. */
  readonly suffix: string | null;
  /** TRAEFIK_IP without its port. */
  readonly target: string | null;
  readonly instance: string;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export interface Factories {
  /** Throws `invalid` for a bad environment or without DOKPLOY_URL; contacts nobody yet. */
  open(options: OpenOptions): Promise<Session>;
  /** The same with an HTTP server that listens already. */
  openController(options: OpenOptions): Promise<Controller>;
  /** The same without one. */
  openAgent(options: OpenOptions): Promise<AgentSession>;
  /** Throws `invalid` for a bad environment or without DOKPLOY_URL; contacts nobody yet. */
  openDoctor(): Promise<DoctorSession>;
  /** Answers an agent (MCP) on standard input and output, which nothing else may use then. */
  serveAgent(ask: AskApi): ServedAgent;
  /** The part of the environment that needs no server. */
  manifestSettings(): ManifestSettings;
  /** CAPSTAN_URL and CAPSTAN_TOKEN. */
  remoteSettings(): RemoteSettings;
  /** Throws `invalid` for a bad environment, and when there are no stacks to read; contacts nobody yet. */
  openSecrets(options: { readonly source: string | null }): Promise<SecretsSession>;
  /** Throws `invalid` for a bad environment; contacts nobody yet. */
  openDns(): DnsSide;
  /** Throws `invalid` for a bad environment or without DOKPLOY_URL; contacts nobody yet. */
  openLease(): Promise<LeaseSession>;
  /** Throws `invalid` for a bad environment or without DOKPLOY_URL; contacts nobody yet. */
  openPlatform(options: Pick<OpenOptions, "more">): PlatformSession;
  /** Throws `invalid` without NOTIFY_URLS. */
  notifications(): Notifications;
  /**
   * All files of a folder; throws `not-found` without it. `onFile` hears of each while others are still being
   * read, in any order. `policies`: those at the root of the Git work tree around it are read too, `path` being
   * POLICIES_PATH; where there is none, those below `otherwise`.
   */
  readFolder(
    folder: string,
    more?: {
      readonly onFile?: (file: SourceFile) => void;
      readonly policies?: { readonly path: string; readonly otherwise?: string };
    },
  ): Promise<SourceTree>;
  /** Listens when it resolves. Throws `invalid` without LOKI_URL, and without a token where others reach it. */
  openLogIngest(): Promise<RunningLogIngest>;
  startSimulator(options: {
    readonly port: number;
    readonly apiKey: string;
    /** With projects that somebody made by hand. */
    readonly example?: boolean;
  }): Promise<RunningSimulator>;
  /** A bare repository, and a commit of files in it. */
  openRepository(folder: string, branch: string): Promise<void>;
  commit(
    folder: string,
    branch: string,
    files: Readonly<Record<string, string | null>>,
    message: string,
  ): Promise<void>;
}

/** Those that do without any server. */
export type SettingsFactories = Pick<
  Factories,
  "manifestSettings" | "remoteSettings" | "readFolder"
>;

export interface CommandContext extends Factories {
  readonly io: Io;
  readonly clock: Clock;
  readonly version: string;
  /** The version with the commit and the schema that it was made from. */
  describeVersion(): string;
  /** How the program was started, for commands that people copy: `capstan`, `npm run -s capstan --`. */
  readonly program: string;
  /** Whether errors show where they were thrown. */
  readonly debug: boolean;
  /** Resolved paths: relative ones are of the folder where the command was started. */
  readonly folder: string;
  /** Calls `handler` at each Ctrl-C or SIGTERM instead of ending; the returned function ends that. */
  onInterrupt(handler: () => void): () => void;
  /** Ends the process at once. */
  exit(code: number): never;
}

/** Resolves to the exit code. */
export type Command<Options> = (context: CommandContext, options: Options) => Promise<number>;
