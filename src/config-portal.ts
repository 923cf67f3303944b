// The portal's settings of the environment.
import { z } from "zod";
import type { PortalSettings } from "./engine/portal/deps.ts";

const oneLine = z
  .string()
  .max(200, { error: "must be 200 characters at most" })
  .regex(/^[^\u0000-\u001f\u007f]*$/, { error: "must be one line" });

/** Rows of the table of variables. */
export const portalVariables = {
  PORTAL_TITLE: oneLine.default("Your AI stack"),
  PORTAL_TEMPLATE: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
      error: "must be the name of a template, such as ai-stack",
    })
    .default("ai-stack"),
  PORTAL_MODE: z
    .enum(["commit", "pull-request"], { error: "must be commit or pull-request" })
    .default("commit"),
  // Hidden folders are never read as manifests.
  PORTAL_PATH: z
    .string()
    .regex(/^[A-Za-z0-9_-][\w.-]*(?:\/[A-Za-z0-9_-][\w.-]*)*$/, {
      error: "must be a folder below STACKS_PATH, such as users",
    })
    .default("users"),
  PORTAL_QUOTA: z
    .string()
    .regex(/^\d{1,6}$/, { error: "must be a whole number; leave it out for no limit" })
    .transform(Number)
    .optional(),
  PORTAL_CONTACT: oneLine.optional(),
};

/** They stand among the other variables, each valid by itself. */
export function portalSettings(
  value: z.output<z.ZodObject<typeof portalVariables>>,
): PortalSettings {
  return {
    title: value.PORTAL_TITLE,
    template: value.PORTAL_TEMPLATE,
    mode: value.PORTAL_MODE,
    path: value.PORTAL_PATH,
    quota: value.PORTAL_QUOTA ?? null,
    contact: value.PORTAL_CONTACT ?? null,
  };
}
