// The prompt for writing a manifest: what one looks like, and the way from a wish to a pull request.
import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

const example = `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop, labels: { team: sales } }
spec:
  applications:
    web:
      image: ghcr.io/acme/shop:1.4.2
      replicas: 2
      env: { PORT: "8080", API_KEY: $(secrets.shop-api-key) }
      domains: [ { host: shop.example.com, port: 8080, https: true, certificate: letsencrypt } ]
      mounts: [ { type: volume, source: data, target: /data } ]`;

function text(name: string, wish: string): string {
  return `Write a Capstan manifest for the stack ${JSON.stringify(name)}: ${wish}

A manifest is YAML. Git is the truth: what it leaves out has its default, and what is taken out is removed.

\`\`\`yaml
${example}
\`\`\`

1. Read the resource capstan://schemas/stack for all fields. Use none that is not in it.
2. If the stack exists (get_stack), begin with its manifest and change only what is asked for.
3. Never write a secret's value: refer to it as $(secrets.name), and say which ones somebody must add.
4. Call plan_stack with the manifest. Correct every problem, and read what would be restarted or removed.
5. Show the manifest and its plan. Once the user agrees, call propose_manifest with a title and the reason.
6. After the merge, follow it with get_stack; if it fails, call explain_failure.`;
}

export function addPrompts(server: McpServer): void {
  server.registerPrompt(
    "write_manifest",
    {
      title: "Write a manifest",
      description: "From a wish in plain words to a pull request.",
      argsSchema: z.object({
        name: z.string().describe("What the stack is called."),
        wish: z.string().describe("What is to run: images, addresses, variables, volumes."),
      }),
    },
    ({ name, wish }) => ({
      messages: [{ role: "user", content: { type: "text", text: text(name, wish) } }],
    }),
  );
}
