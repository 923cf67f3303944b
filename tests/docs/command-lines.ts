// A line for every command, option and exit code of reference/commands.md, in the order in which they are typed, with the
// code with which each ends. `command-table.slow.test.ts` sets up what they find and types them; `command-options.test.ts`
// holds that none is missing.

export type Line = readonly [line: string, code: number];

/** Without a controller, on a server of one's own: `stacks` has a shop, `fewer` lacks two of four, `broken` a mistake. */
export const alone: readonly Line[] = [
  ["validate stacks", 0],
  ["validate stacks --json", 0],
  ["validate broken", 1],
  ["plan --source stacks --stack shop --exit-code", 2],
  ["apply --source stacks --stack shop", 0],
  ["apply --source stacks", 0],
  ["apply --source nowhere", 1],
  ["plan --source stacks --exit-code", 0],
  ["plan --source stacks --json", 0],
  ["plan --source stacks --markdown", 0],
  ["plan --source nowhere", 1],
  ["apply --source fewer --prune", 1],
  [
    "apply --source fewer --prune --approve $(capstan plan --source fewer | sed -n 's/.*--approve //p')",
    0,
  ],
  ["export by-hand --out out --check --templates --secrets all --age $RECIPIENT", 0],
  ["export by-hand --url $DOKPLOY_URL --token-file dokploy.key", 0],
  ["export nobody", 1],
  ["export --from-compose services --out composed", 0],
  ["adopt by-hand --source out", 0],
  ["adopt nobody --source out", 1],
  ["promote shop --from production --to staging --source stacks --dry-run", 0],
  ["promote shop --from production --to staging --source stacks --field env.MODE", 0],
  ["promote shop --from production --to nowhere --source stacks", 1],
  ["secrets --source stacks -o json", 0],
  ["secrets --source needy", 1],
  ["doctor --json", 0],
  ["doctor --try --image nginx:1.28", 0],
  ["DOKPLOY_API_TOKEN=wrong doctor", 1],
  ["lease --json", 0],
  ["lease --break nonsense", 1],
  ["mcp --source stacks --dry-run < /dev/null", 0],
  ["GIT_URL= DOKPLOY_URL= mcp < /dev/null", 1],
  ["dns create alice --target 203.0.113.9 -o json", 0],
  // No name server answers here: that is a warning.
  ["dns check alice", 0],
  ["dns create bob", 1],
  ["dns remove alice --value 203.0.113.9", 0],
  ["dns list -o yaml", 0],
  ["notify --test", 0],
  ["NOTIFY_URLS= notify", 1],
  ["token ada --role viewer", 0],
  ["token 'not a name'", 1],
  ["init made", 0],
  ["init made/stacks/examples/hello.yaml", 1],
  ["schema stack --write schemas", 0],
  ["DOKPLOY_URL= run", 1],
  ["LOKI_URL= log-ingest", 1],
];

/** Beside a controller with the same stacks. */
export const beside: readonly Line[] = [
  ["get stacks -o json", 0],
  ["get stack shop", 0],
  ["get stack nobody", 1],
  ["get builds", 0],
  ["events --stack shop --limit 1 -o json", 0],
  [
    'events --before $(capstan events --limit 1 -o json | grep -o \'"id": *"[^"]*\' | cut -d\'"\' -f4)',
    0,
  ],
  ["logs shop --service web --lines 3", 0],
  ["logs nobody", 1],
  ["reconcile shop -o json", 0],
  ["reconcile nobody", 1],
  ["redeploy shop --service web", 0],
  ["suspend shop", 0],
  ["resume shop", 0],
  ["approve-prune 0123456789ab", 1],
];

/** Servers, and what goes on until Ctrl-C: what each says once it has begun. */
export const served: readonly (readonly [line: string, code: number, said: RegExp])[] = [
  ["run --source stacks --dry-run", 0, /health http:/],
  ["log-ingest", 0, /http:\/\/127/],
  ["simulator --port 0 --api-key other --example", 0, /In another terminal/],
  ["get stacks --watch", 130, /shop/],
  ["events --watch", 130, /shop/],
];

/** What stands in the table and is not typed here, with why. */
export const untyped: readonly (readonly [what: string, why: string])[] = [
  ["demo", "the tour takes a while: the walk of how-to/install.md follows it to its end"],
  ["demo --exit-after-tour", "the same tour: tests/cli/demo.slow.test.ts ends with it"],
];
