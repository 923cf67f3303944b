/** application.save*: every key has to be present, and the status becomes idle, in mid-deploy too. */
import { z } from "zod";
import { fail } from "../failure.ts";
import { coercedBoolean, mutation, text, type Router } from "../procedure.ts";
import { newApplication } from "../serviceRows.ts";
import { failedUpdate } from "../sql.ts";
import { save } from "./applicationStore.ts";
import { buildType } from "./serviceSchemas.ts";
import { columnsOf } from "./serviceUpdate.ts";

const branch = z
  .string()
  .min(1)
  .regex(/^[a-zA-Z0-9._\-/#]+$/, "Invalid branch name");

export const applicationSourceRouter: Router = {
  saveDockerProvider: mutation(
    z
      .object({
        applicationId: z.string(),
        dockerImage: text,
        username: text,
        password: text,
        registryUrl: text,
      })
      .required(),
    ({ applicationId, ...changes }, call) =>
      save(call, applicationId, {
        ...changes,
        sourceType: "docker",
        applicationStatus: "idle",
      }),
  ),
  saveGitProvider: mutation(
    z
      .object({
        applicationId: z.string(),
        customGitBuildPath: text,
        customGitUrl: text,
        watchPaths: z.array(z.string()).nullable().optional(),
      })
      .required()
      .extend({
        customGitBranch: branch,
        customGitSSHKeyId: text,
        enableSubmodules: coercedBoolean.optional(),
      }),
    ({ applicationId, ...changes }, call) =>
      save(call, applicationId, { ...changes, sourceType: "git", applicationStatus: "idle" }),
  ),
  saveGiteaProvider: mutation(
    z
      .object({
        applicationId: z.string(),
        giteaBuildPath: text,
        giteaOwner: text,
        giteaRepository: text,
        giteaId: text,
      })
      .required()
      .extend({
        giteaBranch: branch,
        enableSubmodules: coercedBoolean.optional(),
        watchPaths: z.array(z.string()).nullable().optional(),
      }),
    ({ applicationId, ...changes }, call) => {
      const { watchPaths, giteaRepository, giteaOwner, giteaBranch, giteaBuildPath } = changes;
      const { giteaId, enableSubmodules } = changes;
      const set = {
        ...(watchPaths !== undefined && { watchPaths }),
        sourceType: "gitea",
        giteaRepository,
        giteaOwner,
        giteaBranch,
        giteaBuildPath,
        applicationStatus: "idle",
        giteaId,
        ...(enableSubmodules !== undefined && { enableSubmodules }),
      };
      if (giteaId !== null) {
        // No provider is ever set up here, so every id breaks the foreign key.
        const columns = columnsOf(
          newApplication(call.world.scratch, { name: "", environmentId: "" }),
        );
        const key = { column: "applicationId", value: applicationId };
        throw fail("INTERNAL_SERVER_ERROR", failedUpdate("application", columns, set, key));
      }
      return save(call, applicationId, set);
    },
  ),
  saveBuildType: mutation(
    z
      .object({
        applicationId: z.string(),
        buildType,
        dockerfile: text,
        dockerContextPath: text,
        dockerBuildStage: text,
        herokuVersion: text,
        railpackVersion: text,
      })
      .required()
      .extend({ publishDirectory: text, isStaticSpa: coercedBoolean.nullable().optional() }),
    ({ applicationId, ...changes }, call) => save(call, applicationId, changes),
  ),
  saveEnvironment: mutation(
    z
      .object({
        applicationId: z.string(),
        env: text,
        buildArgs: text,
        buildSecrets: text,
        createEnvFile: z.boolean().optional(),
      })
      .required(),
    ({ applicationId, ...changes }, call) => save(call, applicationId, changes),
  ),
};
