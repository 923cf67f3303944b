// The template that the portal makes stacks of, for a new repository: the same as this project's
// `stacks/templates/ai-stack.yaml`.

export const aiStackTemplate = `# yaml-language-server: $schema=../../schemas/stack.schema.json
# A personal AI stack: OpenCode's server and a ttyd terminal in one image, on a domain of its own.
# A stack made from it needs a name and nothing else.
apiVersion: capstan/v1
kind: StackTemplate
metadata:
  name: ai-stack
spec:
  description: A personal OpenCode with a terminal
  names:
    minLength: 3
    maxLength: 20
    reserved: [admin, api, www, root, system, test, demo, portal]
  parameters:
    image:
      type: string
      default: $(env.STACK_IMAGE)
      description: The image with OpenCode's server (port 4096) and ttyd (port 7681)
    memory:
      type: string
      default: 2Gi
      enum: [1Gi, 2Gi, 4Gi]
      description: The most memory it gets
  rollout:
    maxParallel: 2
    stopOnFailure: true
  stack:
    description: AI stack of $(name)
    project: ai-stack-$(name)
    applications:
      opencode:
        image: $(parameters.image)
        resources:
          limits: { memory: $(parameters.memory) }
        env:
          STACK_NAME: $(name)
          LOG_INGEST_URL: $(env.LOG_INGEST_URL)
          # With \`capstan log-ingest\`, which takes events with its token only:
          # LOG_INGEST_TOKEN: $(secrets.log-ingest-token)
        domains:
          # Traefik holds a wildcard certificate, so none is asked for.
          - host: $(name).$(env.STACK_DOMAIN_SUFFIX)
            port: 4096
            https: true
            certificate: none
          - host: $(name).$(env.STACK_DOMAIN_SUFFIX)
            path: /terminal
            port: 7681
            stripPath: true
            https: true
            certificate: none
        mounts:
          - { type: volume, source: work, target: /work }
`;
