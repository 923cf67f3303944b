// Why something is done, as data (H7). Decisions read these; people read what `plan/cause-words.ts` makes of
// them. The store and the API carry them, so every shape is checked when it is read back.
import { z } from "zod";
import { serviceKinds } from "./observed.ts";

const texts = z.array(z.string()).readonly();

/** Secrets with a new value, and the fields that hold them; never a value. */
const secretChange = z.object({
  names: texts,
  fields: texts,
  /** After a start nobody knows how the manifest read before: Git may have changed these fields instead. */
  orGit: z.boolean(),
});

/** What on the server is not as Capstan left it. */
const driftChange = z.discriminatedUnion("what", [
  z.object({ what: z.literal("fields"), fields: texts }),
  z.object({ what: z.literal("removed") }),
  /** A DNS record has other values than Capstan gave it. */
  z.object({ what: z.literal("record"), fields: texts }),
  /** Of a compose service, some of what its file names. */
  z.object({ what: z.literal("parts"), gone: texts }),
  z.object({ what: z.literal("stopped") }),
  z.object({ what: z.literal("scaled"), running: z.number(), wanted: z.number() }),
]);

export const causeSchema = z.discriminatedUnion("kind", [
  /** In Git for the first time. */
  z.object({ kind: z.literal("new"), what: z.enum(["configuration", ...serviceKinds]) }),
  /** In Git and not on the server. */
  z.object({ kind: z.literal("missing") }),
  /** A domain, mount or the like that the manifest has (`wanted`) or has no longer. */
  z.object({ kind: z.literal("child"), wanted: z.boolean() }),
  z.object({
    kind: z.literal("git"),
    /** `typed`: fields that somebody had changed on the server in the same way before. */
    what: z.enum(["fields", "variables", "typed"]),
    fields: texts,
    /** Null: Git alone changed something. */
    secret: secretChange.nullable(),
  }),
  z.object({ kind: z.literal("secret"), ...secretChange.shape }),
  /** Fields of a project differ from Git, whoever changed them. */
  z.object({ kind: z.literal("differs"), fields: texts }),
  /** Somebody else's project became the stack's. */
  z.object({ kind: z.literal("adopted") }),
  /** The stack had another name before. */
  z.object({ kind: z.literal("renamed"), from: z.string() }),
  /** `kept`: its data stays on the server. */
  z.object({
    kind: z.literal("left-git"),
    what: z.enum(["stack", "service", "environment", "record"]),
    kept: z.boolean(),
    /** Its manifest is there still, and an ignore file leaves it out. */
    leftOut: z.string().optional(),
  }),
  /** Made twice, because the answer to the first creation was lost. */
  z.object({ kind: z.literal("duplicate") }),
  /** Git did not change: `selfHeal: false` leaves it as it is. */
  z.object({ kind: z.literal("drift"), change: driftChange }),
  /** Git names another server, by names as manifests have them: the old one goes, and a new one is made. */
  z.object({ kind: z.literal("replaced"), from: z.string(), to: z.string() }),
  /** Somebody moved it to another environment. */
  z.object({ kind: z.literal("moved"), environment: z.string() }),
  /** Somebody asked for a redeploy; `rolledBack`: of a revision that Capstan had rolled back. */
  z.object({ kind: z.literal("person"), by: z.string(), rolledBack: z.boolean() }),
  /** The branch that it follows has a new commit, by its first twelve characters. */
  z.object({ kind: z.literal("commit"), commit: z.string(), ref: z.string() }),
  /** The tag that it follows points to another image, by the first twelve digits; `was` null: not known what runs. */
  z.object({
    kind: z.literal("image"),
    digest: z.string(),
    was: z.string().nullable(),
    tag: z.string(),
  }),
  /** Another attempt; `why` the last one failed may end in lines of a log. */
  z.object({
    kind: z.literal("retry"),
    why: z.string(),
    /** The platform's failure as a clause (W7b): such tries go on, and are told once. */
    platform: z.string().optional(),
  }),
  /** A rollout that began earlier and has not been seen healthy yet. */
  z.object({ kind: z.literal("resumed") }),
  /** A job has ended, well or not. */
  z.object({ kind: z.literal("ended") }),
  /** A setting by which Dokploy would deploy on its own. */
  z.object({ kind: z.literal("delivery") }),
  /** Revisions by their first twelve characters. */
  z.object({ kind: z.literal("rollback"), from: z.string(), to: z.string(), why: z.string() }),
  /** A marker that is written before changes, or after a rollout. */
  z.object({ kind: z.literal("marker"), when: z.enum(["before", "after"]) }),
  /** An older version stored only its words. */
  z.object({ kind: z.literal("words"), text: z.string() }),
]);

export type Cause = z.infer<typeof causeSchema>;
export type DriftChange = z.infer<typeof driftChange>;
export type SecretChange = z.infer<typeof secretChange>;
