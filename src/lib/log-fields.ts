// The one vocabulary of log fields: what every line of Capstan, and every event of a stack, calls a thing.
// A field that is not named here does not compile. The documentation's table is compared with this one.

/** Every field and what it holds. `time`, `level` and `msg` are set by the logger itself. */
export const logFields = {
  time: "when it happened, as ISO 8601",
  level: "trace, debug, info, warn, error or fatal",
  msg: "what happened, in constant words: search for it",
  service: "who wrote the line: capstan, log-ingest or ai-stack",
  instance: "CAPSTAN_INSTANCE of the process",
  dokploy: "the Dokploy it is about, where there are several",
  stack: "the stack it is about",
  component: "which part of a stack wrote it, as it says",
  kind: "of an event: change, rollout, outcome, problem and so on",
  revision: "the commit of the stacks that was acted on",
  detail: "an event's sentence for people",
  error: "what went wrong",
  reason: "why something was refused or given up",
  failure: "the kind of a failed sign-in",
  person: "who did it",
  role: "the person's role",
  peer: "the address of the other side",
  what: "which part of Capstan",
  asked: "what another server was asked for",
  forge: "the Git host",
  repository: "the Git repository's address",
  branch: "its branch",
  commit: "a commit's id",
  folder: "a folder on Capstan's disk",
  file: "a file on Capstan's disk",
  mirror: "the folder with the copy of the repository",
  aside: "where a damaged file was moved",
  needs: "the version that is needed",
  status: "an HTTP status",
  rcode: "a name server's response code",
  ms: "how long it took, in milliseconds",
  lines: "how many log lines",
  event_time: "when the sender says it happened, where Loki would refuse that time",
} as const;

export type LogField = keyof typeof logFields;
