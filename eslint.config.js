import tseslint from "typescript-eslint";

const pureFolders = ["src/plan/**/*.ts", "src/model/**/*.ts"];
const noClock = [
  { object: "Date", property: "now", message: "Pure code gets the time as an argument." },
  { object: "Math", property: "random", message: "Pure code gets randomness as an argument." },
  { object: "performance", property: "now", message: "Pure code gets the time as an argument." },
];

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "coverage/**", "data/**", "schemas/**"] },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "@typescript-eslint/require-await": "off",
      "no-restricted-syntax": [
        "error",
        { selector: "TSEnumDeclaration", message: "Use a union of string literals." },
        { selector: "ExportAllDeclaration", message: "No barrels: import from the file itself." },
      ],
      "max-lines": ["error", { max: 350 }],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  {
    // A table that tests write.
    files: ["src/dokploy/sent-table.ts"],
    rules: { "max-lines": "off" },
  },
  {
    files: ["src/engine/**/*.ts"],
    rules: {
      "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: pureFolders,
    rules: {
      "no-restricted-properties": ["error", ...noClock],
      "no-restricted-globals": ["error", "setTimeout", "setInterval", "fetch", "process"],
      "no-restricted-syntax": [
        "error",
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: "Pure code gets the time as an argument.",
        },
      ],
      "@typescript-eslint/no-restricted-imports": [
        "error",
        { patterns: [{ group: ["node:*"], message: "Pure folders import nothing of Node." }] },
      ],
    },
  },
  {
    files: ["tests/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "no-console": "off",
    },
  },
);
