// The manifests of the demo: two stacks, and the commits that change, break and fix them.

export const shop = (image: string, replicas: number): string => `apiVersion: capstan/v1
kind: Stack
metadata:
  name: shop
spec:
  applications:
    web:
      image: ${image}
      replicas: ${replicas}
      domains:
        - { host: shop.example.com, port: 80 }
      env:
        CACHE: redis://$(services.cache.host):6379
      rollout: { stableFor: 1s }
    cache:
      image: redis:8
      rollout: { stableFor: 1s }
`;

export const blog = `apiVersion: capstan/v1
kind: Stack
metadata:
  name: blog
spec:
  applications:
    web:
      image: ghost:6
      domains:
        - { host: blog.example.com, port: 2368 }
      rollout: { stableFor: 1s }
`;

/** What the portal makes stacks of; the suffix and the image come from the demo's environment. */
export const aiStack = `apiVersion: capstan/v1
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
      description: The image to run
    memory:
      type: string
      default: 2Gi
      enum: [1Gi, 2Gi, 4Gi]
      description: The most memory it gets
  stack:
    project: ai-stack-$(name)
    applications:
      opencode:
        image: $(parameters.image)
        resources:
          limits: { memory: $(parameters.memory) }
        domains:
          - { host: $(name).$(env.STACK_DOMAIN_SUFFIX), port: 4096, https: true, certificate: none }
        rollout: { stableFor: 2s }
`;

/** \`imagee\`: what a person types on a Friday. */
export const brokenBlog = blog.replace("image: ghost:6", "imagee: ghost:7");

export const shopImage = "nginx:1.28";
/** What somebody types into Dokploy by hand. */
export const editedImage = "nginx:1.27";

export const ownStack = `apiVersion: capstan/v1
kind: Stack
metadata:
  name: hello
spec:
  applications:
    web:
      image: traefik/whoami:v1.11
      domains:
        - { host: hello.example.com, port: 80 }
      rollout: { stableFor: 1s }
`;
