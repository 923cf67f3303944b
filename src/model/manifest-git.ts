// The schemas of what is built from a repository: where the code is, and how an image comes of it.
import { z } from "zod";
import { environmentMap, nonEmpty } from "./manifest-words.ts";

/** Dokploy puts them into a shell's command line as they are. */
const plainPath = (what: string) =>
  z.string().regex(/^(?!.*(?:^|\/)\.\.(?:\/|$))[A-Za-z0-9._/@+-]+$/, {
    error: `must be ${what} of letters, digits and ._-/@+, without \`..\``,
  });

/** What Dokploy takes for a branch, tags included. */
const gitRef = nonEmpty.max(255).regex(/^[A-Za-z0-9._/#][A-Za-z0-9._/#-]*$/, {
  error: "must be the name of a branch or a tag: letters, digits and ._-/#",
});

const address = nonEmpty
  .max(2_000)
  .regex(
    /^(?:(?:https?|ssh):\/\/[^\s'"`$\\?#/]+\/[^\s'"`$\\?#]+|[A-Za-z0-9._-]+@[^\s'"`$\\:?#/]+:[^\s'"`$\\?#]+)$/,
    {
      error: "must be the address of a repository: https://…, ssh://… or git@host:owner/name.git",
    },
  );

/** Where a manifest names none. */
export const usualRef = "main";

const repository = nonEmpty
  .max(500)
  .regex(/^[\w.-]+(?:\/[\w.-]+)+$/, { error: "must be owner/name, such as acme/shop" });

/** One line of gitignore's patterns. */
const watchPath = z
  .string()
  .max(200)
  .regex(/^(?![#\s])(?!!?\/?$)[^\0\r\n]*[^\0\s]$/, {
    error: "must be a file, a folder or a pattern as in a .gitignore, such as apps/web",
  });

export const gitSchema = z
  .strictObject({
    url: address
      .optional()
      .describe("The repository's address: https://…, or with an sshKey ssh://… or git@host:…."),
    sshKey: nonEmpty.optional().describe("The ssh key, by its name in Dokploy."),
    provider: nonEmpty
      .optional()
      .describe(
        "The Git provider, by its name in Dokploy (GitHub, GitLab, Gitea or Bitbucket), instead of url.",
      ),
    repository: repository.optional().describe("With a provider, its repository: owner/name."),
    ref: gitRef.default(usualRef).describe("The branch or tag to build."),
    path: plainPath("a folder")
      .default("/")
      .describe("The folder of the repository that is built."),
    submodules: z.boolean().default(false).describe("Fetch its submodules too."),
    follow: z
      .boolean()
      .default(false)
      .describe(
        "Deploy each new commit of the branch. Otherwise only a change here or a redeploy builds.",
      ),
    watchPaths: z
      .array(watchPath)
      .min(1)
      .max(100)
      .optional()
      .describe(
        "With follow and url: deploy only commits that change one of these files or folders: patterns as in a .gitignore; the last that fits a file decides.",
      ),
  })
  .describe("The repository from which it is built.");

export type GitManifest = z.output<typeof gitSchema>;

/** Of a compose service: the same, with the file's place. */
export const composeGitSchema = gitSchema
  .extend({
    path: plainPath("a path")
      .default("docker-compose.yml")
      .describe("The compose file, from the repository's root."),
  })
  .describe("The repository that has its compose file.");

export const buildTypes = [
  "dockerfile",
  "nixpacks",
  "railpack",
  "heroku",
  "paketo",
  "static",
] as const;

export const buildSchema = z
  .strictObject({
    type: z.enum(buildTypes).default("dockerfile").describe("What builds the image."),
    dockerfile: plainPath("a path")
      .optional()
      .describe("Of dockerfile: the file, below git.path. Default: Dockerfile."),
    context: plainPath("a folder")
      .optional()
      .describe(
        "Of dockerfile: the context, from the repository's root. Default: the file's folder.",
      ),
    target: plainPath("a stage").optional().describe("Of dockerfile: the stage to build."),
    args: environmentMap.default({}).describe("Of dockerfile and static: build arguments."),
    secrets: environmentMap
      .default({})
      .describe(
        "Of dockerfile and static: secrets of the build, for RUN --mount=type=secret,id=NAME.",
      ),
    publishDirectory: plainPath("a folder")
      .optional()
      .describe("Of static and nixpacks: the folder that nginx serves on port 80."),
    spa: z
      .boolean()
      .default(false)
      .describe("Of static and nixpacks with publishDirectory: answer every path with index.html."),
    envFile: z
      .boolean()
      .default(false)
      .describe("Write env as .env beside the Dockerfile: what the build copies, the image keeps."),
    registry: nonEmpty
      .optional()
      .describe("Push the image to this registry, by its name in Dokploy: several nodes need it."),
    cache: z.boolean().default(true).describe("Use what earlier builds left."),
  })
  .describe("How an image is built of it.");

export type BuildManifest = z.output<typeof buildSchema>;
