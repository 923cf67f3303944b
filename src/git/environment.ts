// The environment that git runs in: nothing of this machine's configuration, no prompts, no hooks, only
// known transports, and the credentials where no list of processes shows them. Pure.
import type { GitAddress } from "./address.ts";

export interface GitCredentials {
  readonly username?: string;
  readonly token?: string;
  readonly sshKeyFile?: string;
  readonly knownHostsFile?: string;
}

export interface GitEnvironment {
  readonly env: Readonly<Record<string, string>>;
  /** Every form in which a credential could turn up in git's words. */
  readonly secrets: readonly string[];
  /** For hints: whether there is anything the server could have refused. */
  readonly hasCredentials: boolean;
}

/** What is passed on of Capstan's own environment: where programs, proxies, certificates and agents are. */
const inherited = [
  "PATH",
  "TMPDIR",
  "SSH_AUTH_SOCK",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "GIT_SSL_CAINFO",
  "http_proxy",
  "https_proxy",
  "HTTPS_PROXY",
  "all_proxy",
  "ALL_PROXY",
  "no_proxy",
  "NO_PROXY",
];

/** GitHub's own word for "the password is a token"; Gitea, Forgejo and GitLab take any name. */
const anyUsername = "x-access-token";

/** For commands on a repository of our own: no configuration, no network, no prompt. */
export function localEnvironment(
  base: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return {
    ...(base.PATH === undefined ? {} : { PATH: base.PATH }),
    ...(base.TMPDIR === undefined ? {} : { TMPDIR: base.TMPDIR }),
    LC_ALL: "C",
    ...withoutConfiguration,
  };
}

const withoutConfiguration = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
} as const;

export function gitEnvironment(input: {
  readonly address: GitAddress;
  readonly credentials: GitCredentials;
  readonly stateDir: string;
  /** Capstan's own environment. */
  readonly base: Readonly<Record<string, string | undefined>>;
  /** After which a silent HTTP connection is given up by git itself, should nobody be left to kill it. */
  readonly silentSeconds: number;
}): GitEnvironment {
  const { address, credentials, stateDir, base } = input;
  const secrets: string[] = [];
  const config: [string, string][] = [
    ["credential.helper", ""],
    ["core.askPass", ""],
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["gc.autoDetach", "false"],
    ["maintenance.autoDetach", "false"],
    ["core.logAllRefUpdates", "always"],
    // The state folder may be another user's, as volumes of containers often are.
    ["safe.directory", "*"],
    // One byte: a server that counts objects for a long time still says so now and then.
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", String(Math.max(1, Math.ceil(input.silentSeconds)))],
  ];
  const login = httpLogin(address, credentials);
  if (address.kind === "http" && login !== null) {
    const basic = Buffer.from(`${login.username}:${login.password}`).toString("base64");
    secrets.push(basic, login.password, ...(login.secretName ? [login.username] : []));
    config.push([`http.${address.url}.extraHeader`, `Authorization: Basic ${basic}`]);
    // git would send the header on to whomever the server redirects to.
    config.push(["http.followRedirects", "false"]);
  }
  if ("password" in address && address.password !== null) secrets.push(address.password);
  if (credentials.token !== undefined) secrets.push(credentials.token);
  const env: Record<string, string> = {};
  for (const name of inherited) {
    const value = base[name];
    if (value === undefined) continue;
    env[name] = value;
    // A proxy's address may hold a password, and git quotes it.
    const password = URL.parse(value)?.password ?? "";
    if (password !== "") secrets.push(password);
  }
  Object.assign(env, {
    // No ~/.netrc and no ~/.config; ssh finds the user's folder without it.
    HOME: stateDir,
    LC_ALL: "C",
    ...withoutConfiguration,
    GIT_LITERAL_PATHSPECS: "1",
    GIT_ALLOW_PROTOCOL: "file:git:http:https:ssh",
    GIT_SSH_VARIANT: "ssh",
    GIT_SSH_COMMAND: sshCommand(credentials, stateDir),
    GIT_CONFIG_COUNT: String(config.length),
  });
  for (const [index, [key, value]] of config.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  const hasCredentials = login !== null || credentials.sshKeyFile !== undefined;
  return { env, secrets, hasCredentials };
}

/** GIT_TOKEN counts before what the address holds; a name alone in an address is a token. */
function httpLogin(
  address: GitAddress,
  credentials: GitCredentials,
): { readonly username: string; readonly password: string; readonly secretName: boolean } | null {
  if (address.kind !== "http") return null;
  const password = credentials.token ?? address.password;
  const username = credentials.username ?? address.username;
  if (password !== null) {
    return { username: username ?? anyUsername, password, secretName: false };
  }
  return username === null ? null : { username, password: "", secretName: true };
}

function sshCommand(credentials: GitCredentials, stateDir: string): string {
  const { sshKeyFile, knownHostsFile } = credentials;
  const options = [
    "BatchMode=yes",
    "ConnectTimeout=20",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=2",
    "ControlMaster=no",
    "ControlPath=none",
  ];
  if (knownHostsFile === undefined) {
    // Remembered in the state folder: a host that changes its key later is refused, and so is one whose
    // key differs from what the user knew before.
    const remembered = sshPath(`${stateDir}/known_hosts`);
    options.push("StrictHostKeyChecking=accept-new");
    options.push(`UserKnownHostsFile=${remembered} ~/.ssh/known_hosts`);
  } else {
    options.push("StrictHostKeyChecking=yes");
    options.push(`UserKnownHostsFile=${sshPath(knownHostsFile)}`, "GlobalKnownHostsFile=/dev/null");
  }
  const words = ["ssh"];
  if (sshKeyFile !== undefined) {
    words.push("-F", "none", "-i", sshKeyFile.replaceAll("%", "%%"));
    options.push("IdentitiesOnly=yes");
  }
  for (const option of options) words.push("-o", option);
  return words.map(shellWord).join(" ");
}

/** As ssh reads a path within an option: quoted, its own tokens escaped. */
function sshPath(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}

/** git hands the command to a shell. */
function shellWord(word: string): string {
  return /^[A-Za-z0-9_./=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
