// What the portal asks and is answered, as schemas.
import { z } from "@hono/zod-openapi";
import type { View } from "./immutable.ts";

const time = z.iso.datetime();

export const deployRequest = z
  .strictObject({
    name: z.string().max(100),
    template: z.string().max(100).optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi("DeployRequest");

export const deployAnswer = z
  .object({ deploymentId: z.string(), url: z.string().nullable(), statusEndpoint: z.string() })
  .openapi("DeployAnswer");

export const nameCheck = z
  .object({
    available: z.boolean(),
    valid: z.boolean(),
    error: z.string().optional(),
    yours: z.boolean().describe("The caller's own stack of that name."),
  })
  .openapi("NameCheck");

export const deploymentState = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.enum([
      "initializing",
      "creating_project",
      "creating_application",
      "deploying",
      "completed",
      "failed",
    ]),
    url: z.string().optional(),
    error: z.string().optional(),
    log: z.array(z.string()).optional().describe("Last lines of the log where it failed."),
    projectId: z.string().optional(),
    applicationId: z.string().optional(),
    progress: z.number().int().min(0).max(100),
    currentStep: z.string(),
    steps: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        state: z.enum(["done", "active", "waiting", "failed"]),
        startedAt: time.nullable(),
        endedAt: time.nullable(),
        link: z.string().nullable(),
      }),
    ),
    startedAt: time,
    endedAt: time.nullable(),
  })
  .openapi("DeploymentState");
export type DeploymentStateView = View<typeof deploymentState>;

export const deploymentList = z
  .object({ deployments: z.array(deploymentState) })
  .openapi("DeploymentList");

/** One of the caller's stacks. */
export const ownStack = z
  .object({
    name: z.string(),
    url: z.string().nullable(),
    state: z.string(),
    stateText: z.string(),
    deploymentId: z.string().nullable().describe("The newest deployment, while it goes on."),
    removable: z.boolean(),
  })
  .openapi("OwnStack");
export type OwnStackView = View<typeof ownStack>;

export const ownStackList = z.object({ stacks: z.array(ownStack) }).openapi("OwnStackList");

/** A parameter of the template as a field of the form. */
export const formField = z
  .object({
    name: z.string(),
    type: z.enum(["string", "integer", "number", "boolean"]),
    description: z.string(),
    default: z
      .string()
      .nullable()
      .describe("What is taken when the field is left as it is; null: it must be filled in."),
    options: z.array(z.string()).nullable(),
  })
  .openapi("FormField");
export type FormFieldView = View<typeof formField>;

export const portalSettings = z
  .object({
    title: z.string(),
    suffix: z
      .string()
      .describe("`.ai.example.com`; empty when the template gives no domain by name."),
    template: z.string(),
    mode: z.enum(["commit", "pull-request"]),
    contact: z.string().nullable(),
    names: z.object({ minLength: z.number(), maxLength: z.number() }),
    fields: z.array(formField),
    quota: z.number().nullable().describe("Stacks a person may have; null: any number."),
  })
  .openapi("PortalSettings");
export type PortalSettingsView = View<typeof portalSettings>;
