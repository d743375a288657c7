import tseslint from 'typescript-eslint';

const ONE_WAY = 'imports point one way: imports <- lib <- environments <- main.ts, ops';
const PURE =
  'the output is a function of the repository: lib/ looks at no file, clock, chance or environment variable';

/** The rule on imports reads no import(). Only ops needs one, for a command that starts faster. */
const noDynamicImport = {
  'no-restricted-syntax': [
    'error',
    { selector: 'ImportExpression', message: `${ONE_WAY}; write the import at the top` },
  ],
};

/** The library may import what is listed here, so it has no way to look at anything else. */
const pure = {
  ...noDynamicImport,
  'no-restricted-imports': [
    'error',
    {
      paths: [
        { name: 'node:crypto', allowImportNames: ['createHash'], message: PURE },
        { name: 'cdk8s', importNames: ['Helm', 'Include', 'Yaml'], message: PURE },
      ],
      patterns: [
        {
          regex:
            '^(?!(\\./[\\w-]+|\\.\\./imports/[\\w.-]+|cdk8s|cdk8s-plus-27/lib/imports/k8s|constructs|yaml|node:crypto)$)',
          message: `${ONE_WAY}, and ${PURE}`,
        },
      ],
    },
  ],
  'no-restricted-globals': [
    'error',
    ...[
      'process',
      'console',
      'Date',
      'performance',
      'crypto',
      'fetch',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'require',
      'global',
      'globalThis',
    ].map((name) => ({ name, message: PURE })),
  ],
  'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: PURE }],
};

const IO =
  'ops/ takes folder, variables, streams and time from its Io (ops/io.ts), so that a test can give them';

/** The process is read at the entrances, ops/seda.cjs and ops/dev/index.ts, and nowhere else. */
const throughIo = {
  'no-restricted-globals': [
    'error',
    ...[
      'process',
      'console',
      'performance',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'global',
      'globalThis',
    ].map((name) => ({ name, message: IO })),
  ],
  'no-restricted-imports': [
    'error',
    {
      paths: ['process', 'console', 'timers', 'timers/promises', 'perf_hooks']
        .flatMap((name) => [name, `node:${name}`])
        .map((name) => ({ name, message: IO })),
    },
  ],
  'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: IO }],
  'no-restricted-syntax': [
    'error',
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: IO },
    {
      selector: "MemberExpression[object.name='AbortSignal'][property.name='timeout']",
      message: IO,
    },
  ],
};

const ORACLE =
  'the simulated cluster reads renderings and nothing else: of lib/ it may import types, of ops/ and environments/ nothing';

export default tseslint.config(
  {
    ignores: [
      ...['node_modules/', 'build/', 'dist/', 'imports/'],
      ...['docs/.vitepress/cache/', 'docs/.vitepress/dist/'],
    ],
  },
  ...tseslint.configs.recommended,
  {
    languageOptions: { parserOptions: { project: true } },
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    files: ['lib/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.slow.ts'],
    rules: pure,
  },
  // What is true of Kubernetes, whoever renders: nothing of the constructs is needed for it.
  {
    files: ['lib/kubernetes/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!(\\./[\\w-]+|\\.\\./manifests)$)', message: ONE_WAY }] },
      ],
    },
  },
  // A test file reloads megabytes of cdk8s-plus, so few large ones are faster.
  {
    files: ['**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.slow.ts', '**/*.e2e.ts'],
    rules: { 'max-lines': ['error', 300] },
  },
  { files: ['ops/**/*.ts'], ignores: ['ops/io.ts'], rules: throughIo },
  {
    files: ['environments/**/*.ts'],
    rules: {
      ...noDynamicImport,
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '(^|/)(ops|main)(/|$)', message: ONE_WAY }] },
      ],
    },
  },
  // An oracle that shares code with what it judges shares its errors.
  {
    files: ['test/oracle/*.ts'],
    ignores: ['**/*.slow.ts'],
    rules: {
      ...noDynamicImport,
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(?!\\./|\\.\\./\\.\\./lib/)', message: ORACLE },
            { regex: '^\\.\\./\\.\\./lib/', message: ORACLE, allowTypeImports: true },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: {
        require: 'readonly',
        module: 'writable',
        process: 'readonly',
        console: 'readonly',
        exports: 'writable',
        __dirname: 'readonly',
      },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
