// What a new repository of stacks begins with: a template of its own and the portal's, an example that is left
// out until somebody wants it, and a check for its pull requests (`init-workflow.ts`).
import { posix } from "node:path";
import { aiStackTemplate } from "./init-ai-stack.ts";
import { workflowFiles } from "./init-workflow.ts";
import { quoted } from "./say.ts";

export type NewFile = readonly [path: string, content: string];

const template = `# yaml-language-server: $schema=../../schemas/stack.schema.json
# One web service behind a domain. A stack made from it needs its name, an image and a host.
apiVersion: capstan/v1
kind: StackTemplate
metadata:
  name: web-app
spec:
  description: One web service behind a domain
  names:
    minLength: 3
    maxLength: 20
    reserved: [admin, api, www]
  parameters:
    image:
      description: The image to run
    host:
      description: The host name under which it is reached
    port:
      type: integer
      default: 8080
      description: The port on which it listens inside its container
    memory:
      default: 256Mi
      enum: [256Mi, 512Mi, 1Gi]
  stack:
    description: $(name), made from web-app
    applications:
      web:
        image: $(parameters.image)
        resources:
          limits: { memory: $(parameters.memory) }
        domains:
          - host: $(parameters.host)
            port: $(parameters.port)
            https: true
            certificate: letsencrypt
`;

const example = `# yaml-language-server: $schema=../../schemas/stack.schema.json
# An example: .capstanignore leaves this folder out. Copy the file one folder up to bring it to life.
apiVersion: capstan/v1
kind: Stack
metadata:
  name: hello
spec:
  template: web-app
  parameters:
    image: traefik/whoami:v1.11
    host: hello.example.com
    port: 80
`;

const ignoreFile = `# Folders and files that are no stacks, in the words of .gitignore.
examples/
`;

const gitIgnore = `# Secrets stay outside of Git: SECRETS_DIR or SECRET_… brings them to Capstan.
.env
# What \`capstan export\` writes beside its manifests.
secrets.env
secrets/
# Capstan's own state (STATE_DIR).
data/
`;

export const newFiles: readonly NewFile[] = [
  ["stacks/.capstanignore", ignoreFile],
  ["stacks/templates/web-app.yaml", template],
  ["stacks/templates/ai-stack.yaml", aiStackTemplate],
  ["stacks/examples/hello.yaml", example],
  ...workflowFiles,
  [".gitignore", gitIgnore],
];

/** Commands that work where `init` was started; `program` is how it was started. */
export function nextSteps(folder: string, program: string): string {
  const at = (path: string): string => quoted(folder === "." ? path : posix.join(folder, path));
  const git = folder === "." ? "git" : `git -C ${quoted(folder)}`;
  const stacks = at("stacks");
  return `Next steps
  # a first stack: give it your own host
  cp ${at("stacks/examples/hello.yaml")} ${at("stacks/hello.yaml")}
  # needs no server
  ${program} validate ${stacks}
  # what it would do; needs DOKPLOY_URL and DOKPLOY_API_TOKEN
  ${program} plan --source ${stacks}
  ${git} init -b main && ${git} add . && ${git} commit -m "First stacks"
Push it, and point GIT_URL of \`${program} run\` at it. Its portal makes stacks of the
template ai-stack, once STACK_IMAGE and STACK_DOMAIN_SUFFIX are set. To try all of it without a server:
  ${program} demo
`;
}
