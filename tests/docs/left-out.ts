// Commands of the documentation that no test types, each with why. `walks.test.ts` holds that each of them stands on its
// page; whatever is on a page and not here is typed by the walk of that page.

export interface LeftOut {
  readonly page: string;
  readonly command: string;
  readonly why: string;
}

const cosignOf = (what: string): string =>
  [
    what,
    "--certificate-identity-regexp '^https://github.com/OWNER/NAME/.github/workflows/release.yaml@'",
    "--certificate-oidc-issuer https://token.actions.githubusercontent.com",
  ].join("  ");
const cosign = [
  cosignOf("cosign verify-blob capstan-0.1.0.tgz --bundle capstan-0.1.0.tgz.sigstore.json"),
  cosignOf("cosign verify ghcr.io/owner/name:0.1.0"),
];

/** By why: all commands of a page for which it holds. */
const rows: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "a registry for images and a docker daemon": {
    "how-to/deploy-on-dokploy.md": [
      "docker build -t REGISTRY/capstan:1 .",
      "docker push REGISTRY/capstan:1",
    ],
    "how-to/pull-requests.md": [
      "docker build -t REGISTRY/capstan .",
      "docker push REGISTRY/capstan",
    ],
  },
  "images of Loki and Grafana from the Internet": {
    "how-to/logs.md": ["docker compose -f stacks/platform/logging.compose.yaml up"],
  },
  "changes the machine, as its administrator": {
    "README.md": [
      "apt-get install knot bind9",
      "apt-get install docker-registry",
      "apt-get install postgresql",
    ],
  },
  "a comment at the Git host, said in the walk of how-to/previews.md": {
    "reference/fields.md": ["capstan preview"],
  },
  "packs a second time: tests/long/reproducible.test.ts compares the bytes": {
    "how-to/install.md": ["npm ci --ignore-scripts && npm pack"],
  },
  "typed in the walk of another page (how-to/doctor.md, how-to/install.md, README.md)": {
    "README.md": ["npx capstan demo"],
    "docs/README.md": ["capstan doctor"],
    "explanation/measured.md": ["npm start"],
  },
  "what one should not type: it would run a stranger's package": {
    "how-to/install.md": ["npx capstan"],
  },
  "a signature that only a release has, and a program that is not installed here": {
    "how-to/install.md": cosign,
  },
  "what runs these tests, or all of them": {
    "README.md": ["npm cit", "npm run test:slow", "npm run check", "npx vitest run tests/contract"],
    "explanation/promises.md": ["npm run test:long"],
  },
  "SOPS and age, whose files other tests have (tests/secrets/sops)": {
    "how-to/secrets.md": [
      "age-keygen -o age.txt",
      "sops encrypt --age age1… --in-place stacks/shop/db.sops.yaml",
      "sops rotate",
    ],
  },
  "measures for minutes, on a machine of its own": {
    "explanation/measured.md": ["npm run bench", "npm run bench:pushes", "npm run bench:fleet"],
  },
  "writes the page that it stands on; without `-u` it is a test of its own": {
    "reference/fields.md": ["npx vitest run tests/manifest/reference.test.ts -u"],
  },
  "a program of somebody else, which is not installed here": {
    "how-to/agents.md": [
      'claude mcp add --transport http capstan https://capstan.example.com/mcp --header "Authorization: Bearer $CAPSTAN_TOKEN"',
    ],
  },
};

export const leftOut: readonly LeftOut[] = Object.entries(rows).flatMap(([why, pages]) =>
  Object.entries(pages).flatMap(([page, commands]) =>
    commands.map((command) => ({ page, command, why })),
  ),
);
