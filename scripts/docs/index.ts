// Builds the site of the documentation into docs/.vitepress/dist: npm run docs
// The pages that are generated from the code go into docs/reference, which git ignores.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { alertsPage } from './alerts';
import { commandsPage } from './commands';
import { refusalsPage } from './refusals';

const ROOT = path.join(__dirname, '../..');
const DOCS = path.join(ROOT, 'docs');
const REFERENCE = path.join(DOCS, 'reference');

/** Installs what builds the site, unless it is there as the lock file says. */
function install(): void {
  const [wanted, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((name) =>
    fs.statSync(path.join(DOCS, name), { throwIfNoEntry: false }),
  );
  if (installed && wanted && installed.mtimeMs >= wanted.mtimeMs) return;
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: DOCS, stdio: 'inherit' });
}

/** Runs a program of the packages of the site. */
function runNode(script: string, ...args: readonly string[]): void {
  execFileSync(process.execPath, [path.join(DOCS, 'node_modules', script), ...args], {
    cwd: DOCS,
    stdio: 'inherit',
  });
}

async function main(command: string): Promise<void> {
  install();
  fs.rmSync(REFERENCE, { recursive: true, force: true });
  runNode('typedoc/bin/typedoc', '--options', 'typedoc.json');
  for (const [name, text] of [
    ['commands', await commandsPage(ROOT)],
    ['refusals', refusalsPage(ROOT)],
    ['alerts', alertsPage(ROOT)],
  ] as const)
    fs.writeFileSync(path.join(REFERENCE, `${name}.md`), `${text}\n`);
  runNode('vitepress/bin/vitepress.js', command);
}

main(process.argv[3] ?? 'build').catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
