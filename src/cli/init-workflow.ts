// The workflow with which a new repository of stacks checks its pull requests. Capstan's image is named by a
// variable of the repository: nobody but its owner knows where it was pushed to.

const text = (
  path: string,
): string => `# Checks the manifests of every pull request that touches them or the policies that judge them.
# CAPSTAN_IMAGE is a variable of the repository (settings, Actions, variables): the image that you built from
# Capstan's Dockerfile and pushed to a registry that your runners reach.
name: Validate stacks
on:
  pull_request:
    paths: ["stacks/**", "policies/**", "${path}"]
  push:
    branches: [main]
    paths: ["stacks/**", "policies/**", "${path}"]
permissions:
  contents: read
jobs:
  validate:
    runs-on: ubuntu-latest
    container:
      image: \${{ vars.CAPSTAN_IMAGE }}
      options: --user root
      # For a registry that wants a login:
      # credentials:
      #   username: \${{ vars.REGISTRY_USER }}
      #   password: \${{ secrets.REGISTRY_TOKEN }}
    steps:
      - if: \${{ vars.CAPSTAN_IMAGE == '' }}
        run: |
          echo "The variable CAPSTAN_IMAGE of this repository is not set: it names Capstan's image"
          exit 1
      - uses: actions/checkout@v4
      - run: capstan validate stacks
        # What manifests read with $(env.STACK_…): give the job the same variables as the controller.
        env:
          STACK_DOMAIN_SUFFIX: ai.example.com
          STACK_IMAGE: ghcr.io/acme/opencode:1
`;

/** Gitea and Forgejo read the first one and leave the second alone where both are. */
const paths = [".gitea/workflows/validate.yaml", ".github/workflows/validate.yaml"] as const;

export const workflowFiles = paths.map((path) => [path, text(path)] as const);
