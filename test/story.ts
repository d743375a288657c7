import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Block, blocksOf } from './documents';

const ROOT = path.join(__dirname, '..');

/** What somebody reads one after the other in one fresh clone; test/readme.slow.ts does what the pages say. */
export const STORIES: readonly (readonly string[])[] = [
  ['README.md'],
  [
    'docs/getting-started.md',
    'docs/change-an-environment.md',
    'docs/release.md',
    'docs/alerts.md',
    'docs/rollback.md',
    'docs/secrets.md',
    'docs/operate.md',
    'docs/add-an-environment.md',
    'docs/argocd.md',
    'docs/conflicts.md',
  ],
  ['docs/share-traffic.md'],
];

/** Pages whose blocks another test runs, or that nothing can run. */
export const ELSEWHERE: { readonly [page: string]: string } = {
  'docs/library.md': 'test/package.slow.ts',
  'examples/README.md': 'test/examples.slow.ts',
  // It is written by what it names, which takes an hour on a node of its own.
  'docs/evidence.md': 'npm run evidence',
};

/** What a block may need that a test has not. */
export const NEEDS: { readonly [need: string]: string } = {
  registry: 'npm installs from a registry, which every run of CI begins with',
  cluster: 'kubectl, argocd or seda talk to a cluster',
  github: 'gh talks to GitHub',
  docker: 'Docker and the Supabase CLI',
  ci: 'the scripts of .ci with a remote: test/ci.slow.ts runs them',
};

/** Every page that people read, by its path. */
export function pages(): string[] {
  const below = fs
    .readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /^(concepts\/)?[\w-]+\.md$/.test(name));
  return [
    ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/README.md'],
    ...below.sort().map((name) => `docs/${name}`),
  ];
}

export function blocksOfPage(page: string): Block[] {
  return blocksOf(fs.readFileSync(path.join(ROOT, page), 'utf8'));
}

/** Whether a block holds commands. */
export function hasCommands({ language }: Block): boolean {
  return language === 'sh' || language === 'console';
}

/** Programs that a line without a language may begin with: a block of commands that does not say so. */
const PROGRAM = /^\$?\s*(npm|npx|git|kubectl|gh|bash|argocd|docker|seda|cp|rm|curl)\s/;

/** What is wrong with the blocks of a page. */
export function blockFaults(page: string, blocks: readonly Block[]): string[] {
  const told = [...STORIES.flat(), ...Object.keys(ELSEWHERE)].includes(page);
  return blocks.flatMap((block) => {
    const where = `${page}, ${block.section}`;
    if (!hasCommands(block))
      return block.language === '' && block.lines.some((line) => PROGRAM.test(line))
        ? [`${where}: has commands and does not say so; begin it with sh or console`]
        : [];
    if (block.needs !== undefined)
      return block.needs in NEEDS
        ? []
        : [`${where}: needs ${block.needs}, expected one of ${Object.keys(NEEDS).join(', ')}`];
    return told ? [] : [`${where}: no test runs it; say what it needs, or add its page to a story`];
  });
}

/** How many blocks of each page are run by no test, by what they need. */
export function unrun(): { [page: string]: { [need: string]: number } } {
  const found: { [page: string]: { [need: string]: number } } = {};
  for (const page of pages())
    for (const { needs } of blocksOfPage(page))
      if (needs !== undefined) {
        const counts = (found[page] ??= {});
        counts[needs] = (counts[needs] ?? 0) + 1;
      }
  return found;
}
