import tseslint from 'typescript-eslint';

/** Imports point one way: imports <- lib <- environments <- main.ts, ops. */
const forbid = (...folders) => ({
  'no-restricted-imports': ['error', { patterns: folders.map((folder) => ({ regex: `(^|/)(${folder})(/|$)`, message: 'imports point one way, see docs/decisions.md' })) }],
});

/** The output is a function of the repository: the library has no way to look at anything else. */
const pure = {
  'no-restricted-globals': ['error', 'process', 'console', 'Date', 'fetch', 'setTimeout', 'setInterval'],
  'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'the output must not depend on chance' }],
};

export default tseslint.config(
  { ignores: ['node_modules/', 'build/', 'dist/', 'imports/'] },
  ...tseslint.configs.recommended,
  {
    languageOptions: { parserOptions: { project: true } },
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    files: ['lib/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      ...pure,
      'no-restricted-imports': [
        'error',
        {
          paths: ['fs', 'node:fs', 'os', 'node:os', 'process', 'node:process', 'child_process', 'node:child_process', 'http', 'node:http'],
          patterns: [{ regex: '(^|/)(environments|ops|main)(/|$)', message: 'imports point one way: imports <- lib <- environments <- main.ts, ops' }],
        },
      ],
    },
  },
  // A test file reloads megabytes of cdk8s-plus, so few large ones are faster.
  { files: ['**/*.ts'], ignores: ['**/*.test.ts', '**/*.e2e.ts'], rules: { 'max-lines': ['error', 300] } },
  { files: ['environments/**/*.ts'], rules: forbid('ops', 'main') },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs', globals: { require: 'readonly', module: 'writable', process: 'readonly', console: 'readonly', exports: 'writable', __dirname: 'readonly' } }, rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
