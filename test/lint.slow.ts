import { execFileSync } from 'node:child_process';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..');

// The configuration is an ES module, which jest cannot load; types are not asked for, because none of these rules needs them.
const LINT = `
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
const eslint = new ESLint({ overrideConfig: tseslint.configs.disableTypeChecked });
const lines = JSON.parse(process.argv[1]);
const faults = async ({ filePath, code }) => (await eslint.lintText(code, { filePath }))[0].messages.map(({ ruleId }) => ruleId);
console.log(JSON.stringify(await Promise.all(lines.map(faults))));
`;

/** The rules that each line breaks, as if it were all that is in the file. */
function lint(filePath: string, lines: readonly string[]): Record<string, string[]> {
  const probes = lines.map((code) => ({ filePath: path.join(ROOT, filePath), code: `${code}\n` }));
  const output = execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', LINT, JSON.stringify(probes)],
    { cwd: ROOT, encoding: 'utf8' },
  );
  const faults = JSON.parse(output) as string[][];
  return Object.fromEntries(lines.map((line, index) => [line, faults[index]!]));
}

const each = (lines: readonly string[], rules: string[]) =>
  Object.fromEntries(lines.map((line) => [line, rules]));

describe('lib/', () => {
  const imports = [
    "export * from 'fs';",
    "export * from 'node:fs/promises';",
    "export { request } from 'node:https';",
    "export { randomUUID } from 'node:crypto';",
    "export { createHash } from 'crypto';",
    "import * as crypto from 'node:crypto'; crypto.randomUUID();",
    "import crypto from 'node:crypto'; crypto.randomUUID();",
    "export { execa } from 'execa';",
    "export { Helm } from 'cdk8s';",
    "export { Include } from 'cdk8s';",
    "export { Yaml } from 'cdk8s';",
    "export * as cdk8s from 'cdk8s';",
    "export { qa } from '../environments/qa';",
    "export { run } from '../ops/cli';",
    "export { run } from './../ops/cli';",
    "export * from '../main';",
  ];
  const globals = [
    'export const env = globalThis.process.env;',
    'export const env = global.process.env;',
    'export const { env } = process;',
    'export const now = new Date();',
    'export const now = new globalThis.Date();',
    'export const now = performance.now();',
    'export const id = crypto.randomUUID();',
    "export const page = fetch('https://seda.fm');",
  ];

  const others = {
    'export const chance = Math.random();': ['no-restricted-properties'],
    "export const fs = import('node:fs');": ['no-restricted-syntax'],
    "export import crypto = require('node:crypto');": ['@typescript-eslint/no-require-imports'],
    "export const fs = require('node:fs');": [
      'no-restricted-globals',
      '@typescript-eslint/no-require-imports',
    ],
  };

  test('looks at no file, clock or environment variable, and imports nothing above it', () => {
    expect(lint('lib/image.ts', imports)).toEqual(each(imports, ['no-restricted-imports']));
    expect(lint('lib/image.ts', globals)).toEqual(each(globals, ['no-restricted-globals']));
    expect(lint('lib/image.ts', Object.keys(others))).toEqual(others);
  });

  test('may use what it is made of', () => {
    const good = [
      "export { createHash } from 'node:crypto';",
      "export { ApiObject, Chart } from 'cdk8s';",
      "export { Construct } from 'constructs';",
      "export { Certificate } from '../imports/cert-manager.io';",
      "export * from './checks';",
      'export const half = Math.floor(1 / 2);',
    ];
    expect(lint('lib/image.ts', good)).toEqual(each(good, []));
  });
});

describe('ops/', () => {
  test('takes folder, variables, streams and time from its Io', () => {
    const bad = {
      'export const { cwd } = process;': ['no-restricted-globals'],
      "console.log('done');": ['no-restricted-globals'],
      'export const { env } = globalThis.process;': ['no-restricted-globals'],
      "export { env } from 'node:process';": ['no-restricted-imports'],
      "export { setTimeout } from 'node:timers/promises';": ['no-restricted-imports'],
      'export const now = Date.now();': ['no-restricted-properties'],
      'export const now = new Date();': ['no-restricted-syntax'],
      'export const late = AbortSignal.timeout(1000);': ['no-restricted-syntax'],
    };
    expect(lint('ops/status.ts', Object.keys(bad))).toEqual(bad);
  });

  test('may read files and dates', () => {
    const good = ["export * from 'node:fs';", "export const day = new Date('2026-01-01');"];
    expect(lint('ops/status.ts', good)).toEqual(each(good, []));
  });
});

describe('test/oracle/', () => {
  test('imports nothing of what it judges but the type of an object', () => {
    const bad = [
      "export type { Rendering } from '../../ops/rendering/rendering';",
      "export { judge } from '../../ops/check/transition';",
      "export { WAVES } from '../../lib/wave-plan';",
      "export { podSettings } from '../../environments/settings';",
      "export { parse } from 'yaml';",
    ];
    const good = [
      "export type { Manifest } from '../../lib/manifests';",
      "export * from './objects';",
    ];
    expect(lint('test/oracle/cluster.ts', [...bad, ...good])).toEqual({
      ...each(bad, ['@typescript-eslint/no-restricted-imports']),
      ...each(good, []),
    });
  });
});

describe('environments/', () => {
  test('imports nothing above it, whatever the form', () => {
    const faults = lint('environments/qa.ts', [
      "export * from '../ops/cli';",
      "export * from '../main';",
      "export const ops = import('../ops/cli');",
      "export const ops = require('../ops/cli');",
    ]);
    expect(Object.values(faults)).toEqual([
      ['no-restricted-imports'],
      ['no-restricted-imports'],
      ['no-restricted-syntax'],
      ['@typescript-eslint/no-require-imports'],
    ]);
  });

  test('may read its records and use the library', () => {
    const good = ["export * from 'node:fs';", "export * from '../lib';", "export * from './api';"];
    expect(lint('environments/qa.ts', good)).toEqual(each(good, []));
  });
});
